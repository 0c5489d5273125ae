//! An import for a program.

use std::collections::BTreeMap;

use cdc_core::ranger::{Import, ImportedColumn, ImportedTable, Note, PolicyName, Said, Setting};
use serde::Serialize;
use serde_json::{Value, json};

use crate::output::one_line;

#[derive(Serialize)]
struct Imported<'a> {
    tables: Vec<Table<'a>>,
    /// Columns of whatever table.
    defaults: Vec<Column<'a>>,
    notes: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    /// Whether the configuration had it before.
    configured: bool,
    columns: Vec<Column<'a>>,
}

#[derive(Serialize)]
struct Column<'a> {
    /// `*` for those that no policy names.
    name: &'a str,
    /// Null where it is published as it is.
    rule: Option<BTreeMap<&'a str, Value>>,
    /// Whether a rule of the configuration stays in its place.
    kept: bool,
    policies: Vec<From<'a>>,
}

#[derive(Serialize)]
struct From<'a> {
    #[serde(flatten)]
    policy: Policy<'a>,
    mask: &'a str,
}

#[derive(Serialize)]
struct Policy<'a> {
    id: Option<&'a str>,
    name: &'a str,
}

#[derive(Serialize)]
struct Told<'a> {
    /// `left_out`, `stricter` or `remark`.
    kind: &'static str,
    policy: Option<Policy<'a>>,
    table: Option<&'a str>,
    column: Option<&'a str>,
    why: &'a str,
}

pub(super) fn import(import: &Import<'_>) -> String {
    let imported = Imported {
        tables: import.tables.iter().map(table).collect(),
        defaults: import.defaults.iter().map(column).collect(),
        notes: import.notes.iter().map(note).collect(),
    };
    let mut text = serde_json::to_string(&imported).expect("only texts, numbers and lists of them");
    one_line(&mut text);
    text
}

fn table(table: &ImportedTable) -> Table<'_> {
    let columns = table.columns.iter().map(column).collect();
    Table { name: &table.name, configured: table.configured, columns }
}

fn column(column: &ImportedColumn) -> Column<'_> {
    let rule = column.rule.as_ref().map(|rule| {
        let settings = rule.settings.iter().map(|(name, value)| match value {
            Setting::Text(text) => (*name, json!(text)),
            Setting::Number(number) => (*name, json!(number)),
        });
        settings.chain([("method", json!(rule.method))]).collect()
    });
    let policies = column.said.iter().map(from).collect();
    Column { name: &column.name, rule, kept: column.kept, policies }
}

fn from(said: &Said) -> From<'_> {
    From { policy: policy(&said.policy), mask: &said.kind }
}

fn policy(name: &PolicyName) -> Policy<'_> {
    Policy { id: name.id.as_deref(), name: &name.name }
}

fn note(note: &Note) -> Told<'_> {
    Told {
        kind: note.kind.as_str(),
        policy: note.policy.as_ref().map(policy),
        table: note.table.as_deref(),
        column: note.column.as_deref(),
        why: &note.why,
    }
}
