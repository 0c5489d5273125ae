//! Every line of the real captures, decoded: what each of them is was read off the files.
//!
//! One table a file, by who wrote it: [`mysql`], [`aws`], [`debezium`], [`documentation`]. A table
//! says how many units of each kind the file holds, which lines those are, and for each line that is
//! rejected what is broken about it at its source. Nothing in the tables was taken from what the
//! decoders answer. Asks decoding alone: whether a change can be published (a DELETE that names no
//! row cannot) is decided later, and tested in `fixtures`.

mod aws;
mod debezium;
mod documentation;
mod lines;
mod mysql;

use std::{collections::BTreeMap, fmt::Write as _};

use cdc_core::{
    envelope::Unit,
    failure::Failure,
    json::Document,
    reading::{Content, Contents},
    record::{RawRecord, SequenceNumber},
};
use jiff::Timestamp;

use crate::world::{fixture, fixtures};

/// What a file holds. Lines are counted from 1 and written as in [`lines`].
struct Expected {
    /// Below the folder of real data.
    file: &'static str,
    /// Lines of the file.
    lines: usize,
    /// How many units of each kind, in the order of [`KINDS`].
    units: &'static str,
    /// `INSERT users`, or a kind that is no change: on which lines.
    found: &'static [(&'static str, &'static str)],
    /// What is broken at the source: on which lines.
    rejects: &'static [(&'static str, &'static str)],
}

/// Operations of changes, then what is no change.
const KINDS: [&str; 12] = [
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "control",
    "tombstone",
    "heartbeat",
    "transaction",
    "schema",
    "message",
    "signal",
    REJECT,
];

const REJECT: &str = "reject";

const FILES: [&[Expected]; 4] =
    [&mysql::FILES, &aws::FILES, &debezium::FILES, &documentation::FILES];

/// What was found, and on which lines; a line that says it twice stands there twice.
type Found = BTreeMap<String, Vec<usize>>;

/// Decodes a file and compares.
fn check(expected: &Expected) {
    let Some(content) = fixture(expected.file) else { return };
    let text = String::from_utf8(content).unwrap();
    assert_eq!(text.lines().count(), expected.lines, "{}: lines", expected.file);
    let mut found = Found::new();
    for (number, line) in (1..).zip(text.lines()) {
        let record = if expected.file.ends_with(".jsonl") { document(line) } else { line.into() };
        for what in said(&record) {
            found.entry(what).or_default().push(number);
        }
    }
    let differences = differences(expected, &found);
    assert!(differences.is_empty(), "{}:\n{differences}", expected.file);
    assert_eq!(counts(&found), expected.units, "{}: units", expected.file);
}

/// The record in a line of documentation, with its context around it.
fn document(line: &str) -> String {
    let line = Document::parse(line.as_bytes(), Vec::new()).unwrap();
    line.root().as_object().unwrap().get("json").unwrap().text().to_owned()
}

/// What a line says, unit by unit: a kind, for a change its operation and table.
fn said(line: &str) -> Vec<String> {
    let contents = Contents::of_json(line.as_bytes()).unwrap_or_else(|| {
        Contents::of_records([RawRecord {
            data: line.to_owned().into(),
            partition_key: "".into(),
            number: SequenceNumber::from(1),
            arrived: Timestamp::UNIX_EPOCH,
        }])
    });
    contents.flat_map(|content| units(content).unwrap_or_else(|_| vec![REJECT.into()])).collect()
}

fn units(content: Result<Content, Failure>) -> Result<Vec<String>, Failure> {
    let content = content?;
    let units = content.units()?;
    let said = units.iter().map(|unit| match unit {
        Unit::Change(it) => format!("{} {}", it.change.operation().as_str(), it.table),
        Unit::Other(it) => it.kind.as_str().to_owned(),
    });
    Ok(said.collect())
}

/// What is missing and what is too much, in words.
fn differences(expected: &Expected, found: &Found) -> String {
    let mut wanted: Found =
        expected.found.iter().map(|(what, on)| ((*what).to_owned(), lines::parse(on))).collect();
    assert_eq!(wanted.len(), expected.found.len(), "{}: something stands twice", expected.file);
    let mut rejects: Vec<_> =
        expected.rejects.iter().flat_map(|(_, on)| lines::parse(on)).collect();
    if !rejects.is_empty() {
        rejects.sort_unstable();
        wanted.insert(REJECT.to_owned(), rejects);
    }
    let mut told = String::new();
    let mut names: Vec<_> = wanted.keys().chain(found.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (wanted, found) = (wanted.get(name), found.get(name));
        if wanted != found {
            let shown = |on: Option<&Vec<usize>>| on.map_or("none".into(), |on| lines::show(on));
            let (wanted, found) = (shown(wanted), shown(found));
            let _ = writeln!(told, "  {name}: the file has {wanted}; decoded as such {found}");
        }
    }
    told
}

/// `INSERT 3, schema 1`: how often each kind was found.
fn counts(found: &Found) -> String {
    let kind_of = |what: &str| what.split(' ').next().unwrap_or_default().to_owned();
    let mut counts = BTreeMap::<String, usize>::new();
    for (what, on) in found {
        *counts.entry(kind_of(what)).or_default() += on.len();
    }
    let told = KINDS.iter().filter_map(|kind| Some(format!("{kind} {}", counts.remove(*kind)?)));
    let told = told.collect::<Vec<_>>().join(", ");
    assert!(counts.is_empty(), "kinds that no table knows: {counts:?}");
    told
}

#[test]
fn every_capture_has_its_table() {
    let Some(folder) = fixtures() else { return };
    for entry in std::fs::read_dir(folder.join("ndjson")).unwrap() {
        let file = format!("ndjson/{}", entry.unwrap().file_name().display());
        let tables = FILES.iter().copied().flatten().filter(|table| table.file == file).count();
        assert_eq!(tables, 1, "{file}: tables");
    }
}

#[test]
fn the_numbers_of_each_table_are_those_of_its_lines() {
    for expected in FILES.iter().copied().flatten() {
        let mut found = Found::new();
        let rejects = expected.rejects.iter().map(|(_, on)| (REJECT, *on));
        for (what, on) in expected.found.iter().copied().chain(rejects) {
            found.entry(what.to_owned()).or_default().extend(lines::parse(on));
        }
        assert_eq!(counts(&found), expected.units, "{}", expected.file);
        let mut on: Vec<usize> = found.into_values().flatten().collect();
        on.sort_unstable();
        on.dedup();
        let every: Vec<usize> = (1..=expected.lines).collect();
        assert_eq!(on, every, "{}: lines that are told", expected.file);
    }
}
