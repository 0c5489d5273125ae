//! Data-masking policies of Apache Ranger → table rules.
//!
//! A text goes in, an [`Import`] comes out: rules for each column that a policy names, and notes on all
//! that could not be carried over as it is ([`Note`]). Promises that a column of which some reader saw
//! only a mask is published in the clear to nobody: an event has no reader, so of all masks on a column
//! the strictest holds for everybody, and what can't be said in rules is replaced as a whole. Refuses a
//! text that is no export of policies. Decides nothing about keys and about columns that no policy
//! names: Ranger knows neither.
//!
//! Shape and meaning of the policies: `RangerPolicy.java` and `ranger-servicedef-hive.json` of Apache
//! Ranger, Hive's `GenericUDFMask` and its siblings.

mod expression;
mod mask;
mod read;
mod resolve;
mod resource;
mod rule;
mod table;
mod write;

pub use rule::{Rule, Setting};
pub use table::{ImportedColumn, ImportedTable, Said};

use crate::{
    failure::told,
    json::{JsonError, Object, Value},
    rules::Written,
};

/// Names and expressions out of an export are cut where they are told.
const TOLD_CHARS_MAX: usize = 300;

/// Why a text has no policies to import.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnExport {
    /// It is no JSON.
    #[error("{0}")]
    NotJson(#[from] JsonError),
    /// It is something else in JSON.
    #[error(
        "no policies at byte {offset}; expected an export of Ranger's: an object with a list \"policies\", a \
         list of policies, or one policy"
    )]
    Shape {
        /// Where something else stands.
        offset: usize,
    },
    /// A list of nothing.
    #[error("no policy in it")]
    Empty,
    /// More than can be.
    #[error("{found} {what}, expected at most {max}; export fewer, such as one database")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are, or the first that is too many.
        found: usize,
        /// The bound.
        max: usize,
    },
}

/// What a policy is called: its text is input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyName {
    /// Its number in Ranger, where it has one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
}

impl PolicyName {
    fn of(policy: Object<'_, '_>) -> Self {
        let text = |member| policy.get(member).and_then(Value::as_token);
        Self {
            id: text("id").map(|id| told(&id, TOLD_CHARS_MAX)),
            name: told(&text("name").unwrap_or_default(), TOLD_CHARS_MAX),
        }
    }
}

impl std::fmt::Display for PolicyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.id {
            Some(id) => write!(f, "policy {id} \"{}\"", self.name),
            None => write!(f, "policy \"{}\"", self.name),
        }
    }
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// A policy, or a part of one, is not in the rules: perhaps something is missing that masks.
    LeftOut,
    /// It is in the rules, which hide more than Ranger does, or from more readers.
    Stricter,
    /// It is in the rules, and comes out a little otherwise; or it never masked anything.
    Remark,
}

impl NoteKind {
    /// Its name, for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeftOut => "left_out",
            Self::Stricter => "stricter",
            Self::Remark => "remark",
        }
    }
}

/// Something that was not, or not fully, carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub kind: NoteKind,
    /// The policy that it is about, if it is about one.
    pub policy: Option<PolicyName>,
    /// The table that it is about, if it is about one.
    pub table: Option<String>,
    /// The column of that table.
    pub column: Option<String>,
    /// What is otherwise, and what to do: one sentence, fit to be shown.
    pub why: String,
}

impl Note {
    fn of_all(kind: NoteKind, why: impl Into<String>) -> Self {
        Self { kind, policy: None, table: None, column: None, why: why.into() }
    }

    fn of_policy(kind: NoteKind, policy: &PolicyName, why: &str) -> Self {
        // Names and expressions of the policy may stand in it.
        let why = told(why, 2 * TOLD_CHARS_MAX);
        Self { policy: Some(policy.clone()), ..Self::of_all(kind, why) }
    }

    fn of_column(kind: NoteKind, table: &str, column: &str, why: &str) -> Self {
        Self {
            table: Some(told(table, TOLD_CHARS_MAX)),
            column: Some(told(column, TOLD_CHARS_MAX)),
            ..Self::of_all(kind, told(why, 4 * TOLD_CHARS_MAX))
        }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(policy) = &self.policy {
            write!(f, "{policy}: ")?;
        }
        if let (Some(table), Some(column)) = (&self.table, &self.column) {
            write!(f, "{table}, {column}: ")?;
        }
        f.write_str(&self.why)
    }
}

/// What a file's policies become.
#[derive(Debug)]
pub struct Import<'c> {
    /// The tables, in the order in which policies name them, behind those that are configured.
    pub tables: Vec<ImportedTable>,
    /// Columns that are masked in whatever table they turn up.
    pub defaults: Vec<ImportedColumn>,
    /// What was not, or not fully, carried over.
    pub notes: Vec<Note>,
    configured: Option<&'c Written>,
}

impl<'c> Import<'c> {
    /// Reads the policies and decides what becomes of each column. `configured` is the configuration
    /// that they are added to: its tables keep what it says, and it tells tables, columns and types
    /// that Ranger doesn't.
    ///
    /// # Errors
    /// Where the text is no export of policies.
    pub fn read(text: &[u8], configured: Option<&'c Written>) -> Result<Self, NotAnExport> {
        let (policies, notes) = read::policies(text)?;
        resolve::resolve(&policies, notes, configured)
    }

    /// The columns of all tables, and those of the defaults.
    pub fn columns(&self) -> impl Iterator<Item = &ImportedColumn> {
        self.tables.iter().flat_map(|table| &table.columns).chain(&self.defaults)
    }

    /// Whether all of it is in the rules, and means the same to every reader.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.notes.iter().all(|note| note.kind == NoteKind::Remark)
    }
}

#[cfg(test)]
mod tests;
