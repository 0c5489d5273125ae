//! What can be wrong with a payload. Places are named, contents never; names are input too, so
//! they are escaped and cut.

use cdc_core::record::NotASequenceNumber;

use super::wire::KINESIS;

/// Longest part of a name that an error shows: a stream's ARN fits.
const SHOWN_CHARS_MAX: usize = 200;

/// Why a payload is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not JSON at all.
    #[error("the payload is not JSON (line {line}, column {column})")]
    NotJson {
        /// Where it ends to be JSON, from 1.
        line: usize,
        /// In bytes, from 1.
        column: usize,
    },
    /// The event of another service.
    #[error(
        "not a Kinesis event: eventSource is {found}, {KINESIS} is expected; check what invokes this function"
    )]
    OtherSource {
        /// What it says, quoted.
        found: Box<str>,
    },
    /// Nothing that says where it comes from.
    #[error(
        "not a Kinesis event: no list of Records with eventSource {KINESIS}; check what invokes this function"
    )]
    NotAnEvent,
    /// A batch without records, which no mapping sends.
    #[error("a Kinesis event without records")]
    Empty,
    /// One record is wrong, and with it the batch.
    #[error("record {index} of the batch: {problem}")]
    Record {
        /// Its place in the payload, from 0.
        index: usize,
        /// What is wrong.
        problem: RecordError,
    },
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A member is missing or of another type.
    #[error("not shaped like a Kinesis record: a member is missing or of another type")]
    Malformed,
    /// `sequenceNumber` is none.
    #[error("sequenceNumber is {0}")]
    SequenceNumber(NotASequenceNumber),
    /// `data` is not base64.
    #[error("data is not base64")]
    Base64,
    /// `approximateArrivalTimestamp` is no time.
    #[error("approximateArrivalTimestamp is outside the years that can be written")]
    Arrival,
    /// `eventID` is not shard and sequence number.
    #[error("eventID is not SHARD:SEQUENCE_NUMBER of the record")]
    EventId,
    /// A record of another service.
    #[error("eventSource is {found}, {KINESIS} is expected")]
    OtherSource {
        /// What it says, quoted.
        found: Box<str>,
    },
    /// A record of another stream.
    #[error(
        "it comes from {found}, which is not the configured stream (KINESIS_STREAM_NAME, KINESIS_STREAM_ARN)"
    )]
    OtherStream {
        /// The ARN it names, quoted.
        found: Box<str>,
    },
    /// A record of another shard than the first one's.
    #[error("it comes from another shard or stream than the first record")]
    OtherShard,
}

impl PayloadError {
    pub(super) fn not_kinesis(found: Option<String>) -> Self {
        found.map_or(Self::NotAnEvent, |found| Self::OtherSource { found: shown(&found) })
    }
}

impl RecordError {
    pub(super) fn of_record(self, index: usize) -> PayloadError {
        PayloadError::Record { index, problem: self }
    }

    pub(super) fn other_source(found: &str) -> Self {
        Self::OtherSource { found: shown(found) }
    }

    pub(super) fn other_stream(found: &str) -> Self {
        Self::OtherStream { found: shown(found) }
    }
}

fn shown(name: &str) -> Box<str> {
    let cut: String = name.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{cut:?}").into()
}
