//! Numbered changes: for tests that follow each row.

use jiff::{Timestamp, ToSpan};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    WorkloadRecord, partition_key,
    population::{Row, RowChange},
    producer::{Moment, Producers},
    tables::{TABLES, Table},
    values::Draft,
};

const TABLE: &str = "users";

/// The column that counts a row's changes.
const COUNTER: &str = "status";

/// So many changes of exactly so many rows of `users`, native, one microsecond apart from `from` on.
///
/// Each row begins with an INSERT and goes on with UPDATEs; its `status` counts them: `change-1`,
/// `change-2` and so on, so that the order of what is published can be checked row by row. Fewer
/// rows where there are fewer changes; none without a row.
#[must_use]
pub fn changes_of_rows(
    seed: u64,
    changes: usize,
    rows: usize,
    from: Timestamp,
) -> Vec<WorkloadRecord> {
    let Some(table) = TABLES.iter().find(|table| table.name == TABLE).filter(|_| rows > 0) else {
        return Vec::new();
    };
    let mut numbered = Numbered {
        table,
        rng: ChaCha8Rng::seed_from_u64(seed),
        producers: Producers::new(),
        rows: vec![None; rows.min(changes)],
    };
    let mut untouched = (0..numbered.rows.len()).collect::<Vec<_>>();
    let change = |index: usize| {
        let left = changes - index;
        let row = numbered.choose(left, &mut untouched);
        let later = i64::try_from(index).unwrap_or(i64::MAX).microseconds();
        numbered.change(row, &Moment::at(from.checked_add(later).unwrap_or(from)))
    };
    (0..changes).map(change).collect()
}

struct Numbered {
    table: &'static Table,
    rng: ChaCha8Rng,
    producers: Producers,
    /// Each row and how many changes it has had.
    rows: Vec<Option<(Row, u64)>>,
}
