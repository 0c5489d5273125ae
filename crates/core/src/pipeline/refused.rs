//! What the rules leave out of a table's changes, and what they refuse.

use super::{SkipReason, keys::RowKeys};
use crate::{
    event::{Change, ChangeEvent},
    failure::{Failure, shown},
    redact::{Unfit, UnfitColumn},
    rules::{SnapshotRule, TableRules},
};

/// Whether the table's rules leave this change out.
pub(super) fn left_out(event: &ChangeEvent<'_>, table: &TableRules) -> Option<SkipReason> {
    if event.snapshot && table.snapshot() == SnapshotRule::Skip {
        return Some(SkipReason::Snapshot);
    }
    let wanted = table.operations().contains(event.change.operation());
    (!wanted).then_some(SkipReason::Operation)
}

/// A change of a table without rules, where those are not skipped.
pub(super) fn unlisted(event: &ChangeEvent<'_>) -> Failure {
    let table = shown(&event.table);
    Failure::validation(format!(
        "table \"{table}\" has no rules: list it under config/tables, or set unlisted_tables to skip"
    ))
    .by_pointer()
}

/// A deletion that names no row says nothing that anybody could act on.
pub(super) fn require_something_told(
    event: &ChangeEvent<'_>,
    keys: Option<&RowKeys<'_>>,
) -> Result<(), Failure> {
    let Change::Delete { before } = &event.change else { return Ok(()) };
    if keys.is_some() || before.as_ref().is_some_and(|row| !row.is_empty()) {
        return Ok(());
    }
    Err(Failure::validation(
        "a DELETE with neither key nor before image names no row; let the source send its key \
         (PostgreSQL: REPLICA IDENTITY)",
    ))
}

/// A rule that can't be applied: its value never passes.
pub(super) fn unfit_failure(UnfitColumn { path, why }: &UnfitColumn) -> Failure {
    let text = format!("the rule for \"{path}\" could not be applied: {why}");
    match why {
        Unfit::Duplicate(_) => Failure::validation(text),
        _ => Failure::transformation(text),
    }
}

/// Two columns under one name would be one member twice.
pub(super) fn refuse_taken_names(
    event: &ChangeEvent<'_>,
    table: &TableRules,
) -> Result<(), Failure> {
    let rules = table.columns();
    if !rules.has_renames() {
        return Ok(());
    }
    let rows = [event.change.before(), event.change.after()];
    let mut names = rows.into_iter().flatten().flat_map(|row| row.columns()).map(|it| it.name);
    match names.find(|name| rules.is_taken(&name.unescaped())) {
        None => Ok(()),
        Some(name) => Err(Failure::transformation(format!(
            "column \"{}\" has the name that rename gives to another column; rename it, too, or \
             exclude it",
            shown(&name.unescaped())
        ))),
    }
}
