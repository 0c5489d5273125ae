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
}

/// Trouble with the calls whose `x-amz-target` begins with a text, such as `DynamoDB_20120810` for a
/// whole service or `Kinesis_20131202.GetRecords` for one operation; of S3, `S3.PutObject`.
#[derive(Clone, Debug)]
pub struct Trouble {
    target: String,
    /// What the request has to hold besides.
    about: Option<String>,
    kind: Kind,
    struck: Arc<AtomicBool>,
}

impl Trouble {
    /// Trouble of that kind with those calls.
    #[must_use]
    pub fn new(kind: Kind, target: impl Into<String>) -> Self {
        Self { target: target.into(), about: None, kind, struck: Arc::default() }
    }

    /// Only with calls that have this text in their body, such as a table's name.
    #[must_use]
    pub fn about(mut self, text: impl Into<String>) -> Self {
        self.about = Some(text.into());
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
        match self.kind {
            Kind::Hangs => HttpConnectorFuture::new(std::future::pending()),
            Kind::Fails => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                HttpConnectorFuture::ready(wire::to_sdk(wire::error(status, "InternalFailure", "")))
            }
            Kind::Throttles => {
                HttpConnectorFuture::ready(wire::to_sdk(throttled(&s3::target(&request))))
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

fn throttled(target: &str) -> wire::Response {
    if target.starts_with("S3.") {
        return s3::error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "");
    }
    wire::error(StatusCode::BAD_REQUEST, throttling_code(target), "")
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
