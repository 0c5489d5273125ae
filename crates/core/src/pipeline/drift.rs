//! Drift: columns that are not as the configuration has them.
//!
//! A column that no setting of its table names is new, one of another type than told was retyped. A
//! column that is not in a row has not vanished: producers leave out what is null or did not change.
//! Names only, never values.

use std::fmt;

use crate::{
    event::ChangeEvent,
    failure::{Failure, shown},
    json::Name,
    rules::{ColumnRules, DriftRule, TableRules},
};

/// Most drifted columns of one change that are told by name: whoever writes the row chooses them.
const COLUMNS_TOLD_MAX: usize = 16;

/// How a column differs from the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftKind {
    /// No setting of the table names it.
    New,
    /// Its value is not of the type that the table's `types` tells.
    Retyped,
}

impl DriftKind {
    /// The word in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Retyped => "retyped",
        }
    }
}

/// A column that is not as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drifted {
    /// Its table's name as configured.
    pub table: Box<str>,
    /// Its name, fit to be shown.
    pub column: Box<str>,
    /// How it differs.
    pub kind: DriftKind,
}

impl fmt::Display for Drifted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} {}", self.table, self.column, self.kind.as_str())
    }
}

/// The drifted columns of a change, `retyped` being those of another type.
///
/// # Errors
/// `VALIDATION_ERROR` where the table's rules hold such changes back.
pub(super) fn drift(
    event: &ChangeEvent<'_>,
    table: &TableRules,
    retyped: &[Name<'_>],
) -> Result<Vec<Drifted>, Failure> {
    if table.drift() == DriftRule::Allow {
        return Ok(Vec::new());
    }
    let retyped = retyped.iter().map(|name| (*name, DriftKind::Retyped));
    let new = new_columns(event, table.columns()).map(|name| (name, DriftKind::New));
    let mut drifted: Vec<Drifted> = Vec::new();
    for (name, kind) in new.chain(retyped) {
        let column = shown(&name.unescaped()).into();
        let column = Drifted { table: table.name().into(), column, kind };
        if drifted.len() < COLUMNS_TOLD_MAX && !drifted.contains(&column) {
            drifted.push(column);
        }
    }
    match table.drift() {
        DriftRule::Quarantine if !drifted.is_empty() => Err(quarantined(&drifted)),
        DriftRule::Allow | DriftRule::Warn | DriftRule::Quarantine => Ok(drifted),
    }
}

fn new_columns<'e, 'a>(
    event: &'e ChangeEvent<'a>,
    rules: &'e ColumnRules,
) -> impl Iterator<Item = Name<'a>> + use<'e, 'a> {
    let row = event.change.after().or(event.change.before());
    // Where all columns are published, all are as configured.
    let row = row.filter(|_| !rules.unnamed().include);
    let mut hint = 0;
    row.into_iter()
        .flat_map(|row| row.columns())
        .map(|column| column.name)
        .filter(move |name| rules.find(&name.unescaped(), &mut hint).index.is_none())
}

fn quarantined(drifted: &[Drifted]) -> Failure {
    let columns: Vec<_> =
        drifted.iter().map(|it| format!("\"{}\" is {}", it.column, it.kind.as_str())).collect();
    Failure::validation(format!(
        "the row is not as table {} is configured: {}; decide about new columns in include or exclude \
         and about types in types, deploy, and replay",
        drifted[0].table,
        columns.join(", ")
    ))
}
