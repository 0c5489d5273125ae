//! The faults, around the HTTP client of an SDK.

use std::{future::pending, time::Duration};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use http::StatusCode;

use super::{
    Death, FaultPlan, Kind, Port,
    death::Meets,
    entries,
    plan::{Course, Fate},
    under_way::Late,
};
use crate::cloud::{
    layer::{self, Layer},
    wire,
};

/// How long a slow call or a slow start takes: less than the ledger waits for one try (2 s), which is
/// the most impatient of all callers but health-check.
pub(crate) const SLOW: Duration = Duration::from_millis(500);

impl FaultPlan {
    /// A client that injects these faults into the calls of `client`.
    pub fn wrap(&self, client: SharedHttpClient) -> SharedHttpClient {
        if self.injected().is_empty() { client } else { layer::wrap(self.clone(), client) }
    }
}

impl Layer for FaultPlan {
    fn call(&self, request: HttpRequest, inner: &SharedHttpConnector) -> HttpConnectorFuture {
        let Some(port) = port(request.headers().get(wire::TARGET).unwrap_or("")) else {
            return inner.call(request);
        };
        let death = Death::of_this_task().map(|death| (death.meets(), death));
        if let Some((meets @ (Meets::Dead | Meets::DeathBefore), death)) = death {
            return HttpConnectorFuture::new(death.call(meets, port, pending()));
        }
        let bytes = request.body().bytes().filter(|_| self.strikes_entries(port));
        let count = bytes.map_or(0, |bytes| entries::count(port, bytes));
        // Drawn here and not in the future: the order is that of the calls.
        let fate = self.draw(port, count);
        let arriving = self.under_way.arriving_with(port);
        let (plan, inner) = (self.clone(), inner.clone());
        let answered = async move {
            arriving.await;
            plan.strike(port, fate, inner, request).await
        };
        match death {
            Some((meets, death)) => HttpConnectorFuture::new(death.call(meets, port, answered)),
            None => HttpConnectorFuture::new(answered),
        }
    }
}

fn port(target: &str) -> Option<Port> {
    match target {
        "AWSEvents.PutEvents" => Some(Port::PutEvents),
        "DynamoDB_20120810.Query" => Some(Port::LedgerRead),
        "DynamoDB_20120810.BatchWriteItem" => Some(Port::LedgerWrite),
        "AmazonSQS.SendMessage" | "AmazonSQS.SendMessageBatch" => Some(Port::DeadLetter),
        _ => None,
    }
}

impl FaultPlan {
    async fn strike(
        &self,
        port: Port,
        fate: Fate,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        match fate.call {
            Course::Refused(kind) => wire::to_sdk(refusal(port, kind)),
            Course::Hangs => pending().await,
            Course::Late { calls } => {
                let late = Late { port, calls, entries: fate.entries, request, inner };
                let _until_given_up = self.under_way.until_given_up(late);
                pending().await
            }
            Course::Slow => {
                tokio::time::sleep(SLOW).await;
                self.send(port, fate.entries, inner, request).await
            }
            Course::Answered => self.send(port, fate.entries, inner, request).await,
            Course::AnswerLost => {
                self.send(port, fate.entries, inner, request).await?;
                Err(ConnectorError::timeout("injected: the answer was lost".into()))
            }
        }
    }

    /// What was sent arrives, also where its sender is dead by then.
    async fn send(
        &self,
        port: Port,
        struck: Vec<Option<Kind>>,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        self.under_way.detached(entries::send(port, struck, inner, request)).await
    }
}

/// What the service would say to the whole call.
fn refusal(port: Port, kind: Kind) -> wire::Response {
    let bad = StatusCode::BAD_REQUEST;
    let (status, code) = match (port, kind) {
        (_, Kind::Refuse) => (bad, "AccessDeniedException"),
        (Port::LedgerRead | Port::LedgerWrite, Kind::Throttle) => (bad, entries::ALL_HANDED_BACK),
        (Port::LedgerRead | Port::LedgerWrite, _) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "com.amazonaws.dynamodb.v20120810#InternalServerError",
        ),
        (Port::DeadLetter, Kind::Throttle) => (bad, "com.amazonaws.sqs#RequestThrottled"),
        (_, Kind::Throttle) => (bad, "ThrottlingException"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure"),
    };
    wire::error(status, code, "injected")
}
