//! Maxwell and Canal, which both read MySQL's binlog.

use serde_json::{Value, json};

use super::{Becomes, Row, Seeded, Seeds};

pub(super) fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    vec![
        maxwell_update(seeds),
        maxwell_visit(seeds),
        maxwell_ddl(seeds),
        canal_rows(seeds),
        canal_ddl(seeds),
    ]
}

fn maxwell(row: &mut Row<'_>, table: &str, kind: &str) -> Value {
    let mut record = json!({"database": "coredb", "table": table, "type": kind, "ts": 1_705_314_600,
        "xid": row.words("xid"), "xoffset": 1, "position": row.words("position"),
        "gtid": row.words("gtid"), "query": row.text("query"), "sql": row.text("sql"),
        "primary_key": [row.text("primary_key"), row.number("primary_key of digits")],
        "primary_key_columns": ["id"]});
    row.strangers(&mut record, "");
    record
}

fn maxwell_update(seeds: &mut Seeds) -> Seeded {
    let name = "maxwell update";
    let row = &mut Row::of(seeds, name);
    let mut record = maxwell(row, "people", "update");
    record["data"] = row.person("data", 40).into();
    record["old"] = row.person("old", 40).into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn maxwell_visit(seeds: &mut Seeds) -> Seeded {
    let name = "maxwell visit";
    let row = &mut Row::of(seeds, name);
    let mut record = maxwell(row, "visits", "delete");
    record["primary_key_columns"] = json!(["email", "national_id"]);
    record["data"] = row.visit("data").into();
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn maxwell_ddl(seeds: &mut Seeds) -> Seeded {
    let name = "maxwell ddl";
    let row = &mut Row::of(seeds, name);
    let mut record = maxwell(row, "people", "table-alter");
    record["def"] = json!({"columns": [{"name": "name", "default": row.text("def.default")}]});
    record["old"] = json!({"comment": row.text("old.comment")});
    Seeded::json(seeds, name, &record, Becomes::Skipped)
}

fn canal(row: &mut Row<'_>, table: &str, kind: &str) -> Value {
    let mut record = json!({"database": "coredb", "table": table, "type": kind, "isDdl": false,
        "es": 1_705_314_600_123_u64, "ts": 1_705_314_600_456_u64, "id": 9, "pkNames": ["id"],
        "gtid": row.words("gtid"), "sql": row.text("sql"),
        "mysqlType": {"name": row.text("mysqlType")}});
    row.strangers(&mut record, "");
    record
}

fn canal_rows(seeds: &mut Seeds) -> Seeded {
    let name = "canal update";
    let row = &mut Row::of(seeds, name);
    let mut record = canal(row, "people", "UPDATE");
    record["data"] = json!([row.person("data of row 1", 41), row.person("data of row 2", 42)]);
    record["old"] = json!([row.person("old of row 1", 41), {"email": row.text("old of row 2")}]);
    Seeded::json(seeds, name, &record, Becomes::Events(2))
}

fn canal_ddl(seeds: &mut Seeds) -> Seeded {
    let name = "canal ddl";
    let row = &mut Row::of(seeds, name);
    let mut record = canal(row, "people", "ALTER");
    record["isDdl"] = true.into();
    record["data"] = json!([row.visit("data")]);
    Seeded::json(seeds, name, &record, Becomes::Skipped)
}
