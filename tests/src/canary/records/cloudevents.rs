//! Debezium in structured CloudEvents.

use serde_json::{Value, json};

use super::{Becomes, Row, Seeded, Seeds};

pub(super) fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    vec![event(seeds, "cloudevent", false), event(seeds, "cloudevent with payload", true)]
}

fn event(seeds: &mut Seeds, name: &'static str, payload: bool) -> Seeded {
    let row = &mut Row::of(seeds, name);
    let mut record = json!({"id": row.words("id"), "source": row.words("source"), "specversion": "1.0",
        "type": "io.debezium.connector.postgresql.DataChangeEvent", "time": row.words("time"),
        "subject": row.text("subject"), "dataschema": row.text("dataschema"),
        "iodebeziumop": "u", "iodebeziumconnector": "postgresql", "iodebeziumname": "coredb",
        "iodebeziumtsms": "1705314600123", "iodebeziumdb": "coredb", "iodebeziumschema": "public",
        "iodebeziumtable": "people", "iodebeziumtxId": row.words("iodebeziumtxId"),
        "iodebeziumtxid": row.words("iodebeziumtxid"), "iodebeziumlsn": row.words("iodebeziumlsn"),
        "iodebeziumquery": row.text("iodebeziumquery")});
    row.strangers(&mut record, "");
    let images: Value =
        json!({"before": row.person("data.before", 30), "after": row.person("data.after", 30)});
    record["data"] = if payload { json!({"payload": images}) } else { images };
    row.strangers(&mut record["data"], "data.");
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}
