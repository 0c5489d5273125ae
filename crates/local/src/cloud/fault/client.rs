//! The faults, around the HTTP client of an SDK.
//!
//! A struck entry never reaches the service: the request goes on with the others only, and the
//! answers are woven back to where their entries stood.

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{FaultPlan, Kind, Port, plan::Fate};
use crate::cloud::{
    layer::{self, Layer},
    wire,
};

impl FaultPlan {
    /// A client that injects these faults into the calls of `client`.
    pub fn wrap(&self, client: SharedHttpClient) -> SharedHttpClient {
        layer::wrap(self.clone(), client)
    }
}

impl Layer for FaultPlan {
    fn call(&self, request: HttpRequest, inner: &SharedHttpConnector) -> HttpConnectorFuture {
        let Some(port) = port(request.headers().get(wire::TARGET).unwrap_or("")) else {
            return inner.call(request);
        };
        let bytes = request.body().bytes().filter(|_| self.strikes_entries(port));
        let count = bytes
            .and_then(|b| serde_json::from_slice(b).ok())
            .map_or(0, |put: Put<'_>| put.entries.len());
        // Drawn here and not in the future: the order is that of the calls.
        let fate = self.draw(port, count);
        let inner = inner.clone();
        HttpConnectorFuture::new(async move { strike(port, fate, inner, request).await })
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

async fn strike(
    port: Port,
    fate: Fate,
    inner: SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    if let Some(kind) = fate.refused {
        return wire::to_sdk(refusal(port, kind));
    }
    let response = if fate.entries.iter().any(Option::is_some) {
        without_struck(&fate, inner, request).await?
    } else {
        inner.call(request).await?
    };
    if fate.answer_lost {
        return Err(ConnectorError::timeout("injected: the answer was lost".into()));
    }
    Ok(response)
}

/// What the service would say to the whole call.
fn refusal(port: Port, kind: Kind) -> wire::Response {
    let bad = StatusCode::BAD_REQUEST;
    let (status, code) = match (port, kind) {
        (_, Kind::Refuse) => (bad, "AccessDeniedException"),
        (Port::LedgerRead | Port::LedgerWrite, Kind::Throttle) => {
            (bad, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
        }
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

/// What the bus would say to one entry.
fn entry_refusal(kind: Kind) -> Box<RawValue> {
    let code = match kind {
        Kind::Throttle => "ThrottlingException",
        Kind::Refuse => "MalformedDetail",
        _ => "InternalFailure",
    };
    let text = format!(r#"{{"ErrorCode":"{code}","ErrorMessage":"injected"}}"#);
    RawValue::from_string(text).expect("the text above is JSON")
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Put<'a> {
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint_id: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    failed_entry_count: usize,
    entries: Vec<Box<RawValue>>,
}

async fn without_struck(
    fate: &Fate,
    inner: SharedHttpConnector,
    mut request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let body = request.take_body();
    let mut put: Put<'_> = parse(body.bytes().unwrap_or_default())?;
    let mut fates = fate.entries.iter();
    put.entries.retain(|_| fates.next().is_some_and(Option::is_none));
    let answered = if put.entries.is_empty() {
        Answer::default()
    } else {
        let body = text(&put)?;
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        let mut response = inner.call(request).await?;
        if !response.status().is_success() {
            return Ok(response);
        }
        let body = ByteStream::new(response.take_body()).collect().await;
        parse(&body.map_err(|e| ConnectorError::io(e.into()))?.into_bytes())?
    };
    let woven = weave(fate, answered)?;
    wire::to_sdk(wire::json(StatusCode::OK, text(&woven)?))
}

fn weave(fate: &Fate, answered: Answer) -> Result<Answer, ConnectorError> {
    let mut through = answered.entries.into_iter();
    let mut woven = Answer { failed_entry_count: answered.failed_entry_count, entries: vec![] };
    for fate in &fate.entries {
        woven.entries.push(match fate {
            Some(kind) => {
                woven.failed_entry_count += 1;
                entry_refusal(*kind)
            }
            None => through.next().ok_or_else(|| {
                ConnectorError::other("the bus answered for too few entries".into(), None)
            })?,
        });
    }
    Ok(woven)
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ConnectorError> {
    serde_json::from_slice(body).map_err(|e| ConnectorError::other(e.into(), None))
}

fn text(value: &impl Serialize) -> Result<String, ConnectorError> {
    serde_json::to_string(value).map_err(|e| ConnectorError::other(e.into(), None))
}
