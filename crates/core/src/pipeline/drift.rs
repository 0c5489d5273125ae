//! Drift: columns that are not as the configuration has them.
//!
//! A column that no setting of its table names is new, one of another type than told was retyped. One
//! has vanished where a schema or a definition of the table does not have it; that a row lacks it says
//! nothing, for producers leave out what is null or did not change.
//! Names only, never values.

use std::fmt;

use crate::{
    declared::{Declares, Place, declarations},
    envelope::{OtherKind, Unit},
    event::ChangeEvent,
    failure::{Failure, shown},
    json::{Document, Name},
    rules::{ColumnRules, DriftRule, Rules, TableRules, same_name},
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
    /// A schema beside the row, or a definition of the table, does not have it.
    Vanished,
}

impl DriftKind {
    /// The word in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Retyped => "retyped",
            Self::Vanished => "vanished",
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
    let mut drifted = Told::of(table);
    new.chain(retyped).for_each(|(name, kind)| drifted.add(&name.unescaped(), kind));
    if let Some(row) = event.change.after().or(event.change.before()).filter(|_| event.whole) {
        wanted(table).filter(|name| row.find(name).is_none()).for_each(|name| {
            drifted.add(name, DriftKind::Vanished);
        });
    }
    let drifted = drifted.columns;
    match table.drift() {
        DriftRule::Quarantine if !drifted.is_empty() => Err(quarantined(&drifted)),
        DriftRule::Allow | DriftRule::Warn | DriftRule::Quarantine => Ok(drifted),
    }
}

/// The columns of listed tables that the definition in a document does not have any more, if it is
/// one and anybody looks.
pub(super) fn vanished(
    document: Option<&Document<'_>>,
    units: &[Unit<'_>],
    rules: &Rules,
) -> Vec<Drifted> {
    let mut drifted = Vec::new();
    let definition = units.iter().find(|unit| is_definition(unit));
    let Some((document, definition)) = document.zip(definition) else { return drifted };
    if !rules.look_for_drift() {
        return drifted;
    }
    for declaration in declarations(document, "", Some(definition)) {
        let Declares::Table(Place { database, schema, table }) = &declaration.table else {
            continue;
        };
        let found = rules.find(database.as_deref(), schema.as_deref(), table);
        let Some(table) = found.filter(|table| table.drift() != DriftRule::Allow) else {
            continue;
        };
        let mut told = Told::of(table);
        let is_there = |name: &str| declaration.columns.iter().any(|it| same_name(&it.name, name));
        if !declaration.columns.is_empty() {
            wanted(table).filter(|name| !is_there(name)).for_each(|name| {
                told.add(name, DriftKind::Vanished);
            });
        }
        drifted.append(&mut told.columns);
    }
    drifted
}

fn is_definition(unit: &Unit<'_>) -> bool {
    match unit {
        Unit::Change(_) => false,
        Unit::Other(other) => matches!(other.kind, OtherKind::Control | OtherKind::Schema),
    }
}

/// The columns that a table's rules rely on, in lower case.
fn wanted(table: &TableRules) -> impl Iterator<Item = &str> {
    let everything = table.columns().unnamed().include;
    let columns = table.columns().iter();
    let wanted = columns.filter(move |(_, rule)| rule.key.is_some() || rule.include && !everything);
    wanted.map(|(name, _)| name)
}

/// Drifted columns of one table, each once, up to the bound.
struct Told<'r> {
    table: &'r TableRules,
    columns: Vec<Drifted>,
}

impl<'r> Told<'r> {
    fn of(table: &'r TableRules) -> Self {
        Self { table, columns: Vec::new() }
    }

    fn add(&mut self, name: &str, kind: DriftKind) {
        let column = Drifted { table: self.table.name().into(), column: shown(name).into(), kind };
        if self.columns.len() < COLUMNS_TOLD_MAX && !self.columns.contains(&column) {
            self.columns.push(column);
        }
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
