//! A proposal for a program.

use cdc_core::proposal::{Key, Proposal, ProposedColumn, ProposedTable, Treatment};
use serde::Serialize;

use super::sampling::{Reject, Seen};
use crate::output::one_line;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proposed<'a> {
    pipeline: &'a str,
    records: u64,
    rejected: u64,
    tables: Vec<Table<'a>>,
    left_out: Vec<LeftOut<'a>>,
    /// The first of those rejected.
    rejects: Vec<Rejected<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table<'a> {
    name: &'a str,
    /// Null where there is no key.
    keys: Option<&'a [String]>,
    /// `declared`, `guessed` or `none`.
    keys_from: &'static str,
    /// Who declares the key, or why there is none.
    keys_why: Option<&'a str>,
    changes: u64,
    columns: Vec<Column<'a>>,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    /// `clear`, `redacted`, `inside` or `unlistable`.
    treatment: &'static str,
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    table: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct Rejected<'a> {
    file: &'a str,
    line: u64,
    code: &'static str,
    message: &'a str,
}

pub(super) fn proposal(proposal: &Proposal, seen: &Seen, pipeline: &str) -> String {
    let left_out = proposal.left_out().iter();
    let proposed = Proposed {
        pipeline,
        records: seen.records,
        rejected: seen.rejected,
        tables: proposal.tables().iter().map(table).collect(),
        left_out: left_out.map(|it| LeftOut { table: &it.table, why: it.why }).collect(),
        rejects: seen.rejects.iter().map(rejected).collect(),
    };
    let mut text = serde_json::to_string(&proposed).expect("only texts, numbers and lists of them");
    one_line(&mut text);
    text
}

fn table(table: &ProposedTable) -> Table<'_> {
    let (keys_from, keys_why) = match &table.key {
        Key::Declared { by, .. } => ("declared", Some(*by)),
        Key::Guessed { .. } => ("guessed", None),
        Key::None { why, .. } => ("none", Some(&**why)),
    };
    let keys = table.key.columns();
    Table {
        name: &table.name,
        keys: (!keys.is_empty()).then_some(keys),
        keys_from,
        keys_why,
        changes: table.changes,
        columns: table.columns.iter().map(column).collect(),
    }
}

fn column(column: &ProposedColumn) -> Column<'_> {
    let (treatment, why) = match &column.treatment {
        Treatment::Clear => ("clear", None),
        Treatment::Redacted(why) => ("redacted", Some(&**why)),
        Treatment::Inside => ("inside", None),
        Treatment::Unlistable => ("unlistable", None),
    };
    Column { name: &column.name, treatment, why }
}

fn rejected(Reject { file, line, failure }: &Reject) -> Rejected<'_> {
    Rejected { file, line: *line, code: failure.code.as_str(), message: &failure.message }
}
