//! The reference consumer: what a subscriber does so that events may come in any order and any
//! number of times.
//!
//! It keeps a position for every column of a row, one for the row's deletion and one for a
//! TRUNCATE of its table, and each of them only ever rises. So taking an event is commutative and
//! idempotent: the same events in any order, each at least once, leave the same rows.
//!
//! Values and keys stay JSON text, so that no number loses a digit.

mod wire;

use std::collections::BTreeMap;

use wire::{Event, Operation};

/// A table: database, schema and name, the first two where the source tells them.
pub type TableName = (Option<String>, Option<String>, String);

/// A row's key: its columns by name, strings unescaped behind a quote, all else JSON text.
pub type Keys = BTreeMap<String, String>;

/// The rows that are there, each with its columns' JSON text.
pub type State = BTreeMap<(TableName, Keys), BTreeMap<String, String>>;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It told something new.
    Applied,
    /// All that it tells was known, or is outdated.
    Stale,
    /// It has no place among the events of its row (`metadata.order` is null), or it is a TRUNCATE
    /// that only has a place in one shard. Nothing was changed: read what it names from the source.
    Unordered,
    /// Its images lie in S3 (`metadata.claimCheck`). Nothing was changed: fetch them, and take the
    /// event with them in place.
    Elsewhere,
}

/// `metadata.order`, compared byte by byte. The empty text lies before all others.
type Order = String;

/// A copy of the tables that are subscribed to.
#[derive(Default)]
pub struct Consumer {
    tables: BTreeMap<TableName, Table>,
}

#[derive(Default)]
struct Table {
    emptied: Order,
    rows: BTreeMap<Keys, Row>,
}

#[derive(Default)]
struct Row {
    seen: Order,
    deleted: Order,
    columns: BTreeMap<String, (Order, String)>,
}

impl Consumer {
    /// Takes the `detail` of one event.
    ///
    /// # Errors
    /// Where the text is no detail of a version 1.x event.
    pub fn take(&mut self, detail: &str) -> Result<Taken, serde_json::Error> {
        let event: Event<'_> = serde_json::from_str(detail)?;
        let Some(order) = event.order() else { return Ok(Taken::Unordered) };
        let Table { emptied, rows } = self.tables.entry(event.table_name()).or_default();
        let Some(keys) = event.row() else {
            // A TRUNCATE: a deletion of every row, of those not heard of yet too.
            rows.values_mut().for_each(|row| row.forget(order));
            return Ok(rise(emptied, order));
        };
        let row = rows.entry(keys).or_default();
        if event.operation == Operation::Delete {
            row.forget(order);
            return Ok(rise(&mut row.deleted, order));
        }
        if order <= row.deleted.as_str() || order <= emptied.as_str() {
            return Ok(Taken::Stale);
        }
        if event.images_lie_elsewhere() {
            return Ok(Taken::Elsewhere);
        }
        let mut taken = rise(&mut row.seen, order);
        for (name, json) in event.columns() {
            let (position, value) = row.columns.entry(name.to_owned()).or_default();
            if rise(position, order) == Taken::Applied {
                json.clone_into(value);
                taken = Taken::Applied;
            }
        }
        Ok(taken)
    }
}

impl Row {
    /// Values from before a deletion are gone.
    fn forget(&mut self, deletion: &str) {
        self.columns.retain(|_, (order, _)| order.as_str() > deletion);
    }
}

/// Raises a position. One that is not higher changes nothing.
fn rise(position: &mut Order, order: &str) -> Taken {
    if order <= position.as_str() {
        return Taken::Stale;
    }
    order.clone_into(position);
    Taken::Applied
}

impl Consumer {
    /// The rows that are there, as far as they are known.
    #[must_use]
    pub fn state(&self) -> State {
        let mut state = State::new();
        for (name, table) in &self.tables {
            let there = |row: &Row| row.seen > row.deleted && row.seen > table.emptied;
            for (keys, row) in table.rows.iter().filter(|(_, row)| there(row)) {
                let columns = row.columns.iter();
                let values = columns.map(|(name, (_, json))| (name.clone(), json.clone()));
                state.insert((name.clone(), keys.clone()), values.collect());
            }
        }
        state
    }
}
