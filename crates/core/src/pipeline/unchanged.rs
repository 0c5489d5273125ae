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
    let rules = table.columns();
    // Where every column counts, the rules don't know which there are: the image before does.
    let expected = if counts(&rules.unnamed()) {
        let names = before.columns().iter().map(|column| column.name.unescaped());
        names.filter(|name| counts(&rules.find(name, &mut 0))).count()
    } else {
        rules.iter().filter(|(_, rule)| counts(rule)).count()
    };
    let (mut before, mut hint, mut same) = (Before::new(before), 0, 0);
    for column in after.columns() {
        if !counts(&rules.find(&column.name.unescaped(), &mut hint)) {
            continue;
        }
        same += 1;
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
    same >= expected && same > 0
}
