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

/// The records of a payload that has a list of them.
pub(super) fn records<'a, T: Deserialize<'a>>(
    payload: &'a [u8],
) -> Result<Vec<T>, serde_json::Error> {
    serde_json::from_slice::<Payload<T>>(payload).map(|payload| payload.records)
}

/// Those of Kinesis.
pub(super) fn kinesis_records(payload: &[u8]) -> Result<Vec<Record<'_>>, PayloadError> {
    let readable = |raw: &str| serde_json::from_str::<Record<'_>>(raw).is_ok();
    records(payload)
        .map_err(|error| explain(payload, &error, KINESIS, RecordError::Malformed, readable))
}

/// The source that a payload, or its first record, says.
pub(super) fn source_of(payload: &[u8]) -> Option<String> {
    source(payload).or_else(|| {
        let records: Vec<&RawValue> = records(payload).ok()?;
        source(records.first()?.get().as_bytes())
    })
}

/// Whether a payload is JSON.
pub(super) fn json(payload: &[u8]) -> Result<(), PayloadError> {
    match serde_json::from_slice::<&RawValue>(payload) {
        Ok(_) => Ok(()),
        Err(error) => Err(not_json(&error)),
    }
}

/// The same, with the place that is known already.
pub(super) fn json_or(payload: &[u8], error: &serde_json::Error) -> Result<(), PayloadError> {
    json(payload).map_err(|_| not_json(error))
}

fn not_json(error: &serde_json::Error) -> PayloadError {
    PayloadError::NotJson { line: error.line(), column: error.column() }
}

pub(super) fn is_shard_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !text.is_empty() && text.len() <= SHARD_ID_CHARS_MAX && text.bytes().all(allowed)
}

/// Looks again at what could not be read, to name the place. serde's own words are left out: they
/// can repeat a value.
pub(super) fn explain(
    payload: &[u8],
    error: &serde_json::Error,
    expected: &str,
    malformed: RecordError,
    readable: impl Fn(&str) -> bool,
) -> PayloadError {
    if let Err(not_json) = json_or(payload, error) {
        return not_json;
    }
    let Ok(Payload { records }) = serde_json::from_slice::<Payload<&RawValue>>(payload) else {
        return other(source(payload), expected);
    };
    let unreadable = |raw: &&RawValue| !readable(raw.get());
    let index = records.iter().position(unreadable).unwrap_or_default();
    match records.get(index).and_then(|raw| source(raw.get().as_bytes())) {
        Some(found) if found != expected => other(Some(found), expected),
        _ => malformed.of_record(index),
    }
}

fn other(found: Option<String>, expected: &str) -> PayloadError {
    match expected {
        KINESIS => PayloadError::not_kinesis(found),
        _ => PayloadError::no_source(found, expected),
    }
}

fn source(json: &[u8]) -> Option<String> {
    serde_json::from_slice::<Source>(json).ok()?.name
}
