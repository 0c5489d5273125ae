//! What a mapping of topics tells: one event per delivery, per commit, per give-up.
//!
//! No row values and no texts of others in here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    Cause, Condition,
    kafka::{
        mapping::ConsumerId,
        topic::{Positions, TopicPartition, TopicRecord},
    },
};

/// Something that happened, told in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The topics are read from their start position: the first time (pass 0), or once more.
    PassStarted {
        /// Counts redeliveries.
        pass: u32,
    },
    /// A partition's reading begins.
    PartitionStarted {
        /// Which.
        partition: TopicPartition,
        /// Whose it is.
        consumer: ConsumerId,
        /// From this offset on.
        position: u64,
    },
    /// An invocation was answered.
    Delivered(Delivery),
    /// A batch was left behind.
    GivenUp(GivenUp),
    /// Everything before this position is settled, given up, or no record.
    Committed {
        /// Of this partition.
        partition: TopicPartition,
        /// The offset that comes next.
        position: u64,
    },
    /// A read failed and will be tried again; no partition: the listing of them.
    ReadFailed(Option<TopicPartition>),
    /// Every partition is at its tip, and nothing is in hand. Told on each change to it.
    CaughtUp {
        /// As in [`Event::PassStarted`].
        pass: u32,
    },
}

/// Records of one partition in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first one's offset.
    pub first: u64,
    /// The last one's offset.
    pub last: u64,
    /// How many there are.
    pub records: usize,
    /// The first one's timestamp.
    pub first_timestamp: Timestamp,
    /// The last one's timestamp.
    pub last_timestamp: Timestamp,
}

/// A batch, partition by partition.
pub type Ranges = BTreeMap<TopicPartition, Range>;

/// What a batch holds of each partition.
pub(crate) fn ranges(batch: &[TopicRecord]) -> Ranges {
    let mut ranges = Ranges::new();
    for record in batch {
        let range = ranges.entry(record.partition.clone()).or_insert(Range {
            first: record.offset,
            last: record.offset,
            records: 0,
            first_timestamp: record.timestamp,
            last_timestamp: record.timestamp,
        });
        (range.last, range.last_timestamp) = (record.offset, record.timestamp);
        range.records += 1;
    }
    ranges
}

/// One invocation and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Whose batch it was.
    pub consumer: ConsumerId,
    /// As in [`Event::PassStarted`].
    pub pass: u32,
    /// What was delivered.
    pub ranges: Ranges,
    /// How many records that was.
    pub records: usize,
    /// Which attempt at this batch it was, from 1; goes on counting when part of it is settled.
    pub attempt: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// What an invocation settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The whole batch.
    Settled,
    /// Of the partitions reported the records before the lowest offset reported, of all others all.
    Partial {
        /// How many; may be none.
        settled: usize,
        /// Of the partitions reported, from where on they are delivered again.
        from: Positions,
    },
    /// Nothing: the whole batch is delivered again.
    Failed(Cause),
    /// Nothing: the batch is split in two, and each half delivered again by itself.
    Bisected(Cause),
}

/// Records left behind unsettled: what an on-failure document says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Counts what the mapping hands out to be given up, from 1.
    pub id: u64,
    /// Whose batch it was.
    pub consumer: ConsumerId,
    /// As in [`Event::PassStarted`].
    pub pass: u32,
    /// Why.
    pub condition: Condition,
    /// What was given up.
    pub ranges: Ranges,
    /// How many records that was.
    pub records: usize,
    /// How often the batch was delivered (`approximateInvokeCount`).
    pub attempts: u32,
    /// Whether the last delivery ended in an error of the function, and not in an answer.
    pub function_error: bool,
}

/// A run so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// In numbers, all passes together.
    pub counts: crate::Summary,
    /// The positions committed in the last pass.
    pub positions: Positions,
}
