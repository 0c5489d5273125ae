//! The findings, for a person and for a program.

use std::io;

use cdc_core::{failure::shown, redact::Part};
use serde::Serialize;

use super::tally::{Field, Tally, Whole};
use crate::{
    output::{BAD, CARE, GOOD, Output, one_line},
    table::{Cell, lines},
};

pub(super) fn human(tally: &Tally, output: &mut Output) -> io::Result<()> {
    let row = |(field, changes): (&Field, &u64)| -> [Cell; 6] {
        let style = if field.shows_no_more { anstyle::Style::new() } else { BAD };
        [
            Cell::new(shown(&field.table), style),
            Cell::new(shown(&field.path), style),
            part(field.part).into(),
            field.old.clone().into(),
            Cell::new(field.new.clone(), style),
            changes.to_string().into(),
        ]
    };
    let rows: Vec<[Cell; 6]> = tally.fields.iter().map(row).collect();
    if !rows.is_empty() {
        for line in lines(["TABLE", "FIELD", "IN", "WAS", "IS", "CHANGES"], &rows) {
            output.line(line)?;
        }
    }
    let row = |(whole, changes): (&Whole, &u64)| -> [Cell; 4] {
        let Whole { table, old, new } = whole;
        [shown(table).into(), old.clone().into(), new.clone().into(), changes.to_string().into()]
    };
    let rows: Vec<[Cell; 4]> = tally.wholes.iter().map(row).collect();
    if !rows.is_empty() {
        if !tally.fields.is_empty() {
            output.line("")?;
        }
        for line in lines(["TABLE", "CHANGE WAS", "IS", "CHANGES"], &rows) {
            output.line(line)?;
        }
    }
    Ok(())
}

/// The last word, on standard error.
pub(super) fn verdict(tally: &Tally) -> String {
    let Tally { changes, unreadable, more, .. } = tally;
    let shown = tally.fields.keys().filter(|field| !field.shows_no_more).count();
    let (style, verdict) = match (shown, tally.fields.len() + tally.wholes.len()) {
        (0, _) if tally.shows_more() => (BAD, "fields become visible".to_owned()),
        (0, 0) => (GOOD, "nothing differs".to_owned()),
        (0, _) => (GOOD, "nothing becomes visible that was not".to_owned()),
        (1, _) => (BAD, "1 field becomes visible".to_owned()),
        (many, _) => (BAD, format!("{many} fields become visible")),
    };
    let mut text = format!("{style}{verdict}{style:#}, over {changes} changes");
    if *unreadable > 0 {
        text += &format!("; {CARE}{unreadable} records can't be decoded{CARE:#}");
    }
    if *more > 0 {
        text += &format!("; {more} more findings are not listed");
    }
    text
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    changes: u64,
    unreadable: u64,
    shows_more: bool,
    fields: Vec<FieldReport<'a>>,
    tables: Vec<WholeReport<'a>>,
    /// Findings that are not listed.
    more: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldReport<'a> {
    table: &'a str,
    field: &'a str,
    r#in: &'static str,
    old: &'a str,
    new: &'a str,
    shows_more: bool,
    changes: u64,
}

#[derive(Serialize)]
struct WholeReport<'a> {
    table: &'a str,
    old: &'a str,
    new: &'a str,
    changes: u64,
}

pub(super) fn json(tally: &Tally) -> String {
    let fields = tally.fields.iter().map(|(field, changes)| FieldReport {
        table: &field.table,
        field: &field.path,
        r#in: part(field.part),
        old: &field.old,
        new: &field.new,
        shows_more: !field.shows_no_more,
        changes: *changes,
    });
    let tables = tally.wholes.iter().map(|(whole, changes)| WholeReport {
        table: &whole.table,
        old: &whole.old,
        new: &whole.new,
        changes: *changes,
    });
    let report = Report {
        changes: tally.changes,
        unreadable: tally.unreadable,
        shows_more: tally.shows_more(),
        fields: fields.collect(),
        tables: tables.collect(),
        more: tally.more,
    };
    let mut text = serde_json::to_string(&report).expect("only texts and numbers");
    one_line(&mut text);
    text
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Keys => "keys",
        Part::Before => "before",
        Part::After => "after",
    }
}
