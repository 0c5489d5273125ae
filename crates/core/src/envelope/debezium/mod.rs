//! Debezium: `before`, `after`, `source`, `op`, wrapped beside its schema or bare.

mod flattened;
mod place;
mod schema;
mod unavailable;

use super::{About, Context, Other, OtherKind, Unit, object_or_null, shape, shown_operation};
use super::{table, text, token, tombstone, unique};
use crate::{
    encoding::Interpreted,
    event::{Change, ChangeEvent, ColumnValue, Envelope, Reading, Row, SourceTime, TimeFrom},
    failure::Failure,
    json::{Document, Kind, Name, Object, Value},
};
pub(super) use flattened::{is_flattened, table as flattened_table};
pub(super) use schema::Columns;
use schema::Wire;

/// The part of a message that describes the change, wherever the envelope keeps it.
pub(super) struct Parts<'d, 'a> {
    pub(super) envelope: Envelope,
    pub(super) op: Option<Value<'d, 'a>>,
    pub(super) before: Option<Value<'d, 'a>>,
    pub(super) after: Option<Value<'d, 'a>>,
    pub(super) source: Source<'d, 'a>,
    /// The connector's own clock.
    pub(super) message_time: Option<SourceTime<'a>>,
    /// The transaction block's id.
    pub(super) transaction: Option<Value<'d, 'a>>,
}

/// What `source` says, or a CloudEvent's extensions.
#[derive(Default)]
pub(super) struct Source<'d, 'a> {
    pub(super) connector: Option<Value<'d, 'a>>,
    pub(super) name: Option<Value<'d, 'a>>,
    pub(super) database: Option<Value<'d, 'a>>,
    pub(super) schema: Option<Value<'d, 'a>>,
    pub(super) table: Option<Value<'d, 'a>>,
    pub(super) snapshot: Option<Value<'d, 'a>>,
    pub(super) time: Option<SourceTime<'a>>,
    pub(super) transaction: Option<Value<'d, 'a>>,
    pub(super) gtid: Option<Value<'d, 'a>>,
    pub(super) lsn: Option<Value<'d, 'a>>,
    pub(super) file: Option<Value<'d, 'a>>,
    pub(super) pos: Option<Value<'d, 'a>>,
    pub(super) row: Option<Value<'d, 'a>>,
    pub(super) commit_lsn: Option<Value<'d, 'a>>,
    pub(super) change_lsn: Option<Value<'d, 'a>>,
    pub(super) event_serial_no: Option<Value<'d, 'a>>,
    pub(super) scn: Option<Value<'d, 'a>>,
    pub(super) ord: Option<Value<'d, 'a>>,
}

/// A message with its schema. A payload of null is a tombstone.
pub(super) fn wrapped<'a>(
    payload: Value<'_, 'a>,
    schema: Option<Value<'_, 'a>>,
    context: Context<'a>,
) -> Result<Unit<'a>, Failure> {
    if payload.is_null() {
        return Ok(tombstone(Some(Envelope::Debezium)));
    }
    let object = payload
        .as_object()
        .ok_or_else(|| Failure::parse("payload must be a JSON object or null"))?;
    unique(object, "payload")?;
    message(object, &Columns::of(schema), context)
}

/// A message without schema.
pub(super) fn bare<'a>(payload: Object<'_, 'a>, context: Context<'a>) -> Result<Unit<'a>, Failure> {
    message(payload, &Columns::default(), context)
}

fn message<'a>(
    payload: Object<'_, 'a>,
    columns: &Columns<'a>,
    context: Context<'a>,
) -> Result<Unit<'a>, Failure> {
    if payload.get("op").is_none() {
        if is_flattened(payload, &context.conventions.flattened_prefix) {
            return flattened::decode(payload, columns, context);
        }
        return shape::recognise_other(payload)
            .map(|kind| super::other(kind, Some(Envelope::Debezium)))
            .ok_or_else(|| Failure::parse("a Debezium payload without op"));
    }
    let transaction = object_or_null(payload.get("transaction"), "transaction")?;
    let parts = Parts {
        envelope: Envelope::Debezium,
        op: payload.get("op"),
        before: payload.get("before"),
        after: payload.get("after"),
        source: source(payload)?,
        message_time: time(payload, TimeFrom::Message),
        transaction: transaction.and_then(|transaction| transaction.get("id")),
    };
    decode(parts, columns, context)
}

fn source<'d, 'a>(payload: Object<'d, 'a>) -> Result<Source<'d, 'a>, Failure> {
    let Some(source) = object_or_null(payload.get("source"), "source")? else {
        return Ok(Source::default());
    };
    unique(source, "source")?;
    let mut found = Source { time: time(source, TimeFrom::Source), ..Source::default() };
    let mut collection = None;
    for (name, value) in source.members().filter(|(_, value)| !value.is_null()) {
        let name = name.unescaped();
        if name == "collection" {
            collection = Some(value);
        } else {
            found.take(&name, value);
        }
    }
    found.table = found.table.or(collection);
    Ok(found)
}

impl<'d, 'a> Source<'d, 'a> {
    /// Takes a member of `source`, if it is one that is read.
    pub(super) fn take(&mut self, name: &str, value: Value<'d, 'a>) -> bool {
        let place = match name {
            "connector" => &mut self.connector,
            "name" => &mut self.name,
            "db" => &mut self.database,
            "schema" => &mut self.schema,
            "table" => &mut self.table,
            "snapshot" => &mut self.snapshot,
            "txId" => &mut self.transaction,
            "gtid" => &mut self.gtid,
            "lsn" => &mut self.lsn,
            "file" => &mut self.file,
            "pos" => &mut self.pos,
            "row" => &mut self.row,
            "commit_lsn" => &mut self.commit_lsn,
            "change_lsn" => &mut self.change_lsn,
            "event_serial_no" => &mut self.event_serial_no,
            "scn" => &mut self.scn,
            "ord" => &mut self.ord,
            _ => return false,
        };
        *place = Some(value).filter(|value| !value.is_null());
        true
    }
}

/// The change that the parts describe.
pub(super) fn decode<'a>(
    parts: Parts<'_, 'a>,
    columns: &Columns<'a>,
    context: Context<'a>,
) -> Result<Unit<'a>, Failure> {
    let op = parts.op.and_then(Value::as_str);
    if op.as_deref() == Some("m") {
        let (envelope, about) = (Some(parts.envelope), about(&parts.source));
        return Ok(Unit::Other(Other { kind: OtherKind::Message, envelope, about }));
    }
    let change = change(op.as_deref(), &parts, columns, context)?;
    let snapshot = op.as_deref() == Some("r") || parts.source.snapshot.is_some_and(is_snapshot);
    let times = [parts.source.time.clone(), parts.message_time];
    let Parts { envelope, transaction, .. } = parts;
    let whole = columns.listed;
    let finished = Finished { envelope, change, snapshot, whole, times, transaction };
    finish(finished, &parts.source, context)
}

/// A change, with what only some of its messages tell.
struct Finished<'d, 'a> {
    envelope: Envelope,
    change: Change<'a>,
    snapshot: bool,
    /// Whether the images have every column.
    whole: bool,
    times: [Option<SourceTime<'a>>; 2],
    transaction: Option<Value<'d, 'a>>,
}

/// The change of the table that the source names: a signal's row is none.
fn finish<'a>(
    finished: Finished<'_, 'a>,
    source: &Source<'_, 'a>,
    context: Context<'a>,
) -> Result<Unit<'a>, Failure> {
    let Finished { envelope, change, snapshot, whole, times, transaction } = finished;
    let about = about(source);
    if about.table.as_deref() == Some(&*context.conventions.signal_table) {
        let kind = OtherKind::Signal;
        return Ok(Unit::Other(Other { kind, envelope: Some(envelope), about }));
    }
    let place = place::place(source);
    Ok(Unit::Change(Box::new(ChangeEvent {
        envelope,
        database: about.database,
        schema: about.schema,
        table: table(source.table, "source.table")?,
        change,
        whole,
        keys: None,
        snapshot,
        transaction_id: token(transaction)
            .or_else(|| token(source.gtid))
            .or_else(|| token(source.transaction)),
        source_position: place.position,
        identity: place.identity,
        row_order: place.row_order,
        times,
    })))
}

fn about<'a>(source: &Source<'_, 'a>) -> About<'a> {
    About {
        database: text(source.database),
        schema: text(source.schema),
        table: text(source.table),
    }
}

fn change<'a>(
    op: Option<&str>,
    parts: &Parts<'_, 'a>,
    columns: &Columns<'a>,
    context: Context<'a>,
) -> Result<Change<'a>, Failure> {
    let in_strings = text(parts.source.connector).as_deref() == Some("mongodb");
    let image = |value, what| image(value, what, in_strings, columns, context);
    let before = image(parts.before, "before")?;
    let after = image(parts.after, "after")?;
    let required = |row: Option<Row<'a>>| {
        row.ok_or_else(|| Failure::validation("a create, update or read without an after image"))
    };
    Ok(match op {
        Some("c" | "r") => Change::Insert { after: required(after)? },
        Some("u") => Change::Update { before, after: required(after)? },
        Some("d") => Change::Delete { before },
        Some("t") => Change::Truncate,
        _ => {
            let found = shown_operation(parts.op);
            return Err(Failure::parse(format!("op is {found}; expected c, u, d, r, t or m")));
        }
    })
}

/// An image; MongoDB's are documents inside strings.
fn image<'a>(
    value: Option<Value<'_, 'a>>,
    what: &str,
    in_strings: bool,
    columns: &Columns<'a>,
    context: Context<'a>,
) -> Result<Option<Row<'a>>, Failure> {
    if let (true, Some(text)) = (in_strings, value.and_then(Value::as_str)) {
        let text = context.arena.text(&text);
        let document = Document::parse(text.as_bytes(), Vec::new());
        let document = document
            .map_err(|error| Failure::parse(format!("the document in {what} is {error}")))?;
        return row(Some(document.root()), what, columns, context);
    }
    row(value, what, columns, context)
}

fn row<'a>(
    value: Option<Value<'_, 'a>>,
    what: &str,
    columns: &Columns<'a>,
    context: Context<'a>,
) -> Result<Option<Row<'a>>, Failure> {
    let object = object_or_null(value, what)?;
    let column = |name, value| column(name, value, columns, context);
    object.map(|object| super::row(object, what, column)).transpose()
}

/// What a column says, by the schema where there is one.
fn column<'a>(
    name: Name<'a>,
    value: Value<'_, 'a>,
    columns: &Columns<'a>,
    context: Context<'a>,
) -> ColumnValue<'a> {
    if unavailable::holds(value, &context.conventions.unavailable) {
        return ColumnValue::Unchanged;
    }
    let wire = if columns.told { columns.get(&name.unescaped()) } else { untold(value) };
    match wire {
        None => ColumnValue::Json(value.text()),
        Some(_) if value.is_null() => ColumnValue::Json(value.text()),
        Some(Wire::Opaque) => ColumnValue::Raw(value.text()),
        Some(Wire::Encoded(encoding)) => match encoding.interpret(value) {
            Interpreted::Plain => ColumnValue::Json(value.text()),
            Interpreted::Means(text) => ColumnValue::Json(context.arena.text(&text)),
            Interpreted::Unfit => ColumnValue::Raw(value.text()),
        },
    }
}

/// Without a schema one encoding shows: a number that brings its scale with it. Nobody says that it is
/// one, so it stays as it is.
fn untold(value: Value<'_, '_>) -> Option<Wire> {
    let object = value.as_object()?;
    let both = object.get("scale")?.kind() == Kind::Number
        && object.get("value")?.kind() == Kind::String
        && object.count() == 2;
    both.then_some(Wire::Opaque)
}

/// `snapshot` is `true`, `first`, `last`, `incremental` and the like, as string or boolean.
fn is_snapshot(value: Value<'_, '_>) -> bool {
    !matches!(value.text(), "false" | "\"false\"" | "\"\"")
}

/// The finest of `ts_ns`, `ts_us` and `ts_ms` that says something. Nanoseconds that only repeat the
/// microseconds are read as those.
fn time<'a>(object: Object<'_, 'a>, from: TimeFrom) -> Option<SourceTime<'a>> {
    let epoch = |name, digits| {
        let units = object.get(name)?.as_i64().filter(|&units| units > 0)?;
        Some((units, digits))
    };
    let (units, digits) = epoch("ts_ns", 9u8)
        .filter(|(units, _)| units % 1000 != 0)
        .or_else(|| epoch("ts_us", 6))
        .or_else(|| epoch("ts_ns", 9))
        .or_else(|| epoch("ts_ms", 3))?;
    Some(SourceTime { from, reading: Reading::Epoch { units, digits } })
}
