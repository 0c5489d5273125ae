//! What the schema beside a payload says of its columns.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    encoding::Encoding,
    json::{Object, Value},
};

/// How a column stands on the wire, where it is not plain.
#[derive(Clone, Copy)]
pub(super) enum Wire {
    /// In an encoding that is interpreted.
    Encoded(Encoding),
    /// In one that is not.
    Opaque,
}

/// The columns that a schema says are encoded.
#[derive(Default)]
pub(in crate::envelope) struct Columns<'a> {
    /// Whether there was a schema.
    pub(super) told: bool,
    /// Whether it lists the columns of an image.
    pub(super) listed: bool,
    encoded: HashMap<Cow<'a, str>, Wire>,
}

impl<'a> Columns<'a> {
    /// Those of the images that a schema describes, or of the row itself where it was flattened.
    pub(in crate::envelope) fn of(schema: Option<Value<'_, 'a>>) -> Self {
        let Some(fields) = schema.and_then(Value::as_object).and_then(|it| it.get("fields")) else {
            return Self::default();
        };
        let mut columns = Self { told: true, ..Self::default() };
        columns.add(fields);
        for field in fields.elements().filter_map(Value::as_object) {
            let is_image = field
                .get("field")
                .is_some_and(|name| matches!(name.as_str().as_deref(), Some("before" | "after")));
            if let (true, Some(fields)) = (is_image, field.get("fields")) {
                columns.listed |= fields.elements().next().is_some();
                columns.add(fields);
            }
        }
        columns
    }

    pub(super) fn get(&self, name: &str) -> Option<Wire> {
        if self.encoded.is_empty() {
            return None;
        }
        self.encoded.get(name).copied()
    }

    fn add(&mut self, fields: Value<'_, 'a>) {
        for field in fields.elements().filter_map(Value::as_object) {
            // Most are plain: their names are not asked for.
            let Some(wire) = wire(field) else { continue };
            if let Some(name) = field.get("field").and_then(Value::as_str) {
                self.encoded.insert(name, wire);
            }
        }
    }
}

/// The semantic type of a field, by the names that Kafka Connect and Debezium give them.
fn wire(field: Object<'_, '_>) -> Option<Wire> {
    let name = field.get("name")?.as_str()?;
    let (family, kind) = name.rsplit_once('.')?;
    let encoding = match (family, kind) {
        ("org.apache.kafka.connect.data", "Decimal") => {
            let scale = field.get("parameters").and_then(Value::as_object);
            let scale = scale.and_then(|it| it.get("scale")).and_then(Value::as_i64);
            match scale.and_then(|scale| i32::try_from(scale).ok()) {
                Some(scale) => Encoding::Decimal { scale },
                None => return Some(Wire::Opaque),
            }
        }
        ("io.debezium.data", "VariableScaleDecimal") => Encoding::VariableDecimal,
        ("org.apache.kafka.connect.data" | "io.debezium.time", "Date") => Encoding::Date,
        ("org.apache.kafka.connect.data" | "io.debezium.time", "Time") => {
            Encoding::Time { digits: 3 }
        }
        ("org.apache.kafka.connect.data" | "io.debezium.time", "Timestamp") => {
            Encoding::Timestamp { digits: 3 }
        }
        ("io.debezium.time", "MicroTime") => Encoding::Time { digits: 6 },
        ("io.debezium.time", "NanoTime") => Encoding::Time { digits: 9 },
        ("io.debezium.time", "MicroTimestamp") => Encoding::Timestamp { digits: 6 },
        ("io.debezium.time", "NanoTimestamp") => Encoding::Timestamp { digits: 9 },
        ("io.debezium.time", "MicroDuration" | "NanoDuration")
        | ("io.debezium.data", "Bits")
        | ("io.debezium.data.geometry", _) => return Some(Wire::Opaque),
        _ => return None,
    };
    Some(Wire::Encoded(encoding))
}
