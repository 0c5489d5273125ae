//! The live rows of one table: what there is to update and delete, and what it looked like last.

use rand::{RngExt, seq::SliceRandom};

use super::{
    tables::{Life, Table},
    values::{self, Draft},
};

/// How many columns an update changes at most, `updated_at` and the like aside.
const CHANGED_COLUMNS_MAX: usize = 3;

/// A row: each column's JSON text, in the order of the table's columns.
#[derive(Clone)]
pub(super) struct Row {
    /// The row's number within its table, which its keys are made of.
    pub(super) number: u64,
    pub(super) values: Vec<String>,
}

/// What happened to a row.
pub(super) enum RowChange {
    Insert { after: Row },
    Update { before: Row, after: Row },
    Delete { before: Row },
}

impl RowChange {
    /// The row as it is now, or was when it was deleted.
    pub(super) fn row(&self) -> &Row {
        match self {
            Self::Insert { after } | Self::Update { after, .. } => after,
            Self::Delete { before } => before,
        }
    }

    pub(super) fn before(&self) -> Option<&Row> {
        match self {
            Self::Insert { .. } => None,
            Self::Update { before, .. } | Self::Delete { before } => Some(before),
        }
    }

    pub(super) fn after(&self) -> Option<&Row> {
        match self {
            Self::Insert { after } | Self::Update { after, .. } => Some(after),
            Self::Delete { .. } => None,
        }
    }
}

pub(super) struct Population {
    pub(super) table: &'static Table,
    rows: Vec<Row>,
    next_number: u64,
    /// Numbers of deleted rows that come back, where the table's keys do; never more than there
    /// were rows.
    gone: Vec<u64>,
}

impl Population {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, rows: Vec::new(), next_number: 1, gone: Vec::new() }
    }

    /// The number of live rows.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A change in the table's shares: no row more than `rows_max`, none changed that isn't there.
    pub(super) fn change(&mut self, draft: &mut Draft<'_>, rows_max: usize) -> RowChange {
        let mix = self.table.mix;
        if mix.insert == 100 {
            return RowChange::Insert { after: self.new_row(draft) };
        }
        let drawn = draft.rng.random_range(0..100);
        if self.rows.is_empty() || (drawn < mix.insert && self.rows.len() < rows_max) {
            self.insert(draft)
        } else if drawn >= 100 - mix.delete {
            self.delete(draft)
        } else {
            let at = draft.rng.random_range(0..self.rows.len());
            self.update(at, draft)
        }
    }

    /// A new row.
    pub(super) fn insert(&mut self, draft: &mut Draft<'_>) -> RowChange {
        let after = self.new_row(draft);
        self.rows.push(after.clone());
        RowChange::Insert { after }
    }

    fn new_row(&mut self, draft: &mut Draft<'_>) -> Row {
        let number = self.gone.pop().unwrap_or_else(|| {
            self.next_number += 1;
            self.next_number - 1
        });
        let values = self.table.columns.iter().map(|column| match column.life {
            Life::Later => "null".to_owned(),
            Life::Key | Life::Fixed | Life::Changing | Life::Touched => {
                values::json(column.kind, number, draft)
            }
        });
        Row { number, values: values.collect() }
    }

    /// A change of a few columns of the row at that place.
    pub(super) fn update(&mut self, at: usize, draft: &mut Draft<'_>) -> RowChange {
        let row = &mut self.rows[at];
        let before = row.clone();
        let mut drawn = self.table.changing_columns().collect::<Vec<_>>();
        let count = draft.rng.random_range(1..=CHANGED_COLUMNS_MAX);
        let (chosen, _) = drawn.partial_shuffle(draft.rng, count);
        for index in self.table.touched_columns().chain(chosen.iter().copied()) {
            row.values[index] = values::json(self.table.columns[index].kind, row.number, draft);
        }
        RowChange::Update { before, after: row.clone() }
    }

    /// Gives the row at that place another value after all, in the change that just made it too.
    pub(super) fn amend(&mut self, at: usize, change: &mut RowChange, column: &str, json: &str) {
        let Some(index) = self.table.columns.iter().position(|it| it.name == column) else {
            return;
        };
        json.clone_into(&mut self.rows[at].values[index]);
        if let RowChange::Insert { after } | RowChange::Update { after, .. } = change {
            json.clone_into(&mut after.values[index]);
        }
    }

    fn delete(&mut self, draft: &mut Draft<'_>) -> RowChange {
        let at = draft.rng.random_range(0..self.rows.len());
        let before = self.rows.swap_remove(at);
        if self.table.keys_return {
            self.gone.push(before.number);
        }
        RowChange::Delete { before }
    }
}
