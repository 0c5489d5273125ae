//! The layout of the ledger's items. Every one carries its version: an unknown one is ignored.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use bytes::Bytes;
use cdc_core::{
    ledger::{CLAIM_KEYS_MAX, CLAIM_VERSION, ClaimItem, Note},
    record::{RecordKey, SequenceNumber},
};
use jiff::Timestamp;

use super::Item;

/// The table's keys.
pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";

/// What a claim's read needs.
pub(super) const KEYS: &str = "keys";
pub(super) const VERSION: &str = "v";

const FIRST: &str = "first";
const COUNT: &str = "n";
const AT: &str = "at";
const TTL: &str = "ttl";

// A note's own. `position` is the number with its length prefix, for whoever compares it.
pub(super) const NUMBER: &str = "number";
const POSITION: &str = "position";
const ARRIVED_MS: &str = "arrived_ms";
const SETTLED: &str = "settled";
const UNSETTLED: &str = "unsettled";

/// A claim as it is put.
pub(super) fn claim(partition: &str, claim: &ClaimItem) -> Item {
    item([
        (PK, text(partition)),
        (SK, text(&claim.sort_key)),
        (KEYS, AttributeValue::B(Blob::new(&*claim.keys))),
        (FIRST, text(claim.first.as_str())),
        (COUNT, number(claim.count)),
        (AT, number(claim.at.as_second())),
        (TTL, number(claim.expires.as_second())),
        (VERSION, number(CLAIM_VERSION)),
    ])
}

/// A note as it is put, over the one before.
pub(super) fn note(note: &Note) -> Item {
    item([
        (PK, text(&note.partition)),
        (SK, text(&note.shard)),
        (NUMBER, text(note.number.as_str())),
        (POSITION, text(&note.number.prefixed())),
        (ARRIVED_MS, number(note.arrived.as_millisecond())),
        (AT, number(note.at.as_second())),
        (SETTLED, number(note.settled)),
        (UNSETTLED, number(note.unsettled)),
        (VERSION, number(CLAIM_VERSION)),
    ])
}

/// A claim's key list, or nothing where version or size are not what this program writes.
pub(super) fn read_keys(mut item: Item) -> Option<Bytes> {
    is_known(&item).then_some(())?;
    let AttributeValue::B(keys) = item.remove(KEYS)? else { return None };
    let keys = Bytes::from(keys.into_inner());
    let well_sized = !keys.is_empty()
        && keys.len().is_multiple_of(RecordKey::BYTES)
        && keys.len() <= CLAIM_KEYS_MAX * RecordKey::BYTES;
    well_sized.then_some(keys)
}

/// A note, where it can be read.
pub(super) fn read_note(item: &Item) -> Option<Note> {
    is_known(item).then_some(())?;
    let text = |name| item.get(name)?.as_s().ok();
    Some(Note {
        partition: text(PK)?.clone(),
        shard: text(SK)?.clone(),
        number: SequenceNumber::parse(text(NUMBER)?).ok()?,
        arrived: Timestamp::from_millisecond(integer(item, ARRIVED_MS)?).ok()?,
        at: Timestamp::from_second(integer(item, AT)?).ok()?,
        settled: integer(item, SETTLED)?.try_into().ok()?,
        unsettled: integer(item, UNSETTLED)?.try_into().ok()?,
    })
}

fn is_known(item: &Item) -> bool {
    integer(item, VERSION) == Some(i64::from(CLAIM_VERSION))
}

fn integer(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
