//! Debezium: rows beside their schema, bare and flattened, MongoDB's documents, and what is no row.

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::{Becomes, Row, Seeded, Seeds};

pub(super) fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    vec![
        bare(seeds),
        wrapped(seeds),
        truncate(seeds),
        flattened(seeds, "debezium flattened", "people", "u"),
        flattened(seeds, "debezium flattened everything", "everything", "u"),
        flattened(seeds, "debezium flattened delete", "everything", "d"),
        document(seeds),
        message(seeds),
        schema_change(seeds),
        signal(seeds),
    ]
}

/// The source of a change, with words wherever a connector's number could stand.
fn source(row: &mut Row<'_>, connector: &str, table: &str) -> Value {
    let mut source = json!({"connector": connector, "name": "coredb", "ts_ms": 1_705_314_600_123_u64,
        "snapshot": "false", "db": "coredb", "table": table, "query": row.text("source.query"),
        "gtid": row.words("source.gtid"), "txId": row.words("source.txId"),
        "lsn": row.words("source.lsn"), "scn": row.words("source.scn"),
        "file": row.words("source.file"), "pos": row.words("source.pos"),
        "sequence": row.words("source.sequence"), "thread": row.number("source.thread")});
    row.strangers(&mut source, "source.");
    source
}

fn change(row: &mut Row<'_>, connector: &str, table: &str, op: &str) -> Value {
    let source = source(row, connector, table);
    let mut change = json!({"op": op, "ts_ms": 1_705_314_600_123_u64, "source": source,
        "transaction": {"id": row.words("transaction.id"), "tag": row.text("transaction.tag")}});
    row.strangers(&mut change, "");
    change
}

/// Of MySQL: with the statement.
fn bare(seeds: &mut Seeds) -> Seeded {
    let name = "debezium update";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "mysql", "people", "u");
    record["before"] = row.person("before", 20).into();
    record["after"] = row.person("after", 20).into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

/// Beside its schema, which has defaults and documentation; of PostgreSQL, without row identity.
fn wrapped(seeds: &mut Seeds) -> Seeded {
    let name = "debezium wrapped";
    let row = &mut Row::of(seeds, name);
    let mut payload = change(row, "postgresql", "visits", "c");
    payload["after"] = row.visit("after").into();
    let columns = json!([
        {"type": "string", "field": "email", "default": row.text("schema.default"),
            "doc": row.text("schema.doc")},
        {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "field": "notes",
            "parameters": {"scale": row.text("schema.parameters.scale")}},
    ]);
    let schema = json!({"type": "struct", "doc": row.text("schema.doc of all"),
        "fields": [{"type": "struct", "field": "after", "fields": columns}]});
    let record = json!({"schema": schema, "payload": payload});
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn truncate(seeds: &mut Seeds) -> Seeded {
    let name = "debezium truncate";
    let row = &mut Row::of(seeds, name);
    let record = change(row, "oracle", "people", "t");
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

/// With all that `add.fields` can be set to, the statement too.
fn flattened(seeds: &mut Seeds, name: &'static str, table: &str, op: &str) -> Seeded {
    let row = &mut Row::of(seeds, name);
    let mut record: Value = row.person("the row", 21).into();
    for (member, value) in [
        ("__op", Value::from(op)),
        ("__table", table.into()),
        ("__db", "coredb".into()),
        ("__source_ts_ms", 1_705_314_600_123_u64.into()),
        ("__source_query", row.text("__source_query").into()),
        ("__query", row.text("__query").into()),
        ("__source_comment", row.text("__source_comment").into()),
        ("__transaction_id", row.text("__transaction_id").into()),
        ("__lsn", row.words("__lsn").into()),
        ("__gtid", row.words("__gtid").into()),
    ] {
        record[member] = value;
    }
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

/// MongoDB's: documents inside strings, and an update's description.
fn document(seeds: &mut Seeds) -> Seeded {
    let name = "debezium document";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "mongodb", "people", "u");
    record["before"] = Value::Object(row.person("before", 22)).to_string().into();
    record["after"] = Value::Object(row.person("after", 22)).to_string().into();
    record["updateDescription"] = json!({
        "updatedFields": Value::Object(row.person("updateDescription.updatedFields", 22)).to_string(),
        "removedFields": [row.text("updateDescription.removedFields")]});
    record["filter"] = json!({"email": row.text("filter")}).to_string().into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

/// `pg_logical_emit_message`.
fn message(seeds: &mut Seeds) -> Seeded {
    let name = "debezium message";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "postgresql", "", "m");
    let content = json!({"email": row.text("message.content")}).to_string();
    record["message"] = json!({"prefix": row.text("message.prefix"), "content": STANDARD.encode_to_string(content)});
    Seeded::json(seeds, name, &record, Becomes::Skipped)
}

fn schema_change(seeds: &mut Seeds) -> Seeded {
    let name = "debezium schema change";
    let row = &mut Row::of(seeds, name);
    let source = source(row, "mysql", "people");
    let record = json!({"source": source, "ts_ms": 1_705_314_600_123_u64, "databaseName": "coredb",
        "ddl": row.text("ddl"), "tableChanges": [{"table": {"comment": row.text("tableChanges")}}]});
    Seeded::json(seeds, name, &record, Becomes::Skipped)
}

fn signal(seeds: &mut Seeds) -> Seeded {
    let name = "debezium signal";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "postgresql", "debezium_signal", "c");
    record["after"] = json!({"id": row.text("after.id"), "type": "execute-snapshot",
        "data": json!({"filter": row.text("after.data")}).to_string()});
    Seeded::json(seeds, name, &record, Becomes::Skipped)
}
