//! Numbered changes: for tests that follow each row.

use jiff::{Timestamp, ToSpan};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    WorkloadRecord, partition_key,
    population::Population,
    producer::{Moment, Producers},
    tables,
    values::Draft,
};

const TABLE: &str = "users";

/// The column that counts a row's changes.
const COUNTER: &str = "status";

/// Rows that change more often than others, where some do.
const HOT_ROWS: usize = 5;

/// One change in so many is of one of these.
const HOT_ONE_IN: u32 = 10;

/// So many changes of exactly so many rows of `users`, native, one microsecond apart from `from` on.
///
/// Each row begins with an INSERT and goes on with UPDATEs; its `status` counts them: `change-1`,
/// `change-2` and so on, so that the order of what is published can be checked row by row. Fewer
/// rows where there are fewer changes; nothing without a row.
#[must_use]
pub fn changes_of_rows(
    seed: u64,
    changes: usize,
    rows: usize,
    from: Timestamp,
) -> Vec<WorkloadRecord> {
    numbered(seed, changes, rows, 0, from)
}

/// As [`changes_of_rows`], but one change in ten is of one of five hot rows.
#[must_use]
pub fn changes_of_rows_some_hot(
    seed: u64,
    changes: usize,
    rows: usize,
    from: Timestamp,
) -> Vec<WorkloadRecord> {
    numbered(seed, changes, rows, HOT_ROWS.min(rows), from)
}

fn numbered(
    seed: u64,
    changes: usize,
    rows: usize,
    hot: usize,
    from: Timestamp,
) -> Vec<WorkloadRecord> {
    if rows == 0 {
        return Vec::new();
    }
    let mut numbered = Numbered {
        hot,
        rng: ChaCha8Rng::seed_from_u64(seed),
        population: Population::new(tables::by_name(TABLE)),
        producers: Producers::new(),
        counts: Vec::with_capacity(rows.min(changes)),
    };
    let change = |index: usize| {
        let row = numbered.choose(rows.min(changes), changes - index);
        let later = i64::try_from(index).unwrap_or(i64::MAX).microseconds();
        numbered.change(row, &Moment::at(from.checked_add(later).unwrap_or(from)))
    };
    (0..changes).map(change).collect()
}

struct Numbered {
    /// How many rows, the first ones, are hot.
    hot: usize,
    rng: ChaCha8Rng,
    population: Population,
    producers: Producers,
    /// How many changes each row has had. Rows are inserted in the order of their places here.
    counts: Vec<u64>,
}

impl Numbered {
    /// The place of the row to change: any, or the next new one once every change left must be an
    /// insert.
    fn choose(&mut self, rows: usize, changes_left: usize) -> usize {
        let inserted = self.counts.len();
        let is_hot = self.hot > 0 && self.rng.random_ratio(1, HOT_ONE_IN);
        let drawn = self.rng.random_range(0..if is_hot { self.hot } else { rows });
        if drawn < inserted && changes_left > rows - inserted {
            drawn
        } else {
            inserted.min(rows - 1)
        }
    }

    fn change(&mut self, row: usize, moment: &Moment) -> WorkloadRecord {
        let mut draft = Draft::new(&mut self.rng, moment);
        let mut change = match self.counts.get_mut(row) {
            Some(count) => {
                *count += 1;
                self.population.update(row, &mut draft)
            }
            None => {
                self.counts.push(1);
                self.population.insert(&mut draft)
            }
        };
        let status = format!("\"change-{}\"", self.counts[row]);
        self.population.amend(row, &mut change, COUNTER, &status);
        let table = self.population.table;
        let place = self.producers.journal.advance(&mut self.rng);
        let data = self.producers.changed(table, &change, &place, moment);
        WorkloadRecord { partition_key: partition_key(table, &change, &data), data }
    }
}
