//! What was found different: names and counts.

use std::collections::BTreeMap;

use cdc_core::redact::{Difference, Part, Treatment};

use crate::config::method_words;

/// Most different findings that are told apart; a member's name is input, and there may be any number.
const FINDINGS_MAX: usize = 10_000;

/// What becomes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Published,
    /// Skipped and counted under that name.
    Skipped(&'static str),
    /// A dead letter with that code.
    Buried(&'static str),
}

/// A field of which the configurations show different things.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field {
    /// What is shown now and was not comes first.
    pub(super) shows_no_more: bool,
    pub(super) table: String,
    pub(super) path: String,
    pub(super) part: Part,
    pub(super) old: String,
    pub(super) new: String,
}

/// Changes of a table of which something else becomes, or under another type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Whole {
    pub(super) table: String,
    pub(super) old: String,
    pub(super) new: String,
}

/// All findings, each with the number of changes.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) changes: u64,
    /// Records that could not be decoded.
    pub(super) unreadable: u64,
    pub(super) fields: BTreeMap<Field, u64>,
    pub(super) wholes: BTreeMap<Whole, u64>,
    /// Findings beyond those that are told apart.
    pub(super) more: u64,
    more_shown: bool,
}

impl Tally {
    pub(super) fn field(&mut self, table: &str, difference: &Difference<'_>) {
        let field = Field {
            shows_no_more: !difference.shows_more,
            table: table.to_owned(),
            path: difference.path.to_owned(),
            part: difference.part,
            old: words(difference.old),
            new: words(difference.new),
        };
        if self.fields.len() < FINDINGS_MAX || self.fields.contains_key(&field) {
            *self.fields.entry(field).or_default() += 1;
        } else {
            self.more += 1;
            self.more_shown |= difference.shows_more;
        }
    }

    pub(super) fn fate(&mut self, table: &str, old: Option<Fate>, new: Option<Fate>) {
        self.whole(table, fate_words(old), fate_words(new));
    }

    pub(super) fn event_type(&mut self, table: &str, old: &str, new: &str) {
        self.whole(table, format!("of type {old}"), format!("of type {new}"));
    }

    fn whole(&mut self, table: &str, old: String, new: String) {
        let whole = Whole { table: table.to_owned(), old, new };
        if self.wholes.len() < FINDINGS_MAX || self.wholes.contains_key(&whole) {
            *self.wholes.entry(whole).or_default() += 1;
        } else {
            self.more += 1;
        }
    }

    /// Whether the newer configuration shows more of anything.
    pub(super) fn shows_more(&self) -> bool {
        self.more_shown || self.fields.keys().any(|field| !field.shows_no_more)
    }
}

fn words(treatment: Treatment<'_>) -> String {
    match treatment {
        Treatment::Absent => "not published".to_owned(),
        Treatment::Clear => "as it is".to_owned(),
        Treatment::Withheld(method) => method_words(method),
    }
}

fn fate_words(fate: Option<Fate>) -> String {
    match fate {
        Some(Fate::Published) => "published".to_owned(),
        Some(Fate::Skipped(reason)) => format!("skipped ({reason})"),
        Some(Fate::Buried(code)) => format!("dead letter ({code})"),
        None => "not there".to_owned(),
    }
}
