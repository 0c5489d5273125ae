//! The explanation for a person.

use std::io;

use cdc_core::{
    event::Operation,
    failure::shown,
    rules::{
        ColumnRule, DriftRule, Keys, Method, Rules, SnapshotRule, TableRules, UnchangedRule,
        UnlistedTables,
    },
};

use super::super::method::words;
use crate::{
    output::{CARE, DIM, HEAD, Output, one_line},
    table::{Cell, lines},
};

/// A table with rules.
pub(super) fn listed(name: &str, table: &TableRules, output: &mut Output) -> io::Result<()> {
    let (file, line) = table.place();
    let found = if name == table.name() {
        String::new()
    } else {
        format!("{}: by the rules of ", shown(name))
    };
    let head = format!("{found}{HEAD}{}{HEAD:#}", shown(table.name()));
    // Whole, however long: somebody opens it.
    let mut file = file.to_owned();
    one_line(&mut file);
    output.line(format_args!("{head}  {DIM}{file}:{line}{DIM:#}\n"))?;
    for (what, told) in [
        ("keys", keys(table)),
        ("event type", shown(table.event_type())),
        ("operations", operations(table)),
        ("full load", snapshot(table).to_owned()),
        ("updates", updates(table)),
        ("drift", drift(table).to_owned()),
        ("any other column", other_columns(table).to_owned()),
    ] {
        output.line(format_args!("{what:<16}  {told}"))?;
    }
    output.line("")?;
    // What the defaults name and the table doesn't have is most of them, for most tables.
    let is_absent = |rule: ColumnRule<'_>| rule.by_default && !rule.include && rule.key.is_none();
    let (absent, columns): (Vec<_>, Vec<_>) =
        table.columns().iter().partition(|(_, rule)| is_absent(*rule));
    let row = |(name, rule): &(&str, ColumnRule<'_>)| [shown(name).into(), column(*rule, table)];
    let rows: Vec<[Cell; 2]> = columns.iter().map(row).collect();
    for line in lines(["COLUMN", "WHAT BECOMES OF IT"], &rows) {
        output.line(line)?;
    }
    paths(table, output)?;
    if absent.is_empty() {
        return Ok(());
    }
    let absent: Vec<String> = absent.iter().map(|(name, _)| shown(name)).collect();
    let absent = absent.join(", ");
    output.line(format_args!(
        "\n{DIM}not published; were they listed, the defaults would redact them: {absent}{DIM:#}"
    ))
}

/// What is withheld inside columns, or in more than one.
fn paths(table: &TableRules, output: &mut Output) -> io::Result<()> {
    let row = |(path, method, by_default): (&str, &Method, bool)| -> [Cell; 2] {
        let by = if by_default { "the defaults" } else { "the table's redact" };
        [shown(path).into(), Cell::new(format!("{}, by {by}", words(method)), CARE)]
    };
    let rows: Vec<[Cell; 2]> = table.columns().paths().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    output.line("")?;
    for line in lines(["PATH", "WHAT STANDS IN ITS PLACE"], &rows) {
        output.line(line)?;
    }
    Ok(())
}

/// A table without.
pub(super) fn unlisted(name: &str, rules: &Rules, output: &mut Output) -> io::Result<()> {
    output.line(format_args!("{CARE}{} has no rules{CARE:#}", shown(name)))?;
    output.line(match rules.unlisted_tables() {
        UnlistedTables::Reject => {
            "A change of it becomes a dead letter (VALIDATION_ERROR) that points to the record and \
             holds no row: unlisted_tables is reject."
        }
        UnlistedTables::Skip => {
            "A change of it is skipped and counted, and nothing else: unlisted_tables is skip."
        }
    })?;
    let near: Vec<String> = rules.nearest(name).into_iter().map(shown).collect();
    if !near.is_empty() {
        output.line(format_args!("Did you mean {}? Case matters.", near.join(", ")))?;
    }
    output.line("cdc config init --from FILE proposes rules from sample records.")
}

fn keys(table: &TableRules) -> String {
    match table.keys() {
        Keys::None => "none: no order among the table's events (metadata.order is null), and an \
                       event's id comes from its record"
            .to_owned(),
        Keys::Columns(names) => {
            let names: Vec<String> = names.iter().map(|name| shown(name)).collect();
            format!(
                "{}: the changes of one row are published in their order (metadata.order); a change \
                 without the key is a dead letter",
                names.join(", ")
            )
        }
    }
}

fn operations(table: &TableRules) -> String {
    let list = |wanted: bool| {
        let some = Operation::ALL.into_iter();
        let some = some.filter(|operation| table.operations().contains(*operation) == wanted);
        some.map(Operation::as_str).collect::<Vec<_>>().join(", ")
    };
    let (published, skipped) = (list(true), list(false));
    match (published.is_empty(), skipped.is_empty()) {
        (false, true) => format!("published: {published}"),
        (true, false) => format!("skipped and counted: {skipped}"),
        _ => format!("published: {published}; skipped and counted: {skipped}"),
    }
}

fn snapshot(table: &TableRules) -> &'static str {
    match table.snapshot() {
        SnapshotRule::Publish => "published: one event a row",
        SnapshotRule::Skip => "skipped: its rows are counted",
    }
}

/// Which updates are left out because of what they don't change.
fn updates(table: &TableRules) -> String {
    let UnchangedRule { skip, only_if_changed } = table.unchanged();
    let deciding: Vec<String> = table
        .columns()
        .iter()
        .filter(|(_, rule)| rule.decides)
        .map(|(name, _)| shown(name))
        .collect();
    let deciding = deciding.join(", ");
    match (skip, only_if_changed) {
        (false, false) => "published, whatever they change".to_owned(),
        (true, false) => {
            "skipped and counted where they are known to change no published column".to_owned()
        }
        (false, true) => {
            format!("skipped and counted where they are known to change none of {deciding}")
        }
        (true, true) => format!(
            "skipped and counted where they are known to change no published column, or none of \
             {deciding}"
        ),
    }
}

fn drift(table: &TableRules) -> &'static str {
    match table.drift() {
        DriftRule::Allow => "not looked for",
        DriftRule::Warn => "columns that no setting names, or of another type, are logged by name",
        DriftRule::Quarantine => {
            "a change with a column that no setting names, or of another type, is a dead letter"
        }
    }
}

fn other_columns(table: &TableRules) -> &'static str {
    if table.columns().unnamed().include {
        "published as it is, also one that is added to the table later"
    } else {
        "not published: a new one stays inside until include lists it"
    }
}

fn column(rule: ColumnRule<'_>, table: &TableRules) -> Cell {
    let by = if rule.by_default { "the defaults" } else { "the table's redact" };
    let redacted = rule.redact.map(words);
    let as_what = as_what(rule);
    match (rule.key, rule.include, redacted) {
        (Some(_), _, Some(with)) => {
            Cell::new(format!("published as {with}, by {by}: {}", key(table)), CARE)
        }
        (Some(_), true, None) => format!("published {as_what}: {}", key(table)).into(),
        (Some(_), false, None) => format!("published in keys alone: {}", key(table)).into(),
        (None, true, None) if rule.inside.is_some() => {
            format!("published {as_what}, but for what the paths below withhold in it").into()
        }
        (None, true, None) => format!("published {as_what}").into(),
        (None, true, Some(with)) => {
            let name = rule.rename.map(|name| format!("{}: ", shown(&name.unescaped())));
            let name = name.unwrap_or_default();
            Cell::new(format!("published as {name}{with}, by {by}"), CARE)
        }
        (None, false, Some(_)) => {
            Cell::new(format!("not published; were it listed, redacted, by {by}"), DIM)
        }
        (None, false, None) => Cell::new("not published", DIM),
    }
}

/// `as email, a decimal(2)`
fn as_what(rule: ColumnRule<'_>) -> String {
    let name = rule.rename.map(|name| format!("as {}", shown(&name.unescaped())));
    match (name, rule.holds) {
        (None, None) => "as it is".to_owned(),
        (Some(name), None) => name,
        (None, Some(holds)) => format!("as {holds}"),
        (Some(name), Some(holds)) => format!("{name}, {holds}"),
    }
}

fn key(table: &TableRules) -> &'static str {
    match table.keys() {
        Keys::Columns(names) if names.len() > 1 => "part of the key",
        Keys::Columns(_) | Keys::None => "the key",
    }
}
