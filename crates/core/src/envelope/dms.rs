//! AWS DMS, as it writes to Kinesis and Kafka: `data` or `control`, and `metadata`.
//!
//! The before image comes as an object (`before-image`, at the root or inside `data`) or as columns
//! of `data` with the prefix `BI_`. Either way a rule for `email` meets it under that name. Absent
//! columns stay absent: DMS leaves out null and empty ones unless told otherwise.

use super::{About, Conventions, Other, OtherKind, Unit, image, json_value, object_or_null};
use super::{shown_operation, text, token, unique};
use crate::{
    event::{Change, ChangeEvent, Column, Envelope, Reading, Row, RowOrder, SourceTime, TimeFrom},
    failure::Failure,
    json::{Kind, Name, Object, Value},
};

/// Tables of DMS's own begin so.
const OWN_TABLES: &str = "awsdms_";

pub(super) fn decode<'a>(
    object: Object<'_, 'a>,
    conventions: &Conventions,
) -> Result<Unit<'a>, Failure> {
    let metadata = object_or_null(object.get("metadata"), "metadata")?
        .ok_or_else(|| Failure::parse("metadata must be a JSON object"))?;
    unique(metadata, "metadata")?;
    let about = About {
        database: None,
        schema: text(metadata.get("schema-name")),
        table: text(metadata.get("table-name")),
    };
    let own = about.table.as_ref().is_some_and(|table| table.starts_with(OWN_TABLES));
    match metadata.get("record-type").and_then(Value::as_str).as_deref() {
        Some("data") if !own => change_event(object, metadata, about, conventions),
        Some("data" | "control") => {
            let envelope = Some(Envelope::Dms);
            Ok(Unit::Other(Other { kind: OtherKind::Control, envelope, about }))
        }
        _ => Err(Failure::parse("metadata.record-type must be \"data\" or \"control\"")),
    }
}

fn change_event<'a>(
    object: Object<'_, 'a>,
    metadata: Object<'_, 'a>,
    about: About<'a>,
    conventions: &Conventions,
) -> Result<Unit<'a>, Failure> {
    let table =
        about.table.ok_or_else(|| Failure::parse("metadata.table-name must name the table"))?;
    let images = images(object, conventions)?;
    let snapshot = metadata.get("operation").is_some_and(|it| it.text() == "\"load\"");
    Ok(Unit::Change(Box::new(ChangeEvent {
        envelope: Envelope::Dms,
        database: None,
        schema: about.schema,
        table,
        change: change(metadata.get("operation"), images)?,
        whole: false,
        keys: None,
        snapshot,
        times: times(metadata),
        transaction_id: token(metadata.get("transaction-id")),
        source_position: token(metadata.get("stream-position")),
        identity: None,
        row_order: RowOrder::Arrival,
    })))
}

struct Images<'a> {
    data: Option<Row<'a>>,
    before: Option<Row<'a>>,
}

fn change<'a>(operation: Option<Value<'_, 'a>>, images: Images<'a>) -> Result<Change<'a>, Failure> {
    let Images { data, before } = images;
    let row = || Failure::validation("a DMS data record without data");
    Ok(match operation.and_then(Value::as_str).as_deref() {
        Some("load" | "insert") => Change::Insert { after: data.ok_or_else(row)? },
        Some("update") => Change::Update { before, after: data.ok_or_else(row)? },
        Some("delete") => Change::Delete { before: data.filter(|row| !row.is_empty()).or(before) },
        _ => {
            let found = shown_operation(operation);
            let message =
                format!("metadata.operation is {found}; expected load, insert, update or delete");
            return Err(Failure::parse(message));
        }
    })
}

/// The row and the image before, whichever of its forms the task was set to.
fn images<'a>(object: Object<'_, 'a>, conventions: &Conventions) -> Result<Images<'a>, Failure> {
    let attribute = &*conventions.before_image;
    let mut before = image(object.get(attribute), "the before image")?;
    let Some(data) = object_or_null(object.get("data"), "data")? else {
        return Ok(Images { data: None, before: none_if_empty(before) });
    };
    unique(data, "data")?;
    let mut row = Vec::with_capacity(data.count());
    let mut affixed = Vec::new();
    for (name, value) in data.members() {
        if name == *attribute && matches!(value.kind(), Kind::Object | Kind::Null) {
            before = before.or(image(Some(value), "the before image")?);
        } else if let Some(name) = before_column(name, conventions)? {
            affixed.push(Column { name, value: json_value(value) });
        } else {
            row.push(Column { name, value: json_value(value) });
        }
    }
    let before = none_if_empty(before).or_else(|| none_if_empty(Some(Row::new(affixed))));
    Ok(Images { data: Some(Row::new(row)), before })
}

/// The column that a before-image column is about: its name without prefix and suffix.
fn before_column<'a>(
    name: Name<'a>,
    conventions: &Conventions,
) -> Result<Option<Name<'a>>, Failure> {
    let Conventions { before_prefix: prefix, before_suffix: suffix, .. } = conventions;
    if prefix.is_empty() && suffix.is_empty() {
        return Ok(None);
    }
    let stripped = name.strip_prefix(prefix).and_then(|name| name.strip_suffix(suffix));
    if stripped.is_none() {
        let name = name.unescaped();
        if name.strip_prefix(&**prefix).is_some_and(|name| name.ends_with(&**suffix)) {
            // As a column of the row it would escape the rule for its name.
            return Err(Failure::validation(format!(
                "the {prefix}…{suffix} of a before-image column is written with escapes"
            )));
        }
    }
    Ok(stripped)
}

fn none_if_empty(row: Option<Row<'_>>) -> Option<Row<'_>> {
    row.filter(|row| !row.is_empty())
}

fn times<'a>(metadata: Object<'_, 'a>) -> [Option<SourceTime<'a>>; 2] {
    let clock = |name, from| {
        let reading = Reading::Rfc3339(text(metadata.get(name))?);
        Some(SourceTime { from, reading })
    };
    [clock("commit-timestamp", TimeFrom::Commit), clock("timestamp", TimeFrom::Message)]
}
