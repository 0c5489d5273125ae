//! The pipeline's own envelope.

use std::fmt::Write as _;

use super::{DATABASE, SCHEMA, Sent, columns, write_members, write_row};
use crate::workload::{population::RowChange, tables::Life};

/// Sequence numbers are text of twenty digits: beyond what a double or a signed 64-bit number holds.
const FIRST_SEQUENCE_NUMBER: u64 = 12_345_678_901_234_567_000;

pub(super) fn write(sent: &Sent<'_>) -> String {
    let operation = match sent.change {
        RowChange::Insert { .. } => "INSERT",
        RowChange::Update { .. } => "UPDATE",
        RowChange::Delete { .. } => "DELETE",
    };
    let (table, timestamp) = (sent.table.name, &sent.moment.committed);
    let mut out = format!(
        r#"{{"database":"{DATABASE}","schema":"{SCHEMA}","table":"{table}","operation":"{operation}","timestamp":"{timestamp}","keys":{{"#
    );
    let keys =
        columns(sent.table, sent.change.row()).filter(|(column, _)| column.life == Life::Key);
    write_members(&mut out, keys.map(|(column, json)| ("", column.name, json)));
    out.push_str("},\"before\":");
    write_row(&mut out, sent.table, sent.change.before());
    out.push_str(",\"after\":");
    write_row(&mut out, sent.table, sent.change.after());
    let (transaction, number) = (sent.place.transaction, FIRST_SEQUENCE_NUMBER + sent.place.count);
    let _ = write!(
        out,
        r#","metadata":{{"transactionId":"txn-{transaction}","sequenceNumber":"{number}"}}}}"#
    );
    out
}
