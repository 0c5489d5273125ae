//! The pipeline's own envelope.

use serde_json::{Value, json};

use super::{Becomes, Row, Seeded, Seeds};

pub(super) fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    vec![
        insert(seeds),
        update(seeds, "native update", "people"),
        update(seeds, "native update of everything", "everything"),
        delete(seeds),
        moved(seeds),
        truncate(seeds),
        without_identity(seeds),
        escaped_names(seeds, "native escaped names", "people"),
        escaped_names(seeds, "native escaped names of everything", "everything"),
        compressed(seeds),
    ]
}

/// A change with strangers in the envelope and in its metadata, and words where numbers belong.
fn change(row: &mut Row<'_>, table: &str, operation: &str) -> Value {
    let mut change = json!({"table": table, "operation": operation,
        "timestamp": row.words("timestamp"), "query": row.text("query"), "sql": row.text("sql"),
        "metadata": {"transactionId": row.words("metadata.transactionId"),
            "sequenceNumber": row.words("metadata.sequenceNumber")}});
    row.strangers(&mut change, "");
    row.strangers(&mut change["metadata"], "metadata.");
    change
}

fn insert(seeds: &mut Seeds) -> Seeded {
    let name = "native insert";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "people", "INSERT");
    record["after"] = row.person("after", 1).into();
    record["keys"] = json!({"id": 1, "email": row.text("keys.email"), "n": row.number("keys.n")});
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn update(seeds: &mut Seeds, name: &'static str, table: &str) -> Seeded {
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, table, "UPDATE");
    record["before"] = row.person("before", 1).into();
    record["data"] = row.person("data", 1).into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn delete(seeds: &mut Seeds) -> Seeded {
    let name = "native delete";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "people", "DELETE");
    record["before"] = row.person("before", 1).into();
    record["after"] = row.person("after", 1).into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn moved(seeds: &mut Seeds) -> Seeded {
    let name = "native moved key";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "people", "UPDATE");
    record["before"] = row.person("before", 2).into();
    record["after"] = row.person("after", 3).into();
    Seeded::json(seeds, name, &record, Becomes::Events(2))
}

fn truncate(seeds: &mut Seeds) -> Seeded {
    let name = "native truncate";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "visits", "TRUNCATE");
    record["before"] = row.visit("before").into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn without_identity(seeds: &mut Seeds) -> Seeded {
    let name = "native visit";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "visits", "UPDATE");
    record["before"] = row.visit("before").into();
    record["after"] = row.visit("after").into();
    record["keys"] = json!({"email": row.text("keys.email"), "n": row.number("keys.n")});
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

/// Names, and with them values, written as escapes.
fn escaped_names(seeds: &mut Seeds, name: &'static str, table: &str) -> Seeded {
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, table, "INSERT");
    record["after"] = row.person("after", 4).into();
    let text = record.to_string();
    let text =
        text.replace("\"email\":", "\"\\u0065mail\":").replace("\"phone\":", "\"P\\u0048one\":");
    let text = text
        .replace("Quirina", "\\u0051uirin\\u0061")
        .replace("\"secret_note\"", "\"SECRET\\u005fnote\"");
    Seeded::new(seeds, name, text, Becomes::Events(1))
}

fn compressed(seeds: &mut Seeds) -> Seeded {
    let name = "native compressed";
    let row = &mut Row::of(seeds, name);
    let mut record = change(row, "people", "INSERT");
    record["after"] = row.person("after", 5).into();
    let data = super::gzip(record.to_string().as_bytes());
    Seeded::new(seeds, name, data, Becomes::Events(1))
}
