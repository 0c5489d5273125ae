//! Whether images tell the truth: what a subscriber knows of each row, followed record by record.

use std::collections::HashMap;

use cdc_core::{
    envelope::Unit,
    event::{Change, ChangeEvent, ColumnValue, Row},
};

use super::{WorkloadOptions, WorkloadRecord, each_unit, first, tables};
use crate::input;

/// A row as last sent: its columns, nulls left out.
type Sent = HashMap<String, String>;

/// Its large values are not always told, and its before images hold the key alone.
const TOLD_IN_PART: &str = "chats";

/// Has no keys, so its rows cannot be followed.
const WITHOUT_KEYS: &str = "queue_metrics";

/// Follows every row: a new one wasn't there, a changed or deleted one was, as it was last sent. A
/// moved one was there under its old key, and is under the new one from then on.
pub(super) fn check(records: &[WorkloadRecord]) {
    let mut rows: HashMap<String, Sent> = HashMap::new();
    each_unit(records, |record, unit| {
        let Unit::Change(event) = unit else { return };
        if event.table == WITHOUT_KEYS {
            return;
        }
        let key = &record.partition_key;
        match &event.change {
            Change::Insert { after } => {
                let known = rows.insert(key.clone(), sent(after, &Sent::new()));
                assert!(known.is_none(), "{key} was there");
            }
            Change::Update { before, after } => {
                let from = before.as_ref().and_then(|row| key_of(&event, row));
                let from = from.as_ref().unwrap_or(key);
                let known = rows.remove(from).unwrap_or_else(|| panic!("{from} was not there"));
                check_before(&event, before.as_ref(), &known);
                let taken = rows.insert(key.clone(), sent(after, &known));
                assert!(taken.is_none(), "{from} moved to {key}, which was there");
            }
            Change::Delete { before } => {
                let known = rows.remove(key).unwrap_or_else(|| panic!("{key} was not there"));
                check_before(&event, before.as_ref(), &known);
            }
            Change::Truncate => panic!("nobody truncates"),
        }
    });
}

/// The partition key of a row as this image has it; none where the image lacks its key.
pub(super) fn key_of(event: &ChangeEvent<'_>, row: &Row<'_>) -> Option<String> {
    let table = tables::by_name(&event.table);
    let json = |index: usize| match row.find(table.columns[index].name)?.value {
        ColumnValue::Json(json) | ColumnValue::Raw(json) => Some(json),
        ColumnValue::Unchanged => None,
    };
    let values = table.key_columns().map(json).collect::<Option<Vec<_>>>()?;
    Some(input::row_key(table.name, values))
}

fn check_before(event: &ChangeEvent<'_>, before: Option<&Row<'_>>, known: &Sent) {
    let before = before.map(|row| sent(row, &Sent::new()));
    if event.table != TOLD_IN_PART {
        assert_eq!(before.as_ref(), Some(known), "{event:?}");
        return;
    }
    for (name, value) in before.into_iter().flatten() {
        assert_eq!(Some(&value), known.get(&name), "{event:?}");
    }
}

/// The columns that a row tells; an unchanged one is what it was.
fn sent(row: &Row<'_>, known: &Sent) -> Sent {
    let columns = row.columns().iter().filter_map(|column| {
        let name = column.name.unescaped().into_owned();
        let value = match column.value {
            ColumnValue::Json("null") => return None,
            ColumnValue::Json(json) | ColumnValue::Raw(json) => json.to_owned(),
            ColumnValue::Unchanged => known[&name].clone(),
        };
        Some((name, value))
    });
    columns.collect()
}

#[test]
fn a_before_image_is_the_row_as_last_sent() {
    for seed in 10..13 {
        check(&first(5000, seed, WorkloadOptions::default()));
    }
}

#[test]
fn updates_change_something_and_some_large_values_are_not_told() {
    let (mut updates, mut untold) = (0, 0);
    each_unit(&first(5000, 14, WorkloadOptions::default()), |_, unit| {
        let Unit::Change(event) = unit else { return };
        let Change::Update { before, after } = &event.change else { return };
        updates += 1;
        untold += usize::from(after.columns().iter().any(|it| it.value == ColumnValue::Unchanged));
        if let Some(before) = before {
            assert_ne!(sent(before, &Sent::new()), sent(after, &Sent::new()), "{event:?}");
        }
    });
    assert!(updates > 2500 && untold > 100);
}
