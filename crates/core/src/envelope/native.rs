//! The pipeline's own envelope: `table`, `operation`, `timestamp`, `before`, `after` (or `data`),
//! `keys`, `metadata {transactionId, sequenceNumber}`, optionally `database`, `schema`, `source`.

use std::borrow::Cow;

use super::{Unit, image, object_or_null, shown_operation, table, text, token, unique};
use crate::{
    event::{
        Change, ChangeEvent, Envelope, Operation, Reading, Row, RowOrder, SourceTime, TimeFrom,
    },
    failure::Failure,
    json::{Object, Value},
};

/// Epoch timestamps of native records count milliseconds.
const EPOCH_DIGITS: u8 = 3;

pub(super) fn decode<'a>(object: Object<'_, 'a>) -> Result<Unit<'a>, Failure> {
    let table = table(object.get("table"), "table")?;
    let change = change(object)?;
    let metadata = object_or_null(object.get("metadata"), "metadata")?;
    if let Some(metadata) = metadata {
        unique(metadata, "metadata")?;
    }
    let member = |name| metadata.and_then(|metadata| metadata.get(name));
    Ok(Unit::Change(Box::new(ChangeEvent {
        envelope: Envelope::Native,
        database: database(object),
        schema: text(object.get("schema")),
        table,
        change,
        whole: false,
        keys: image(object.get("keys"), "keys")?,
        snapshot: false,
        times: [object.get("timestamp").and_then(time), None],
        transaction_id: token(member("transactionId")),
        source_position: token(member("sequenceNumber")),
        identity: None,
        row_order: RowOrder::Arrival,
    })))
}

fn change<'a>(object: Object<'_, 'a>) -> Result<Change<'a>, Failure> {
    let before = image(object.get("before"), "before")?;
    let after = image(object.get("after"), "after")?;
    let data = image(object.get("data"), "data")?;
    let required = |row: Option<Row<'a>>, operation: &str| {
        row.ok_or_else(|| Failure::validation(format!("{operation} without an after image")))
    };
    Ok(match required_operation(object.get("operation"))? {
        Operation::Insert => Change::Insert { after: required(after.or(data), "INSERT")? },
        Operation::Update => Change::Update { before, after: required(after.or(data), "UPDATE")? },
        Operation::Delete => Change::Delete { before: before.or(data) },
        Operation::Truncate => Change::Truncate,
    })
}

/// The database, under either of its names.
pub(super) fn database<'a>(object: Object<'_, 'a>) -> Option<Cow<'a, str>> {
    text(object.get("database")).or_else(|| text(object.get("source")))
}

/// The operation that a value names, in any case.
pub(super) fn operation(value: Value<'_, '_>) -> Option<Operation> {
    Operation::parse(&value.as_str()?.to_ascii_uppercase())
}

fn required_operation(value: Option<Value<'_, '_>>) -> Result<Operation, Failure> {
    value.and_then(operation).ok_or_else(|| {
        let found = shown_operation(value);
        Failure::parse(format!("operation is {found}; expected INSERT, UPDATE, DELETE or TRUNCATE"))
    })
}

fn time<'a>(value: Value<'_, 'a>) -> Option<SourceTime<'a>> {
    let reading = match value.as_str() {
        Some(text) => Reading::Rfc3339(text),
        None => Reading::Epoch { units: value.as_i64()?, digits: EPOCH_DIGITS },
    };
    Some(SourceTime { from: TimeFrom::Source, reading })
}
