//! The members of the payload that count, borrowed from it. Others may come and go.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{PayloadError, RecordError};

/// The `eventSource` of Kinesis records.
pub(super) const KINESIS: &str = "aws:kinesis";

/// Longest id of a shard (Kinesis).
const SHARD_ID_CHARS_MAX: usize = 128;

#[derive(Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub(super) kinesis: Kinesis<'a>,
    #[serde(borrow, rename = "eventSource")]
    pub(super) event_source: Text<'a>,
    #[serde(borrow, rename = "eventID")]
    pub(super) event_id: Text<'a>,
    #[serde(borrow, rename = "eventSourceARN")]
    pub(super) event_source_arn: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kinesis<'a> {
    /// Null where the producer gave none.
    #[serde(borrow)]
    pub(super) partition_key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) sequence_number: Text<'a>,
    #[serde(borrow)]
    pub(super) data: Text<'a>,
    pub(super) approximate_arrival_timestamp: f64,
}

/// A text that is copied only where JSON escapes something in it.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
struct Payload<T> {
    #[serde(rename = "Records")]
    records: Vec<T>,
}

/// Enough of any payload to say where it comes from.
#[derive(Deserialize)]
struct Source {
    #[serde(rename = "eventSource", alias = "EventSource", alias = "source")]
    name: Option<String>,
}

/// The records of a payload.
pub(super) fn records(payload: &[u8]) -> Result<Vec<Record<'_>>, PayloadError> {
    serde_json::from_slice::<Payload<Record<'_>>>(payload)
        .map(|payload| payload.records)
        .map_err(|error| explain(payload, &error))
}

pub(super) fn is_shard_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !text.is_empty() && text.len() <= SHARD_ID_CHARS_MAX && text.bytes().all(allowed)
}

/// Looks again at what could not be read, to name the place. serde's own words are left out: they
/// can repeat a value.
fn explain(payload: &[u8], error: &serde_json::Error) -> PayloadError {
    if serde_json::from_slice::<&RawValue>(payload).is_err() {
        return PayloadError::NotJson { line: error.line(), column: error.column() };
    }
    let Ok(Payload { records }) = serde_json::from_slice::<Payload<&RawValue>>(payload) else {
        return PayloadError::not_kinesis(source(payload));
    };
    let unreadable = |raw: &&RawValue| serde_json::from_str::<Record<'_>>(raw.get()).is_err();
    let index = records.iter().position(unreadable).unwrap_or_default();
    match records.get(index).and_then(|raw| source(raw.get().as_bytes())) {
        Some(found) if found != KINESIS => PayloadError::not_kinesis(Some(found)),
        _ => RecordError::Malformed.of_record(index),
    }
}

fn source(json: &[u8]) -> Option<String> {
    serde_json::from_slice::<Source>(json).ok()?.name
}
