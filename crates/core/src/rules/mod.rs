//! The rules of every table: what is published, under which name, and what is withheld.
//!
//! Owns the configuration: its files' text goes in, [`Rules`] come out, or [`Problems`] that name
//! everything wrong with it by file, line and column. Promises that a rule means what its file
//! says: a setting nobody knows is refused, never skipped, and a column is withheld wherever it
//! appears, whatever the case of its name. Refuses on doubt: a column that isn't included is not
//! published, a table without rules is unlisted, a key can't be replaced by a constant. Reads no
//! file and knows no row; what is done with a row is [`crate::redact`]'s.

mod check;
mod column_type;
mod columns;
mod drift;
mod embedded;
mod fields;
mod keys;
mod method;
mod method_settings;
mod names;
mod nested;
mod operations;
mod path;
mod problem;
mod producer;
mod ranked;
mod read;
mod redaction;
mod rename;
pub mod settings;
mod table;
mod unchanged;
mod written;

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use foldhash::fast::FixedState;

pub use column_type::{ColumnType, PlainType};
pub use columns::{ColumnRule, ColumnRules};
pub use keys::MissingKeys;
pub use method::{Generalize, Keyed, Mask, Method, REDACTED, Tokenize, Truncate};
pub(crate) use names::{fold, same_name};
pub use nested::NodeId;
pub use operations::Operations;
pub use path::{field_of_column, names_of_field};
pub use problem::{Problem, Problems, Warning};
pub use written::Written;
pub(crate) use written::{Piece, WrittenTable};

use crate::envelope::Conventions;

/// More files than tables make no sense; half of [`check::TABLES_MAX`] is generous.
const FILES_MAX: usize = 2500;
/// Longer than three names of 255 characters of four bytes, with their dots: see [`Rules::find`].
const DOTTED_BYTES_MAX: usize = 3 * (255 * 4 + 1);

/// A configuration file. The core reads no disk: who has the text hands it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// For messages only.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The rules.
    pub rules: Rules,
    /// What is allowed, but perhaps not meant, sorted by file, line and column.
    pub warnings: Vec<Warning>,
}

/// The rules of all tables.
#[derive(Clone)]
pub struct Rules {
    pipeline: Box<str>,
    unlisted_tables: UnlistedTables,
    conventions: Conventions,
    /// Sorted by name.
    tables: Vec<TableRules>,
    by_name: HashMap<Box<[u8]>, usize, FixedState>,
    /// What stands behind the last dot of names that have one: of other tables, only plain names are
    /// looked up.
    dotted: HashSet<Box<[u8]>, FixedState>,
}

/// What becomes of a change of a table without rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlistedTables {
    /// A dead letter: a forgotten table is noticed.
    Reject,
    /// Counted, and nothing else.
    Skip,
}

/// The rules of one table.
#[derive(Clone, Debug)]
pub struct TableRules {
    name: Box<str>,
    /// File and line.
    place: (Box<str>, u32),
    keys: Keys,
    event_type: Box<str>,
    operations: Operations,
    snapshot: SnapshotRule,
    unchanged: UnchangedRule,
    drift: DriftRule,
    columns: ColumnRules,
}

/// What identifies a row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Nothing: no order among the table's events, and event ids come from the record.
    None,
    /// These columns together, as configured; at least one.
    Columns(Vec<Box<str>>),
}

/// What becomes of the rows of a full load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotRule {
    /// One event each.
    Publish,
    /// Counted, and nothing else.
    Skip,
}

/// Which updates are left out because of what they don't change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnchangedRule {
    /// Those that change no published column.
    pub skip: bool,
    /// Those that change none of the columns that decide: [`ColumnRule::decides`].
    pub only_if_changed: bool,
}

/// What becomes of a change with a column that no setting names, or one of another type than told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftRule {
    /// Nobody looks for such columns.
    Allow,
    /// It is published by the rules as they are; the columns are counted and logged by name.
    Warn,
    /// A dead letter: the change waits until somebody decided about the column.
    Quarantine,
}

impl Rules {
    /// Checks the files of one configuration together and compiles them.
    ///
    /// Exactly one file has the head (`version`, `pipeline`, `unlisted_tables`, `producer`, `defaults`); any of
    /// them may have `tables`. Their order doesn't matter but for which place of a doubled table is
    /// called the first.
    ///
    /// # Errors
    /// Everything that is wrong, of all files; a file that isn't valid YAML shows one problem.
    pub fn parse(files: &[ConfigFile]) -> Result<Checked, Problems> {
        let mut findings = fields::Findings::default();
        if let Some(text) = wrong_count(files.len()) {
            let problem = Problem::new("configuration", problem::Place::default(), text);
            return Err(Problems::new(vec![problem]));
        }
        let mut sources = Vec::with_capacity(files.len());
        for file in files {
            match read::read(&file.path, &file.text) {
                Ok(source) => sources.push(source),
                Err(problem) => findings.problems.push(problem),
            }
        }
        let rules = check::check(&sources, sources.len() == files.len(), &mut findings);
        if !findings.problems.is_empty() {
            return Err(Problems::new(findings.problems));
        }
        findings.warnings.sort();
        Ok(Checked { rules, warnings: findings.warnings })
    }

    /// The configuration that was compiled in: the project's `config/`.
    ///
    /// # Errors
    /// As [`Rules::parse`]; a test sees to it that there are none.
    pub fn compiled_in() -> Result<Checked, Problems> {
        Self::parse(&embedded::files())
    }

    /// The rules of a table: those named `database.schema.table`, else `schema.table`, else
    /// `table`; without a schema `database.table`, else `table`. An empty database or schema is
    /// none. Names match exactly, case included: a table that doesn't match is unlisted, which is
    /// the safe side. Allocates nothing.
    #[must_use]
    pub fn find(
        &self,
        database: Option<&str>,
        schema: Option<&str>,
        table: &str,
    ) -> Option<&TableRules> {
        if self.may_be_dotted(table) {
            let database = database.filter(|name| !name.is_empty());
            let schema = schema.filter(|name| !name.is_empty());
            let qualified = match (database, schema) {
                (Some(database), Some(schema)) => self
                    .find_dotted(&[database, schema, table])
                    .or_else(|| self.find_dotted(&[schema, table])),
                (Some(outer), None) | (None, Some(outer)) => self.find_dotted(&[outer, table]),
                (None, None) => None,
            };
            if qualified.is_some() {
                return qualified;
            }
        }
        self.find_exact(table.as_bytes())
    }

    /// The pipeline's name, for logs, metrics and dead letters.
    #[must_use]
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// What becomes of a change of a table without rules.
    #[must_use]
    pub fn unlisted_tables(&self) -> UnlistedTables {
        self.unlisted_tables
    }

    /// What the producer's users named otherwise.
    #[must_use]
    pub fn conventions(&self) -> &Conventions {
        &self.conventions
    }

    /// Whether any table wants drift to be seen.
    #[must_use]
    pub fn look_for_drift(&self) -> bool {
        self.tables.iter().any(|table| table.drift != DriftRule::Allow)
    }

    /// All tables, sorted by name.
    pub fn tables(&self) -> impl ExactSizeIterator<Item = &TableRules> {
        self.tables.iter()
    }

    /// The configured names that are written most like this one, the nearest first; none that is
    /// another word.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Vec<&str> {
        problem::nearest(name, self.tables.iter().map(TableRules::name))
    }

    fn new(
        pipeline: Box<str>,
        unlisted_tables: UnlistedTables,
        conventions: Conventions,
        mut tables: Vec<TableRules>,
    ) -> Self {
        tables.sort_by(|one, other| one.name.cmp(&other.name));
        let named = tables.iter().enumerate();
        let by_name = named.map(|(index, table)| (table.name.as_bytes().into(), index)).collect();
        let last = |table: &TableRules| {
            table.name.rsplit_once('.').map(|(_, last)| last.as_bytes().into())
        };
        let dotted = tables.iter().filter_map(last).collect();
        Self { pipeline, unlisted_tables, conventions, tables, by_name, dotted }
    }

    fn find_exact(&self, name: &[u8]) -> Option<&TableRules> {
        self.tables.get(*self.by_name.get(name)?)
    }

    /// A table's own name can have dots too, so it is the last part that counts.
    fn may_be_dotted(&self, table: &str) -> bool {
        !self.dotted.is_empty()
            && self.dotted.contains(table.rsplit('.').next().unwrap_or(table).as_bytes())
    }

    /// No configured name is longer than the buffer, so what doesn't fit isn't there.
    fn find_dotted(&self, parts: &[&str]) -> Option<&TableRules> {
        let mut buffer = [0; DOTTED_BYTES_MAX];
        let mut length = 0;
        for (index, part) in parts.iter().enumerate() {
            let dot: &[u8] = if index == 0 { b"" } else { b"." };
            for bytes in [dot, part.as_bytes()] {
                buffer.get_mut(length..length + bytes.len())?.copy_from_slice(bytes);
                length += bytes.len();
            }
        }
        self.find_exact(&buffer[..length])
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rules({}, {} tables)", self.pipeline, self.tables.len())
    }
}

fn wrong_count(files: usize) -> Option<String> {
    match files {
        0 => Some("no file; expected at least one .yaml file".to_owned()),
        1..=FILES_MAX => None,
        more => Some(format!("found {more} files, expected at most {FILES_MAX}")),
    }
}

impl TableRules {
    /// The name as configured, with its schema if it has one there.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that it stands in, and the line.
    #[must_use]
    pub fn place(&self) -> (&str, u32) {
        (&self.place.0, self.place.1)
    }

    /// What identifies a row.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The event's type: as configured, else the table's name and `.changed`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// The operations that are published.
    #[must_use]
    pub fn operations(&self) -> Operations {
        self.operations
    }

    /// What becomes of the rows of a full load.
    #[must_use]
    pub fn snapshot(&self) -> SnapshotRule {
        self.snapshot
    }

    /// Which updates are left out because of what they don't change.
    #[must_use]
    pub fn unchanged(&self) -> UnchangedRule {
        self.unchanged
    }

    /// What becomes of columns that are not as the configuration has them.
    #[must_use]
    pub fn drift(&self) -> DriftRule {
        self.drift
    }

    /// The rules of its columns.
    #[must_use]
    pub fn columns(&self) -> &ColumnRules {
        &self.columns
    }
}

#[cfg(test)]
mod tests;
