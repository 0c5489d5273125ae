//! The pipeline: what becomes of one record, decided before anything is done.
//!
//! Record → inflated → decoded → table rules → redacted → outbound events, all in memory. Nothing
//! here publishes, waits or remembers: that is the batch's part ([`crate::batch`]).

mod again;
mod changes;
mod drift;
mod fit;
mod identity;
mod interpret;
mod keys;
mod prepare;
mod refused;
mod time;
mod unchanged;

use std::sync::Arc;

pub use again::prepare_again;
pub use changes::{CHANGES_BYTES_MAX, ChangeRedactor};
pub use drift::{DriftKind, Drifted};
pub use identity::{EventId, ID_KEY_BYTES_MIN, IdKey, IdKeyTooShort};
pub use interpret::interpret;
pub(crate) use keys::RowKey;
pub use keys::{RowId, TableId};
pub use prepare::Preparer;
pub(crate) use prepare::rejected;
pub(crate) use time::Stamp;

use crate::{
    claim_check::Buckets, envelope::OtherKind, failure::Failure, objects::NewObject,
    outbound::OutboundEvent, record::RecordKey, rules::Rules,
};

/// What decides about records: the rules, the id key, and whose events these are.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The rules of every table.
    pub rules: Arc<Rules>,
    /// The key that event ids are made under.
    pub id_key: IdKey,
    /// The events' source on the bus: its length counts towards an entry's size.
    pub event_source: Arc<str>,
    /// Whether these are replays of dead letters or on-failure documents; events say so.
    pub replay: bool,
    /// Where what is too large to be sent is put.
    pub buckets: Buckets,
}

/// What a record says, and what is to be done about it.
#[derive(Debug)]
pub struct Prepared {
    /// In the order of the record; empty where the record says nothing.
    pub units: Vec<PreparedUnit>,
    /// The record's key, where making event ids already asked for it.
    pub key: Option<RecordKey>,
}

/// One unit of a record: a change event, or something that is none.
#[derive(Debug)]
pub struct PreparedUnit {
    /// Its place within the record.
    pub part: u32,
    /// The table, where it is known: for dead letters and reports. Unescaped input.
    pub table: Option<Box<str>>,
    /// The id of its first event, where there is one.
    pub event_id: Option<EventId>,
    /// The rows it occupies; none for tables without row identity.
    pub rows: [Option<RowId>; 2],
    /// The table whose rows these are, where it has row identity.
    pub table_id: Option<TableId>,
    /// Whether it concerns all rows of the table at once (TRUNCATE).
    pub barrier: bool,
    /// Its columns that are not as the configuration has them.
    pub drifted: Vec<Drifted>,
    /// What is to be done.
    pub work: Work,
}

/// What is to be done about a unit.
#[derive(Debug)]
pub enum Work {
    /// Publish these, one after the other: one, or the two halves of a changed key.
    Publish(Vec<Outgoing>),
    /// Nothing, and count it.
    Skip(SkipReason),
    /// Send it to the dead-letter queue.
    Bury(Failure),
}

/// An event with its id.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The id in its metadata, for its dead letter.
    pub event_id: EventId,
    /// The event.
    pub event: Arc<OutboundEvent>,
    /// What has to be stored before the event is published: it points there.
    pub object: Option<NewObject>,
}

/// Why a unit is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// It is no row change.
    Other(OtherKind),
    /// The table's rules leave out what a full load reads.
    Snapshot,
    /// The table's rules leave out this operation.
    Operation,
    /// It changes nothing that the table's rules want to hear of.
    Unchanged,
    /// The table has no rules, and the configuration says to skip those.
    Unlisted,
}

impl SkipReason {
    /// The name in counts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other(kind) => kind.as_str(),
            Self::Snapshot => "snapshot",
            Self::Operation => "operation",
            Self::Unchanged => "unchanged",
            Self::Unlisted => "unlisted",
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::golden::records as golden_records;
