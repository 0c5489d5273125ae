//! Rows that `ExtractNewRecordState` flattened: the columns, and beside them `__op`, `__table`,
//! `__deleted` and whatever else `add.fields` was set to.

use super::{Context, Finished, Source, finish, schema, shown_operation, text};
use crate::{
    envelope::{Unit, unique},
    event::{Change, Column, Envelope, Reading, Row, SourceTime, TimeFrom},
    failure::Failure,
    json::{Name, Object, Value},
};

/// Whether an object is such a row: only then are there these two members.
pub(in crate::envelope) fn is_flattened(object: Object<'_, '_>, prefix: &str) -> bool {
    let is_told =
        |name: Name<'_>| matches!(name.unescaped().strip_prefix(prefix), Some("op" | "deleted"));
    !prefix.is_empty() && object.members().any(|(name, _)| is_told(name))
}

/// The table that such a row names.
pub(in crate::envelope) fn table<'d, 'a>(
    object: Object<'d, 'a>,
    prefix: &str,
) -> Option<Value<'d, 'a>> {
    object.get(&format!("{prefix}table"))
}

pub(in crate::envelope) fn decode<'a>(
    object: Object<'_, 'a>,
    columns: &schema::Columns<'a>,
    context: Context<'a>,
) -> Result<Unit<'a>, Failure> {
    unique(object, "the row")?;
    let mut source = Source::default();
    let (mut op, mut deleted) = (None, false);
    let mut row = Vec::with_capacity(object.count());
    for (name, value) in object.members() {
        let added = name.unescaped();
        match added.strip_prefix(&*context.conventions.flattened_prefix) {
            Some("op") => op = Some(value),
            Some("deleted") => deleted = value.is_true(),
            Some("ts_ms" | "ts_us" | "ts_ns") => {}
            Some(field) if source.take(field.strip_prefix("source_").unwrap_or(field), value) => {}
            Some(field) if field.starts_with("source_ts_") => source.time = time(field, value),
            // No column: the statement holds values of rows, and no rule would know it.
            Some(field) if is_of_the_message(field) => {}
            _ => {
                let value = super::column(name, value, columns, context);
                row.push(Column { name, value });
            }
        }
    }
    if text(source.table).is_none() {
        return Err(Failure::parse(
            "a flattened row that names no table; let ExtractNewRecordState add it \
             (add.fields=op,table,…)",
        ));
    }
    let change = change(op, deleted, Row::new(row))?;
    let snapshot = op.is_some_and(|op| op.text() == "\"r\"");
    finish(
        Finished {
            envelope: Envelope::Debezium,
            change,
            snapshot,
            whole: columns.told,
            times: [source.time.clone(), None],
            transaction: None,
        },
        &source,
        context,
    )
}

/// Without an operation, a row that is not deleted was written: whether it was there before, nobody says.
fn change<'a>(
    op: Option<Value<'_, '_>>,
    deleted: bool,
    row: Row<'a>,
) -> Result<Change<'a>, Failure> {
    let before = |row: Row<'a>| Some(row).filter(|row| !row.is_empty());
    Ok(match op.and_then(Value::as_str).as_deref() {
        Some("d") => Change::Delete { before: before(row) },
        _ if deleted => Change::Delete { before: before(row) },
        Some("c" | "r") => Change::Insert { after: row },
        Some("u") => Change::Update { before: None, after: row },
        Some("t") => Change::Truncate,
        None if op.is_none_or(Value::is_null) => Change::Update { before: None, after: row },
        _ => {
            let found = shown_operation(op);
            return Err(Failure::parse(format!(
                "the added op is {found}; expected c, u, d, r or t"
            )));
        }
    })
}

/// Whether a field was added from the message, for all that is known of its name.
fn is_of_the_message(field: &str) -> bool {
    field == "query" || field.starts_with("source_") || field.starts_with("transaction_")
}

fn time<'a>(field: &str, value: Value<'_, 'a>) -> Option<SourceTime<'a>> {
    let digits = match field {
        "source_ts_ms" => 3,
        "source_ts_us" => 6,
        _ => 9,
    };
    let units = value.as_i64().filter(|&units| units > 0)?;
    Some(SourceTime { from: TimeFrom::Source, reading: Reading::Epoch { units, digits } })
}
