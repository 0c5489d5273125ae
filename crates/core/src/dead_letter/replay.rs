//! From a letter to a record that goes through the pipeline again.
//!
//! Event id and order come out as they would have been: they are made from the source's position, or
//! from the record key and the place in the shard, and all of these stand in the letter. The stream
//! is the one that the settings name; what the letter says of it was compared before and is dropped.

use std::fmt;

use bytes::Bytes;

use super::{Carried, OpenLetter, Original};
use crate::{
    pipeline::EventId,
    record::{
        MalformedAggregate, Position, RawRecord, Record, RecordKey, Shard, expand, malformed,
    },
};

/// A letter with its record, ready for [`crate::batch::Batch::of_letters`].
#[derive(Clone)]
pub struct Replayable {
    pub(crate) shard: Shard,
    pub(crate) record: Record,
    /// The record's key as the letter tells it.
    pub(crate) key: RecordKey,
    /// The unit that failed: only it is replayed.
    pub(crate) part: u32,
    pub(crate) half: Option<u32>,
    /// The record as a whole failed: all that it says is replayed.
    pub(crate) whole: bool,
    /// Tries before this replay.
    pub(crate) attempts: u32,
    pub(crate) carried: Option<Carried>,
    /// What a new letter says where this try gets less far than the one before.
    pub(crate) event_id: Option<EventId>,
    pub(crate) table: Option<Box<str>>,
    /// The record is an aggregate that could not be taken apart.
    pub(crate) malformed: Option<MalformedAggregate>,
}

/// What the stream holds at the letter's place is another record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream's record at the letter's place is not the one that the letter is about")]
pub struct AnotherRecord;

/// What lies at the place of a letter's object is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the object at the letter's place is not the one that the letter points to")]
pub struct AnotherObject;

/// Letters in the order of their records: by shard, place, part and half.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplayOrder {
    // Ids are of one width, and a child shard's is the greater.
    shard: Box<str>,
    position: Position,
    part: u32,
    half: Option<u32>,
}

impl ReplayOrder {
    pub(super) fn of(shard: &str, position: &Position, part: u32, half: Option<u32>) -> Self {
        Self { shard: shard.into(), position: position.clone(), part, half }
    }
}

impl OpenLetter {
    /// The record that the letter carries, of the stream with this ARN; none where it only points to
    /// it.
    #[must_use]
    pub fn replayable(&self, stream_arn: &str) -> Option<Replayable> {
        let carried = match self.original {
            Original::Event(_) => Carried::Event,
            Original::Data(_) => Carried::Data,
            Original::Object(_) | Original::Pointer => return None,
        };
        let data = self.original.bytes()?.clone();
        Some(self.with_data(stream_arn, data, carried))
    }

    /// The record whose bytes lie in the object that the letter points to.
    ///
    /// # Errors
    /// [`AnotherObject`] where these are not the bytes that the letter is about.
    pub fn replayable_of(
        &self,
        stream_arn: &str,
        data: Bytes,
    ) -> Result<Replayable, AnotherObject> {
        match &self.original {
            Original::Object(check) if check.is_of(&data) => {
                Ok(self.with_data(stream_arn, data, Carried::Object))
            }
            _ => Err(AnotherObject),
        }
    }

    fn with_data(&self, stream_arn: &str, data: Bytes, carried: Carried) -> Replayable {
        let record = Record {
            data,
            partition_key: self.place.partition_key.clone(),
            position: self.place.position.clone(),
            arrived: self.place.arrived,
            occurrence: 0,
            unplaced: self.place.unplaced,
        };
        let malformed = malformed(&record.data);
        self.with(stream_arn, record, Some(carried), malformed)
    }

    /// The record that the letter is about, as the stream of this ARN has it: for a letter that only
    /// points to it, and for one whose own copy is not to be believed.
    ///
    /// # Errors
    /// [`AnotherRecord`] where none of the records under that number is the letter's.
    pub fn replayable_from(
        &self,
        stream_arn: &str,
        read: RawRecord,
    ) -> Result<Replayable, AnotherRecord> {
        if read.number != self.place.position.number {
            return Err(AnotherRecord);
        }
        let expanded = expand(vec![read]);
        let is_it = |record: &&Record| RecordKey::of(record) == self.place.key;
        let found = match self.place.position.sub_sequence {
            // Where Lambda took the aggregate apart, each of its records counts as the first.
            0 => expanded.records.iter().find(is_it),
            // Any other place would be an order of the letter's own choice.
            place => expanded.records.get(place as usize).filter(is_it),
        };
        let found = found.ok_or(AnotherRecord)?;
        let position = self.place.position.clone();
        let record = Record { position, unplaced: self.place.unplaced, ..found.clone() };
        let malformed = expanded.malformed.first().map(|(_, error)| *error);
        let carried = self.original.bytes().map(|_| Carried::Either);
        Ok(self.with(stream_arn, record, carried, malformed))
    }

    fn with(
        &self,
        stream_arn: &str,
        record: Record,
        carried: Option<Carried>,
        malformed: Option<MalformedAggregate>,
    ) -> Replayable {
        Replayable {
            shard: Shard { stream_arn: stream_arn.into(), id: self.place.shard.as_ref().into() },
            record,
            key: self.place.key,
            part: self.place.part,
            half: self.place.half,
            whole: self.place.whole,
            attempts: self.attempts,
            carried,
            event_id: self.event_id.as_deref().and_then(EventId::parse),
            table: self.table.clone(),
            malformed,
        }
    }
}

impl fmt::Debug for Replayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replayable({}, {:?}, part {})", self.shard.id, self.record, self.part)
    }
}
