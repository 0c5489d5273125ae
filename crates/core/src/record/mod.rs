//! Records: what a stream delivers, before anybody has looked inside.

mod aggregate;
mod expand;
mod inflate;
mod json_form;
mod key;
mod partition_key;
mod sequence;
mod shard;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

pub use aggregate::PARTITION_KEY_BYTES_MAX;
pub(crate) use aggregate::is_aggregate;
pub use aggregate::{MalformedAggregate, SUB_RECORDS_MAX};
pub(crate) use expand::expand_up_to;
pub use expand::{BATCH_RECORDS_MAX, Expanded, RawRecord, expand};
pub(crate) use expand::{malformed, parts};
pub use inflate::{
    INFLATED_BATCH_BYTES_MAX, INFLATED_RECORD_BYTES_MAX, InflateError, Inflater, LAYERS_MAX,
};
pub use json_form::{JsonRecord, json_record, json_records};
pub use key::RecordKey;
pub(crate) use key::hex;
pub use partition_key::partition_key;
pub use sequence::{NotASequenceNumber, SEQUENCE_DIGITS_MAX, SequenceNumber};
pub use shard::{FIFO_QUEUE, KAFKA_SCHEME, STANDARD_QUEUE, Shard, SourceKind};

/// An undecoded unit of a stream: bytes, partition key, position.
#[derive(Clone)]
pub struct Record {
    /// The payload as the producer wrote it, perhaps compressed.
    pub data: Bytes,
    /// The key by which the producer chose the shard. It can hold row values: never shown.
    pub partition_key: Arc<str>,
    /// Its place in the shard.
    pub position: Position,
    /// When the stream took it.
    pub arrived: Timestamp,
    /// How many records equal in number, partition key and data came before it in this delivery.
    pub occurrence: u32,
    /// Nobody can say where it stood among the records of its number: Lambda itself took their
    /// aggregate apart (enhanced fan-out with ParallelizationFactor above 1), and tells no places.
    pub unplaced: bool,
}

/// A place in one shard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The stream's number, shared by all records of an aggregate.
    pub number: SequenceNumber,
    /// The place inside the aggregate, from 0; 0 for a record of its own.
    pub sub_sequence: u32,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({:?}, {} bytes)", self.position, self.data.len())
    }
}
