//! The producers: how a change of a row becomes the envelope that they would send.
//!
//! Owns what they share: the database's journal (positions and transactions), the moment at hand,
//! and the writing of rows. Each envelope's own text is written in its module.

mod debezium;
mod dms;
mod native;

use bytes::Bytes;
use jiff::{Timestamp, ToSpan};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    WorkloadRecord,
    population::{Row, RowChange},
    tables::{self, Producer, Table},
};

/// How long after its commit a change is sent.
const DELAY_MS: i64 = 20;

/// Most changes of one transaction.
const TRANSACTION_CHANGES_MAX: u64 = 4;

const DATABASE: &str = "coredb";
const SCHEMA: &str = "public";

/// The moment at hand, as the producers' clocks show it.
pub(super) struct Moment {
    /// When the database committed: RFC 3339 with microseconds.
    pub(super) committed: String,
    committed_us: i64,
    /// When the producer built the message.
    built: String,
    built_us: i64,
}

impl Moment {
    /// The moment of a message that is sent at `now`.
    pub(super) fn at(now: Timestamp) -> Self {
        let committed = now.checked_sub(DELAY_MS.milliseconds()).unwrap_or(now);
        Self {
            committed: format!("{committed:.6}"),
            committed_us: committed.as_microsecond(),
            built: format!("{now:.6}"),
            built_us: now.as_microsecond(),
        }
    }
}

/// The database's journal: every change has a place in it, later changes greater ones.
pub(super) struct Journal {
    last: Place,
    left_in_transaction: u64,
}

/// A change's place in the journal.
#[derive(Clone)]
pub(super) struct Place {
    lsn: u64,
    /// Of the transaction before.
    committed_lsn: u64,
    transaction: u64,
    record_in_transaction: u64,
    /// All changes so far.
    count: u64,
}

impl Journal {
    fn new() -> Self {
        let (lsn, transaction) = (0x17_4F00_0028, 81_200);
        let last =
            Place { lsn, committed_lsn: lsn, transaction, record_in_transaction: 0, count: 0 };
        Self { last, left_in_transaction: 0 }
    }

    /// The place of the last change.
    pub(super) fn here(&self) -> &Place {
        &self.last
    }

    /// The place of the next change.
    pub(super) fn advance(&mut self, rng: &mut ChaCha8Rng) -> Place {
        let last = &mut self.last;
        if self.left_in_transaction == 0 {
            self.left_in_transaction = rng.random_range(1..=TRANSACTION_CHANGES_MAX);
            last.transaction += 1;
            last.record_in_transaction = 0;
            last.committed_lsn = last.lsn;
        }
        self.left_in_transaction -= 1;
        last.record_in_transaction += 1;
        last.lsn += 8 * rng.random_range(7..90);
        last.count += 1;
        last.clone()
    }
}

/// One change, with everything that its envelope tells.
struct Sent<'s> {
    table: &'static Table,
    change: &'s RowChange,
    load: Load,
    place: &'s Place,
    moment: &'s Moment,
}

/// Whether a full load read the row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    /// No: it is a change.
    No,
    /// Yes.
    Row,
    /// Yes, as the table's last.
    LastRow,
}

/// All producers together.
pub(super) struct Producers {
    pub(super) journal: Journal,
    schemas: debezium::Schemas,
}

impl Producers {
    pub(super) fn new() -> Self {
        Self { journal: Journal::new(), schemas: debezium::Schemas::new() }
    }

    /// A row of the full load. All of them were read at one place of the journal.
    pub(super) fn loaded(
        &self,
        table: &'static Table,
        change: &RowChange,
        last: bool,
        moment: &Moment,
    ) -> Bytes {
        let load = if last { Load::LastRow } else { Load::Row };
        self.write(&Sent { table, change, load, place: self.journal.here(), moment })
    }

    /// A change.
    pub(super) fn changed(
        &self,
        table: &'static Table,
        change: &RowChange,
        place: &Place,
        moment: &Moment,
    ) -> Bytes {
        self.write(&Sent { table, change, load: Load::No, place, moment })
    }

    /// What comes before a table's full load: DMS says how the table looks.
    pub(super) fn announcement(
        &self,
        table: &'static Table,
        moment: &Moment,
    ) -> Option<WorkloadRecord> {
        let by_dms = matches!(table.producer, Producer::Dms(_));
        by_dms.then(|| dms::create_table(table, moment))
    }

    /// A record that is no row change.
    pub(super) fn aside(&self, rng: &mut ChaCha8Rng, moment: &Moment) -> WorkloadRecord {
        if rng.random_bool(0.5) { debezium::heartbeat(moment) } else { dms::status(moment) }
    }

    fn write(&self, sent: &Sent<'_>) -> Bytes {
        let text = match sent.table.producer {
            Producer::Native => native::write(sent),
            Producer::Dms(form) => dms::write(sent, form),
            Producer::Debezium { wrapped, identity } => {
                let schema = wrapped.then(|| self.schemas.of(sent.table));
                debezium::write(sent, identity, schema)
            }
        };
        Bytes::from(text)
    }
}

/// The change as the table's producer tells it. Debezium has no update of a key: it tells that the
/// row was deleted and another one created, in one place of the journal.
pub(super) fn told(table: &Table, change: RowChange) -> Vec<RowChange> {
    let by_debezium = matches!(table.producer, Producer::Debezium { .. });
    let is_move = change.is_move();
    match change {
        RowChange::Update { before, after } if by_debezium && is_move => {
            vec![RowChange::Delete { before }, RowChange::Insert { after }]
        }
        change => vec![change],
    }
}

/// Whether the same row's tombstone follows.
pub(super) fn leaves_tombstone(table: &Table, change: &RowChange) -> bool {
    let by_debezium = matches!(table.producer, Producer::Debezium { .. });
    by_debezium && matches!(change, RowChange::Delete { .. })
}

/// The columns of a row: name and JSON text.
fn columns<'r>(
    table: &'static Table,
    row: &'r Row,
) -> impl Iterator<Item = (&'static tables::Column, &'r str)> {
    table.columns.iter().zip(row.values.iter().map(String::as_str))
}

/// Appends members without braces, each name behind a prefix.
fn write_members<'m>(out: &mut String, members: impl Iterator<Item = (&'m str, &'m str, &'m str)>) {
    for (index, (prefix, name, json)) in members.enumerate() {
        if index > 0 {
            out.push(',');
        }
        for part in ["\"", prefix, name, "\":", json] {
            out.push_str(part);
        }
    }
}

/// Appends the row as an object; `null` where there is none.
pub(super) fn write_row(out: &mut String, table: &'static Table, row: Option<&Row>) {
    let Some(row) = row else { return out.push_str("null") };
    out.push('{');
    write_members(out, columns(table, row).map(|(column, json)| ("", column.name, json)));
    out.push('}');
}
