//! A proposal of rules, made from samples: how anybody starts where unlisted tables are refused.
//!
//! Records go in ([`Samples::add`]), a [`Proposal`] comes out: tables, keys, columns, and the YAML to
//! write down. Promises that what it writes is a configuration that is accepted without a warning,
//! that a change which was sampled is no dead letter for the lack of a key, and that a column is
//! published in the clear only where its name, type and values say that it is nobody's secret.
//! Keeps and shows no row value: they are looked at, and counted. It guesses, and says so; who
//! uses a proposal reads it first.

pub mod columns;
mod keys;
mod lists;
mod names;
mod seen;
mod shapes;
mod table;
mod uniqueness;
mod values;
mod verdict;
mod words;
mod write;

use std::collections::{HashMap, hash_map::Entry};

pub use keys::Key;
pub use table::{ProposedColumn, ProposedTable, Treatment};

use self::seen::Seen;
use crate::{
    declared::{DeclaredKey, Declares, Place, declarations},
    envelope::Unit,
    event::ChangeEvent,
    json::Document,
};

// What a configuration may have; also bounds what a file of nonsense can make of this.
const TABLES_MAX: usize = 5000;
// One a table is plenty.
const KEY_SCHEMAS_MAX: usize = TABLES_MAX;

/// One unit of a record, or none where the record could not be decoded.
#[derive(Clone, Copy, Default)]
pub struct Sample<'s, 'a> {
    /// What the record says.
    pub unit: Option<&'s Unit<'a>>,
    /// Its text, in which more may be declared; none for an empty body.
    pub document: Option<&'s Document<'a>>,
    /// Its partition key; empty where there is none.
    pub partition_key: &'s str,
}

/// What was seen so far.
#[derive(Default)]
pub struct Samples {
    /// In the order in which they were first seen.
    tables: Vec<(Place, Seen)>,
    by_place: HashMap<Place, usize>,
    /// Keys of tables that are named by half: outer name, table.
    keys: Vec<(String, String, DeclaredKey)>,
    overflow: bool,
}

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Proposal {
    tables: Vec<ProposedTable>,
    left_out: Vec<LeftOut>,
}

/// A table that was seen and can't be proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name: input.
    pub table: String,
    /// Why, and what to do.
    pub why: &'static str,
}

impl Samples {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at a unit of a record.
    pub fn add(&mut self, sample: Sample<'_, '_>) {
        if let Some(document) = sample.document {
            self.declared(document, sample);
        }
        if let Some(Unit::Change(event)) = sample.unit {
            self.changed(event);
        }
    }

    /// What follows from all that was seen.
    #[must_use]
    pub fn propose(mut self) -> Proposal {
        let mut left_out = Vec::new();
        if self.overflow {
            let why = "further tables: a configuration has at most 5000; propose for fewer files";
            left_out.push(LeftOut { table: "…".to_owned(), why });
        }
        let mut tables = Vec::new();
        for (name, place, mut seen) in self.merged() {
            for (outer, table, key) in &self.keys {
                let outer_is = |name: &Option<String>| name.as_deref().is_none_or(|it| it == outer);
                if *table == place.table && (outer_is(&place.database) || outer_is(&place.schema)) {
                    seen.declare(Vec::new(), Some(key.clone()));
                }
            }
            match ProposedTable::of(name, &place, &seen) {
                Ok(table) => tables.push(table),
                Err(why) => left_out.push(why),
            }
        }
        Proposal { tables, left_out }
    }

    fn changed(&mut self, event: &ChangeEvent<'_>) {
        if let Some(seen) = self.table(Place::of(event)) {
            seen.change(event);
        }
    }

    fn declared(&mut self, document: &Document<'_>, sample: Sample<'_, '_>) {
        for declaration in declarations(document, sample.partition_key, sample.unit) {
            match declaration.table {
                Declares::Table(place) => {
                    let Some(seen) = self.table(place) else { continue };
                    seen.declare(declaration.columns, declaration.key);
                    seen.is_given |= declaration.gives_table;
                }
                Declares::Within { outer, table } => {
                    let known = self.keys.iter().any(|it| (&it.0, &it.1) == (&outer, &table));
                    let Some(key) = declaration.key.filter(|_| !known) else { continue };
                    if self.keys.len() < KEY_SCHEMAS_MAX {
                        self.keys.push((outer, table, key));
                    }
                }
            }
        }
    }

    fn table(&mut self, place: Place) -> Option<&mut Seen> {
        let next = self.tables.len();
        let index = match self.by_place.entry(place) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) if next == TABLES_MAX => {
                self.overflow = true;
                return None;
            }
            Entry::Vacant(new) => {
                let place = new.key().clone();
                let seen = Seen::new(&place.table);
                self.tables.push((place, seen));
                *new.insert(next)
            }
        };
        Some(&mut self.tables[index].1)
    }

    /// The tables by their names, those seen under several places together. What was only said in
    /// passing of a table goes to those that it may be.
    fn merged(&mut self) -> Vec<(String, Place, Seen)> {
        let (given, passing): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.tables).into_iter().partition(|(_, seen)| seen.is_given);
        let places: Vec<&Place> = given.iter().map(|(place, _)| place).collect();
        let names = names::names(&places);
        let mut tables: Vec<(String, Place, Seen)> = Vec::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (name, (place, seen)) in names.into_iter().zip(given) {
            match by_name.get(&name) {
                Some(index) => tables[*index].2.merge(seen),
                None => {
                    by_name.insert(name.clone(), tables.len());
                    tables.push((name, place, seen));
                }
            }
        }
        for (place, said) in passing {
            for (_, _, seen) in tables.iter_mut().filter(|(_, it, _)| it.may_be(&place)) {
                seen.merge_declared(&said);
            }
        }
        tables
    }
}

impl Proposal {
    /// The tables, in the order in which they were first seen.
    #[must_use]
    pub fn tables(&self) -> &[ProposedTable] {
        &self.tables
    }

    /// What could not be proposed.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}

#[cfg(test)]
mod tests;
