//! Real captures that nobody here wrote, end to end. The numbers were read off the files.

use std::collections::HashSet;

use crate::world::{World, fixture};

/// Tables of the DMS capture; most declare no key.
pub(crate) const DMS_TABLES: [&str; 17] = [
    "array_types",
    "astronauts",
    "awards_players",
    "batting",
    "diamonds",
    "films",
    "functional_alltypes",
    "intervals",
    "json_t",
    "jsonb_t",
    "map",
    "not_supported_intervals",
    "topk",
    "tzone",
    "win",
    "public.extra",
    "other",
];

pub(crate) fn without_keys(tables: &[&str]) -> String {
    let table = |name: &&str| format!("  {name}: {{keys: none, include: [\"*\"]}}\n");
    tables.iter().map(table).collect()
}

/// Runs a capture once and once more from the start, and tells what became of it.
fn check(file: &str, tables: &str, expected: &str, letters: &[&str]) {
    let Some(content) = fixture(&format!("ndjson/{file}.ndjson")) else { return };
    let ran = World::new(tables).run(file, content.clone());
    assert_eq!(ran.outcome(), expected, "{file}");
    let buried = ran.letters();
    let found: Vec<&str> =
        buried.iter().map(|letter| letter["error"]["message"].as_str().unwrap()).collect();
    assert_eq!(found, letters, "{file}");
    let published = ran.events();
    assert_eq!(published.len() as u64, ran.finished.summary.published, "{file}: on the queue");

    let twice = World { redeliver: 1, ..World::new(tables) }.run(file, content);
    let events = twice.events();
    let ids: HashSet<&str> = events
        .iter()
        .map(|event| event["detail"]["metadata"]["eventId"].as_str().unwrap())
        .collect();
    assert_eq!(events.len(), published.len(), "{file}: published twice");
    assert_eq!(ids.len(), published.len(), "{file}: two changes share an event id");
    assert_eq!(twice.finished.summary.duplicates, 0);
    assert_eq!(twice.letters().len(), buried.len(), "{file}: buried twice");
}

#[test]
fn dms_from_postgresql() {
    // 82 loads; 49 control records and 6 rows of awsdms_* tables.
    check(
        "dms-postgresql-kinesis",
        &without_keys(&DMS_TABLES),
        "records 137, published 82, skipped control 55",
        &[],
    );
}

#[test]
fn debezium_from_postgresql() {
    // 9 snapshot reads, 4 updates, 2 creates, and a delete without any image.
    check(
        "debezium-flink",
        "  products: {keys: [id], include: [\"*\"]}\n",
        "records 16, published 15, dead VALIDATION_ERROR 1",
        &["a DELETE with neither key nor before image names no row; let the source send its key \
           (PostgreSQL: REPLICA IDENTITY)"],
    );
}

#[test]
fn debezium_from_mysql() {
    check(
        "debezium-seatunnel",
        "  inventory.products: {keys: [id], include: [\"*\"]}\n  mysql_cdc_e2e_source_table: {keys: [id], include: [\"*\"]}\n",
        "records 19, published 19",
        &[],
    );
}

#[test]
fn debezium_with_and_without_schema() {
    check(
        "debezium-flink-cdc-lines",
        "  customers: {keys: [id], include: [\"*\"]}\n  products: {keys: [id], include: [\"*\"]}\n",
        "records 40, published 40",
        &[],
    );
}

#[test]
fn debezium_documents_without_a_source_name_no_table() {
    // Four of the six were cut to before, after and op.
    let no_table = "source.table must name the table";
    check(
        "debezium-flink-cdc-documents",
        "  full_types: {keys: none, include: [\"*\"]}\n",
        "records 6, published 2, dead PARSE_ERROR 4",
        &[no_table; 4],
    );
}

#[test]
fn debezium_control_messages_and_a_cloud_event() {
    // A create, a delete, a truncate, an update and a CloudEvent's snapshot read; the rest is none.
    check(
        "debezium-cloudevents-and-control",
        "  accounts: {keys: none, include: [\"*\"]}\n  customers: {keys: none, include: [\"*\"]}\n",
        "records 10, published 5, skipped heartbeat 1, skipped message 1, skipped schema 1, \
         skipped tombstone 1, skipped transaction 1",
        &[],
    );
}
