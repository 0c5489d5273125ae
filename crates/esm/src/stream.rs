//! The stream as the mapping sees it: shards, records, and the port that reads them.

use std::{fmt, future::Future, sync::Arc};

use bytes::Bytes;
use cdc_core::record::SequenceNumber;
use jiff::Timestamp;

use crate::{BoxError, lane::LaneRecord};

/// A shard's name, `shardId-000000000000`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(Arc<str>);

impl ShardId {
    /// A shard's name as the stream gives it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One shard as the stream lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its name.
    pub id: ShardId,
    /// Whom it came from: nobody, one shard (split) or two (merge: parent and adjacent parent). A
    /// parent that is no longer listed counts as read.
    pub parents: Vec<ShardId>,
}

/// A record of the stream, undecoded. A KPL aggregate is one record.
#[derive(Clone)]
pub struct StreamRecord {
    /// Its place in the shard.
    pub sequence: SequenceNumber,
    /// The producer's partition key.
    pub partition_key: String,
    /// The bytes, as put.
    pub data: Bytes,
    /// When the stream took it, to the millisecond.
    pub arrival: Timestamp,
}

impl fmt::Debug for StreamRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamRecord({}, {} bytes)", self.sequence, self.data.len())
    }
}

impl LaneRecord for StreamRecord {
    /// A lane's records are all of one shard.
    type Order = ();

    fn order(&self) -> &() {
        &()
    }

    fn arrival(&self) -> Timestamp {
        self.arrival
    }
}

/// Where in a shard a read starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFrom {
    /// At the oldest record kept.
    TrimHorizon,
    /// At the first record that arrived then or later.
    AtTimestamp(Timestamp),
    /// At this record (`AT_SEQUENCE_NUMBER`), which the shard has or had.
    At(SequenceNumber),
    /// Behind this record.
    After(SequenceNumber),
}

/// What one read brought.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Records in the shard's order, at most 10,000 or 10 MB. May be empty far from the tip.
    pub records: Vec<StreamRecord>,
    /// The shard is closed and nothing lies behind this page (no `NextShardIterator`).
    pub end_of_shard: bool,
    /// `MillisBehindLatest`. Zero says "tip" only on an empty page: emulators say zero always.
    pub millis_behind_latest: u64,
}

/// Reads a stream.
///
/// The mapping asks one shard for one page at a time, and different shards side by side.
///
/// An iterator may be kept per shard, with the place it stands for: an empty page's
/// `NextShardIterator` stands for the place asked from (or else a stretch of empty pages would never
/// end), one behind records for [`ReadFrom::After`] the last of them, and for nothing else. A place
/// without an iterator, or with an expired one, is asked for anew. Nothing between the place and
/// the page's first record may be left out.
///
/// Throttling is the reader's to wait out or to report as [`ReadError::Transient`].
pub trait StreamReader: Send + Sync {
    /// Every shard of the stream, closed ones included, in any order.
    fn shards(&self) -> impl Future<Output = Result<Vec<Shard>, ReadError>> + Send;

    /// The records of `shard` from a place on.
    fn read(
        &self,
        shard: &ShardId,
        from: &ReadFrom,
    ) -> impl Future<Output = Result<Page, ReadError>> + Send;
}

/// A read that brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Throttling, a lost connection: read again after a pause.
    #[error("the stream could not be read for now")]
    Transient(#[source] BoxError),
    /// No such stream, no right to read it: the run ends.
    #[error("the stream cannot be read")]
    Fatal(#[source] BoxError),
}
