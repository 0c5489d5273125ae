//! The same work through `serde_json::Value`, as it is usually written: parse everything, move the
//! images out, filter them into new maps, serialise.

use std::collections::HashSet;

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::Sha256;

/// The rules of one table.
pub(crate) struct PlainRules {
    pub(crate) keys: Vec<String>,
    /// Everything, where there is none.
    pub(crate) include: Option<HashSet<String>>,
    pub(crate) redact: HashSet<String>,
    pub(crate) id_key: Hmac<Sha256>,
}

/// A change, out of whichever envelope.
#[derive(Default)]
struct Plain {
    envelope: &'static str,
    database: Value,
    schema: Value,
    table: String,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
    timestamp: String,
    timestamp_from: &'static str,
    transaction_id: Value,
    source_position: Value,
}

/// From base64 to the detail.
pub(crate) fn detail(base64: &str, number: &str, rules: &PlainRules) -> String {
    let data = base64_simd::STANDARD.decode_to_vec(base64).expect("the records are base64");
    let root: Value = serde_json::from_slice(&data).expect("the records are JSON");
    let plain = decode(root);
    let after = plain.after.as_ref().expect("all of them are updates");
    let keys: Map<String, Value> =
        rules.keys.iter().map(|name| (name.clone(), after[name].clone())).collect();
    let changed: Option<Vec<&String>> = plain.before.as_ref().map(|before| {
        let published = after.keys().filter(|name| rules.includes(name));
        published.filter(|name| before.get(*name) != after.get(*name)).collect()
    });
    // As on the road: by the source's position where it has one, else by the whole record.
    let event_id = match plain.envelope {
        "debezium" => {
            rules.event_id(format!("{}{}", plain.source_position, json!(keys)).as_bytes())
        }
        _ => rules.event_id(&data),
    };
    let mut redacted = Vec::new();
    let changed = json!(changed);
    let before = plain.before.map(|row| rules.apply(row, &mut redacted));
    let after = plain.after.map(|row| rules.apply(row, &mut redacted));
    json!({
        "version": "1.0", "database": plain.database, "schema": plain.schema,
        "table": plain.table, "operation": "UPDATE",
        "eventType": format!("{}.changed", plain.table), "timestamp": plain.timestamp,
        "keys": keys, "before": before, "after": after, "changed": changed,
        "metadata": {
            "eventId": event_id, "order": format!("shard:{:03}:{number}:000000:000000", number.len()),
            "transactionId": plain.transaction_id, "sequenceNumber": number, "subSequence": 0,
            "stream": "coredb", "shard": "shardId-000000000003",
            "sourcePosition": plain.source_position, "envelope": plain.envelope,
            "timestampFrom": plain.timestamp_from, "snapshot": false, "replay": false,
            "redacted": redacted, "unchanged": [], "raw": [],
        },
    })
    .to_string()
}

impl PlainRules {
    fn includes(&self, name: &str) -> bool {
        self.include.as_ref().is_none_or(|include| include.contains(name))
    }

    fn apply(&self, row: Map<String, Value>, redacted: &mut Vec<String>) -> Map<String, Value> {
        let included = row.into_iter().filter(|(name, _)| self.includes(name));
        let withheld = included.map(|(name, value)| {
            if value.is_null() || !self.redact.contains(&name) {
                return (name, value);
            }
            if !redacted.contains(&name) {
                redacted.push(name.clone());
            }
            (name, json!("[REDACTED]"))
        });
        withheld.collect()
    }

    fn event_id(&self, data: &[u8]) -> String {
        let mut mac = self.id_key.clone();
        mac.update(data);
        mac.finalize().into_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn decode(mut root: Value) -> Plain {
    if root["metadata"]["record-type"] == "data" {
        return dms(root);
    }
    if root["payload"].is_object() {
        return debezium(root["payload"].take());
    }
    if root["op"].is_string() { debezium(root) } else { native(root) }
}

fn native(mut root: Value) -> Plain {
    Plain {
        envelope: "native",
        database: root["database"].take(),
        schema: root["schema"].take(),
        table: text(&root["table"]),
        before: map(root["before"].take()),
        after: map(root["after"].take()),
        timestamp: checked(&root["timestamp"]),
        timestamp_from: "source",
        transaction_id: root["metadata"]["transactionId"].take(),
        source_position: root["metadata"]["sequenceNumber"].take(),
    }
}

fn dms(mut root: Value) -> Plain {
    let mut before = Map::new();
    let mut after = Map::new();
    for (name, value) in map(root["data"].take()).unwrap_or_default() {
        match name.strip_prefix("BI_") {
            Some(name) => before.insert(name.to_owned(), value),
            None => after.insert(name, value),
        };
    }
    let metadata = &mut root["metadata"];
    Plain {
        envelope: "dms",
        database: Value::Null,
        schema: metadata["schema-name"].take(),
        table: text(&metadata["table-name"]),
        before: Some(before),
        after: Some(after),
        timestamp: checked(&metadata["commit-timestamp"]),
        timestamp_from: "commit",
        transaction_id: metadata["transaction-id"].to_string().into(),
        source_position: metadata["stream-position"].take(),
    }
}

fn debezium(mut root: Value) -> Plain {
    let mut source = root["source"].take();
    let micros = source["ts_us"].as_i64().expect("the records have a time");
    let time = Timestamp::from_microsecond(micros).expect("the records have a time");
    Plain {
        envelope: "debezium",
        database: source["db"].take(),
        schema: source["schema"].take(),
        table: text(&source["table"]),
        before: map(root["before"].take()),
        after: map(root["after"].take()),
        timestamp: format!("{time:.6}"),
        timestamp_from: "source",
        transaction_id: source["txId"].to_string().into(),
        source_position: source["lsn"].to_string().into(),
    }
}

fn map(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn checked(value: &Value) -> String {
    let text = text(value);
    let _: Timestamp = text.parse().expect("the records have a time");
    text
}
