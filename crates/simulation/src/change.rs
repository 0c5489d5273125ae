//! The changes of a schedule: what a producer wrote, and what is to become of it.

use cdc_core::record::{RawRecord, RecordKey, SequenceNumber, expand};
use cdc_esm::{StreamRecord, virtual_time::Chance};
use jiff::Timestamp;

/// The rules: `m` needs a key that its rows do not have, until somebody mends that.
pub(crate) const RULES: &str = "
version: 1
pipeline: simulation
unlisted_tables: reject
tables:
  t: {keys: [id], include: [id, n, x, y]}
  m: {keys: [gone], include: [gone, id, n, x, y]}
  slim: {keys: [id], include: [id, n], operations: [INSERT]}
";

/// The rules, mended.
pub(crate) fn mended_rules() -> String {
    RULES.replace("keys: [gone]", "keys: [id]")
}

/// What the mapping's event filter leaves out holds this.
pub(crate) const FILTERED: &str = "\"filtered\"";

/// What is to become of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Published.
    Good,
    /// A dead letter, until the rules are mended and it is replayed.
    Poison,
    /// A dead letter for ever.
    Garbage,
    /// Left out by a rule.
    Skipped,
    /// Left out by the mapping's event filter.
    Filtered,
}

/// One change of a row, or of two: a moved key.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) kind: Kind,
    /// The row, and the one that it became.
    pub(crate) row: char,
    pub(crate) moved_to: Option<char>,
    /// The record's data.
    pub(crate) data: String,
}

impl Change {
    /// A random change of a row; `number` is its place in the order of production.
    pub(crate) fn draw(chance: &mut Chance, row: char, other: Option<char>, number: usize) -> Self {
        let kind = match chance.below(100) {
            0..=5 => Kind::Poison,
            6 | 7 => Kind::Garbage,
            8..=11 => Kind::Skipped,
            12..=14 => Kind::Filtered,
            _ => Kind::Good,
        };
        let moved_to = other.filter(|_| kind == Kind::Good && chance.one_in(10));
        let data = match kind {
            Kind::Good | Kind::Poison => {
                let table = if kind == Kind::Good { "t" } else { "m" };
                row_change(chance, table, row, moved_to, number)
            }
            Kind::Garbage => format!("{{garbage {number}"),
            Kind::Skipped => {
                format!(
                    r#"{{"table":"slim","operation":"DELETE","before":{{"id":"{row}","n":{number}}}}}"#
                )
            }
            Kind::Filtered => {
                format!(
                    r#"{{"table":"t","operation":"UPDATE","after":{{"id":"{row}","n":{number},"x":{FILTERED}}}}}"#
                )
            }
        };
        Self { kind, row, moved_to, data }
    }

    /// The partition key: rows share some, and lanes hold whole keys.
    pub(crate) fn partition_key(row: char) -> String {
        format!("k{}", (row as u32 - 'a' as u32) % 3)
    }
}

/// Full and partial images, and deletions.
fn row_change(
    chance: &mut Chance,
    table: &str,
    row: char,
    moved_to: Option<char>,
    number: usize,
) -> String {
    if let Some(to) = moved_to {
        return format!(
            r#"{{"table":"{table}","operation":"UPDATE","before":{{"id":"{row}"}},"after":{{"id":"{to}","n":{number},"x":{number},"y":{number}}}}}"#
        );
    }
    let columns = match chance.below(5) {
        0 => {
            return format!(
                r#"{{"table":"{table}","operation":"DELETE","before":{{"id":"{row}","n":{number}}}}}"#
            );
        }
        1 => format!(r#""x":{number}"#),
        2 => format!(r#""y":{number}"#),
        _ => format!(r#""x":{number},"y":{number}"#),
    };
    format!(
        r#"{{"table":"{table}","operation":"UPDATE","after":{{"id":"{row}","n":{number},{columns}}}}}"#
    )
}

/// A record of the stream, and the changes in it.
#[derive(Clone, Debug)]
pub(crate) struct Produced {
    pub(crate) record: StreamRecord,
    pub(crate) changes: Vec<Change>,
}

impl Produced {
    pub(crate) fn new(changes: Vec<Change>, number: u64, arrival: Timestamp, whole: bool) -> Self {
        let keys: Vec<String> =
            changes.iter().map(|change| Change::partition_key(change.row)).collect();
        let parts: Vec<(&str, &str)> =
            keys.iter().zip(&changes).map(|(key, change)| (&**key, &*change.data)).collect();
        let data = match &changes[..] {
            [one] if whole => one.data.clone().into_bytes(),
            _ => crate::aggregate::aggregate(&parts),
        };
        let record = StreamRecord {
            sequence: SequenceNumber::from(number),
            partition_key: keys[0].clone(),
            data: data.into(),
            arrival,
        };
        Self { record, changes }
    }

    /// What the ledger knows each change by.
    pub(crate) fn keys(&self) -> Vec<RecordKey> {
        expand(vec![raw(&self.record)]).records.iter().map(RecordKey::of).collect()
    }
}

pub(crate) fn raw(record: &StreamRecord) -> RawRecord {
    RawRecord {
        data: record.data.clone(),
        partition_key: record.partition_key.as_str().into(),
        number: record.sequence.clone(),
        arrived: record.arrival,
    }
}
