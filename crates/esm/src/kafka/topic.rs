//! Topics as the mapping sees them: partitions, records, and the port that reads them.

use std::{collections::BTreeMap, fmt, future::Future, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{ReadError, lane::LaneRecord};

/// One partition of one topic, `topic-0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number, from 0.
    pub partition: u32,
}

impl TopicPartition {
    /// A partition of a topic.
    #[must_use]
    pub fn new(topic: &str, partition: u32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Positions, partition by partition: the offset of the record that comes next, as Kafka commits it.
pub type Positions = BTreeMap<TopicPartition, u64>;

/// A partition as the cluster lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPartition {
    /// Which.
    pub id: TopicPartition,
    /// The offset of the oldest record kept, or the end of an empty partition.
    pub first: u64,
    /// The offset that the next record appended will get.
    pub end: u64,
}

/// A record of a topic, undecoded.
#[derive(Clone)]
pub struct TopicRecord {
    /// Where it lies.
    pub partition: TopicPartition,
    /// Its place there.
    pub offset: u64,
    /// To the millisecond.
    pub timestamp: Timestamp,
    /// Whose clock that was.
    pub timestamp_type: TimestampType,
    /// The producer's key.
    pub key: Option<Bytes>,
    /// The bytes; none is a tombstone.
    pub value: Option<Bytes>,
    /// In the producer's order; a name may come twice.
    pub headers: Vec<Header>,
}

impl fmt::Debug for TopicRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.value.as_ref().map_or(0, Bytes::len);
        write!(f, "TopicRecord({} {}, {bytes} bytes)", self.partition, self.offset)
    }
}

/// Whose clock a record's timestamp is of (`message.timestamp.type`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's.
    #[default]
    CreateTime,
    /// The broker's.
    LogAppendTime,
}

impl TimestampType {
    /// The name in an event.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateTime => "CREATE_TIME",
            Self::LogAppendTime => "LOG_APPEND_TIME",
        }
    }
}

/// A header of a record. A null value is an empty one.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub value: Bytes,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Header({}, {} bytes)", self.name, self.value.len())
    }
}

impl LaneRecord for TopicRecord {
    type Order = TopicPartition;

    fn order(&self) -> &TopicPartition {
        &self.partition
    }

    fn arrival(&self) -> Timestamp {
        self.timestamp
    }
}

/// What one read brought.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// In order of their offsets, which may have gaps (compaction, transactions).
    pub records: Vec<TopicRecord>,
    /// The offset to read on from: behind the last record and behind every gap known to follow it;
    /// never before the offset asked for.
    pub next: u64,
    /// The partition's end when it was read: `next` has reached it at the tip.
    pub end: u64,
}

/// Reads topics.
///
/// The mapping asks one partition for one page at a time, and different partitions side by side.
/// Nothing is committed to the cluster: [`Event::Committed`](crate::kafka::Event::Committed) tells
/// whoever wants to.
///
/// A read leaves nothing out between the offset and the page's first record but what the partition no
/// longer has; an offset older than that is read from the oldest record kept
/// (`auto.offset.reset=earliest`). A page without records is no error. Throttling is the reader's to
/// wait out or to report as [`ReadError::Transient`].
pub trait TopicReader: Send + Sync {
    /// Every partition of the topics subscribed to, in any order.
    fn partitions(&self) -> impl Future<Output = Result<Vec<ListedPartition>, ReadError>> + Send;

    /// At most `records_max` records from an offset on.
    fn read(
        &self,
        partition: &TopicPartition,
        offset: u64,
        records_max: usize,
    ) -> impl Future<Output = Result<Page, ReadError>> + Send;
}
