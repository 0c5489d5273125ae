//! The workload: changes of a small call-centre database, as its producers would send them.
//!
//! Owns a seeded imitation of CoreDB: the busiest tables of `config/`, each with a bounded population
//! of live rows, each behind one producer (native, AWS DMS or Debezium, in the forms that these
//! have). It begins with a full load of a few rows a table and goes on with inserts, updates and
//! deletes. A few rows are hot and change again and again; now and then a row gets another key, as
//! its producer tells that; now and then comes what is no row change: DMS control records,
//! heartbeats, the tombstone behind a Debezium delete. Where it is asked for, poison comes between:
//! records that the pipeline must refuse.
//!
//! Promises that the same seed, options and times give the same bytes, that images tell the truth
//! (a before image is the row as it was last sent), that one row's changes share a partition key (a
//! change of the key goes with the new one), and that poison takes nothing away: without it the
//! other records are the same. Refuses the clock, the network, and anything true: names, numbers and addresses are made up
//! and lie in ranges set aside for that (`example.com`, 555-01xx, SSNs of the area 000).

mod hot;
mod numbered;
mod poison;
mod population;
mod producer;
mod tables;
mod values;

use std::collections::VecDeque;

use bytes::Bytes;
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use hot::HOT_ONE_IN;
pub use numbered::{changes_of_rows, changes_of_rows_some_hot};
use poison::Poisoner;
use population::{Population, RowChange};
use producer::{Moment, Producers};
use tables::{TABLES, Table};
use values::Draft;

use crate::input;

/// Most live rows that a table may keep: some 20 MB for all tables.
pub const ROWS_PER_TABLE_MAX: usize = 1000;

/// One record in so many is no row change but a control record or a heartbeat.
const ASIDE_ONE_IN: u32 = 200;

/// A record as it is put on the stream.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkloadRecord {
    /// Table and keys, so that a row stays on one shard; at most 256 characters.
    pub partition_key: String,
    /// The envelope; empty for a tombstone.
    pub data: Bytes,
}

impl std::fmt::Debug for WorkloadRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WorkloadRecord({} bytes)", self.data.len())
    }
}

/// How large the database is, and how much of what it sends is spoilt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkloadOptions {
    /// Rows of each table that the full load at the start reads; at most `rows_per_table_max`.
    pub loaded_rows: usize,
    /// Live rows that a table grows to; at most [`ROWS_PER_TABLE_MAX`].
    pub rows_per_table_max: usize,
    /// The share of all records that are poison, 0.0 to 1.0: broken in one way or another, each for
    /// the dead-letter queue. Less than none is none, more than all is all.
    pub poison: f64,
}

impl Default for WorkloadOptions {
    fn default() -> Self {
        Self { loaded_rows: 3, rows_per_table_max: 200, poison: 0.0 }
    }
}

/// The database and its producers.
pub struct Workload {
    rng: ChaCha8Rng,
    options: WorkloadOptions,
    populations: Vec<Population>,
    producers: Producers,
    poisoner: Poisoner,
    /// How many rows of the full load were read, of all tables together.
    loaded: usize,
    /// Records that follow the last one before anything else happens.
    following: VecDeque<WorkloadRecord>,
}

impl Workload {
    /// A database before its full load.
    #[must_use]
    pub fn new(seed: u64, options: WorkloadOptions) -> Self {
        let rows_per_table_max = options.rows_per_table_max.clamp(1, ROWS_PER_TABLE_MAX);
        let loaded_rows = options.loaded_rows.min(rows_per_table_max);
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            options: WorkloadOptions { loaded_rows, rows_per_table_max, ..options },
            populations: TABLES.iter().map(Population::new).collect(),
            producers: Producers::new(),
            poisoner: Poisoner::new(seed, options.poison),
            loaded: 0,
            following: VecDeque::new(),
        }
    }

    /// The next record, as if the change were committed just before `now`. It never ends.
    pub fn next(&mut self, now: Timestamp) -> WorkloadRecord {
        let moment = Moment::at(now);
        if self.poisoner.is_due() {
            return self.poisoner.next(&self.producers, &moment);
        }
        if let Some(record) = self.following.pop_front() {
            return record;
        }
        if self.loaded < self.options.loaded_rows * self.populations.len() {
            return self.load(&moment);
        }
        if self.rng.random_ratio(1, ASIDE_ONE_IN) {
            return self.producers.aside(&mut self.rng, &moment);
        }
        self.change(&moment)
    }

    /// The next row of the full load, table by table.
    fn load(&mut self, moment: &Moment) -> WorkloadRecord {
        let rows = self.options.loaded_rows;
        let population = &mut self.populations[self.loaded / rows];
        let table = population.table;
        let (first, last) =
            (self.loaded.is_multiple_of(rows), (self.loaded + 1).is_multiple_of(rows));
        self.loaded += 1;
        let change = population.insert(&mut Draft::new(&mut self.rng, moment));
        let data = self.producers.loaded(table, &change, last, moment);
        let record = WorkloadRecord { partition_key: partition_key(table, &change, &data), data };
        match self.producers.announcement(table, moment).filter(|_| first) {
            None => record,
            Some(announcement) => {
                self.following.push_back(record);
                announcement
            }
        }
    }

    fn change(&mut self, moment: &Moment) -> WorkloadRecord {
        let (table, change) = self.draw(moment);
        let place = self.producers.journal.advance(&mut self.rng);
        for change in producer::told(table, change) {
            let data = self.producers.changed(table, &change, &place, moment);
            let partition_key = partition_key(table, &change, &data);
            let tombstone = producer::leaves_tombstone(table, &change).then(|| WorkloadRecord {
                partition_key: partition_key.clone(),
                data: Bytes::new(),
            });
            self.following.push_back(WorkloadRecord { partition_key, data });
            self.following.extend(tombstone);
        }
        self.following.pop_front().expect("every change is told")
    }

    /// The next change: of a hot row, or of any.
    fn draw(&mut self, moment: &Moment) -> (&'static Table, RowChange) {
        let hot = self.rng.random_ratio(1, HOT_ONE_IN).then(|| hot::pick(&mut self.rng));
        let index = match hot {
            Some(spot) => spot.table_index(),
            None => tables::pick(&mut self.rng),
        };
        let population = &mut self.populations[index];
        let mut draft = Draft::new(&mut self.rng, moment);
        let of_hot = hot.and_then(|spot| spot.change(population, &mut draft));
        let change = of_hot
            .unwrap_or_else(|| population.change(&mut draft, self.options.rows_per_table_max));
        (population.table, change)
    }
}

/// Table and keys; of a table without keys, the content's hash: it has no rows to keep together.
fn partition_key(table: &Table, change: &RowChange, data: &Bytes) -> String {
    let row = change.row();
    let mut keys = table.key_columns().map(|index| row.values[index].as_str()).peekable();
    match keys.peek() {
        None => input::content_key(data),
        Some(_) => input::row_key(table.name, keys),
    }
}

#[cfg(test)]
mod tests;
