//! Oracle GoldenGate's JSON: `table`, `op_type`, `pos`, `before`, `after`.
//!
//! `pos` is the place in the trail and orders everything in it. `op_ts` has no zone: it is not read, and
//! the arrival stands for it.

use std::borrow::Cow;

use super::{Unit, image, key_names, listed_keys, shown_operation, text, token};
use crate::{
    event::{Change, ChangeEvent, Envelope, Identity, Row, RowOrder},
    failure::Failure,
    json::Object,
};

/// Most digits of a place in a trail: the formatter writes some twenty.
const POSITION_DIGITS_MAX: usize = 64;

pub(super) fn decode<'a>(object: Object<'_, 'a>) -> Result<Unit<'a>, Failure> {
    let [database, schema, table] = names(super::table(object.get("table"), "table")?);
    let position = token(object.get("pos"));
    let order = position.as_deref().and_then(order);
    let change = change(object)?;
    Ok(Unit::Change(Box::new(ChangeEvent {
        envelope: Envelope::Ogg,
        database,
        schema,
        table: table.unwrap_or_default(),
        whole: false,
        keys: listed_keys(&key_names(object.get("primary_keys")), &change),
        change,
        snapshot: false,
        times: [None, None],
        transaction_id: token(object.get("xid")),
        identity: order
            .is_some()
            .then(|| Some(Identity { source: Cow::Borrowed(""), place: position.clone()? }))
            .flatten(),
        source_position: position,
        row_order: order
            .map_or(RowOrder::Unknown, |order| RowOrder::Source { order, shared: false }),
    })))
}

fn change<'a>(object: Object<'_, 'a>) -> Result<Change<'a>, Failure> {
    let before = image(object.get("before"), "before")?;
    let after = image(object.get("after"), "after")?;
    let required = |row: Option<Row<'a>>| {
        row.ok_or_else(|| Failure::validation("an insert or update without an after image"))
    };
    Ok(match text(object.get("op_type")).as_deref() {
        Some("I") => Change::Insert { after: required(after)? },
        Some("U") => Change::Update { before, after: required(after)? },
        Some("D") => Change::Delete { before },
        Some("T") => Change::Truncate,
        _ => {
            let found = shown_operation(object.get("op_type"));
            return Err(Failure::parse(format!("op_type is {found}; expected I, U, D or T")));
        }
    })
}

/// Database, schema and table of `DB.SCHEMA.TABLE`, as far as they are there.
fn names(qualified: Cow<'_, str>) -> [Option<Cow<'_, str>>; 3] {
    let part = |start: usize, end: usize| match &qualified {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..end]),
        Cow::Owned(text) => Cow::Owned(text[start..end].to_owned()),
    };
    let end = qualified.len();
    let Some(last) = qualified.rfind('.').filter(|&dot| dot + 1 < end && dot > 0) else {
        return [None, None, Some(qualified)];
    };
    let table = Some(part(last + 1, end));
    match qualified[..last].rfind('.').filter(|&dot| dot + 1 < last && dot > 0) {
        Some(first) => [Some(part(0, first)), Some(part(first + 1, last)), table],
        None => [None, Some(part(0, last)), table],
    }
}

/// The place by its width, then its digits: trails are written with different numbers of zeros.
fn order(position: &str) -> Option<String> {
    let is_number = !position.is_empty()
        && position.len() <= POSITION_DIGITS_MAX
        && position.bytes().all(|byte| byte.is_ascii_digit());
    let digits = position.trim_start_matches('0');
    is_number.then(|| format!("ogg:{:03}:{digits}", digits.len()))
}
