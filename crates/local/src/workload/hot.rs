//! Hot rows: the few that change again and again, whatever else goes on.
//!
//! Every call centre has them: agents who are busy right now, the queue that everybody waits in, the
//! call that is being taken. Several changes of one row then stand in one batch, of which only one
//! may be under way at a time. Hot rows are the first ones of their table's population, which never
//! deletes them.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    population::{Population, RowChange},
    tables::{self, Table},
    values::Draft,
};

/// One change in so many is of a hot row.
pub(super) const HOT_ONE_IN: u32 = 5;

/// A few rows of one table.
pub(super) struct Spot {
    table: &'static str,
    rows: usize,
    /// How many changes out of [`SHARES`] are of these.
    share: u32,
    /// After how many changes, on the average, another row takes a hot one's place.
    lasts: Option<u32>,
}

static SPOTS: [Spot; 3] = [
    Spot { table: "agent_states", rows: 4, share: 12, lasts: None },
    Spot { table: "queues", rows: 1, share: 5, lasts: None },
    Spot { table: "calls", rows: 1, share: 3, lasts: Some(25) },
];

/// The sum of all spots' shares.
const SHARES: u32 = {
    let (mut sum, mut index) = (0, 0);
    while index < SPOTS.len() {
        sum += SPOTS[index].share;
        index += 1;
    }
    sum
};

/// How many rows of that table are hot.
pub(super) fn rows_of(table: &Table) -> usize {
    SPOTS.iter().find(|spot| spot.table == table.name).map_or(0, |spot| spot.rows)
}

/// A spot, drawn by the spots' shares.
pub(super) fn pick(rng: &mut ChaCha8Rng) -> &'static Spot {
    let mut drawn = rng.random_range(0..SHARES);
    let holds = |spot: &&Spot| {
        let found = drawn < spot.share;
        drawn = drawn.saturating_sub(spot.share);
        found
    };
    SPOTS.iter().find(holds).unwrap_or(&SPOTS[0])
}

impl Spot {
    /// The number of its table.
    pub(super) fn table_index(&self) -> usize {
        tables::index_of(self.table)
    }

    /// An update of one of its rows; none before there is any.
    pub(super) fn change(
        &self,
        population: &mut Population,
        draft: &mut Draft<'_>,
    ) -> Option<RowChange> {
        let rows = self.rows.min(population.len());
        if rows == 0 {
            return None;
        }
        let at = draft.rng.random_range(0..rows);
        if self.lasts.is_some_and(|lasts| draft.rng.random_ratio(1, lasts)) {
            population.swap(at, draft);
        }
        Some(population.update(at, draft))
    }
}
