//! Records that nobody can publish: every way in which one can be wrong, with planted values in what is
//! wrong about it and in what is not.

use serde_json::{Value, json};

use super::{Becomes, Kind, Row, Seeded, Seeds, gzip};

/// Bytes that make a record too large for the bus.
const LARGE_BYTES: usize = 1_000_000;

/// Records that are given up on.
pub fn failures(seeds: &mut Seeds) -> Vec<Seeded> {
    let mut failures = bytes(seeds);
    failures.extend(wrong_members(seeds));
    failures.extend(duplicates(seeds));
    failures.extend([
        unlisted(seeds),
        unlisted_and_broken(seeds),
        without_key(seeds, "no key", None),
        without_key(seeds, "key of null", Some(Value::Null)),
        without_row(seeds),
        escaped_prefix(seeds),
        broken_document(seeds),
    ]);
    failures
}

/// No JSON, or none to its end.
fn bytes(seeds: &mut Seeds) -> Vec<Seeded> {
    let mut made = Vec::new();
    let mut add = |seeds: &mut Seeds, name, data: Vec<u8>| {
        made.push(Seeded::new(seeds, name, data, Becomes::Letter));
    };
    let text = |seeds: &mut Seeds, name: &'static str| Row::of(seeds, name).text("the bytes");
    let it = text(seeds, "no JSON");
    add(seeds, "no JSON", format!("{{not json, {it}").into());
    let it = seeds.plant(Kind::Name, "a body of words: the bytes");
    add(seeds, "a body of words", it.into());
    let it = seeds.plant(Kind::Email, "a JSON string: the bytes");
    add(seeds, "a JSON string", json!(it).to_string().into());
    let it = seeds.number("a JSON number: the bytes");
    add(seeds, "a JSON number", it.to_string().into());
    let it = text(seeds, "a JSON list");
    add(seeds, "a JSON list", json!([it]).to_string().into());
    let it = text(seeds, "not UTF-8");
    add(seeds, "not UTF-8", [it.as_bytes(), b"\xff\xfe"].concat());
    let it = text(seeds, "truncated gzip");
    let whole = gzip(it.repeat(40).as_bytes());
    add(seeds, "truncated gzip", whole[..whole.len() - 9].to_vec());
    let mut record = json!({"table": "people", "operation": "INSERT"});
    record["after"] = Row::of(seeds, "truncated JSON").person("after", 1).into();
    let whole = record.to_string();
    add(seeds, "truncated JSON", whole.as_bytes()[..whole.len() - 3].to_vec());
    let it = text(seeds, "unquoted");
    let broken =
        format!("{{\"table\":\"people\",\"operation\":\"INSERT\",\"after\":{{\"email\":{it}}}}}");
    add(seeds, "unquoted", broken.into());
    let it = text(seeds, "a control character");
    add(seeds, "a control character", format!("{{\"table\":\"{it}\n\"}}").into());
    let it = text(seeds, "too deep");
    add(seeds, "too deep", format!("{}{}", "[".repeat(200), json!(it)).into());
    made
}

/// An envelope with words where something else belongs.
fn wrong_members(seeds: &mut Seeds) -> Vec<Seeded> {
    let cases: [(&str, &str, Value); 15] = [
        ("unknown envelope", "email", json!({})),
        ("native operation", "operation", json!({"table": "people", "after": {"id": 1}})),
        (
            "native table",
            "/table/0",
            json!({"table": [7], "operation": "INSERT", "after": {"id": 1}}),
        ),
        (
            "native before",
            "before",
            json!({"table": "people", "operation": "UPDATE", "after": {"id": 1}}),
        ),
        (
            "native keys",
            "keys",
            json!({"table": "people", "operation": "INSERT", "after": {"id": 1}}),
        ),
        (
            "native metadata",
            "metadata",
            json!({"table": "people", "operation": "INSERT", "after": {"id": 1}}),
        ),
        (
            "dms operation",
            "/metadata/operation",
            json!({"metadata": {"record-type": "data", "table-name": "people"}, "data": {"id": 1}}),
        ),
        (
            "dms record type",
            "/metadata/record-type",
            json!({"metadata": {"record-type": 0}, "data": {"id": 1}}),
        ),
        (
            "dms data",
            "data",
            json!({"metadata": {"record-type": "data", "operation": "insert", "table-name": "people"}}),
        ),
        ("debezium op", "op", json!({"source": {"table": "people"}, "after": {"id": 1}})),
        (
            "debezium transaction",
            "transaction",
            json!({"op": "c", "source": {"table": "people"}, "after": {"id": 1}}),
        ),
        ("debezium payload", "payload", json!({"schema": {}})),
        ("cloudevent type", "type", json!({"specversion": "1.0", "data": {}})),
        ("ogg operation", "op_type", json!({"table": "people", "after": {"id": 1}})),
        (
            "dynamodb event name",
            "eventName",
            json!({"tableName": "people", "dynamodb": {"Keys": {}}}),
        ),
    ];
    let mut made = Vec::new();
    for (name, member, mut record) in cases {
        let row = &mut Row::of(seeds, name);
        let it: Value = row.text(member).into();
        match record.pointer_mut(member) {
            Some(place) => *place = it,
            None if member.starts_with('/') => record["metadata"]["operation"] = it,
            None => record[member] = it,
        }
        row.strangers(&mut record, "");
        made.push(Seeded::json(seeds, name, &record, Becomes::Letter));
    }
    made
}

/// A member twice: in the row, under an escaped name, in the envelope, in its metadata.
fn duplicates(seeds: &mut Seeds) -> Vec<Seeded> {
    let mut made = Vec::new();
    for (name, template) in [
        (
            "twice in the row",
            r#"{"table":"people","operation":"INSERT","after":{"id":1,"email":"A","email":"B"}}"#,
        ),
        (
            "twice by an escape",
            r#"{"table":"people","operation":"INSERT","after":{"id":1,"email":"A","\u0065mail":"B"}}"#,
        ),
        (
            "twice in other columns",
            r#"{"table":"people","operation":"INSERT","after":{"id":1,"status":"A","status":"B"}}"#,
        ),
        (
            "twice in the envelope",
            r#"{"table":"people","operation":"INSERT","after":{"id":1,"name":"A"},"after":{"id":1,"name":"B"}}"#,
        ),
        (
            "twice in dms",
            r#"{"metadata":{"record-type":"data","operation":"insert","table-name":"people"},"data":{"id":1,"email":"A","email":"B"}}"#,
        ),
        (
            "twice in a source",
            r#"{"op":"c","source":{"table":"people","query":"A","query":"B"},"after":{"id":1}}"#,
        ),
    ] {
        let mut record = template.to_owned();
        for which in ["\"A\"", "\"B\""] {
            let at = if which == "\"A\"" { "the first" } else { "the second" };
            let value = json!(Row::of(seeds, name).text(at)).to_string();
            record = record.replacen(which, &value, 1);
        }
        made.push(Seeded::new(seeds, name, record, Becomes::Letter));
    }
    made
}

/// Of a table that nobody listed.
fn unlisted(seeds: &mut Seeds) -> Seeded {
    let name = "an unlisted table";
    let row = &mut Row::of(seeds, name);
    let record = json!({"table": "salaries", "operation": "UPDATE", "query": row.text("query"),
        "before": row.person("before", 1), "after": row.person("after", 1)});
    Seeded::json(seeds, name, &record, Becomes::Letter)
}

fn unlisted_and_broken(seeds: &mut Seeds) -> Seeded {
    let name = "an unlisted table, broken";
    let row = &mut Row::of(seeds, name);
    let record = json!({"table": "salaries", "operation": row.text("operation"), "after": row.person("after", 1)});
    Seeded::json(seeds, name, &record, Becomes::Letter)
}

fn without_key(seeds: &mut Seeds, name: &'static str, key: Option<Value>) -> Seeded {
    let mut after = Row::of(seeds, name).person("after", 1);
    after.remove("id");
    after.extend(key.map(|key| ("id".to_owned(), key)));
    let record = json!({"table": "people", "operation": "INSERT", "after": after});
    Seeded::json(seeds, name, &record, Becomes::Letter)
}

fn without_row(seeds: &mut Seeds) -> Seeded {
    let name = "no row";
    let row = &mut Row::of(seeds, name);
    let record = json!({"table": "people", "operation": "INSERT", "before": row.person("before", 1),
        "comment": row.text("comment")});
    Seeded::json(seeds, name, &record, Becomes::Letter)
}

/// The prefix of a before image is known as written, and not otherwise.
fn escaped_prefix(seeds: &mut Seeds) -> Seeded {
    let name = "an escaped prefix";
    let it = json!(Row::of(seeds, name).text("data.BI_email"));
    let metadata = r#"{"record-type":"data","operation":"update","table-name":"people"}"#;
    let record =
        format!("{{\"metadata\":{metadata},\"data\":{{\"id\":1,\"\\u0042I_email\":{it}}}}}");
    Seeded::new(seeds, name, record, Becomes::Letter)
}

/// MongoDB's document, which is no JSON.
fn broken_document(seeds: &mut Seeds) -> Seeded {
    let name = "a broken document";
    let it = Row::of(seeds, name).text("after");
    let record = json!({"op": "c", "source": {"connector": "mongodb", "collection": "people"},
        "after": format!("{{\"id\": 1, \"name\": {it}")});
    Seeded::json(seeds, name, &record, Becomes::Letter)
}

/// A row whose key alone is more than an event may be.
fn too_large_key(seeds: &mut Seeds) -> Seeded {
    let name = "a key of 1 MB";
    let row = &mut Row::of(seeds, name);
    let record = json!({"table": "people", "operation": "INSERT",
        "after": {"id": "7".repeat(LARGE_BYTES), "name": row.text("after.name"), "email": row.text("after.email")}});
    Seeded::json(seeds, name, &record, Becomes::Letter)
}

/// A change whose event is too large for the bus, one that is given up on and too large for a letter, and one whose
/// key alone is too large for an event.
pub fn oversize(seeds: &mut Seeds) -> Vec<Seeded> {
    let mut made = Vec::new();
    for (name, table, becomes) in [
        ("oversize", "everything", Becomes::Events(1)),
        ("oversize without its key", "people", Becomes::Letter),
    ] {
        let row = &mut Row::of(seeds, name);
        let mut record = json!({"table": table, "operation": "UPDATE",
            "before": row.person("before", 1), "after": row.person("after", 1)});
        record["after"]["bio"] = "b".repeat(LARGE_BYTES).into();
        if becomes == Becomes::Letter {
            record["after"]["id"] = Value::Null;
        }
        made.push(Seeded::json(seeds, name, &record, becomes));
    }
    made.push(too_large_key(seeds));
    made
}
