//! DynamoDB: Streams, Kinesis Data Streams for DynamoDB, and queues that use their shape.
//!
//! Typed attribute values become plain JSON: numbers keep their digits, sets are lists, binary stays
//! base64. A view without images tells the keys, which are then all that is known of the row.

mod attribute;

use std::borrow::Cow;

use super::{Context, Unit, object_or_null, shown_operation, text, unique};
use crate::{
    event::{
        Change, ChangeEvent, Envelope, Identity, Reading, Row, RowOrder, SourceTime, TimeFrom,
    },
    failure::Failure,
    json::{Object, Value},
    record::SequenceNumber,
};

/// Whose tables a message names that says nothing of where it comes from: the dialler's queue.
const DIALLER: &str = "dialler";

/// The largest counts since 1970 that are seconds, and milliseconds, until the year 5138.
const SECONDS_MAX: i64 = 100_000_000_000;
const MILLISECONDS_MAX: i64 = SECONDS_MAX * 1000;

pub(super) fn decode<'a>(
    object: Object<'_, 'a>,
    context: Context<'a>,
) -> Result<Unit<'a>, Failure> {
    let change = object_or_null(object.get("dynamodb"), "dynamodb")?
        .ok_or_else(|| Failure::parse("dynamodb must be a JSON object"))?;
    unique(change, "dynamodb")?;
    let keys = row(change.get("Keys"), "Keys", context)?;
    let time = time(change);
    let of_dialler = object.get("eventSource").is_none() && object.get("eventID").is_none();
    Ok(Unit::Change(Box::new(ChangeEvent {
        envelope: Envelope::DynamoDb,
        database: of_dialler.then_some(Cow::Borrowed(DIALLER)),
        schema: None,
        table: table(object).ok_or_else(|| {
            Failure::parse(
                "neither tableName nor the table's stream in eventSourceARN names the table",
            )
        })?,
        change: images(object, change, keys.as_ref(), context)?,
        whole: false,
        keys,
        snapshot: false,
        transaction_id: None,
        source_position: text(change.get("SequenceNumber")),
        identity: event_id(object),
        row_order: row_order(change, of_dialler, time.as_ref()),
        times: [time, None],
    })))
}

fn images<'a>(
    object: Object<'_, 'a>,
    change: Object<'_, 'a>,
    keys: Option<&Row<'a>>,
    context: Context<'a>,
) -> Result<Change<'a>, Failure> {
    let before = row(change.get("OldImage"), "OldImage", context)?;
    let after = row(change.get("NewImage"), "NewImage", context)?;
    let or_keys = |row: Option<Row<'a>>| row.or_else(|| keys.cloned());
    let required = |row: Option<Row<'a>>| {
        or_keys(row).ok_or_else(|| Failure::validation("neither NewImage nor Keys tells the row"))
    };
    Ok(match text(object.get("eventName")).as_deref() {
        Some("INSERT") => Change::Insert { after: required(after)? },
        Some("MODIFY") => Change::Update { before, after: required(after)? },
        Some("REMOVE") => Change::Delete { before: or_keys(before) },
        _ => {
            let found = shown_operation(object.get("eventName"));
            let text = format!("eventName is {found}; expected INSERT, MODIFY or REMOVE");
            return Err(Failure::parse(text));
        }
    })
}

fn row<'a>(
    value: Option<Value<'_, 'a>>,
    what: &str,
    context: Context<'a>,
) -> Result<Option<Row<'a>>, Failure> {
    let object = object_or_null(value, what)?;
    let plain = |_, value| attribute::plain(value, context.arena);
    object.map(|object| super::row(object, what, plain)).transpose()
}

/// The table by its name, else out of its stream's ARN: `…:table/NAME/stream/LABEL`.
pub(super) fn table<'a>(object: Object<'_, 'a>) -> Option<Cow<'a, str>> {
    if let Some(name) = text(object.get("tableName")) {
        return Some(name);
    }
    let arn = text(object.get("eventSourceARN"))?;
    let (_, path) = arn.split_once(":table/")?;
    let name = path.split('/').next().filter(|name| !name.is_empty())?;
    Some(Cow::Owned(name.to_owned()))
}

/// `eventID` names one change among all (32 hexadecimal digits, or a UUID).
fn event_id<'a>(object: Object<'_, 'a>) -> Option<Identity<'a>> {
    let id = text(object.get("eventID"))?;
    let is_id = matches!(id.len(), 32 | 36)
        && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_id.then_some(Identity { source: Cow::Borrowed(""), place: id })
}

/// A stream's numbers order the changes of an item. Through Kinesis there are none, records may come in
/// another order, and the time of each change has to do.
fn row_order(change: Object<'_, '_>, of_dialler: bool, time: Option<&SourceTime<'_>>) -> RowOrder {
    if let Some(number) = text(change.get("SequenceNumber")) {
        return SequenceNumber::parse(&number).map_or(RowOrder::Unknown, |number| {
            RowOrder::Source { order: format!("ddb:{}", number.prefixed()), shared: false }
        });
    }
    if of_dialler {
        return RowOrder::Arrival;
    }
    match time.map(|time| &time.reading) {
        Some(&Reading::Epoch { units, digits: 6 }) => RowOrder::Time { microseconds: units },
        Some(&Reading::Epoch { units, digits: 3 }) => {
            RowOrder::Time { microseconds: units.saturating_mul(1000) }
        }
        _ => RowOrder::Unknown,
    }
}

/// When the change was made: in the unit that is told, else in that which makes it a year of ours.
fn time<'a>(change: Object<'_, 'a>) -> Option<SourceTime<'a>> {
    let units = change.get("ApproximateCreationDateTime")?.as_i64().filter(|&units| units > 0)?;
    let digits = match text(change.get("ApproximateCreationDateTimePrecision")).as_deref() {
        Some("MICROSECOND") => 6,
        Some("MILLISECOND") => 3,
        _ if units < SECONDS_MAX => 0,
        _ if units < MILLISECONDS_MAX => 3,
        _ => 6,
    };
    Some(SourceTime { from: TimeFrom::Source, reading: Reading::Epoch { units, digits } })
}
