//! Debezium: `before`, `after`, `source`, `op`, wrapped beside its schema or bare.

use std::borrow::Cow;

use super::{About, Other, OtherKind, Unit, columns, object_or_null, shape, shown_operation};
use super::{table, text, token, tombstone, unique};
use crate::{
    event::{
        Change, ChangeEvent, ColumnValue, Envelope, Identity, Reading, Row, RowOrder, SourceTime,
        TimeFrom,
    },
    failure::Failure,
    json::{Kind, Object, Value},
};

/// What stands in place of a value that the source did not tell.
const UNAVAILABLE: &str = "__debezium_unavailable_value";

/// The same as base64 of its bytes, as their hexadecimal digits and as the UUID made of them.
const UNAVAILABLE_FORMS: [&str; 3] = [
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",
    "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565",
    "b68a35a7-17ad-35b3-af2a-ae46edb4545a",
];

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
}

/// A message with its schema. A payload of null is a tombstone.
pub(super) fn wrapped<'a>(payload: Value<'_, 'a>) -> Result<Unit<'a>, Failure> {
    if payload.is_null() {
        return Ok(tombstone(Some(Envelope::Debezium)));
    }
    let object = payload
        .as_object()
        .ok_or_else(|| Failure::parse("payload must be a JSON object or null"))?;
    unique(object, "payload")?;
    bare(object)
}

/// A message without schema.
pub(super) fn bare<'a>(payload: Object<'_, 'a>) -> Result<Unit<'a>, Failure> {
    if payload.get("op").is_none() {
        return shape::recognise_other(payload)
            .map(|kind| super::other(kind, Some(Envelope::Debezium)))
            .ok_or_else(|| Failure::parse("a Debezium payload without op"));
    }
    let transaction = object_or_null(payload.get("transaction"), "transaction")?;
    decode(Parts {
        envelope: Envelope::Debezium,
        op: payload.get("op"),
        before: payload.get("before"),
        after: payload.get("after"),
        source: source(payload)?,
        message_time: time(payload, TimeFrom::Message),
        transaction: transaction.and_then(|transaction| transaction.get("id")),
    })
}

fn source<'d, 'a>(payload: Object<'d, 'a>) -> Result<Source<'d, 'a>, Failure> {
    let Some(source) = object_or_null(payload.get("source"), "source")? else {
        return Ok(Source::default());
    };
    unique(source, "source")?;
    let mut found = Source { time: time(source, TimeFrom::Source), ..Source::default() };
    let mut collection = None;
    for (name, value) in source.members().filter(|(_, value)| !value.is_null()) {
        let place = match &*name.unescaped() {
            "connector" => &mut found.connector,
            "name" => &mut found.name,
            "db" => &mut found.database,
            "schema" => &mut found.schema,
            "table" => &mut found.table,
            "collection" => &mut collection,
            "snapshot" => &mut found.snapshot,
            "txId" => &mut found.transaction,
            "gtid" => &mut found.gtid,
            "lsn" => &mut found.lsn,
            "file" => &mut found.file,
            "pos" => &mut found.pos,
            "row" => &mut found.row,
            _ => continue,
        };
        *place = Some(value);
    }
    found.table = found.table.or(collection);
    Ok(found)
}

/// The change that the parts describe.
pub(super) fn decode<'a>(parts: Parts<'_, 'a>) -> Result<Unit<'a>, Failure> {
    let op = parts.op.and_then(Value::as_str);
    let source = &parts.source;
    let about = About {
        database: text(source.database),
        schema: text(source.schema),
        table: text(source.table),
    };
    if op.as_deref() == Some("m") {
        let envelope = Some(parts.envelope);
        return Ok(Unit::Other(Other { kind: OtherKind::Message, envelope, about }));
    }
    let change = change(op.as_deref(), &parts)?;
    let snapshot = op.as_deref() == Some("r") || source.snapshot.is_some_and(is_snapshot);
    let (position, row_order) = (position(source), row_order(source));
    Ok(Unit::Change(Box::new(ChangeEvent {
        envelope: parts.envelope,
        database: about.database,
        schema: about.schema,
        table: table(source.table, "source.table")?,
        change,
        keys: None,
        snapshot,
        transaction_id: token(parts.transaction)
            .or_else(|| token(source.gtid))
            .or_else(|| token(source.transaction)),
        identity: identity(source, &row_order, &position),
        source_position: position,
        row_order,
        times: [parts.source.time, parts.message_time],
    })))
}

fn change<'a>(op: Option<&str>, parts: &Parts<'_, 'a>) -> Result<Change<'a>, Failure> {
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

fn image<'a>(value: Option<Value<'_, 'a>>, what: &str) -> Result<Option<Row<'a>>, Failure> {
    let Some(object) = object_or_null(value, what)? else { return Ok(None) };
    unique(object, what)?;
    Ok(Some(columns(object, |value| {
        if is_unavailable(value) { ColumnValue::Unchanged } else { ColumnValue::Json(value.text()) }
    })))
}

/// Whether a value is one of the placeholder's forms: as text, as the list of its bytes' values, as
/// a list of it alone, or as a map of it to itself.
fn is_unavailable(value: Value<'_, '_>) -> bool {
    let is_text = |value: Value<'_, '_>| between_quotes(value.text()) == Some(UNAVAILABLE);
    match value.kind() {
        Kind::String => between_quotes(value.text())
            .is_some_and(|text| text == UNAVAILABLE || UNAVAILABLE_FORMS.contains(&text)),
        Kind::Array => {
            let mut elements = value.elements().peekable();
            if elements.peek().is_some_and(|first| first.kind() == Kind::String) {
                return elements.next().is_some_and(is_text) && elements.next().is_none();
            }
            elements.map(Value::as_i64).eq(UNAVAILABLE.bytes().map(|byte| Some(i64::from(byte))))
        }
        Kind::Object => {
            let mut members = value.as_object().into_iter().flat_map(Object::members);
            let one = members.next().is_some_and(|(name, it)| name == *UNAVAILABLE && is_text(it));
            one && members.next().is_none()
        }
        Kind::Number | Kind::Bool | Kind::Null => false,
    }
}

/// A string as it is written. (None of the placeholder's forms needs an escape.)
fn between_quotes(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
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

/// The database's own place of the change, in the words of its connector.
fn position<'a>(source: &Source<'_, 'a>) -> Option<Cow<'a, str>> {
    if let Some(lsn) = token(source.lsn) {
        return Some(lsn);
    }
    let (file, pos) = (text(source.file)?, token(source.pos)?);
    let row = token(source.row).unwrap_or(Cow::Borrowed("0"));
    Some(Cow::Owned(format!("{file}:{pos}:{row}")))
}

/// A place that orders the changes of a row is that of one change of it.
fn identity<'a>(
    source: &Source<'_, 'a>,
    row_order: &RowOrder,
    position: &Option<Cow<'a, str>>,
) -> Option<Identity<'a>> {
    let RowOrder::Source { shared: false, .. } = row_order else { return None };
    let source = text(source.name).unwrap_or_default();
    Some(Identity { source, place: position.clone()? })
}

/// PostgreSQL's LSN and MySQL's binlog place order the changes of a row; other connectors' places
/// are passed on and not compared.
fn row_order(source: &Source<'_, '_>) -> RowOrder {
    let order = match text(source.connector).as_deref() {
        Some("postgresql") => lsn_order(source),
        Some("mysql" | "mariadb") => binlog_order(source),
        _ => return RowOrder::Arrival,
    };
    order.map_or(RowOrder::Unknown, |order| RowOrder::Source { order, shared: false })
}

fn lsn_order(source: &Source<'_, '_>) -> Option<String> {
    let lsn = source.lsn?.as_token()?.parse::<u64>().ok().filter(|&lsn| lsn > 0)?;
    Some(format!("lsn:{lsn:020}"))
}

/// `mysql-bin.000003`, 570, row 1: the file's number grows in width when it overflows.
fn binlog_order(source: &Source<'_, '_>) -> Option<String> {
    let file = text(source.file)?;
    let (_, number) = file.rsplit_once('.')?;
    let number: u64 = number.parse().ok()?;
    let pos: u64 = token(source.pos)?.parse().ok()?;
    let row: u32 = token(source.row).map_or(Some(0), |row| row.parse().ok())?;
    Some(format!("binlog:{number:020}:{pos:020}:{row:010}"))
}
