//! Which columns a proposal takes for a table's key, and why.
//!
//! Declared keys are taken, unless a change seen contradicts them: a key that is absent or null in
//! one would make a dead letter of it. Without a declaration a column of a usual name is guessed, and
//! called a guess. A key is published in the clear, so that none that looks personal is proposed.
//! Everything else is no key, which costs the order among the table's events and nothing more.

use super::{
    columns::is_reference,
    seen::{Column, Seen},
    verdict::{Verdict, judge},
};
use crate::{
    declared::{DeclaredKey, KeySource},
    failure::shown,
    yaml,
};

/// The most columns of a key that a configuration takes.
const KEY_COLUMNS_MAX: usize = 32;

/// A proposed key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// As the producer declares it.
    Declared {
        /// The columns.
        columns: Vec<String>,
        /// Who declares it.
        by: &'static str,
    },
    /// By its name and by what was seen of it.
    Guessed {
        /// The column.
        column: String,
        /// In how many changes it was seen.
        changes: u64,
    },
    /// None.
    None {
        /// Why.
        why: String,
        /// Whether there is one, which would be published though it looks personal.
        personal: bool,
    },
}

impl Key {
    /// The columns; none where there is no key.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Declared { columns, .. } => columns,
            Self::Guessed { column, .. } => std::slice::from_ref(column),
            Self::None { .. } => &[],
        }
    }
}

/// The key of a table.
pub(super) fn choose(table: &str, seen: &Seen) -> Key {
    match &seen.key {
        Some(key) if key.columns.is_empty() => undeclared(table, seen, key.from),
        Some(key) => declared(table, seen, key),
        None => inferred(table, seen).unwrap_or_else(|| guessed(table, seen)),
    }
}

fn declared(table: &str, seen: &Seen, key: &DeclaredKey) -> Key {
    let by = key.from.as_str();
    if seen.keys_differ {
        return none(format!("{by} differ from record to record"));
    }
    if key.columns.len() > KEY_COLUMNS_MAX {
        return none(format!("the key declared by {by} has more than {KEY_COLUMNS_MAX} columns"));
    }
    let mut columns = Vec::with_capacity(key.columns.len());
    for name in &key.columns {
        let Some(column) = seen.find(name).map(|index| &seen.columns[index]) else {
            return none(format!("{} of the key declared by {by} was not seen", quoted(name)));
        };
        match fault(table, seen, column) {
            Some(Fault::Personal(what)) => {
                let why = format!("{}, of {by}, looks personal ({what})", quoted(&column.name));
                return Key::None { why, personal: true };
            }
            Some(Fault::Other(why)) => return none(format!("one is declared by {by}, but {why}")),
            None => columns.push(column.name.clone()),
        }
    }
    Key::Declared { columns, by }
}

/// There is said to be no key; a person may know better.
fn undeclared(table: &str, seen: &Seen, from: KeySource) -> Key {
    let declares = format!("{} declares no primary key", from.as_str());
    none(match guessed(table, seen) {
        Key::Guessed { column, changes } => {
            let column = quoted(&column);
            format!("{declares}, though {column} was in each of {changes} changes and never twice")
        }
        Key::Declared { .. } | Key::None { .. } => declares,
    })
}

/// What the before images say, where it looks like a key: a row of few values looks the same.
fn inferred(table: &str, seen: &Seen) -> Option<Key> {
    let key = seen.key_of_before_images()?;
    if !key.columns.iter().all(|name| is_reference(name)) {
        return None;
    }
    let key = declared(table, seen, &key);
    matches!(key, Key::Declared { .. }).then_some(key)
}

fn guessed(table: &str, seen: &Seen) -> Key {
    let mut why = None;
    for (name, repeats) in seen.uniqueness.candidates() {
        let Some(column) = seen.find(name).map(|index| &seen.columns[index]) else { continue };
        let fault = match fault(table, seen, column) {
            Some(Fault::Personal(what)) => {
                format!("{} looks personal ({what})", quoted(&column.name))
            }
            Some(Fault::Other(fault)) => fault,
            None if seen.rows == 0 => "no row was seen".to_owned(),
            None if repeats => format!("{} has the same value in two rows", quoted(&column.name)),
            None => return Key::Guessed { column: column.name.clone(), changes: seen.rows },
        };
        why.get_or_insert(fault);
    }
    let why = why.unwrap_or_else(|| "no column has the usual name of one (id, uuid)".to_owned());
    none(format!("none is declared, and {why}"))
}

/// Why a column can't be the key, or part of it.
enum Fault {
    Personal(&'static str),
    Other(String),
}

fn fault(table: &str, seen: &Seen, column: &Column) -> Option<Fault> {
    let name = quoted(&column.name);
    if let Verdict::Personal { what, .. } = judge(table, column) {
        return Some(Fault::Personal(what.as_str()));
    }
    if !yaml::is_listable(&column.name) {
        return Some(Fault::Other(format!("{name} can't be written in a configuration")));
    }
    let missing = seen.rows.saturating_sub(column.readable);
    (missing > 0).then(|| {
        Fault::Other(format!("{name} is absent or null in {missing} of {} changes", seen.rows))
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", shown(name))
}

fn none(why: String) -> Key {
    Key::None { why, personal: false }
}
