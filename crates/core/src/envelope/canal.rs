//! Canal's flat messages: `database`, `table`, `type`, `data` as a list of rows, `old` beside it.
//!
//! A message is several units, one a row and [`ROWS_MAX`] at most. `old` holds the columns that changed,
//! row by row; all others were as they are in `data`. Neither `id` nor `es` names a change or orders it:
//! both repeat.

use std::borrow::Cow;

use super::{About, Other, OtherKind, Unit, image, key_names, listed_keys, overlaid};
use super::{shown_operation, text, token};
use crate::{
    event::{Change, ChangeEvent, Envelope, Reading, Row, RowOrder, SourceTime, TimeFrom},
    failure::Failure,
    json::{Kind, Object, Value},
};

/// Canal's clocks count milliseconds.
const EPOCH_DIGITS: u8 = 3;

/// Most rows of a message. One holds a row event of the binlog, which MySQL ends at 8 kB unless told
/// otherwise; every row becomes an event of its own, hundreds of bytes out of as few as three.
const ROWS_MAX: usize = 1 << 16;

pub(super) fn decode<'a>(object: Object<'_, 'a>) -> Result<Vec<Unit<'a>>, Failure> {
    let kind = text(object.get("type")).unwrap_or_default();
    if kind == "TRUNCATE" {
        return Ok(vec![Told::of(object)?.unit(Change::Truncate)]);
    }
    if object.get("isDdl").is_some_and(Value::is_true) || !is_row_type(&kind) {
        return not_a_row(object, &kind).map(|unit| vec![unit]);
    }
    let rows = object.get("data").filter(|data| data.kind() == Kind::Array);
    let rows = rows.ok_or_else(|| Failure::validation("Canal's data must be a list of rows"))?;
    if rows.elements().nth(ROWS_MAX).is_some() {
        return Err(Failure::validation(format!("Canal's data has more than {ROWS_MAX} rows")));
    }
    let mut olds = object.get("old").filter(|old| !old.is_null()).map(Value::elements);
    let told = Told::of(object)?;
    rows.elements()
        .map(|data| {
            let old = olds.as_mut().and_then(Iterator::next);
            Ok(told.unit(change(&kind, data, old)?))
        })
        .collect()
}

fn is_row_type(kind: &str) -> bool {
    matches!(kind, "INSERT" | "UPDATE" | "DELETE")
}

/// A statement: told by `isDdl`, or by a type that is none of a row's where there is no row.
fn not_a_row<'a>(object: Object<'_, 'a>, kind: &str) -> Result<Unit<'a>, Failure> {
    let ddl = object.get("isDdl").is_some_and(Value::is_true);
    if !ddl && object.get("data").is_some_and(|data| !data.is_null()) || kind.is_empty() {
        let found = shown_operation(object.get("type"));
        return Err(Failure::parse(format!("type is {found}; expected INSERT, UPDATE or DELETE")));
    }
    let (database, table) = (text(object.get("database")), text(object.get("table")));
    let about = About { database, schema: None, table };
    Ok(Unit::Other(Other { kind: OtherKind::Schema, envelope: Some(Envelope::Canal), about }))
}

/// What a message says of all its rows.
struct Told<'a> {
    database: Option<Cow<'a, str>>,
    table: Cow<'a, str>,
    times: [Option<SourceTime<'a>>; 2],
    transaction_id: Option<Cow<'a, str>>,
    keys: Vec<Cow<'a, str>>,
}

impl<'a> Told<'a> {
    fn of(object: Object<'_, 'a>) -> Result<Self, Failure> {
        let clock = |name, from| {
            let units = object.get(name)?.as_i64().filter(|&units| units > 0)?;
            Some(SourceTime { from, reading: Reading::Epoch { units, digits: EPOCH_DIGITS } })
        };
        Ok(Self {
            database: text(object.get("database")),
            table: super::table(object.get("table"), "table")?,
            times: [clock("es", TimeFrom::Source), clock("ts", TimeFrom::Message)],
            transaction_id: token(object.get("gtid")),
            keys: key_names(object.get("pkNames")),
        })
    }

    fn unit(&self, change: Change<'a>) -> Unit<'a> {
        Unit::Change(Box::new(ChangeEvent {
            envelope: Envelope::Canal,
            database: self.database.clone(),
            schema: None,
            table: self.table.clone(),
            whole: false,
            keys: listed_keys(&self.keys, &change),
            change,
            snapshot: false,
            times: self.times.clone(),
            transaction_id: self.transaction_id.clone(),
            source_position: None,
            identity: None,
            row_order: RowOrder::Arrival,
        }))
    }
}

fn change<'a>(
    kind: &str,
    data: Value<'_, 'a>,
    old: Option<Value<'_, 'a>>,
) -> Result<Change<'a>, Failure> {
    let row = image(Some(data), "a row of data")?
        .ok_or_else(|| Failure::validation("a row of Canal's data is null"))?;
    let old: Option<Row<'a>> = image(old, "a row of old")?;
    Ok(match kind {
        "INSERT" => Change::Insert { after: row },
        "DELETE" => Change::Delete { before: Some(row) },
        _ => Change::Update { before: old.map(|old| overlaid(&row, &old)), after: row },
    })
}
