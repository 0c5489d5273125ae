//! The ledger: which records were settled.
//!
//! A claim names single records, never a range: a false claim loses a record, a forgotten one only
//! duplicates it. Claims are only ever added. This module says what is asked and what is written;
//! `cdc_aws::ledger` stores it.

use std::fmt::Write as _;

use bytes::Bytes;
use jiff::Timestamp;

use crate::record::{RecordKey, SequenceNumber, Shard};

/// Most record keys in one item: 256 KB of the 400 KB that a DynamoDB item may have.
pub const CLAIM_KEYS_MAX: usize = 16_000;

/// Version of the claim item's layout. An item of another version is ignored.
pub const CLAIM_VERSION: u32 = 1;

/// Most pages of claims that are read; what lies beyond is forgotten, which costs duplicates only.
pub const CLAIM_PAGES_MAX: usize = 4;

/// What full success writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LedgerKeep {
    /// A claim after a fully settled batch as well: what is delivered again is suppressed.
    #[default]
    All,
    /// A claim only where something stayed unsettled.
    Failures,
}

/// Whose facts these are: published there, as that. A second pipeline on the same stream has its
/// own, and a raised epoch forgets all earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerScope {
    /// `LEDGER_EPOCH`: raised by an operator who wants everything published again.
    pub epoch: u32,
    /// The event bus's name.
    pub bus: String,
    /// The events' source.
    pub event_source: String,
}

impl LedgerScope {
    /// The partition key of a shard's claims: `claim|<epoch>|<bus>|<event source>|<stream>|<shard>`.
    #[must_use]
    pub fn claim_partition(&self, shard: &Shard) -> String {
        let Self { epoch, bus, event_source } = self;
        format!("claim|{epoch}|{bus}|{event_source}|{}|{}", shard.stream_name(), shard.id)
    }
}

/// The partition key of a stream's notes; their sort key is the shard.
#[must_use]
pub fn note_partition(shard: &Shard) -> String {
    format!("note|{}", shard.stream_name())
}

/// The one read of a batch: all claims that could name one of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimQuery {
    /// The partition key.
    pub partition: String,
    /// The lowest sort key: the length-prefixed number of the batch's first record. An item's own
    /// number is its batch's last, so none that matters lies below.
    pub from: String,
}

/// The one write of a batch.
#[derive(Clone, Debug)]
pub struct ClaimWrite {
    /// The partition key.
    pub partition: String,
    /// The claim items, at most [`CLAIM_KEYS_MAX`] keys each; empty where only the note is written.
    pub items: Vec<ClaimItem>,
    /// The checkpoint that people see, beside them.
    pub note: Option<Note>,
}

/// One claim item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimItem {
    /// `<prefixed number of the batch's last record>|<request id>|<part>`: unique, so that nothing
    /// is ever overwritten.
    pub sort_key: String,
    /// The record keys, [`RecordKey::BYTES`] bytes each.
    pub keys: Bytes,
    /// The batch's first number, for people.
    pub first: SequenceNumber,
    /// The number of keys, for people.
    pub count: usize,
    /// When it was written.
    pub at: Timestamp,
    /// When DynamoDB may delete it.
    pub expires: Timestamp,
}

/// The note of a shard's progress: written, shown, never believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Partition key, see [`note_partition`].
    pub partition: String,
    /// The shard: the sort key.
    pub shard: String,
    /// The last record before the first unsettled one.
    pub number: SequenceNumber,
    /// When the stream took that record.
    pub arrived: Timestamp,
    /// When the note was written.
    pub at: Timestamp,
    /// Records of the batch that are settled.
    pub settled: usize,
    /// Records of the batch that are not.
    pub unsettled: usize,
}

/// Splits what a batch settled into claim items.
#[must_use]
pub fn claim_items(
    keys: &[RecordKey],
    first: &SequenceNumber,
    last: &SequenceNumber,
    request_id: &str,
    at: Timestamp,
    expires: Timestamp,
) -> Vec<ClaimItem> {
    let item = |(part, keys): (usize, &[RecordKey])| {
        let mut sort_key = last.prefixed();
        let _ = write!(sort_key, "|{request_id}|{part}");
        let bytes: Vec<u8> = keys.iter().flat_map(|key| key.0).collect();
        ClaimItem {
            sort_key,
            keys: bytes.into(),
            first: first.clone(),
            count: keys.len(),
            at,
            expires,
        }
    };
    keys.chunks(CLAIM_KEYS_MAX).enumerate().map(item).collect()
}
