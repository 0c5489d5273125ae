//! Updates that a table's rules leave out because of what they don't change.
//!
//! Left out is only what is known to be the same: where an image does not tell a column, the change is
//! published.

use crate::{
    event::{Before, Change, ChangeEvent, ColumnValue},
    rules::{ColumnRule, TableRules, UnchangedRule},
};

/// Whether the change is an update that the rules leave out.
pub(super) fn is_left_out(event: &ChangeEvent<'_>, table: &TableRules) -> bool {
    let UnchangedRule { skip, only_if_changed } = table.unchanged();
    let Change::Update { before: Some(_), .. } = &event.change else { return false };
    skip && is_same(event, table, |rule| rule.include)
        || only_if_changed && is_same(event, table, |rule| rule.decides)
}

/// Whether both images tell these columns, at least one, and each alike.
fn is_same(
    event: &ChangeEvent<'_>,
    table: &TableRules,
    counts: impl Fn(&ColumnRule<'_>) -> bool,
) -> bool {
    let Change::Update { before: Some(before), after } = &event.change else { return false };
    let expected = table.columns().iter().filter(|(_, rule)| counts(rule)).count();
    let (mut before, mut hint, mut named) = (Before::new(before), 0, 0);
    for column in after.columns() {
        let rule = table.columns().find(&column.name.unescaped(), &mut hint);
        if !counts(&rule) {
            continue;
        }
        named += usize::from(rule.index.is_some());
        let is_same = match (column.value, before.value(column.name)) {
            // The source itself says so.
            (ColumnValue::Unchanged, _) => true,
            (_, Some(ColumnValue::Unchanged) | None) => false,
            (new, Some(old)) => new.json() == old.json(),
        };
        if !is_same {
            return false;
        }
    }
    // What the row does not have may have changed to what producers leave out.
    named == expected && named > 0
}
