//! Maxwell: `database`, `table`, `type`, `ts`, `xid`, `data`, `old`.
//!
//! `old` holds the columns that changed; all others were as they are in `data`, so that the row before
//! is known whole. Bootstrapped rows carry no position, so that positions can't order a row's life.

use std::borrow::Cow;

use super::{
    About, Other, OtherKind, Unit, image, key_names, listed_keys, overlaid, shown_operation, text,
    token,
};
use crate::{
    event::{
        Change, ChangeEvent, Envelope, Identity, Reading, Row, RowOrder, SourceTime, TimeFrom,
    },
    failure::Failure,
    json::{Object, Value},
};

/// Row messages count seconds.
const EPOCH_DIGITS: u8 = 0;

/// Whether a `type` is one of Maxwell's.
pub(super) fn is_type(kind: &str) -> bool {
    matches!(kind, "insert" | "update" | "delete") || other(kind).is_some() || is_bootstrap(kind)
}

fn is_bootstrap(kind: &str) -> bool {
    kind == "bootstrap-insert"
}

/// What a message is that says no row.
fn other(kind: &str) -> Option<OtherKind> {
    match kind {
        "bootstrap-start" | "bootstrap-complete" => Some(OtherKind::Control),
        "heartbeat" => Some(OtherKind::Heartbeat),
        _ if kind.starts_with("table-") || kind.starts_with("database-") => Some(OtherKind::Schema),
        _ => None,
    }
}

pub(super) fn decode<'a>(object: Object<'_, 'a>) -> Result<Unit<'a>, Failure> {
    let kind = text(object.get("type")).unwrap_or_default();
    let (database, named) = (text(object.get("database")), text(object.get("table")));
    if let Some(kind) = other(&kind) {
        let about = About { database, schema: None, table: named };
        return Ok(Unit::Other(Other { kind, envelope: Some(Envelope::Maxwell), about }));
    }
    let position = token(object.get("position"));
    let change = change(&kind, object)?;
    Ok(Unit::Change(Box::new(ChangeEvent {
        envelope: Envelope::Maxwell,
        database,
        schema: None,
        table: super::table(object.get("table"), "table")?,
        whole: false,
        keys: listed_keys(&key_names(object.get("primary_key_columns")), &change),
        change,
        snapshot: is_bootstrap(&kind),
        times: [object.get("ts").and_then(time), None],
        transaction_id: token(object.get("xid")),
        identity: position.as_deref().and_then(|position| identity(object, position)),
        source_position: position,
        row_order: RowOrder::Arrival,
    })))
}

fn change<'a>(kind: &str, object: Object<'_, 'a>) -> Result<Change<'a>, Failure> {
    let data = || {
        let data: Option<Row<'a>> = image(object.get("data"), "data")?;
        data.ok_or_else(|| Failure::validation(format!("Maxwell's {kind} without data")))
    };
    Ok(match kind {
        "insert" | "bootstrap-insert" => Change::Insert { after: data()? },
        "update" => {
            let (old, after): (Option<Row<'a>>, _) = (image(object.get("old"), "old")?, data()?);
            Change::Update { before: old.map(|old| overlaid(&after, &old)), after }
        }
        "delete" => Change::Delete { before: Some(data()?) },
        _ => {
            let found = shown_operation(object.get("type"));
            return Err(Failure::parse(format!("type is {found}; expected one of Maxwell's")));
        }
    })
}

/// A row's place: the binlog's, and which of its transaction's rows it is.
fn identity<'a>(object: Object<'_, 'a>, position: &str) -> Option<Identity<'a>> {
    let xid = token(object.get("xid"))?;
    let row = match token(object.get("xoffset")) {
        Some(offset) => offset,
        None if object.get("commit").is_some_and(Value::is_true) => Cow::Borrowed("commit"),
        None => return None,
    };
    Some(Identity { source: Cow::Borrowed(""), place: format!("{position}/{xid}/{row}").into() })
}

fn time<'a>(value: Value<'_, 'a>) -> Option<SourceTime<'a>> {
    let units = value.as_i64().filter(|&units| units > 0)?;
    let reading = Reading::Epoch { units, digits: EPOCH_DIGITS };
    Some(SourceTime { from: TimeFrom::Source, reading })
}
