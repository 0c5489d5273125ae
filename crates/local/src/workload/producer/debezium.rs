//! Debezium's PostgreSQL connector, wrapped in its schema or bare.

use std::{collections::HashMap, fmt::Write as _};

use bytes::Bytes;

use super::{DATABASE, Load, Moment, SCHEMA, Sent, columns, write_members, write_row};
use crate::workload::{
    WorkloadRecord,
    population::{Row, RowChange},
    tables::{Column, Life, Producer, ReplicaIdentity, TABLES, Table},
    values::Kind,
};

const VERSION: &str = "3.1.0.Final";

/// The connector's logical name.
const NAME: &str = "coredb";

/// What stands in place of a large value that PostgreSQL doesn't tell.
const UNAVAILABLE: &str = "\"__debezium_unavailable_value\"";

pub(super) fn write(sent: &Sent<'_>, identity: ReplicaIdentity, schema: Option<&str>) -> String {
    let mut out = String::with_capacity(2048 + schema.map_or(0, str::len));
    if let Some(schema) = schema {
        let _ = write!(out, r#"{{"schema":{schema},"payload":"#);
    }
    out.push_str("{\"before\":");
    write_before(&mut out, sent, identity);
    out.push_str(",\"after\":");
    write_after(&mut out, sent, identity);
    write_source(&mut out, sent);
    let operation = match (sent.load, sent.change) {
        (Load::Row | Load::LastRow, _) => "r",
        (Load::No, RowChange::Insert { .. }) => "c",
        (Load::No, RowChange::Update { .. }) => "u",
        (Load::No, RowChange::Delete { .. }) => "d",
    };
    let _ = write!(out, r#","transaction":null,"op":"{operation}","#);
    write_clocks(&mut out, sent.moment.built_us);
    out.push('}');
    if schema.is_some() {
        out.push('}');
    }
    out
}

fn write_before(out: &mut String, sent: &Sent<'_>, identity: ReplicaIdentity) {
    let table = sent.table;
    match (identity, sent.change) {
        (ReplicaIdentity::Full, change) => write_row(out, table, change.before()),
        (ReplicaIdentity::Default, RowChange::Delete { before }) => {
            out.push('{');
            let keys = columns(table, before).filter(|(column, _)| column.life == Life::Key);
            write_members(out, keys.map(|(column, json)| ("", column.name, json)));
            out.push('}');
        }
        (ReplicaIdentity::Default, _) => out.push_str("null"),
    }
}

fn write_after(out: &mut String, sent: &Sent<'_>, identity: ReplicaIdentity) {
    let table = sent.table;
    match (identity, sent.change) {
        (ReplicaIdentity::Default, RowChange::Update { before, after }) => {
            out.push('{');
            write_members(out, known(table, before, after));
            out.push('}');
        }
        (_, change) => write_row(out, table, change.after()),
    }
}

/// The row without the large values that it had before.
fn known<'r>(
    table: &'static Table,
    before: &'r Row,
    after: &'r Row,
) -> impl Iterator<Item = (&'r str, &'r str, &'r str)> {
    columns(table, after).zip(&before.values).map(|((column, json), old)| {
        let kept = column.kind.is_large() && json == old;
        ("", column.name, if kept { UNAVAILABLE } else { json })
    })
}

fn write_source(out: &mut String, sent: &Sent<'_>) {
    let snapshot = match sent.load {
        Load::No => "false",
        Load::Row => "true",
        Load::LastRow => "last_in_data_collection",
    };
    let (table, place) = (sent.table.name, sent.place);
    let (lsn, committed, transaction) = (place.lsn, place.committed_lsn, place.transaction);
    let _ = write!(
        out,
        r#","source":{{"version":"{VERSION}","connector":"postgresql","name":"{NAME}","snapshot":"{snapshot}","db":"{DATABASE}","sequence":"[\"{committed}\",\"{lsn}\"]","schema":"{SCHEMA}","table":"{table}","txId":{transaction},"lsn":{lsn},"xmin":null,"#
    );
    write_clocks(out, sent.moment.committed_us);
    out.push('}');
}

/// One time in the three units that Debezium gives.
fn write_clocks(out: &mut String, us: i64) {
    let ms = us.div_euclid(1000);
    let _ = write!(out, r#""ts_ms":{ms},"ts_us":{us},"ts_ns":{us}000"#);
}

/// The connector is alive.
pub(super) fn heartbeat(moment: &Moment) -> WorkloadRecord {
    let data = format!(r#"{{"ts_ms":{}}}"#, moment.built_us.div_euclid(1000));
    WorkloadRecord {
        partition_key: format!("__debezium-heartbeat.{NAME}"),
        data: Bytes::from(data),
    }
}

/// The schemas of the tables whose messages are wrapped in them: written once, sent with each.
pub(super) struct Schemas(HashMap<&'static str, String>);

impl Schemas {
    pub(super) fn new() -> Self {
        let wrapped = TABLES
            .iter()
            .filter(|table| matches!(table.producer, Producer::Debezium { wrapped: true, .. }));
        Self(wrapped.map(|table| (table.name, schema(table))).collect())
    }

    pub(super) fn of(&self, table: &Table) -> &str {
        self.0.get(table.name).map_or("null", String::as_str)
    }
}

fn schema(table: &Table) -> String {
    let columns = table.columns.iter().map(column_schema).collect::<Vec<_>>().join(",");
    let prefix = format!("{NAME}.{SCHEMA}.{}", table.name);
    let image = |field| {
        format!(
            r#"{{"type":"struct","fields":[{columns}],"optional":true,"name":"{prefix}.Value","field":"{field}"}}"#
        )
    };
    let (before, after) = (image("before"), image("after"));
    let clocks = clocks_schema();
    format!(
        r#"{{"type":"struct","fields":[{before},{after},{},{{"type":"string","optional":false,"field":"op"}},{clocks}],"optional":false,"name":"{prefix}.Envelope","version":2}}"#,
        source_schema(&clocks)
    )
}

fn clocks_schema() -> String {
    ["ts_ms", "ts_us", "ts_ns"].map(|name| field_schema("int64", true, name)).join(",")
}

fn source_schema(clocks: &str) -> String {
    let texts = ["version", "connector", "name", "snapshot", "db", "sequence", "schema", "table"];
    let numbers = ["txId", "lsn", "xmin"];
    let texts = texts.map(|name| field_schema("string", name == "sequence", name)).join(",");
    let numbers = numbers.map(|name| field_schema("int64", true, name)).join(",");
    format!(
        r#"{{"type":"struct","fields":[{texts},{numbers},{clocks}],"optional":false,"name":"io.debezium.connector.postgresql.Source","field":"source"}}"#
    )
}

fn field_schema(kind: &str, optional: bool, name: &str) -> String {
    format!(r#"{{"type":"{kind}","optional":{optional},"field":"{name}"}}"#)
}

fn column_schema(column: &Column) -> String {
    let (kind, optional, name) = (connect_type(column.kind), column.life != Life::Key, column.name);
    match column.kind {
        Kind::Now => format!(
            r#"{{"type":"{kind}","optional":{optional},"name":"io.debezium.time.ZonedTimestamp","version":1,"field":"{name}"}}"#
        ),
        _ => field_schema(kind, optional, name),
    }
}

/// Kafka Connect's type. (Amounts and days are in no table that Debezium sends.)
fn connect_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Number(_)
        | Kind::Group(_)
        | Kind::Member(_)
        | Kind::ReferenceNumber(_)
        | Kind::Integer(_) => "int64",
        Kind::Flag => "boolean",
        _ => "string",
    }
}
