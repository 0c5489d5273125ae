//! Envelopes: from a record's JSON to change events.
//!
//! One entry, [`decode`], recognises the producer's format by its shape and hands the text to that
//! format's module. Nothing is guessed: a text that fits no shape is a `PARSE_ERROR`, and so is a
//! known shape whose parts are not what they must be. Only named members are read; statement texts,
//! DDL and message contents are never copied.
//!
//! Whatever a record holds, scanning and decoding it takes time in proportion to its length, and holds
//! at most 64 bytes of memory for each of its bytes, 1 KiB for each of its units and 16 KiB. Its tests
//! count both.

mod canal;
mod cloudevents;
mod conventions;
mod debezium;
mod dms;
mod dynamodb;
mod maxwell;
mod native;
mod ogg;
mod shape;

use std::{borrow::Cow, collections::HashMap};

pub use conventions::Conventions;

use crate::{
    arena::Arena,
    event::{Change, ChangeEvent, Column, ColumnValue, Envelope, Row},
    failure::{Failure, shown},
    json::{Document, Kind, Name, Object, Value, duplicate},
};

/// One thing that a record says.
#[derive(Clone, Debug)]
pub enum Unit<'a> {
    /// A row change. (Boxed: it is by far the largest.)
    Change(Box<ChangeEvent<'a>>),
    /// Something that is no row change and is skipped and counted.
    Other(Other<'a>),
}

/// What is no row change.
#[derive(Clone, Debug)]
pub struct Other<'a> {
    /// What it is.
    pub kind: OtherKind,
    /// Who wrote it; unknown for an empty body.
    pub envelope: Option<Envelope>,
    /// The database, schema and table it is about, as far as it says.
    pub about: About<'a>,
}

/// Database, schema and table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About<'a> {
    /// Database.
    pub database: Option<Cow<'a, str>>,
    /// Schema.
    pub schema: Option<Cow<'a, str>>,
    /// Table.
    pub table: Option<Cow<'a, str>>,
}

/// The kinds of things that are no row change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OtherKind {
    /// DMS control records and the rows of its own `awsdms_*` tables.
    Control,
    /// An empty body: the row was deleted, which another record said.
    Tombstone,
    /// The connector is alive.
    Heartbeat,
    /// A transaction begins or ends.
    Transaction,
    /// The schema changed.
    Schema,
    /// A logical decoding message.
    Message,
    /// A row of the table by which a connector is told what to do.
    Signal,
}

impl OtherKind {
    /// The name in counts and in the command line's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Tombstone => "tombstone",
            Self::Heartbeat => "heartbeat",
            Self::Transaction => "transaction",
            Self::Schema => "schema",
            Self::Message => "message",
            Self::Signal => "signal",
        }
    }
}

/// What decoding goes by, and where it writes what cannot stay a slice of the record.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the producer's users named otherwise.
    pub conventions: &'a Conventions,
    /// Room for what is written anew.
    pub arena: &'a Arena,
}

impl<'a> Context<'a> {
    /// Decoding by what producers document, nothing renamed.
    #[must_use]
    pub fn documented(arena: &'a Arena) -> Self {
        Self { conventions: Conventions::documented(), arena }
    }
}

/// Decodes one record's content. `None` as `document` stands for an empty body.
///
/// # Errors
/// A [`Failure`] with `PARSE_ERROR` where the text fits no envelope, with `VALIDATION_ERROR` where a
/// member stands twice at a level that is looked into.
pub fn decode<'a>(
    document: Option<&Document<'a>>,
    context: Context<'a>,
) -> Result<Vec<Unit<'a>>, Failure> {
    let Some(document) = document else { return Ok(vec![tombstone(None)]) };
    let root = document.root();
    if root.is_null() {
        return Ok(vec![tombstone(None)]);
    }
    let Some(object) = root.as_object() else {
        return Err(Failure::parse("not a known envelope: a JSON object is expected"));
    };
    unique(object, "envelope")?;
    let unit = match shape::recognise(object, context.conventions) {
        Some(shape::Shape::Dms) => dms::decode(object, context.conventions),
        Some(shape::Shape::DebeziumWrapped { payload, schema }) => {
            debezium::wrapped(payload, schema, context)
        }
        Some(shape::Shape::Debezium) => debezium::bare(object, context),
        Some(shape::Shape::CloudEvent) => cloudevents::decode(object, context),
        Some(shape::Shape::Native) => native::decode(object),
        Some(shape::Shape::Maxwell) => maxwell::decode(object),
        Some(shape::Shape::Canal) => return canal::decode(object),
        Some(shape::Shape::Ogg) => ogg::decode(object),
        Some(shape::Shape::DynamoDb) => dynamodb::decode(object, context),
        Some(shape::Shape::Other(kind)) => Ok(other(kind, Some(Envelope::Debezium))),
        None => Err(unknown(context.conventions)),
    };
    unit.map(|unit| vec![unit])
}

/// The database, schema and table that a text names, even where it could not be decoded: whether a
/// table is listed decides what may be done with what is wrong about it.
#[must_use]
pub fn about<'a>(document: &Document<'a>) -> About<'a> {
    document.root().as_object().map(shape::about).unwrap_or_default()
}

fn unknown(conventions: &Conventions) -> Failure {
    Failure::parse(match conventions.envelope {
        Some(envelope) => format!("not of the configured envelope, {}", envelope.as_str()),
        None => UNKNOWN.to_owned(),
    })
}

const UNKNOWN: &str = "not a known envelope: expected the members of native (table, operation), \
    DMS (metadata.record-type), Debezium (op, source), a Debezium CloudEvent (specversion, type), \
    Maxwell or Canal (type, table, data), Oracle GoldenGate (op_type, table) or DynamoDB (eventName, \
    dynamodb)";

fn tombstone<'a>(envelope: Option<Envelope>) -> Unit<'a> {
    other(OtherKind::Tombstone, envelope)
}

fn other<'a>(kind: OtherKind, envelope: Option<Envelope>) -> Unit<'a> {
    Unit::Other(Other { kind, envelope, about: About::default() })
}

/// Most members of an object that is looked into: MySQL's and Oracle's widest tables have 4096
/// columns, and DMS may write two images into one object.
const MEMBERS_MAX: usize = 2 * 4096;

/// Refuses an object in which a name stands twice, or that has too many of them.
fn unique(object: Object<'_, '_>, what: &str) -> Result<(), Failure> {
    bounded(object, what)?;
    refuse(object.duplicate(), what)
}

/// The number of an object's members, which is not too large.
fn bounded(object: Object<'_, '_>, what: &str) -> Result<usize, Failure> {
    let count = object.count();
    if count > MEMBERS_MAX {
        return Err(Failure::validation(format!("{what} has more than {MEMBERS_MAX} members")));
    }
    Ok(count)
}

fn refuse(duplicate: Option<Name<'_>>, what: &str) -> Result<(), Failure> {
    let Some(name) = duplicate else { return Ok(()) };
    let name = shown(&name.unescaped());
    Err(Failure::validation(format!("member \"{name}\" stands twice in {what}")))
}

/// The object in `value`; `None` where it is absent or null.
fn object_or_null<'d, 'a>(
    value: Option<Value<'d, 'a>>,
    what: &str,
) -> Result<Option<Object<'d, 'a>>, Failure> {
    match value {
        None => Ok(None),
        Some(value) if value.is_null() => Ok(None),
        Some(value) => match value.as_object() {
            Some(object) => Ok(Some(object)),
            None => Err(Failure::parse(format!("{what} must be a JSON object or null"))),
        },
    }
}

/// The image in `value`, column by column; `None` where it is absent or null.
fn image<'a>(value: Option<Value<'_, 'a>>, what: &str) -> Result<Option<Row<'a>>, Failure> {
    let object = object_or_null(value, what)?;
    object.map(|object| row(object, what, |_, value| json_value(value))).transpose()
}

/// An object as a row, each column's value as `value` reads it.
fn row<'d, 'a>(
    object: Object<'d, 'a>,
    what: &str,
    value: impl Fn(Name<'a>, Value<'d, 'a>) -> ColumnValue<'a>,
) -> Result<Row<'a>, Failure> {
    let mut columns = Vec::with_capacity(bounded(object, what)?);
    columns.extend(object.members().map(|(name, it)| Column { name, value: value(name, it) }));
    refuse(duplicate(columns.iter().map(|column| column.name)), what)?;
    Ok(Row::new(columns))
}

/// The row before a change of which only the changed columns are told: all others were as they are.
fn overlaid<'a>(row: &Row<'a>, changed: &Row<'a>) -> Row<'a> {
    let mut columns: Vec<Column<'a>> = row.columns().to_vec();
    let mut told = changed.columns().iter().peekable();
    for column in &mut columns {
        if let Some(old) = told.next_if(|old| old.name == column.name) {
            column.value = old.value;
        }
    }
    if told.peek().is_some() {
        overlay_by_name(&mut columns, changed);
    }
    Row::new(columns)
}

/// The same where the changed columns have an order of their own, or are told of the row before alone.
fn overlay_by_name<'a>(columns: &mut Vec<Column<'a>>, changed: &Row<'a>) {
    let mut known: HashMap<Cow<'a, str>, Column<'a>> =
        changed.columns().iter().map(|column| (column.name.unescaped(), *column)).collect();
    for column in &mut *columns {
        if let Some(old) = known.remove(&column.name.unescaped()) {
            column.value = old.value;
        }
    }
    if !known.is_empty() {
        let is_gone = |column: &&Column<'a>| known.contains_key(&column.name.unescaped());
        columns.extend(changed.columns().iter().filter(is_gone));
    }
}

/// Most columns of a key; databases take no more.
const KEY_COLUMNS_MAX: usize = 32;

/// The key columns that a list beside the row names; none where it is no such list.
fn key_names<'a>(list: Option<Value<'_, 'a>>) -> Vec<Cow<'a, str>> {
    let names = list.into_iter().flat_map(Value::elements).take(KEY_COLUMNS_MAX + 1);
    let names: Vec<_> = names.map_while(Value::as_str).collect();
    let is_new = |(at, name): (usize, &Cow<'a, str>)| !names[..at].contains(name);
    let fits = names.len() <= KEY_COLUMNS_MAX && names.iter().enumerate().all(is_new);
    if fits { names } else { Vec::new() }
}

/// These columns of the row, where it has them all.
fn listed_keys<'a>(names: &[Cow<'a, str>], change: &Change<'a>) -> Option<Row<'a>> {
    let row = change.after().or(change.before()).filter(|_| !names.is_empty())?;
    names.iter().map(|name| row.find(name).copied()).collect::<Option<_>>().map(Row::new)
}

fn json_value<'a>(value: Value<'_, 'a>) -> ColumnValue<'a> {
    ColumnValue::Json(value.text())
}

/// A string that says something: neither absent, null nor empty.
fn text<'a>(value: Option<Value<'_, 'a>>) -> Option<Cow<'a, str>> {
    value?.as_str().filter(|text| !text.is_empty())
}

/// An identifier, written as a string or a number.
fn token<'a>(value: Option<Value<'_, 'a>>) -> Option<Cow<'a, str>> {
    value?.as_token().filter(|text| !text.is_empty())
}

/// The table's name, which every row change must have.
fn table<'a>(value: Option<Value<'_, 'a>>, member: &str) -> Result<Cow<'a, str>, Failure> {
    text(value).ok_or_else(|| Failure::parse(format!("{member} must name the table")))
}

/// What stands in place of an operation, for a message about it. Not the text: it can be a row's.
fn shown_operation(value: Option<Value<'_, '_>>) -> String {
    match value.map(|value| (value, value.kind())) {
        None => "missing".to_owned(),
        Some((value, Kind::String)) => {
            let characters = value.as_str().unwrap_or_default().chars().count();
            format!("an unknown text of {characters} characters")
        }
        Some(_) => "no text".to_owned(),
    }
}

#[cfg(test)]
mod tests;
