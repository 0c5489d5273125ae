//! On-failure documents: what Lambda's event source mapping leaves of the records it gives up.
//!
//! In a bucket an object with the invocation's whole payload, in a queue a message with the range alone.
//! This module reads them, as input: unknown members pass, what a replay depends on is strict, and what
//! is wrong is told without a word of the document. Nothing in one is believed here: who replays it
//! compares what it names with the settings.
//!
//! The shape is AWS' (Lambda, "Retaining discarded batch records for a Kinesis source").

mod attempts;
mod key;
mod members;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    json::{Document, Kind, Value},
    record::SequenceNumber,
};
pub use attempts::{Attempt, Tried, attempts_partition};
pub use key::{DOCUMENTS_PREFIX, DocumentKey, PARKED_PREFIX, parked_key};
use members::Members;

/// The version that AWS writes, and the only one there is.
pub const DOCUMENT_VERSION: &str = "1.0";

/// Longest document. An invocation has up to 6 MiB; as a JSON string its quotes and backslashes take
/// two bytes each, and partition keys may be escaped further. What stands beside it is a few hundred
/// bytes.
pub const DOCUMENT_BYTES_MAX: usize = 16 << 20;

/// A document, read. Nothing in it is believed. (`Debug` shows its range: the payload holds rows.)
#[derive(Clone, PartialEq, Eq)]
pub struct OnFailure {
    /// The ARN of the function that it says failed. Escaped and cut, as all texts here.
    pub function: Box<str>,
    /// Why the mapping gave up, such as `RetryAttemptsExhausted` or `RecordAgeExceeded`.
    pub condition: Option<Box<str>>,
    /// How often the function was invoked, about.
    pub invocations: Option<u32>,
    /// The last invocation.
    pub request_id: Option<Box<str>>,
    /// How it ended; none where the records were too old to be delivered.
    pub function_error: Option<Box<str>>,
    /// When the mapping gave up.
    pub given_up: Timestamp,
    /// The ARN of the stream: compared with the configured one, never used.
    pub stream: Box<str>,
    /// The shard's id; likewise.
    pub shard: Box<str>,
    /// The number of the first record.
    pub first: SequenceNumber,
    /// The number of the last.
    pub last: SequenceNumber,
    /// How many the mapping says it gave up. A range may hold more: AWS merges neighbouring failures,
    /// filters leave gaps, and other lanes have records in between.
    pub batch_size: u32,
    /// When the first and the last arrived, for people.
    pub arrived: [Option<Timestamp>; 2],
    /// The payload of the invocation, where the document carries it.
    pub payload: Option<Bytes>,
}

/// Why a text is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no on-failure document of a Kinesis mapping: {why}")]
pub struct NotADocument {
    why: String,
    /// Whether it is one all the same, of a version that this program does not know.
    pub other_version: bool,
}

impl NotADocument {
    fn because(why: String) -> Self {
        Self { why, other_version: false }
    }

    /// More than [`DOCUMENT_BYTES_MAX`].
    #[must_use]
    pub fn too_long() -> Self {
        Self::because(format!("it is longer than {DOCUMENT_BYTES_MAX} bytes"))
    }
}

/// Reads a document.
///
/// # Errors
/// [`NotADocument`] says what is wrong with it.
pub fn read(body: &[u8]) -> Result<OnFailure, NotADocument> {
    if body.len() > DOCUMENT_BYTES_MAX {
        return Err(NotADocument::too_long());
    }
    let document = Document::parse(body, Vec::new())
        .map_err(|error| NotADocument::because(format!("it is {error}")))?;
    let document = Members::of(Some(document.root()), "it")?;
    let version = document.text("version")?;
    if version != DOCUMENT_VERSION {
        let why =
            format!("its version is another than {DOCUMENT_VERSION}, which this program knows");
        return Err(NotADocument { why, other_version: true });
    }
    let request = document.object("requestContext")?;
    let response = document.optional_object("responseContext")?;
    let batch = document.object("KinesisBatchInfo")?;
    let (first, last) =
        (batch.sequence("startSequenceNumber")?, batch.sequence("endSequenceNumber")?);
    if first > last {
        return Err(batch.wrong("endSequenceNumber", "before the start"));
    }
    let batch_size = batch.number("batchSize")?;
    if batch_size == 0 {
        return Err(batch.wrong("batchSize", "nothing"));
    }
    let arrival = |name| batch.optional_told(name).and_then(|text| text.parse().ok());
    Ok(OnFailure {
        function: request.told("functionArn")?,
        condition: request.optional_told("condition"),
        invocations: request.optional_number("approximateInvokeCount"),
        request_id: request.optional_told("requestId"),
        function_error: response.and_then(|response| response.optional_told("functionError")),
        given_up: document.time("timestamp")?,
        stream: batch.told("streamArn")?,
        shard: batch.told("shardId")?,
        first,
        last,
        batch_size,
        arrived: ["approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"].map(arrival),
        payload: payload(document.get("payload"))?,
    })
}

/// AWS writes the event as an escaped string; an object is as good.
fn payload(value: Option<Value<'_, '_>>) -> Result<Option<Bytes>, NotADocument> {
    let Some(value) = value else { return Ok(None) };
    match (value.kind(), value.as_str()) {
        (Kind::Null, _) => Ok(None),
        (_, Some(text)) => Ok(Some(text.into_owned().into())),
        (Kind::Object, _) => Ok(Some(Bytes::copy_from_slice(value.text().as_bytes()))),
        _ => Err(NotADocument::because("payload in it is neither text nor object".to_owned())),
    }
}

impl fmt::Debug for OnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnFailure({} {}..={}", self.shard, self.first, self.last)?;
        match &self.payload {
            Some(payload) => write!(f, ", {} bytes)", payload.len()),
            None => f.write_str(")"),
        }
    }
}
