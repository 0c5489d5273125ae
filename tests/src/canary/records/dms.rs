//! AWS DMS: rows with each form of the image before, a full load, and what DMS writes about itself.

use serde_json::{Map, Value, json};

use super::{Becomes, Row, Seeded, Seeds};

pub(super) fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    vec![
        load(seeds),
        before_columns(seeds, "dms before columns", "people"),
        before_columns(seeds, "dms before columns of everything", "everything"),
        before_image(seeds, "dms before image", false),
        before_image(seeds, "dms before image inside data", true),
        delete(seeds),
        control(seeds),
        own_table(seeds),
    ]
}

fn record(row: &mut Row<'_>, table: &str, operation: &str) -> Value {
    let mut record = json!({"metadata": {"timestamp": "2024-01-15T10:30:00.123456Z",
        "record-type": "data", "operation": operation, "partition-key-type": "primary-key",
        "partition-key-value": row.text("metadata.partition-key-value"),
        "schema-name": "public", "table-name": table,
        "transaction-id": row.words("metadata.transaction-id"),
        "commit-timestamp": row.words("metadata.commit-timestamp"),
        "prev-transaction-id": row.words("metadata.prev-transaction-id"),
        "stream-position": row.words("metadata.stream-position")}});
    row.strangers(&mut record, "");
    row.strangers(&mut record["metadata"], "metadata.");
    record
}

fn load(seeds: &mut Seeds) -> Seeded {
    let name = "dms load";
    let row = &mut Row::of(seeds, name);
    let mut record = record(row, "visits", "load");
    record["data"] = row.visit("data").into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn before_columns(seeds: &mut Seeds, name: &'static str, table: &str) -> Seeded {
    let row = &mut Row::of(seeds, name);
    let mut record = record(row, table, "update");
    let mut data: Map<String, Value> = row.person("data", 10);
    let before = row.person("BI_", 10);
    data.extend(before.into_iter().map(|(column, value)| (format!("BI_{column}"), value)));
    record["data"] = data.into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn before_image(seeds: &mut Seeds, name: &'static str, inside: bool) -> Seeded {
    let row = &mut Row::of(seeds, name);
    let mut record = record(row, "people", "update");
    record["data"] = row.person("data", 10).into();
    let before = row.person("before-image", 10).into();
    if inside {
        record["data"]["before-image"] = before;
    } else {
        record["before-image"] = before;
    }
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn delete(seeds: &mut Seeds) -> Seeded {
    let name = "dms delete";
    let row = &mut Row::of(seeds, name);
    let mut record = record(row, "people", "delete");
    record["data"] = row.person("data", 10).into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn control(seeds: &mut Seeds) -> Seeded {
    let name = "dms control";
    let row = &mut Row::of(seeds, name);
    let mut record = record(row, "people", "change-columns");
    record["metadata"]["record-type"] = "control".into();
    record["control"] = json!({"table-def": {"columns": {"name": {"type": "STRING",
        "default": row.text("control.table-def.columns.name.default")}},
        "comment": row.text("control.table-def.comment")}});
    Seeded::json(seeds, name, &record, Becomes::Skipped)
}

fn own_table(seeds: &mut Seeds) -> Seeded {
    let name = "dms own table";
    let row = &mut Row::of(seeds, name);
    let mut record = record(row, "awsdms_apply_exceptions", "insert");
    record["data"] =
        json!({"STATEMENT": row.text("data.STATEMENT"), "ERROR": row.text("data.ERROR")});
    Seeded::json(seeds, name, &record, Becomes::Skipped)
}
