//! The live rows of one table: what there is to update and delete, and what it looked like last.

use std::collections::VecDeque;

use rand::{RngExt, seq::SliceRandom};

use super::{
    hot,
    tables::{Life, Table},
    values::{self, Draft},
};

/// How many columns an update changes at most, `updated_at` and the like aside.
const CHANGED_COLUMNS_MAX: usize = 3;

/// One update in so many gives the row another key, in the tables where rows move.
const MOVE_ONE_IN: u32 = 10;

/// Most numbers that wait to come back.
const GONE_MAX: usize = 64;

/// A row: each column's JSON text, in the order of the table's columns.
#[derive(Clone)]
pub(super) struct Row {
    /// The row's number within its table, which its keys are made of.
    pub(super) number: u64,
    pub(super) values: Vec<String>,
}

impl Row {
    /// A row as it begins.
    pub(super) fn new(table: &Table, number: u64, draft: &mut Draft<'_>) -> Self {
        let values = table.columns.iter().map(|column| match column.life {
            Life::Later => "null".to_owned(),
            Life::Key | Life::Fixed | Life::Changing | Life::Touched => {
                values::json(column.kind, number, draft)
            }
        });
        Self { number, values: values.collect() }
    }
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

    /// Whether the row got another key.
    pub(super) fn is_move(&self) -> bool {
        matches!(self, Self::Update { before, after } if before.number != after.number)
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
    /// The first ones stay where they are: they are the hot ones.
    rows: Vec<Row>,
    /// How many rows are never deleted.
    kept: usize,
    next_number: u64,
    /// Numbers that were left and come back, where the table's keys do; at most [`GONE_MAX`].
    gone: VecDeque<u64>,
}

impl Population {
    pub(super) fn new(table: &'static Table) -> Self {
        let kept = hot::rows_of(table);
        Self { table, rows: Vec::new(), kept, next_number: 1, gone: VecDeque::new() }
    }

    /// The number of live rows.
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
        } else if drawn >= 100 - mix.delete && self.rows.len() > self.kept {
            self.delete(draft)
        } else {
            let at = draft.rng.random_range(0..self.rows.len());
            let moves = self.table.moves && draft.rng.random_ratio(1, MOVE_ONE_IN);
            if moves { self.move_row(at, draft) } else { self.update(at, draft) }
        }
    }

    /// A new row.
    pub(super) fn insert(&mut self, draft: &mut Draft<'_>) -> RowChange {
        let after = self.new_row(draft);
        self.rows.push(after.clone());
        RowChange::Insert { after }
    }

    fn new_row(&mut self, draft: &mut Draft<'_>) -> Row {
        // Some come back and some never do, so that groups of rows have free places.
        let returns = !self.gone.is_empty() && draft.rng.random_bool(0.5);
        let back = if returns { self.gone.pop_front() } else { None };
        let number = back.unwrap_or_else(|| self.fresh_number());
        Row::new(self.table, number, draft)
    }

    fn fresh_number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number - 1
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

    /// An update that gives the row another key too, where there is one to give.
    fn move_row(&mut self, at: usize, draft: &mut Draft<'_>) -> RowChange {
        let before = self.rows[at].clone();
        self.update(at, draft);
        if let Some(number) = self.free_number(before.number, draft) {
            self.renumber(at, number, draft);
            self.leave(before.number);
        }
        RowChange::Update { before, after: self.rows[at].clone() }
    }

    /// A number that a row may move to: of those in its group that no row has, or a new one.
    fn free_number(&mut self, number: u64, draft: &mut Draft<'_>) -> Option<u64> {
        let Some(size) = self.table.group_size() else { return Some(self.fresh_number()) };
        let first = number - number % size;
        let is_free = |number: &u64| self.rows.iter().all(|row| row.number != *number);
        let free = (first..first + size).filter(is_free).collect::<Vec<_>>();
        let chosen = *free.get(draft.rng.random_range(0..free.len().max(1)))?;
        self.gone.retain(|gone| *gone != chosen);
        while self.next_number <= chosen {
            let passed_over = self.fresh_number();
            if passed_over != chosen {
                self.leave(passed_over);
            }
        }
        Some(chosen)
    }

    fn renumber(&mut self, at: usize, number: u64, draft: &mut Draft<'_>) {
        let row = &mut self.rows[at];
        row.number = number;
        for index in self.table.key_columns() {
            row.values[index] = values::json(self.table.columns[index].kind, number, draft);
        }
    }

    /// Puts another row, any, in the place of that one, and that one in its.
    pub(super) fn swap(&mut self, at: usize, draft: &mut Draft<'_>) {
        let other = draft.rng.random_range(0..self.rows.len());
        self.rows.swap(at, other);
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
        let at = draft.rng.random_range(self.kept..self.rows.len());
        let before = self.rows.swap_remove(at);
        self.leave(before.number);
        RowChange::Delete { before }
    }

    /// A number that no row has any more.
    fn leave(&mut self, number: u64) {
        if !self.table.keys_return {
            return;
        }
        self.gone.push_back(number);
        if self.gone.len() > GONE_MAX {
            self.gone.pop_front();
        }
    }
}
