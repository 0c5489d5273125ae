//! A Kafka cluster in memory: topics with partitions, appended to and read from offset 0 on.
//!
//! It keeps everything until [`Topics::delete_before`] is told what nobody reads again. A clone is
//! the same cluster. It promises what a cluster promises: offsets without gaps, a record's partition
//! by its key as the default partitioner of Kafka's Java client has it, and no record past a topic's
//! limits. It refuses what needs a broker's settings: compaction, transactions, retention by time.

mod partitioner;

use std::{
    collections::{BTreeMap, VecDeque},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use cdc_core::ports::Clock;
use jiff::Timestamp;

use self::partitioner::Partitioner;
use super::topic::{
    Header, ListedPartition, Page, TimestampType, TopicPartition, TopicReader, TopicRecord,
};
use crate::ReadError;

/// Kafka: `message.max.bytes` is 1 MiB and the overhead of one batch.
pub const RECORD_BYTES_MAX: usize = 1_048_588;
/// Kafka advises no more partitions on a broker than this.
pub const PARTITIONS_MAX: u32 = 4_000;
/// Kafka: a topic's name has at most 249 characters.
pub const TOPIC_NAME_BYTES_MAX: usize = 249;

/// A record about to be appended.
#[derive(Clone, Default)]
pub struct NewRecord {
    /// Decides the partition; records without one go to the partitions in turn.
    pub key: Option<Bytes>,
    /// The bytes; none is a tombstone.
    pub value: Option<Bytes>,
    /// In order.
    pub headers: Vec<Header>,
    /// Not the key but the producer decides the partition.
    pub partition: Option<u32>,
}

impl std::fmt::Debug for NewRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewRecord({} bytes)", self.bytes())
    }
}

impl NewRecord {
    fn bytes(&self) -> usize {
        let bytes = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers = self.headers.iter().map(|header| header.name.len() + header.value.len());
        bytes(&self.key) + bytes(&self.value) + headers.sum::<usize>()
    }
}

/// Why a cluster refuses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A name that Kafka does not take: letters, digits, `.`, `_` and `-`, but not `.` or `..`.
    #[error("no name for a topic")]
    TopicName,
    /// More than there may be.
    #[error("at most {PARTITIONS_MAX} partitions expected")]
    TooManyPartitions,
    /// The topic is there already.
    #[error("the topic exists")]
    TopicExists,
    /// `UNKNOWN_TOPIC_OR_PARTITION`.
    #[error("no such topic or partition")]
    UnknownTopicOrPartition,
    /// `RECORD_TOO_LARGE`.
    #[error("a record has at most {RECORD_BYTES_MAX} bytes")]
    RecordTooLarge,
    /// `OFFSET_OUT_OF_RANGE`.
    #[error("no such offset yet")]
    OffsetOutOfRange,
}

/// A cluster's topics, and a reader of all of them.
#[derive(Debug, Clone)]
pub struct Topics<C> {
    clock: C,
    topics: Arc<Mutex<BTreeMap<Arc<str>, Topic>>>,
}

#[derive(Debug)]
struct Topic {
    partitioner: Partitioner,
    partitions: Vec<Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// The offset of the first record kept.
    first: u64,
    records: VecDeque<TopicRecord>,
}

impl Log {
    fn end(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    fn page(&self, offset: u64, records_max: usize) -> Page {
        let behind = usize::try_from(offset.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let records: Vec<_> = self.records.iter().skip(behind).take(records_max).cloned().collect();
        let next = records.last().map_or(offset.max(self.first), |record| record.offset + 1);
        Page { records, next, end: self.end() }
    }
}

impl<C: Clock> Topics<C> {
    /// A cluster without topics; its clock stamps the records.
    #[must_use]
    pub fn new(clock: C) -> Self {
        Self { clock, topics: Arc::default() }
    }

    /// A new topic.
    ///
    /// # Errors
    /// [`Refused`] if it is there already, or what Kafka would not take.
    pub fn create(&self, topic: &str, partitions: NonZeroU32) -> Result<(), Refused> {
        if !is_topic_name(topic) {
            return Err(Refused::TopicName);
        }
        if partitions.get() > PARTITIONS_MAX {
            return Err(Refused::TooManyPartitions);
        }
        let mut topics = self.topics();
        if topics.contains_key(topic) {
            return Err(Refused::TopicExists);
        }
        let logs = (0..partitions.get()).map(|_| Log::default()).collect();
        let partitioner = Partitioner::new(partitions);
        topics.insert(topic.into(), Topic { partitioner, partitions: logs });
        Ok(())
    }

    /// Appends a record; where it lies then.
    ///
    /// # Errors
    /// [`Refused`] if there is no such topic or partition, or the record is too large.
    pub fn append(&self, topic: &str, record: NewRecord) -> Result<(TopicPartition, u64), Refused> {
        if record.bytes() > RECORD_BYTES_MAX {
            return Err(Refused::RecordTooLarge);
        }
        let mut topics = self.topics();
        // Under the lock, so that inside a partition no timestamp is before an earlier one's.
        let timestamp = to_the_millisecond(self.clock.now());
        let name = topics.get_key_value(topic).map(|(name, _)| Arc::clone(name));
        let topic = topics.get_mut(topic).ok_or(Refused::UnknownTopicOrPartition)?;
        let partition = match record.partition {
            Some(partition) => partition,
            None => topic.partitioner.partition(record.key.as_deref()),
        };
        let log = topic.partitions.get_mut(partition as usize);
        let log = log.ok_or(Refused::UnknownTopicOrPartition)?;
        let partition =
            TopicPartition { topic: name.ok_or(Refused::UnknownTopicOrPartition)?, partition };
        let offset = log.end();
        log.records.push_back(TopicRecord {
            partition: partition.clone(),
            offset,
            timestamp,
            timestamp_type: TimestampType::CreateTime,
            key: record.key,
            value: record.value,
            headers: record.headers,
        });
        Ok((partition, offset))
    }

    /// Drops the records before an offset, for good (`DeleteRecords`).
    ///
    /// # Errors
    /// [`Refused`] if there is no such partition, or it does not go so far.
    pub fn delete_before(&self, partition: &TopicPartition, offset: u64) -> Result<(), Refused> {
        let mut topics = self.topics();
        let topic = topics.get_mut(&partition.topic);
        let log = topic.and_then(|topic| topic.partitions.get_mut(partition.partition as usize));
        let log = log.ok_or(Refused::UnknownTopicOrPartition)?;
        if offset > log.end() {
            return Err(Refused::OffsetOutOfRange);
        }
        let dropped = offset.saturating_sub(log.first);
        log.records.drain(..usize::try_from(dropped).unwrap_or(usize::MAX));
        log.first += dropped;
        Ok(())
    }

    /// Every partition of every topic, in order.
    #[must_use]
    pub fn list(&self) -> Vec<ListedPartition> {
        let topics = self.topics();
        let mut listed = Vec::new();
        for (name, topic) in &*topics {
            for (partition, log) in (0..).zip(&topic.partitions) {
                let id = TopicPartition { topic: Arc::clone(name), partition };
                listed.push(ListedPartition { id, first: log.first, end: log.end() });
            }
        }
        listed
    }

    fn topics(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Topic>> {
        // A thread that died holding the lock was allocating at most: nothing is half done.
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock> TopicReader for Topics<C> {
    async fn partitions(&self) -> Result<Vec<ListedPartition>, ReadError> {
        Ok(self.list())
    }

    async fn read(
        &self,
        partition: &TopicPartition,
        offset: u64,
        records_max: usize,
    ) -> Result<Page, ReadError> {
        let topics = self.topics();
        let topic = topics.get(&partition.topic);
        let log = topic.and_then(|topic| topic.partitions.get(partition.partition as usize));
        let log = log.ok_or_else(|| ReadError::Fatal(Refused::UnknownTopicOrPartition.into()))?;
        Ok(log.page(offset, records_max))
    }
}

fn is_topic_name(name: &str) -> bool {
    let taken = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let length = 1..=TOPIC_NAME_BYTES_MAX;
    length.contains(&name.len()) && !matches!(name, "." | "..") && name.bytes().all(taken)
}

fn to_the_millisecond(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
