//! The explanation for a program.

use std::borrow::Cow;

use cdc_core::{
    event::Operation,
    rules::{ColumnRule, DriftRule, Keys, Method, Rules, SnapshotRule, TableRules, UnlistedTables},
};
use serde::Serialize;

use super::super::method::Told;
use crate::output::one_line;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    /// As it was asked for.
    table: &'a str,
    listed: bool,
    /// The name of the rules that it goes by.
    rules: &'a str,
    file: &'a str,
    line: u32,
    /// Null for a table without row identity.
    keys: Option<&'a [Box<str>]>,
    event_type: &'a str,
    operations: Operations,
    snapshot: &'static str,
    /// Whether an UPDATE that changes no published column is left out.
    skip_unchanged: bool,
    /// `allow`, `warn` or `quarantine`.
    drift: &'static str,
    columns: Vec<Column<'a>>,
    /// What is withheld inside columns, or in more than one; of two that hit one value the first counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<Path<'a>>,
    /// Whether a column that is not among these is published.
    other_columns_published: bool,
}

#[derive(Serialize)]
struct Operations {
    published: Vec<&'static str>,
    skipped: Vec<&'static str>,
}

#[derive(Serialize)]
struct Column<'a> {
    /// In lower case, as names are compared.
    name: &'a str,
    /// Whether it is in the images. Keys are published in any case.
    published: bool,
    key: bool,
    /// The name that it is published under, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed: Option<Cow<'a, str>>,
    /// What it holds, where the rules tell it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    holds: Option<String>,
    /// Whether it is one of those that an UPDATE must change to be published.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    decides: bool,
    redaction: Option<Redaction<'a>>,
}

#[derive(Serialize)]
struct Path<'a> {
    path: &'a str,
    redaction: Redaction<'a>,
}

#[derive(Serialize)]
struct Redaction<'a> {
    #[serde(flatten)]
    method: Told<'a>,
    /// `table` or `defaults`.
    by: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Unlisted<'a> {
    table: &'a str,
    listed: bool,
    /// `reject` or `skip`.
    unlisted_tables: &'static str,
    /// Names that are written almost like it.
    nearest: Vec<&'a str>,
}

pub(super) fn listed(name: &str, table: &TableRules) -> String {
    let (file, line) = table.place();
    let operations = |wanted: bool| {
        let some = Operation::ALL.into_iter();
        let some = some.filter(|operation| table.operations().contains(*operation) == wanted);
        some.map(Operation::as_str).collect()
    };
    let columns = table.columns();
    text(&Listed {
        table: name,
        listed: true,
        rules: table.name(),
        file,
        line,
        keys: match table.keys() {
            Keys::None => None,
            Keys::Columns(names) => Some(names),
        },
        event_type: table.event_type(),
        operations: Operations { published: operations(true), skipped: operations(false) },
        snapshot: match table.snapshot() {
            SnapshotRule::Publish => "publish",
            SnapshotRule::Skip => "skip",
        },
        skip_unchanged: table.unchanged().skip,
        drift: match table.drift() {
            DriftRule::Allow => "allow",
            DriftRule::Warn => "warn",
            DriftRule::Quarantine => "quarantine",
        },
        columns: columns.iter().map(|(name, rule)| column(name, rule)).collect(),
        paths: columns.paths().map(path).collect(),
        other_columns_published: columns.unnamed().include,
    })
}

pub(super) fn unlisted(name: &str, rules: &Rules) -> String {
    text(&Unlisted {
        table: name,
        listed: false,
        unlisted_tables: match rules.unlisted_tables() {
            UnlistedTables::Reject => "reject",
            UnlistedTables::Skip => "skip",
        },
        nearest: rules.nearest(name),
    })
}

fn path<'a>((path, method, by_default): (&'a str, &'a Method, bool)) -> Path<'a> {
    let by = if by_default { "defaults" } else { "table" };
    Path { path, redaction: Redaction { method: Told::of(method), by } }
}

fn column<'a>(name: &'a str, rule: ColumnRule<'a>) -> Column<'a> {
    let redaction = rule.redact.map(|method| {
        let by = if rule.by_default { "defaults" } else { "table" };
        Redaction { method: Told::of(method), by }
    });
    Column {
        name,
        published: rule.include,
        key: rule.key.is_some(),
        renamed: rule.rename.map(|name| name.unescaped()),
        holds: rule.holds.map(|holds| holds.to_string()),
        decides: rule.decides,
        redaction,
    }
}

fn text(explained: &impl Serialize) -> String {
    let mut text = serde_json::to_string(explained).expect("only texts, numbers and lists of them");
    one_line(&mut text);
    text
}
