//! Which envelope a text is, told by the names of its members.

use super::OtherKind;
use crate::json::{Kind, Object, Value};

/// A recognised envelope.
pub(super) enum Shape<'d, 'a> {
    Dms,
    /// The payload beside the schema.
    DebeziumWrapped(Value<'d, 'a>),
    Debezium,
    CloudEvent,
    Native,
    /// Something of Debezium's that is no row change.
    Other(OtherKind),
}

/// The members that tell envelopes apart.
#[derive(Default)]
struct Told<'d, 'a> {
    members: usize,
    metadata: Option<Value<'d, 'a>>,
    payload: Option<Value<'d, 'a>>,
    schema: bool,
    op: bool,
    source: bool,
    images: bool,
    specversion: bool,
    table: bool,
    operation: bool,
    status: bool,
    event_count: bool,
    ddl: bool,
    table_changes: bool,
    ts_ms: bool,
}

/// The envelope of an object, most telling members first.
pub(super) fn recognise<'d, 'a>(object: Object<'d, 'a>) -> Option<Shape<'d, 'a>> {
    let told = tell(object);
    if told.metadata.and_then(Value::as_object).is_some_and(|it| it.get("record-type").is_some()) {
        return Some(Shape::Dms);
    }
    if told.specversion {
        return Some(Shape::CloudEvent);
    }
    if let (Some(payload), true) = (told.payload, told.schema || told.members == 1) {
        return Some(Shape::DebeziumWrapped(payload));
    }
    if told.op && (told.source || told.images) {
        return Some(Shape::Debezium);
    }
    if told.table && told.operation {
        return Some(Shape::Native);
    }
    debezium_other(&told).map(Shape::Other)
}

/// What the payload of a message is when it is no row change.
pub(super) fn recognise_other(object: Object<'_, '_>) -> Option<OtherKind> {
    debezium_other(&tell(object))
}

fn debezium_other(told: &Told<'_, '_>) -> Option<OtherKind> {
    if told.ddl || told.table_changes {
        return Some(OtherKind::Schema);
    }
    if told.status && told.event_count {
        return Some(OtherKind::Transaction);
    }
    (told.ts_ms && told.members <= 3 && !told.op && !told.images).then_some(OtherKind::Heartbeat)
}

fn tell<'d, 'a>(object: Object<'d, 'a>) -> Told<'d, 'a> {
    let mut told = Told::default();
    for (name, value) in object.members() {
        told.members += 1;
        match &*name.unescaped() {
            "metadata" => told.metadata = Some(value),
            "payload" => told.payload = Some(value),
            "schema" => told.schema = true,
            "op" => told.op = value.kind() == Kind::String,
            "source" => told.source = true,
            "before" | "after" => told.images = true,
            "specversion" => told.specversion = true,
            "table" => told.table = true,
            "operation" => told.operation = true,
            "status" => told.status = true,
            "event_count" | "data_collections" => told.event_count = true,
            "ddl" => told.ddl = true,
            "tableChanges" => told.table_changes = true,
            "ts_ms" => told.ts_ms = true,
            _ => {}
        }
    }
    told
}
