//! What was seen of one table: its columns, what is told in its changes, whose values repeat.
//!
//! Counts and hashes only. Whether a column can be the key is counted as the pipeline reads keys:
//! from the image, else from the keys beside it, and null or untold is not there.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hash as _, Hasher as _},
};

use foldhash::fast::FixedState;

use super::{uniqueness::Uniqueness, values::Values};
use crate::{
    declared::{DeclaredColumn, DeclaredKey, KeySource, Sort},
    event::{Change, ChangeEvent, ColumnValue, Envelope, Row},
    json::Document,
    rules::fold,
};

// What a configuration may list; a table that seems to have more is no table.
pub(super) const COLUMNS_MAX: usize = 4096;

/// One table.
pub(super) struct Seen {
    pub(super) columns: Vec<Column>,
    by_name: HashMap<Box<str>, usize>,
    pub(super) key: Option<DeclaredKey>,
    /// Whether its records declare different keys.
    pub(super) keys_differ: bool,
    /// Whether a change or a definition gives it, and not something said in passing.
    pub(super) is_given: bool,
    /// Whether it seems to have more columns than any table.
    pub(super) overflows: bool,
    /// Changes of single rows that tell something of the row.
    pub(super) rows: u64,
    /// Deletions that don't say of what.
    pub(super) nameless_deletes: u64,
    afters: u64,
    befores: u64,
    pub(super) uniqueness: Uniqueness,
}

/// One column.
pub(super) struct Column {
    /// As it was first written.
    pub(super) name: String,
    pub(super) sort: Option<Sort>,
    pub(super) values: Values,
    /// In how many of the rows the pipeline could read it as a key.
    pub(super) readable: u64,
    /// In how many after images it has a value.
    afters: u64,
    /// In how many before images of Debezium's it has a value.
    befores: u64,
    /// The number of the last row that had it in its image.
    in_image: u64,
}

impl Seen {
    pub(super) fn new(table: &str) -> Self {
        Self {
            columns: Vec::new(),
            by_name: HashMap::new(),
            key: None,
            keys_differ: false,
            is_given: false,
            overflows: false,
            rows: 0,
            nameless_deletes: 0,
            afters: 0,
            befores: 0,
            uniqueness: Uniqueness::of(table),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&*fold(name)).copied()
    }

    /// Looks at a change.
    pub(super) fn change(&mut self, event: &ChangeEvent<'_>) {
        self.is_given = true;
        let keys = event.keys.as_ref().filter(|row| !row.is_empty());
        // A before image without columns names no row; an inserted row without any is still one.
        let before = event.change.before().filter(|row| !row.is_empty());
        let image = event.change.after().or(before);
        if image.is_some() || keys.is_some() {
            self.rows += 1;
        } else if let Change::Delete { .. } = event.change {
            self.nameless_deletes += 1;
        }
        if let Some(image) = image {
            self.image(image);
        }
        if let (Some(before), Some(_)) = (event.change.before(), event.change.after()) {
            self.values(before);
        }
        if let Some(keys) = keys {
            self.keys(keys);
        }
        self.count_images(event);
        self.repetitions(event, image, keys);
    }

    /// Takes note of a declaration.
    pub(super) fn declare(&mut self, columns: Vec<DeclaredColumn>, key: Option<DeclaredKey>) {
        for DeclaredColumn { name, sort } in columns {
            let Some(index) = self.column(&name) else { continue };
            self.columns[index].sort = sort.or(self.columns[index].sort);
        }
        if let Some(key) = key {
            for name in &key.columns {
                self.column(name);
            }
            self.declare_key(key);
        }
    }

    /// The columns that every before image of Debezium's has, where it has nothing else though the
    /// table has: what PostgreSQL sends under `REPLICA IDENTITY DEFAULT`.
    pub(super) fn key_of_before_images(&self) -> Option<DeclaredKey> {
        let evidence = |column: &Column| column.befores == 0 && column.afters == self.afters;
        let known = self.befores > 0
            && self.afters > 0
            && self.columns.iter().all(|it| it.befores == 0 || it.befores == self.befores)
            && self.columns.iter().any(evidence);
        let columns = self.columns.iter().filter(|column| column.befores > 0);
        let columns: Vec<_> = columns.map(|column| column.name.clone()).collect();
        (known && !columns.is_empty())
            .then_some(DeclaredKey { columns, from: KeySource::BeforeImages })
    }

    /// Adds what was seen of the same table under another name.
    pub(super) fn merge(&mut self, other: Self) {
        for theirs in other.columns {
            let Some(index) = self.column(&theirs.name) else { continue };
            let mine = &mut self.columns[index];
            mine.sort = mine.sort.or(theirs.sort);
            mine.values.merge(&theirs.values);
            mine.readable += theirs.readable;
            mine.afters += theirs.afters;
            mine.befores += theirs.befores;
        }
        self.keys_differ |= other.keys_differ;
        if let Some(key) = other.key {
            self.declare_key(key);
        }
        self.is_given |= other.is_given;
        self.overflows |= other.overflows;
        self.rows += other.rows;
        self.nameless_deletes += other.nameless_deletes;
        self.afters += other.afters;
        self.befores += other.befores;
        self.uniqueness.merge(other.uniqueness);
    }

    /// Adds what was said in passing of a table that this may be.
    pub(super) fn merge_declared(&mut self, other: &Self) {
        let columns = other.columns.iter();
        let columns =
            columns.map(|column| DeclaredColumn { name: column.name.clone(), sort: column.sort });
        self.declare(columns.collect(), other.key.clone());
    }

    fn declare_key(&mut self, key: DeclaredKey) {
        let Some(known) = &self.key else {
            self.key = Some(key);
            return;
        };
        let same = || {
            let folded = |columns: &[String]| {
                let mut names: Vec<_> = columns.iter().map(|it| fold(it).into_owned()).collect();
                names.sort_unstable();
                names
            };
            folded(&known.columns) == folded(&key.columns)
        };
        if key.from == known.from && key.from.is_each_records() && !same() {
            self.keys_differ = true;
        }
        // That there is no key is the weakest of all declarations.
        let weight = |key: &DeclaredKey| (!key.columns.is_empty(), key.from);
        if weight(&key) >= weight(known) {
            self.key = Some(key);
        }
    }

    fn image(&mut self, image: &Row<'_>) {
        self.values(image);
        for column in image.columns() {
            let Some(index) = self.column(&column.name.unescaped()) else { continue };
            let row = self.rows;
            let known = &mut self.columns[index];
            let counted = std::mem::replace(&mut known.in_image, row) == row;
            if !counted && is_told(column.value) {
                known.readable += 1;
            }
        }
    }

    fn keys(&mut self, keys: &Row<'_>) {
        self.values(keys);
        let mut columns = Vec::with_capacity(keys.columns().len());
        for column in keys.columns() {
            let name = column.name.unescaped();
            let Some(index) = self.column(&name) else { continue };
            let row = self.rows;
            let known = &mut self.columns[index];
            // The image goes before, even where it says null.
            let counted = std::mem::replace(&mut known.in_image, row) == row;
            if !counted && is_told(column.value) {
                known.readable += 1;
            }
            columns.push(name.into_owned());
        }
        self.declare_key(DeclaredKey { columns, from: KeySource::Records });
    }

    fn values(&mut self, row: &Row<'_>) {
        for column in row.columns() {
            let Some(index) = self.column(&column.name.unescaped()) else { continue };
            let Some(json) = column.value.json() else { continue };
            // A slice of a document that was read: it can be read again.
            if let Ok(document) = Document::parse(json.as_bytes(), Vec::new()) {
                self.columns[index].values.look(document.root());
            }
        }
    }

    fn count_images(&mut self, event: &ChangeEvent<'_>) {
        let debezium = matches!(event.envelope, Envelope::Debezium | Envelope::CloudEvents);
        let before = event.change.before().filter(|row| debezium && !row.is_empty());
        self.befores += u64::from(before.is_some());
        self.afters += u64::from(event.change.after().is_some());
        for (row, is_before) in [(before, true), (event.change.after(), false)] {
            for column in row.into_iter().flat_map(Row::columns).filter(|it| is_told(it.value)) {
                let Some(index) = self.find(&column.name.unescaped()) else { continue };
                let column = &mut self.columns[index];
                let count = if is_before { &mut column.befores } else { &mut column.afters };
                *count += 1;
            }
        }
    }

    fn repetitions(
        &mut self,
        event: &ChangeEvent<'_>,
        image: Option<&Row<'_>>,
        keys: Option<&Row<'_>>,
    ) {
        let find = |name: &str| image.into_iter().chain(keys).find_map(|row| row.find(name));
        let value =
            |name: &str| find(name)?.value.json().map(|json| FixedState::default().hash_one(json));
        match &event.change {
            Change::Insert { after } => {
                self.uniqueness.insert(value, hash(after), event.snapshot);
            }
            Change::Delete { .. } => self.uniqueness.delete(value),
            Change::Update { .. } | Change::Truncate => {}
        }
    }

    /// The column of that name, which is a new one if there is room.
    fn column(&mut self, name: &str) -> Option<usize> {
        if let Some(index) = self.find(name) {
            return Some(index);
        }
        if self.columns.len() == COLUMNS_MAX {
            self.overflows = true;
            return None;
        }
        self.by_name.insert(fold(name).into(), self.columns.len());
        self.columns.push(Column {
            name: name.to_owned(),
            sort: None,
            values: Values::default(),
            readable: 0,
            afters: 0,
            befores: 0,
            in_image: 0,
        });
        Some(self.columns.len() - 1)
    }
}

fn is_told(value: ColumnValue<'_>) -> bool {
    !matches!(value, ColumnValue::Json("null") | ColumnValue::Unchanged)
}

/// A row's columns and values together.
fn hash(row: &Row<'_>) -> u64 {
    let mut hash = FixedState::default().build_hasher();
    for column in row.columns() {
        column.name.unescaped().hash(&mut hash);
        if let Some(json) = column.value.json() {
            json.hash(&mut hash);
        }
    }
    hash.finish()
}
