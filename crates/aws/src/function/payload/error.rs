//! What can be wrong with a payload. Places are named, contents never; names are input too, so
//! they are cut, and what does not look like one is not repeated.

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
    /// The event of a service that is no configured source.
    #[error(
        "no event of a configured source: eventSource is {found}, {expected} is expected; check what invokes this function, and its settings"
    )]
    NoSource {
        /// What it says, quoted.
        found: Box<str>,
        /// What it may say.
        expected: Box<str>,
    },
    /// A batch without records, which no mapping sends.
    #[error("an event without records")]
    Empty,
    /// A Kafka event of another cluster.
    #[error(
        "it comes from {found}, which is not the configured cluster (KAFKA_CLUSTER_ARN, KAFKA_BOOTSTRAP_SERVERS)"
    )]
    OtherCluster {
        /// The ARN or the servers that it names, quoted.
        found: Box<str>,
    },
    /// A Kafka event whose records are no lists.
    #[error("a Kafka event without lists of records, one a partition")]
    NoPartitions,
    /// A Kafka event that names a partition twice.
    #[error("partition {name} stands twice")]
    Repeated {
        /// Its name, quoted.
        name: Box<str>,
    },
    /// One record of a partition is wrong, and with it the batch.
    #[error("record {index} of partition {name}: {problem}")]
    Partition {
        /// Its name, quoted.
        name: Box<str>,
        /// The record's place in it, from 0.
        index: usize,
        /// What is wrong.
        problem: RecordError,
    },
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
    /// A member of a message is missing or of another type.
    #[error("not shaped like an SQS message: a member is missing or of another type")]
    NoMessage,
    /// A member of a Kafka record is missing or of another type.
    #[error("not shaped like a Kafka record: a member is missing or of another type")]
    NoKafkaRecord,
    /// `messageId` is none of SQS'.
    #[error("messageId is no UUID")]
    MessageId,
    /// An attribute of a message is missing, or not what it must be.
    #[error("its attribute {0} is missing, or none")]
    Attribute(&'static str),
    /// `sequenceNumber` is none.
    #[error("sequenceNumber is {0}")]
    SequenceNumber(NotASequenceNumber),
    /// `data` is not base64, or a Kafka record's `key` or `value` is not.
    #[error("data is not base64")]
    Base64,
    /// `timestamp` of a Kafka record is no time.
    #[error("timestamp is outside the years that can be written")]
    Timestamp,
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
    /// A record of another service than SQS.
    #[error("eventSource is {found}, aws:sqs is expected")]
    AnotherSource {
        /// What it says, quoted.
        found: Box<str>,
    },
    /// A message of another queue.
    #[error("it comes from {found}, which is not the configured queue (SQS_QUEUE_ARN)")]
    OtherQueue {
        /// The ARN it names, quoted.
        found: Box<str>,
    },
    /// A record of another topic.
    #[error("it is of the topic {found}, which is none of the configured ones (KAFKA_TOPICS)")]
    OtherTopic {
        /// The topic, quoted.
        found: Box<str>,
    },
    /// A record of another partition than the list it stands in.
    #[error("its topic and partition are not those of the list it stands in")]
    OtherPartition,
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

    pub(super) fn no_source(found: Option<String>, expected: &str) -> Self {
        let found = found.map_or_else(|| "missing".into(), |found| shown(&found));
        Self::NoSource { found, expected: expected.into() }
    }

    pub(super) fn other_cluster(found: &str) -> Self {
        Self::OtherCluster { found: shown(found) }
    }

    pub(super) fn repeated(name: &str) -> Self {
        Self::Repeated { name: shown(name) }
    }
}

impl RecordError {
    pub(super) fn of_record(self, index: usize) -> PayloadError {
        PayloadError::Record { index, problem: self }
    }

    pub(super) fn of_partition(self, name: &str, index: usize) -> PayloadError {
        PayloadError::Partition { name: shown(name), index, problem: self }
    }

    pub(super) fn other_queue(found: &str) -> Self {
        Self::OtherQueue { found: shown(found) }
    }

    pub(super) fn other_topic(found: &str) -> Self {
        Self::OtherTopic { found: shown(found) }
    }

    pub(super) fn other_source(found: &str) -> Self {
        Self::OtherSource { found: shown(found) }
    }

    pub(super) fn other_stream(found: &str) -> Self {
        Self::OtherStream { found: shown(found) }
    }
}

/// A name in quotes. What has other characters than the services' own names is none, and could be anything.
pub(super) fn shown(name: &str) -> Box<str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b":./_-+=,*".contains(&byte);
    if !name.bytes().all(is_part) {
        return format!("no name but a text of {} characters", name.chars().count()).into();
    }
    let cut: String = name.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{cut:?}").into()
}
