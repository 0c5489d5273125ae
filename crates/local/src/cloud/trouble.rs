//! Trouble: a service, or one call of it, that hangs, fails, throttles or loses an answer, for as
//! long as it is in the way.
//!
//! Unlike a [`fault`](super::fault) it is not drawn: it strikes every call that it is about, of
//! whatever service. For trials of what notices trouble and names it. Nothing here sleeps.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    layer::{self, Layer},
    s3, wire,
};

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No answer ever comes.
    Hangs,
    /// The service's own error, with status 500.
    Fails,
    /// Refused for coming too fast.
    Throttles,
    /// The first answer gets lost on its way, after what was asked for has been done.
    LosesFirstAnswer,
    /// The call is answered, and each of its entries is refused for its own fault (`PutEvents`,
    /// `SendMessageBatch`).
    RefusesEntries,
}

/// Trouble with the calls whose `x-amz-target` begins with a text, such as `DynamoDB_20120810` for a
/// whole service or `Kinesis_20131202.GetRecords` for one operation; of S3, `S3.PutObject`.
#[derive(Clone, Debug)]
pub struct Trouble {
    target: String,
    /// What the request has to hold besides.
    about: Option<String>,
    kind: Kind,
    /// Whether what is said about it repeats the request.
    repeats: bool,
    struck: Arc<AtomicBool>,
}

impl Trouble {
    /// Trouble of that kind with those calls.
    #[must_use]
    pub fn new(kind: Kind, target: impl Into<String>) -> Self {
        Self { target: target.into(), about: None, kind, repeats: false, struck: Arc::default() }
    }

    /// Only with calls that have this text in their body, such as a table's name.
    #[must_use]
    pub fn about(mut self, text: impl Into<String>) -> Self {
        self.about = Some(text.into());
        self
    }

    /// With messages that repeat what was sent, as services' messages can.
    #[must_use]
    pub fn repeating(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// A client whose calls meet the trouble.
    pub fn wrap(&self, client: SharedHttpClient) -> SharedHttpClient {
        layer::wrap(self.clone(), client)
    }

    /// Whether any call has met it.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.struck.load(Ordering::Relaxed)
    }

    fn concerns(&self, request: &HttpRequest) -> bool {
        let target = s3::target(request);
        let body = || String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        target.starts_with(&self.target)
            && self.about.as_ref().is_none_or(|about| body().contains(about.as_str()))
    }
}

impl Layer for Trouble {
    fn call(&self, request: HttpRequest, inner: &SharedHttpConnector) -> HttpConnectorFuture {
        if !self.concerns(&request) {
            return inner.call(request);
        }
        let struck_before = self.struck.swap(true, Ordering::Relaxed);
        let sent = request.body().bytes().unwrap_or_default();
        let message = if self.repeats { String::from_utf8_lossy(sent) } else { "".into() };
        match self.kind {
            Kind::Hangs => HttpConnectorFuture::new(std::future::pending()),
            Kind::Fails => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                HttpConnectorFuture::ready(wire::to_sdk(wire::error(
                    status,
                    "InternalFailure",
                    &message,
                )))
            }
            Kind::Throttles => {
                let answer = throttled(&s3::target(&request), &message);
                HttpConnectorFuture::ready(wire::to_sdk(answer))
            }
            Kind::RefusesEntries => {
                HttpConnectorFuture::ready(wire::to_sdk(entries_refused(sent, self.repeats)))
            }
            Kind::LosesFirstAnswer if struck_before => inner.call(request),
            Kind::LosesFirstAnswer => {
                let answer = inner.call(request);
                HttpConnectorFuture::new(async move {
                    answer.await?;
                    Err(ConnectorError::timeout("the answer was lost".into()))
                })
            }
        }
    }
}

fn throttled(target: &str, message: &str) -> wire::Response {
    if target.starts_with("S3.") {
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        return s3::error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", &message);
    }
    wire::error(StatusCode::BAD_REQUEST, throttling_code(target), message)
}

/// Each entry's own refusal, in the members of both APIs.
fn entries_refused(sent: &[u8], repeats: bool) -> wire::Response {
    let request: Value = serde_json::from_slice(sent).unwrap_or_default();
    let entries = request["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let refused = entries.iter().map(|entry| {
        let message = if repeats { entry.to_string() } else { String::new() };
        json!({"ErrorCode": "MalformedDetail", "ErrorMessage": message, "Id": entry["Id"],
            "Code": "InvalidMessageContents", "SenderFault": true, "Message": message})
    });
    let refused: Vec<Value> = refused.collect();
    let answer = json!({"FailedEntryCount": refused.len(), "Entries": refused, "Successful": [],
        "Failed": refused});
    wire::json(StatusCode::OK, answer.to_string())
}

/// Each service has its own word for too many calls.
fn throttling_code(target: &str) -> &'static str {
    match target.split_once('.').unwrap_or((target, "")) {
        ("DynamoDB_20120810", operation) if operation.starts_with("Describe") => {
            "com.amazon.coral.availability#ThrottlingException"
        }
        ("DynamoDB_20120810", _) => {
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
        }
        ("Kinesis_20131202", "GetRecords" | "GetShardIterator") => {
            "ProvisionedThroughputExceededException"
        }
        ("Kinesis_20131202", _) => "LimitExceededException",
        ("AmazonSQS", _) => "com.amazonaws.sqs#RequestThrottled",
        _ => "ThrottlingException",
    }
}
