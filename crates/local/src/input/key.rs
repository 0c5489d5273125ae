//! Partition keys: which shard a record goes to.
//!
//! Table and key values where the rules tell them, so that one row's changes stay on one shard in
//! their order; else the content's own hash, for what has no row has no order to keep. (A change
//! that moves a row to another key goes where the new key goes, as in the pipeline.)

use bytes::Bytes;
use cdc_core::{
    arena::Arena,
    envelope::{self, Context, Unit},
    event::{ChangeEvent, ColumnValue, Row},
    json::{Document, Name},
    record::{Inflater, Position, Record, RecordKey},
    rules::{Keys, Rules},
};
use jiff::Timestamp;

/// Longest partition key that Kinesis takes.
pub const PARTITION_KEY_CHARS_MAX: usize = 256;

/// The partition key of a row: `table:value:value`, or its hash where that is too long.
pub(crate) fn row_key<'j>(table: &str, values: impl IntoIterator<Item = &'j str>) -> String {
    let mut key = table.to_owned();
    for json in values {
        key.push(':');
        match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(body) => key.push_str(&Name::written(body).unescaped()),
            None => key.push_str(json),
        }
    }
    fit(&key)
}

/// The hash of these bytes: 128 bits of SHA-256, as the ledger knows a record by.
pub(crate) fn content_key(data: &[u8]) -> String {
    let nowhere = Position { number: 0.into(), sub_sequence: 0 };
    let record = Record {
        data: Bytes::copy_from_slice(data),
        partition_key: "".into(),
        position: nowhere,
        arrived: Timestamp::UNIX_EPOCH,
        occurrence: 0,
        unplaced: false,
    };
    RecordKey::of(&record).to_hex()
}

/// A key as Kinesis takes it: itself, or its hash where it is too long.
pub(super) fn fit(key: &str) -> String {
    let fits = key.chars().nth(PARTITION_KEY_CHARS_MAX).is_none();
    if fits { key.to_owned() } else { content_key(key.as_bytes()) }
}

/// The key of data without one: its row's, else its content's.
pub(super) fn of_data(data: &Bytes, rules: &Rules) -> String {
    let of_row = || {
        let content = Inflater::default().inflate(data).ok()?;
        let document = Document::parse(&content, Vec::new()).ok()?;
        of_change(&document, rules)
    };
    of_row().unwrap_or_else(|| content_key(data))
}

/// The key of the first row change of a document, where the rules tell its row.
pub(super) fn of_change(document: &Document<'_>, rules: &Rules) -> Option<String> {
    let arena = Arena::default();
    let context = Context { conventions: rules.conventions(), arena: &arena };
    let units = envelope::decode(Some(document), context).ok()?;
    let event = units.iter().find_map(|unit| match unit {
        Unit::Change(event) => Some(event),
        Unit::Other(_) => None,
    })?;
    let table = rules.find(event.database.as_deref(), event.schema.as_deref(), &event.table)?;
    let Keys::Columns(names) = table.keys() else { return None };
    let values = names.iter().map(|name| value(event, name)).collect::<Option<Vec<_>>>()?;
    Some(row_key(&event.table, values))
}

/// The key column's JSON text: after the change, else before it, else as declared.
fn value<'a>(event: &ChangeEvent<'a>, name: &str) -> Option<&'a str> {
    let rows = [event.change.after(), event.change.before(), event.keys.as_ref()];
    rows.into_iter().flatten().find_map(|row| told(row, name))
}

/// What the row tells in the column of that name.
fn told<'a>(row: &Row<'a>, name: &str) -> Option<&'a str> {
    match row.find(name)?.value {
        ColumnValue::Json("null") | ColumnValue::Unchanged => None,
        ColumnValue::Json(json) | ColumnValue::Raw(json) => Some(json),
    }
}
