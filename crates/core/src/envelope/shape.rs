//! Which envelope a text is, told by the names of its members.

use super::{About, Conventions, OtherKind, debezium, dynamodb, maxwell, native, text};
use crate::{
    event::Envelope,
    json::{Kind, Object, Value},
};

/// A recognised envelope.
pub(super) enum Shape<'d, 'a> {
    Dms,
    /// The payload beside the schema.
    DebeziumWrapped {
        payload: Value<'d, 'a>,
        schema: Option<Value<'d, 'a>>,
    },
    Debezium,
    CloudEvent,
    Native,
    Maxwell,
    Canal,
    Ogg,
    DynamoDb,
    /// Something of Debezium's that is no row change.
    Other(OtherKind),
}

/// The members that tell envelopes apart.
#[derive(Default)]
struct Told<'d, 'a> {
    members: usize,
    metadata: Option<Value<'d, 'a>>,
    payload: Option<Value<'d, 'a>>,
    schema: Option<Value<'d, 'a>>,
    op: bool,
    source: bool,
    images: bool,
    specversion: bool,
    table: bool,
    database: bool,
    /// `type` of Maxwell's and Canal's.
    kind: Option<Value<'d, 'a>>,
    data: Option<Kind>,
    ddl: bool,
    op_type: bool,
    event_name: bool,
    dynamodb: bool,
    operation: Option<Value<'d, 'a>>,
    /// Any of what a native record may have beside table and operation to say something.
    row: bool,
}

/// The envelope of an object: the configured one, else by its most telling members.
pub(super) fn recognise<'d, 'a>(
    object: Object<'d, 'a>,
    conventions: &Conventions,
) -> Option<Shape<'d, 'a>> {
    let told = tell(object);
    if let Some(envelope) = conventions.envelope {
        return of(envelope, &told, object, conventions);
    }
    if told.metadata.and_then(Value::as_object).is_some_and(|it| it.get("record-type").is_some()) {
        return Some(Shape::Dms);
    }
    if told.specversion {
        return Some(Shape::CloudEvent);
    }
    if let Some(wrapped) = wrapped(&told) {
        return Some(wrapped);
    }
    if told.op && (told.source || told.images) {
        return Some(Shape::Debezium);
    }
    if told.table && told.operation.is_some_and(|it| told.row || native::operation(it).is_some()) {
        return Some(Shape::Native);
    }
    if let Some(shape) = other_producers(&told) {
        return Some(shape);
    }
    if debezium::is_flattened(object, &conventions.flattened_prefix) {
        return Some(Shape::Debezium);
    }
    recognise_other(object).map(Shape::Other)
}

/// The shape of an object that must be of that envelope, as far as its members allow.
fn of<'d, 'a>(
    envelope: Envelope,
    told: &Told<'d, 'a>,
    object: Object<'d, 'a>,
    conventions: &Conventions,
) -> Option<Shape<'d, 'a>> {
    match envelope {
        Envelope::Native => Some(Shape::Native),
        Envelope::Dms => Some(Shape::Dms),
        Envelope::Debezium => Some(debezium_shape(told, object, conventions)),
        Envelope::CloudEvents => Some(Shape::CloudEvent),
        Envelope::Maxwell => told.kind.map(|_| Shape::Maxwell),
        Envelope::Canal => told.kind.map(|_| Shape::Canal),
        Envelope::Ogg => told.op_type.then_some(Shape::Ogg),
        Envelope::DynamoDb => told.dynamodb.then_some(Shape::DynamoDb),
    }
}

fn wrapped<'d, 'a>(told: &Told<'d, 'a>) -> Option<Shape<'d, 'a>> {
    let alone = told.schema.is_some() || told.members == 1;
    let payload = told.payload.filter(|_| alone)?;
    Some(Shape::DebeziumWrapped { payload, schema: told.schema })
}

/// Which form of Debezium's it is, where it is one of them.
fn debezium_shape<'d, 'a>(
    told: &Told<'d, 'a>,
    object: Object<'d, 'a>,
    conventions: &Conventions,
) -> Shape<'d, 'a> {
    if let Some(wrapped) = wrapped(told) {
        return wrapped;
    }
    let row = told.op && (told.source || told.images)
        || debezium::is_flattened(object, &conventions.flattened_prefix);
    match recognise_other(object).filter(|_| !row) {
        Some(kind) => Shape::Other(kind),
        None => Shape::Debezium,
    }
}

/// Those whose rows have no `operation`.
fn other_producers<'d, 'a>(told: &Told<'d, 'a>) -> Option<Shape<'d, 'a>> {
    if told.dynamodb && told.event_name {
        return Some(Shape::DynamoDb);
    }
    if told.op_type && told.table {
        return Some(Shape::Ogg);
    }
    let kind = told.kind.and_then(Value::as_str)?;
    if told.database && told.data != Some(Kind::Array) && maxwell::is_type(&kind) {
        return Some(Shape::Maxwell);
    }
    let rows = matches!(told.data, Some(Kind::Array | Kind::Null));
    let canal = told.database && told.table && (rows || told.ddl);
    canal.then_some(Shape::Canal)
}

/// The clocks that Debezium may put beside anything.
const CLOCKS: [&str; 3] = ["ts_ms", "ts_us", "ts_ns"];

/// What Debezium writes that is no row change. Told by the whole set of its members, and their kinds:
/// a row that happens to have a column `ts_ms` or `ddl` is not skipped.
pub(super) fn recognise_other(object: Object<'_, '_>) -> Option<OtherKind> {
    let only = |names: &[&str]| {
        object.members().all(|(name, _)| names.iter().chain(&CLOCKS).any(|known| name == **known))
    };
    let is = |name: &str, kind: Kind| object.get(name).is_some_and(|value| value.kind() == kind);
    if is("ts_ms", Kind::Number) && only(&[]) {
        return Some(OtherKind::Heartbeat);
    }
    let boundary =
        object.get("status").is_some_and(|it| matches!(it.text(), "\"BEGIN\"" | "\"END\""));
    if boundary
        && is("id", Kind::String)
        && only(&["status", "id", "event_count", "data_collections"])
    {
        return Some(OtherKind::Transaction);
    }
    let told = is("ddl", Kind::String) || is("tableChanges", Kind::Array);
    let schema = ["source", "position", "databaseName", "schemaName", "ddl", "tableChanges"];
    let whose = is("source", Kind::Object)
        || is("databaseName", Kind::String) && is("tableChanges", Kind::Array);
    (told && whose && only(&schema)).then_some(OtherKind::Schema)
}

/// The database, schema and table that an object names, whatever else is wrong with it.
pub(super) fn about<'a>(object: Object<'_, 'a>) -> About<'a> {
    if let Some(metadata) = object.get("metadata").and_then(Value::as_object)
        && let Some(table) = text(metadata.get("table-name"))
    {
        return About {
            database: None,
            schema: text(metadata.get("schema-name")),
            table: Some(table),
        };
    }
    if object.get("dynamodb").is_some() {
        return About { table: dynamodb::table(object), ..About::default() };
    }
    let payload = object.get("payload").and_then(Value::as_object).unwrap_or(object);
    if let Some(source) = payload.get("source").and_then(Value::as_object)
        && let Some(table) = text(source.get("table")).or_else(|| text(source.get("collection")))
    {
        return About {
            database: text(source.get("db")),
            schema: text(source.get("schema")),
            table: Some(table),
        };
    }
    if object.get("specversion").is_some() {
        return About {
            database: text(object.get("iodebeziumdb")),
            schema: text(object.get("iodebeziumschema")),
            table: text(object.get("iodebeziumtable")),
        };
    }
    let prefix = &Conventions::default().flattened_prefix;
    if let Some(table) = debezium::flattened_table(payload, prefix) {
        return About { table: text(Some(table)), ..About::default() };
    }
    About {
        database: native::database(object),
        schema: text(object.get("schema")),
        table: text(object.get("table")),
    }
}

fn tell<'d, 'a>(object: Object<'d, 'a>) -> Told<'d, 'a> {
    let mut told = Told::default();
    for (name, value) in object.members() {
        told.members += 1;
        match &*name.unescaped() {
            "metadata" => told.metadata = Some(value),
            "payload" => told.payload = Some(value),
            "schema" => told.schema = Some(value),
            "op" => told.op = value.kind() == Kind::String,
            "source" => told.source = true,
            "before" | "after" => {
                told.images = true;
                told.row = true;
            }
            "data" => {
                told.row = true;
                told.data = Some(value.kind());
            }
            "keys" => told.row = true,
            "database" => told.database = true,
            "type" => told.kind = Some(value),
            "isDdl" => told.ddl = true,
            "op_type" => told.op_type = true,
            "eventName" => told.event_name = true,
            "dynamodb" => told.dynamodb = value.kind() == Kind::Object,
            "specversion" => told.specversion = true,
            "table" => told.table = true,
            "operation" => told.operation = Some(value),
            _ => {}
        }
    }
    told
}
