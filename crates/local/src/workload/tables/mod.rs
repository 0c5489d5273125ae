//! The catalogue: which tables there are, what their columns hold, and who sends their changes.
//!
//! Columns beyond those that `config/tables` includes are here on purpose (`password_hash`,
//! `transcript`): a row has more than is published.

mod people;
mod work;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::values::Kind;

/// A table of the imitated database.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) producer: Producer,
    /// How many changes out of [`SHARES`] are of this table.
    pub(super) share: u32,
    pub(super) mix: Mix,
    /// Whether the key of a deleted row may be inserted again.
    pub(super) keys_return: bool,
    /// Whether an update may give a row another key: within its group where rows are grouped.
    pub(super) moves: bool,
    pub(super) columns: &'static [Column],
}

/// Percentages of inserts and deletes; the rest are updates. A table of inserts alone keeps no rows.
#[derive(Clone, Copy)]
pub(super) struct Mix {
    pub(super) insert: u32,
    pub(super) delete: u32,
}

/// Who sends the table's changes, and in which form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Producer {
    Native,
    Dms(BeforeImage),
    Debezium { wrapped: bool, identity: ReplicaIdentity },
}

/// The two forms of a before image that AWS DMS has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BeforeImage {
    /// An object named `before-image`.
    Object,
    /// Columns named `BI_…` beside the others.
    Columns,
}

/// How much of the old row PostgreSQL tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplicaIdentity {
    /// All of it.
    Full,
    /// The key of a deleted row, and no large value that didn't change.
    Default,
}

pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) life: Life,
}

/// When a column's value is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// With the row, which it identifies.
    Key,
    /// With the row.
    Fixed,
    /// With the row, and again by updates.
    Changing,
    /// Null at first, then by updates.
    Later,
    /// With the row and by every update.
    Touched,
}

/// All tables, in the order of the full load: who is referred to comes first.
pub(super) static TABLES: [Table; 16] = [
    people::USERS,
    people::PROFILES,
    people::SESSIONS,
    people::PREFERENCES,
    people::ADDRESSES,
    people::AGENTS,
    people::AGENT_SKILLS,
    people::AGENT_STATES,
    work::QUEUES,
    work::ROUTING_RULES,
    work::CALLS,
    work::CHATS,
    work::INTERACTIONS,
    work::ORDERS,
    work::ORDER_ITEMS,
    work::QUEUE_METRICS,
];

/// The sum of all tables' shares.
const SHARES: u32 = {
    let (mut sum, mut index) = (0, 0);
    while index < TABLES.len() {
        sum += TABLES[index].share;
        index += 1;
    }
    sum
};

/// The number of a table, drawn by the tables' shares.
pub(super) fn pick(rng: &mut ChaCha8Rng) -> usize {
    let mut drawn = rng.random_range(0..SHARES);
    let holds = |table: &Table| {
        let found = drawn < table.share;
        drawn = drawn.saturating_sub(table.share);
        found
    };
    TABLES.iter().position(holds).unwrap_or_default()
}

/// The table of that name, which must be one of the catalogue's.
pub(super) fn by_name(name: &str) -> &'static Table {
    &TABLES[index_of(name)]
}

/// The number of the table of that name, which must be one of the catalogue's.
pub(super) fn index_of(name: &str) -> usize {
    let found = TABLES.iter().position(|table| table.name == name);
    found.expect("callers name tables of this catalogue")
}

impl Table {
    /// The numbers of the key columns; none for a table without row identity.
    pub(super) fn key_columns(&self) -> impl Iterator<Item = usize> {
        self.columns_that_live(&[Life::Key])
    }

    /// How many rows share the first half of their key, where the table has one so.
    pub(super) fn group_size(&self) -> Option<u64> {
        self.columns.iter().find_map(|column| match column.kind {
            Kind::Group(size) => Some(size),
            _ => None,
        })
    }

    /// The numbers of the columns that every update sets.
    pub(super) fn touched_columns(&self) -> impl Iterator<Item = usize> {
        self.columns_that_live(&[Life::Touched])
    }

    /// The numbers of the columns of which an update sets some.
    pub(super) fn changing_columns(&self) -> impl Iterator<Item = usize> {
        self.columns_that_live(&[Life::Changing, Life::Later])
    }

    fn columns_that_live(&self, lives: &'static [Life]) -> impl Iterator<Item = usize> {
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| lives.contains(&column.life)).map(|(index, _)| index)
    }
}

const fn key(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, life: Life::Key }
}

const fn fixed(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, life: Life::Fixed }
}

const fn changing(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, life: Life::Changing }
}

const fn later(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, life: Life::Later }
}

const fn touched(name: &'static str) -> Column {
    Column { name, kind: Kind::Now, life: Life::Touched }
}

const fn mix(insert: u32, delete: u32) -> Mix {
    Mix { insert, delete }
}
