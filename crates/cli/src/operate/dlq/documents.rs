//! On-failure documents, as dlq-processor tells them and a person reads them.

use std::{fmt::Write as _, io};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Why,
    show::{in_words, plain},
};
use crate::{
    output::{BAD, DIM, HEAD, Output},
    table::{Cell, lines},
};

/// One document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    place: Option<String>,
    id: Option<String>,
    attempts: Option<u64>,
    given_up: Option<String>,
    condition: Option<String>,
    position: Option<Position>,
    batch_size: Option<u64>,
    carries: Option<String>,
    refused: Option<String>,
    pub(super) outcome: Option<String>,
    why: Option<Why>,
    records: Option<Records>,
    #[serde(default)]
    changes: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Position {
    shard: String,
}

/// What came of records.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Records {
    pub(super) published: u64,
    skipped: u64,
    suppressed: u64,
    dead_lettered: u64,
    unsettled: u64,
    surplus: u64,
    gone: bool,
}

impl Records {
    pub(super) fn add(&mut self, other: &Self) {
        self.published += other.published;
        self.skipped += other.skipped;
        self.suppressed += other.suppressed;
        self.dead_lettered += other.dead_lettered;
        self.unsettled += other.unsettled;
        self.surplus += other.surplus;
        self.gone |= other.gone;
    }

    /// `3 published, 2 suppressed`; nothing where there were none.
    pub(super) fn in_words(&self) -> String {
        let mut words = String::new();
        for (count, what) in [
            (self.published, "published"),
            (self.suppressed, "suppressed"),
            (self.skipped, "skipped by the rules"),
            (self.dead_lettered, "dead-lettered"),
            (self.unsettled, "unsettled"),
            (self.surplus, "more than was given up"),
        ] {
            if count > 0 {
                let separator = if words.is_empty() { "" } else { ", " };
                let _ = write!(words, "{separator}{count} {what}");
            }
        }
        if self.gone {
            words.push_str("; some are gone from the stream");
        }
        words
    }
}

/// The documents, a line each.
pub(super) fn table(documents: &[Document], output: &mut Output) -> io::Result<()> {
    if documents.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = documents.iter().map(row).collect();
    let names = ["OUTCOME", "GIVEN UP", "SHARD", "RECORDS", "IN", "TRIES", "CONDITION", "WHY"];
    lines(names, &rows).try_for_each(|line| output.line(line))
}

/// The documents with what they carry.
pub(super) fn whole(documents: &[Document], output: &mut Output) -> io::Result<()> {
    for document in documents {
        let title = plain(document.id.as_deref());
        output.line(format_args!("{HEAD}{title}{HEAD:#}  {}", shard(document)))?;
        output.line(format_args!(
            "  {DIM}given up {}, {}, {} records, by {}{DIM:#}",
            plain(document.given_up.as_deref()),
            plain(document.condition.as_deref()),
            document.batch_size.unwrap_or_default(),
            plain(document.carries.as_deref())
        ))?;
        let why = why(document);
        if !why.is_empty() {
            output.line(format_args!("  {why}"))?;
        }
        for change in &document.changes {
            output.line(format_args!("  {}", plain(Some(change.get()))))?;
        }
    }
    Ok(())
}

fn row(document: &Document) -> [Cell; 8] {
    [
        in_words(document.outcome.as_deref()).into(),
        plain(document.given_up.as_deref()).into(),
        shard(document).into(),
        document.batch_size.map(|size| size.to_string()).unwrap_or_default().into(),
        plain(document.place.as_deref()).into(),
        document.attempts.map(|tries| tries.to_string()).unwrap_or_default().into(),
        Cell::new(plain(document.condition.as_deref()), BAD),
        why(document).into(),
    ]
}

fn shard(document: &Document) -> String {
    plain(document.position.as_ref().map(|position| position.shard.as_str()))
}

fn why(document: &Document) -> String {
    let mut parts = Vec::new();
    if let Some(refused) = &document.refused {
        parts.push(format!("refused: {}", plain(Some(refused))));
    }
    if let Some(why) = &document.why {
        parts.push(format!("{}: {}", plain(Some(&why.code)), plain(Some(&why.message))));
    }
    let records = document.records.as_ref().map(Records::in_words);
    parts.extend(records.filter(|words| !words.is_empty()));
    parts.join("; ")
}
