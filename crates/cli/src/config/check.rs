//! `cdc config check`: what is wrong with the rules, or what they say.

use std::path::Path;

use cdc_core::{
    failure::shown,
    rules::{Checked, Keys, Problem, Rules, SnapshotRule, TableRules, UnlistedTables},
};
use serde::Serialize;

use super::{LoadError, load, method::Told};
use crate::{
    failure::{CommandError, Ended},
    output::{CARE, GOOD, Output},
    table::{Cell, lines},
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cdc config check                         the rules that are compiled in
  cdc --config config config check         a folder: every .yaml file in it
  cdc --config rules.yaml config check     one file, head and tables in it
  cdc --json config check | jq '.tables[] | select(.redact == [])'

Every problem is told with file, line and column, what was found and what was
expected: exit code 2. Warnings alone leave it at 0.";

/// Reads the configuration and says how it is.
pub(super) fn check(
    path: Option<&Path>,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    match load(path) {
        Ok(checked) => {
            show(&checked, json, output)?;
            Ok(Ended::Well)
        }
        Err(error) => {
            if let (LoadError::Problems(problems), true) = (&error, json) {
                let problems = problems.as_slice().iter().map(Found::of).collect();
                output.line(to_json(&Report { tables: vec![], warnings: vec![], problems }))?;
            }
            Err(error.into())
        }
    }
}

fn show(checked: &Checked, json: bool, output: &mut Output) -> Result<(), CommandError> {
    let Checked { rules, warnings } = checked;
    for warning in warnings {
        output.note(format_args!("{CARE}warning:{CARE:#} {warning}"));
    }
    if json {
        let tables = rules.tables().map(Table::of).collect();
        let warnings = warnings.iter().map(|warning| Found::of(warning.as_problem())).collect();
        output.line(to_json(&Report { tables, warnings, problems: vec![] }))?;
        return Ok(());
    }
    let rows: Vec<_> = rules.tables().map(row).collect();
    for line in lines(["TABLE", "KEYS", "EVENT TYPE", "COLUMNS", "REDACTED"], &rows) {
        output.line(line)?;
    }
    output.note(verdict(rules, warnings.len()));
    Ok(())
}

fn verdict(rules: &Rules, warnings: usize) -> String {
    let unlisted = match rules.unlisted_tables() {
        UnlistedTables::Reject => "rejected",
        UnlistedTables::Skip => "skipped",
    };
    let (pipeline, tables) = (shown(rules.pipeline()), rules.tables().len());
    let warnings = match warnings {
        1 => "1 warning".to_owned(),
        count => format!("{count} warnings"),
    };
    format!(
        "{GOOD}ok:{GOOD:#} pipeline {pipeline}, {tables} tables, {warnings}; changes of any other \
         table are {unlisted}"
    )
}

fn row(table: &TableRules) -> [Cell; 5] {
    let keys = match table.keys() {
        Keys::None => "none".to_owned(),
        Keys::Columns(names) => list(names.iter().map(AsRef::as_ref)),
    };
    let columns = table.columns();
    let included = columns.iter().filter(|(_, rule)| rule.include).count();
    let included = if columns.unnamed().include { "all".to_owned() } else { included.to_string() };
    let redacted = columns.iter().filter(|(_, rule)| rule.include && rule.redact.is_some());
    let redacted = redacted.map(|(name, _)| name).chain(columns.paths().map(|(path, ..)| path));
    [
        shown(table.name()).into(),
        keys.into(),
        shown(table.event_type()).into(),
        included.into(),
        list(redacted).into(),
    ]
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(shown).collect::<Vec<_>>().join(", ")
}

fn to_json(report: &Report<'_>) -> String {
    serde_json::to_string(report).expect("a report has only texts and numbers")
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    tables: Vec<Table<'a>>,
    warnings: Vec<Found<'a>>,
    problems: Vec<Found<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table<'a> {
    name: &'a str,
    /// Null for a table without row identity.
    keys: Option<&'a [Box<str>]>,
    event_type: &'a str,
    /// In lower case, as names are compared; `*` for all.
    include: Vec<&'a str>,
    /// Columns withheld wherever they turn up, included or not.
    redact: Vec<Redaction<'a>>,
    operations: Vec<&'static str>,
    snapshot: &'static str,
}

#[derive(Serialize)]
struct Redaction<'a> {
    /// A column in lower case, or a path as it is written.
    column: &'a str,
    #[serde(flatten)]
    method: Told<'a>,
}

#[derive(Serialize)]
struct Found<'a> {
    file: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    message: &'a str,
}

impl<'a> Found<'a> {
    fn of(problem: &'a Problem) -> Self {
        let (line, column) = problem.place().unzip();
        Self { file: problem.file(), line, column, message: problem.text() }
    }
}

impl<'a> Table<'a> {
    fn of(table: &'a TableRules) -> Self {
        let columns = table.columns();
        let included = columns.iter().filter(|(_, rule)| rule.include).map(|(name, _)| name);
        let all = columns.unnamed().include;
        let redact = columns.iter().filter_map(|(column, rule)| {
            Some(Redaction { column, method: Told::of(rule.redact?) })
        });
        let paths = columns.paths();
        let paths = paths.map(|(column, method, _)| Redaction { column, method: Told::of(method) });
        Self {
            name: table.name(),
            keys: match table.keys() {
                Keys::None => None,
                Keys::Columns(names) => Some(names),
            },
            event_type: table.event_type(),
            include: if all { vec!["*"] } else { included.collect() },
            redact: redact.chain(paths).collect(),
            operations: table.operations().iter().map(|operation| operation.as_str()).collect(),
            snapshot: match table.snapshot() {
                SnapshotRule::Publish => "publish",
                SnapshotRule::Skip => "skip",
            },
        }
    }
}
