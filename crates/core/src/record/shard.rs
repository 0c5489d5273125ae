//! Where records come from: a stream's shard, a topic's partition, or a queue.
//!
//! One pair of texts names all of them, so that ledger, events and dead letters need no form for each.
//! What a source of that kind can do stands in [`SourceKind`].

use std::sync::Arc;

/// What the name of a self-managed cluster's topic begins with; those of AWS have ARNs.
pub const KAFKA_SCHEME: &str = "kafka://";

/// The id of a standard queue's only shard.
pub const STANDARD_QUEUE: &str = "standard";

/// The id of a FIFO queue's only shard.
pub const FIFO_QUEUE: &str = "fifo";

/// The shard that records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The ARN of the stream, the topic or the queue; of a topic without one, `kafka://SERVERS/TOPIC`.
    pub stream_arn: Arc<str>,
    /// The shard's id, such as `shardId-000000000003`; the number of a topic's partition; for a queue
    /// [`STANDARD_QUEUE`] or [`FIFO_QUEUE`].
    pub id: Arc<str>,
}

/// What kind of source a shard is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Kinesis: keeps its records for a time, in order, and can be read again at any of them.
    Stream,
    /// Kafka: the same, but nothing here reads it.
    Topic,
    /// SQS with message groups: in order within a group, and gone once a message is settled.
    FifoQueue,
    /// SQS without: in no order, and gone once a message is settled.
    StandardQueue,
}

impl Shard {
    /// The name of stream, topic or queue: what stands behind the last `/` or `:` of its ARN.
    #[must_use]
    pub fn stream_name(&self) -> &str {
        self.stream_arn.rsplit(['/', ':']).next().unwrap_or(&self.stream_arn)
    }

    /// What kind of source it is of, by its ARN.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        SourceKind::of(&self.stream_arn)
    }
}

impl SourceKind {
    /// What kind of source has this ARN, or the name of a topic without one.
    #[must_use]
    pub fn of(stream_arn: &str) -> Self {
        match stream_arn.split(':').nth(2) {
            Some("kafka") => Self::Topic,
            _ if stream_arn.starts_with(KAFKA_SCHEME) => Self::Topic,
            // A FIFO queue is known by its name (SQS).
            Some("sqs") if stream_arn.ends_with(".fifo") => Self::FifoQueue,
            Some("sqs") => Self::StandardQueue,
            _ => Self::Stream,
        }
    }

    /// Whether a record can be read again where a dead letter only says its place.
    #[must_use]
    pub fn is_read_again(self) -> bool {
        self == Self::Stream
    }

    /// Whether a record stays in the source, for its time, after it was settled.
    #[must_use]
    pub fn keeps_records(self) -> bool {
        match self {
            Self::Stream | Self::Topic => true,
            Self::FifoQueue | Self::StandardQueue => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Shard, SourceKind};

    #[test]
    fn a_source_is_known_by_its_arn() {
        for (arn, name, kind) in [
            ("arn:aws:kinesis:eu-west-1:123456789012:stream/coredb", "coredb", SourceKind::Stream),
            (
                "arn:aws-cn:kafka:cn-north-1:123456789012:topic/c/0a1b-2/coredb.public.users",
                "coredb.public.users",
                SourceKind::Topic,
            ),
            ("kafka://b-1.example:9092,b-2.example:9092/users", "users", SourceKind::Topic),
            ("arn:aws:sqs:eu-west-1:123456789012:rows", "rows", SourceKind::StandardQueue),
            ("arn:aws:sqs:eu-west-1:123456789012:rows.fifo", "rows.fifo", SourceKind::FifoQueue),
            ("arn", "arn", SourceKind::Stream),
        ] {
            let shard = Shard { stream_arn: arn.into(), id: "0".into() };
            assert_eq!((shard.stream_name(), shard.kind()), (name, kind), "{arn}");
        }
    }
}
