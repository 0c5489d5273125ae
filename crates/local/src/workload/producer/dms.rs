//! AWS DMS from PostgreSQL to Kinesis: one line, transaction details on, nulls left out.

use std::fmt::Write as _;

use bytes::Bytes;

use super::{Load, Moment, SCHEMA, Sent, columns, write_members};
use crate::workload::{
    WorkloadRecord,
    population::{Row, RowChange},
    tables::{BeforeImage, Column, Life, Table},
    values::Kind,
};

/// The replication task, as it names itself.
const TASK: &str = "CDCLOCAL7WORKLOADTASK7EXAMPLE";

pub(super) fn write(sent: &Sent<'_>, form: BeforeImage) -> String {
    let before = match sent.change {
        RowChange::Update { before, .. } => Some(before),
        RowChange::Insert { .. } | RowChange::Delete { .. } => None,
    };
    let mut out = String::from("{\"data\":{");
    let table = sent.table;
    let row = told(table, sent.change.row(), "");
    let in_columns = before.filter(|_| form == BeforeImage::Columns);
    let old = in_columns.into_iter().flat_map(|before| told(table, before, "BI_"));
    write_members(&mut out, row.chain(old));
    out.push('}');
    if let Some(before) = before.filter(|_| form == BeforeImage::Object) {
        out.push_str(",\"before-image\":{");
        write_members(&mut out, told(table, before, ""));
        out.push('}');
    }
    write_metadata(&mut out, sent);
    out.push('}');
    out
}

fn told<'r>(
    table: &'static Table,
    row: &'r Row,
    prefix: &'static str,
) -> impl Iterator<Item = (&'r str, &'r str, &'r str)> {
    let told = columns(table, row).filter(|(_, json)| *json != "null");
    told.map(move |(column, json)| (prefix, column.name, json))
}

fn write_metadata(out: &mut String, sent: &Sent<'_>) {
    let operation = match (sent.load, sent.change) {
        (Load::Row | Load::LastRow, _) => "load",
        (Load::No, RowChange::Insert { .. }) => "insert",
        (Load::No, RowChange::Update { .. }) => "update",
        (Load::No, RowChange::Delete { .. }) => "delete",
    };
    let (table, built) = (sent.table.name, &sent.moment.built);
    let _ = write!(
        out,
        r#","metadata":{{"timestamp":"{built}","record-type":"data","operation":"{operation}","partition-key-type":"primary-key","schema-name":"{SCHEMA}","table-name":"{table}""#
    );
    if sent.load == Load::No {
        let place = sent.place;
        let (transaction, record) = (place.transaction, place.record_in_transaction);
        let (high, low, committed) = (place.lsn >> 32, place.lsn as u32, &sent.moment.committed);
        let _ = write!(
            out,
            r#","transaction-id":{transaction},"transaction-record-id":{record},"commit-timestamp":"{committed}","stream-position":"{high:08X}/{low:08X}.{record}.{high:08X}{low:08X}""#
        );
    }
    out.push('}');
}

/// The control record before a table's full load.
pub(super) fn create_table(table: &'static Table, moment: &Moment) -> WorkloadRecord {
    let mut data = String::from(r#"{"control":{"table-def":{"columns":{"#);
    let definitions: Vec<String> = table.columns.iter().map(definition).collect();
    let columns = table.columns.iter().zip(&definitions);
    write_members(&mut data, columns.map(|(column, json)| ("", column.name, json.as_str())));
    let keys = table.key_columns().map(|index| format!("\"{}\"", table.columns[index].name));
    let keys = keys.collect::<Vec<_>>().join(",");
    let (name, built) = (table.name, &moment.built);
    let _ = write!(
        data,
        r#"}},"primary-key":[{keys}]}}}},"metadata":{{"timestamp":"{built}","record-type":"control","operation":"create-table","partition-key-type":"task-id","partition-key-value":"{TASK}","schema-name":"{SCHEMA}","table-name":"{name}"}}}}"#
    );
    WorkloadRecord { partition_key: format!("{TASK}.{SCHEMA}.{name}"), data: Bytes::from(data) }
}

fn definition(column: &Column) -> String {
    let (kind, nullable) = (type_name(column.kind), column.life != Life::Key);
    format!(r#"{{"type":"{kind}","nullable":{nullable}}}"#)
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number(_)
        | Kind::Group(_)
        | Kind::Member(_)
        | Kind::ReferenceNumber(_)
        | Kind::Integer(_) => "INT64",
        Kind::Amount(_) => "NUMERIC",
        Kind::Flag => "BOOLEAN",
        Kind::Day(..) => "DATE",
        Kind::Now => "TIMESTAMP",
        _ => "STRING",
    }
}

/// A row of the task's own table: it is alive.
pub(super) fn status(moment: &Moment) -> WorkloadRecord {
    let (committed, built) = (&moment.committed, &moment.built);
    let data = format!(
        r#"{{"data":{{"server_name":"cdc-local","task_name":"{TASK}","task_status":"CHANGE PROCESSING","status_time":"{committed}","pending_changes":0}},"metadata":{{"timestamp":"{built}","record-type":"data","operation":"update","partition-key-type":"task-id","partition-key-value":"{TASK}","schema-name":"","table-name":"awsdms_status"}}}}"#
    );
    WorkloadRecord { partition_key: format!("{TASK}.awsdms_status"), data: Bytes::from(data) }
}
