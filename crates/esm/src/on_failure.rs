//! The on-failure document: what is left of records that were given up.
//!
//! To a queue (SQS, SNS) Lambda sends the place of the records alone, to a bucket (S3) their whole
//! event too (developer guide, "Capturing discarded batches").

use std::future::Future;

use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::{BoxError, Condition, GivenUp};

/// AWS documents this version of the document.
pub(crate) const VERSION: &str = "1.0";
/// The version of a function that was published under no number.
const EXECUTED_VERSION: &str = "$LATEST";

/// Where on-failure documents go.
pub trait OnFailure<D = FailureDocument>: Send + Sync {
    /// Keeps one document. Done means that it is durable: until then the lane stands still, and an
    /// error has it tried again.
    fn keep(&self, document: &D) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// No destination: what is given up is lost, as it is on AWS.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDestination;

impl<D: Sync> OnFailure<D> for NoDestination {
    async fn keep(&self, _: &D) -> Result<(), BoxError> {
        Ok(())
    }
}

/// Records given up, and what they were delivered as.
#[derive(Debug, Clone)]
pub struct FailureDocument {
    /// The records.
    pub given_up: GivenUp,
    /// The event that delivered them last, or would have.
    pub event: Bytes,
    /// The stream.
    pub stream_arn: String,
    /// The function that they were for.
    pub function_arn: String,
    /// The last invocation, as the mapping numbers them.
    pub request_id: String,
    /// When they were given up.
    pub at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext>,
    version: &'static str,
    timestamp: String,
    #[serde(rename = "KinesisBatchInfo")]
    batch: BatchInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) function_arn: &'a str,
    pub(crate) condition: &'static str,
    pub(crate) approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResponseContext {
    status_code: u16,
    executed_version: &'static str,
    function_error: Option<&'static str>,
}

impl ResponseContext {
    /// Of the last answer; where nothing answered, there is none to tell of.
    pub(crate) fn of(condition: Condition, attempts: u32, function_error: bool) -> Option<Self> {
        let answered = attempts > 0 && condition == Condition::RetryAttemptsExhausted;
        answered.then_some(Self {
            status_code: 200,
            executed_version: EXECUTED_VERSION,
            function_error: function_error.then_some("Unhandled"),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo<'a> {
    shard_id: &'a str,
    start_sequence_number: &'a str,
    end_sequence_number: &'a str,
    approximate_arrival_of_first_record: String,
    approximate_arrival_of_last_record: String,
    batch_size: usize,
    stream_arn: &'a str,
}

impl FailureDocument {
    /// What a queue gets: the place alone.
    #[must_use]
    pub fn pointer(&self) -> String {
        self.json(None)
    }

    /// What a bucket gets: the same, and the event as text.
    #[must_use]
    pub fn with_payload(&self) -> String {
        let payload = std::str::from_utf8(&self.event).expect("the mapping writes JSON");
        self.json(Some(payload))
    }

    /// The object's key in a bucket: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/<time>-<request id>`.
    #[must_use]
    pub fn key(&self, mapping: &str) -> String {
        let at = self.at.to_zoned(TimeZone::UTC);
        let (day, time) = (at.strftime("%Y/%m/%d"), at.strftime("%Y-%m-%dT%H.%M.%S"));
        let (shard, id) = (&self.given_up.lane.shard, &self.request_id);
        format!("aws/lambda/{mapping}/{shard}/{day}/{time}-{id}")
    }

    /// This document about the records of the later one too, where those lie behind its own: Lambda
    /// may send neighbouring failures as one. What lies between them is then meant as well.
    #[must_use]
    pub fn merged_with(&self, later: &Self) -> Option<Self> {
        let (own, other) = (&self.given_up, &later.given_up);
        if own.lane.shard != other.lane.shard || own.last > other.first {
            return None;
        }
        let given_up = GivenUp {
            last: other.last.clone(),
            last_arrival: other.last_arrival,
            records: own.records + other.records,
            numbers: [&own.numbers[..], &other.numbers].concat(),
            ..own.clone()
        };
        Some(Self { given_up, ..self.clone() })
    }

    fn json(&self, payload: Option<&str>) -> String {
        let gone = &self.given_up;
        let time = |time: Timestamp| format!("{time:.3}");
        let document = Document {
            request_context: RequestContext {
                request_id: &self.request_id,
                function_arn: &self.function_arn,
                condition: gone.condition.as_str(),
                approximate_invoke_count: gone.attempts,
            },
            response_context: ResponseContext::of(
                gone.condition,
                gone.attempts,
                gone.function_error,
            ),
            version: VERSION,
            timestamp: time(self.at),
            batch: BatchInfo {
                shard_id: gone.lane.shard.as_str(),
                start_sequence_number: gone.first.as_str(),
                end_sequence_number: gone.last.as_str(),
                approximate_arrival_of_first_record: time(gone.first_arrival),
                approximate_arrival_of_last_record: time(gone.last_arrival),
                batch_size: gone.records,
                stream_arn: &self.stream_arn,
            },
            payload,
        };
        serde_json::to_string(&document).expect("texts and numbers become JSON")
    }
}
