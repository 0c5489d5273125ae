//! The on-failure document of a Kafka batch that was given up.
//!
//! To a queue or a topic Lambda sends the place of the records alone, to a bucket their whole event
//! too (developer guide, "Capturing discarded batches for Amazon MSK and self-managed Kafka").

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    kafka::report::GivenUp,
    on_failure::{RequestContext, ResponseContext, VERSION},
};

/// Records given up, and what they were delivered as.
#[derive(Debug, Clone)]
pub struct FailureDocument {
    /// The records.
    pub given_up: GivenUp,
    /// The event that delivered them last, or would have.
    pub event: Bytes,
    /// The MSK cluster; none of a self-managed one.
    pub cluster_arn: Option<String>,
    /// The brokers.
    pub bootstrap_servers: String,
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
    #[serde(rename = "KafkaBatchInfo")]
    batch: BatchInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo<'a> {
    batch_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_source_arn: Option<&'a str>,
    bootstrap_servers: &'a str,
    payload_size: usize,
    records_info: BTreeMap<String, RecordsInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordsInfo {
    first_record_offset: String,
    last_record_offset: String,
    first_record_timestamp: String,
    last_record_timestamp: String,
}

impl FailureDocument {
    /// What a queue or a topic gets: the place alone.
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

    fn json(&self, payload: Option<&str>) -> String {
        let gone = &self.given_up;
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
            timestamp: millis(self.at),
            batch: BatchInfo {
                batch_size: gone.records,
                event_source_arn: self.cluster_arn.as_deref(),
                bootstrap_servers: &self.bootstrap_servers,
                payload_size: self.event.len(),
                records_info: self.records_info(),
            },
            payload,
        };
        serde_json::to_string(&document).expect("texts and numbers become JSON")
    }

    fn records_info(&self) -> BTreeMap<String, RecordsInfo> {
        let ranges = self.given_up.ranges.iter().map(|(partition, range)| {
            let info = RecordsInfo {
                first_record_offset: range.first.to_string(),
                last_record_offset: range.last.to_string(),
                first_record_timestamp: millis(range.first_timestamp),
                last_record_timestamp: millis(range.last_timestamp),
            };
            (partition.to_string(), info)
        });
        ranges.collect()
    }
}

fn millis(time: Timestamp) -> String {
    format!("{time:.3}")
}
