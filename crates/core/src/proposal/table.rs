//! One proposed table: its key, and what is done with each column.

use super::{
    LeftOut,
    keys::{self, Key},
    seen::Seen,
    verdict::{Verdict, judge},
};
use crate::{declared::Place, rules::same_name, yaml};

/// One proposed table.
#[derive(Clone, Debug)]
pub struct ProposedTable {
    /// Its name in the configuration.
    pub name: String,
    /// The database, or else the schema, whose file its rules belong into.
    pub family: Option<String>,
    /// Its key.
    pub key: Key,
    /// Its columns, in the order in which they were declared or seen.
    pub columns: Vec<ProposedColumn>,
    /// The changes of single rows that were seen.
    pub changes: u64,
    /// Deletions among the samples that name no row: they are dead letters under any rules.
    pub nameless_deletes: u64,
}

/// One column of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedColumn {
    /// Its name as it was first written.
    pub name: String,
    /// What is done with it.
    pub treatment: Treatment,
}

/// What is done with a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Published as it is.
    Clear,
    /// Published, and redacted, for this reason.
    Redacted(String),
    /// Not published: whether it is harmless isn't clear.
    Inside,
    /// Not published: its name can't be written in a configuration.
    Unlistable,
}

impl ProposedTable {
    pub(super) fn of(name: String, place: &Place, seen: &Seen) -> Result<Self, LeftOut> {
        let fault = if !is_table_name(&name) {
            Some("its name can't be written in a configuration; rename it at its source")
        } else if seen.overflows {
            Some("it seems to have more than 4096 columns, which no database's table has")
        } else if !seen.columns.iter().any(|column| yaml::is_listable(&column.name)) {
            Some("no column of it was seen; add a record with a row of it")
        } else {
            None
        };
        if let Some(why) = fault {
            return Err(LeftOut { table: name, why });
        }
        let key = keys::choose(&place.table, seen);
        let mut table = Self {
            columns: columns(&place.table, seen, &key),
            family: place.family().map(str::to_owned),
            name,
            key,
            changes: seen.rows,
            nameless_deletes: seen.nameless_deletes,
        };
        table.publish_something();
        Ok(table)
    }

    /// The table's name without schema and database.
    pub(super) fn plain_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// A table must list a column. Where none is clear, one is there without its values.
    fn publish_something(&mut self) {
        let is_published = |column: &ProposedColumn| {
            matches!(column.treatment, Treatment::Clear | Treatment::Redacted(_))
        };
        if self.columns.iter().any(is_published) {
            return;
        }
        let first = self.columns.iter_mut().find(|column| column.treatment == Treatment::Inside);
        if let Some(column) = first {
            let why = "one column must be listed, and none is clearly harmless";
            column.treatment = Treatment::Redacted(why.to_owned());
        }
    }
}

fn columns(table: &str, seen: &Seen, key: &Key) -> Vec<ProposedColumn> {
    let is_key = |name: &str| key.columns().iter().any(|column| same_name(column, name));
    let columns = seen.columns.iter().map(|column| {
        let treatment = if !yaml::is_listable(&column.name) {
            Treatment::Unlistable
        } else {
            match judge(table, column) {
                Verdict::Personal { what, by_values: true } => {
                    Treatment::Redacted(format!("{}, by its values", what.as_str()))
                }
                Verdict::Personal { what, by_values: false } => {
                    Treatment::Redacted(what.as_str().to_owned())
                }
                Verdict::Plain => Treatment::Clear,
                // A key is published in any case; no personal one is ever proposed.
                Verdict::Unclear if is_key(&column.name) => Treatment::Clear,
                Verdict::Unclear => Treatment::Inside,
            }
        };
        ProposedColumn { name: column.name.clone(), treatment }
    });
    columns.collect()
}

/// What a configuration takes for a table's name: each part between dots has to be one.
fn is_table_name(name: &str) -> bool {
    yaml::is_listable(name) && name.split('.').all(|part| !part.trim().is_empty())
}
