//! DynamoDB's streams, through Kinesis, and the dialler's queue.

use serde_json::{Map, Value, json};

use super::{Becomes, Row, Seeded, Seeds};

pub(super) fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    vec![stream(seeds), through_kinesis(seeds), dialler(seeds)]
}

/// Plain JSON as typed attribute values.
fn attribute(value: Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(it) => json!({"BOOL": it}),
        Value::Number(it) => json!({"N": it.to_string()}),
        Value::String(it) => json!({"S": it}),
        Value::Array(items) => json!({"L": items.into_iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(members) => json!({"M": image(members)}),
    }
}

fn image(row: Map<String, Value>) -> Map<String, Value> {
    row.into_iter().map(|(column, value)| (column, attribute(value))).collect()
}

fn stream(seeds: &mut Seeds) -> Seeded {
    let name = "dynamodb stream";
    let row = &mut Row::of(seeds, name);
    let mut record = json!({"eventID": row.words("eventID"), "eventName": "MODIFY",
        "eventSource": "aws:dynamodb",
        "userIdentity": {"type": "Service", "principalId": row.text("userIdentity.principalId")},
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/people/stream/2024-01-15T10:30:00.000",
        "dynamodb": {"Keys": {"id": {"N": "60"}, "email": {"S": row.text("dynamodb.Keys.email")}},
            "OldImage": image(row.person("dynamodb.OldImage", 60)),
            "NewImage": image(row.person("dynamodb.NewImage", 60)),
            "SequenceNumber": row.words("dynamodb.SequenceNumber")}});
    row.strangers(&mut record, "");
    row.strangers(&mut record["dynamodb"], "dynamodb.");
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

/// Keys alone, of a table without row identity.
fn through_kinesis(seeds: &mut Seeds) -> Seeded {
    let name = "dynamodb keys";
    let row = &mut Row::of(seeds, name);
    let record = json!({"eventID": "d3b07384-d113-4ec6-a7a9-7d3a5c1b2f10", "eventName": "REMOVE",
        "tableName": "visits", "eventSource": "aws:dynamodb",
        "userIdentity": {"principalId": row.text("userIdentity.principalId")},
        "dynamodb": {"ApproximateCreationDateTime": 1_705_314_600_123_u64,
            "Keys": image(row.visit("dynamodb.Keys"))}});
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}

fn dialler(seeds: &mut Seeds) -> Seeded {
    let name = "dialler";
    let row = &mut Row::of(seeds, name);
    let mut record = json!({"eventName": "INSERT", "tableName": "people",
        "dynamodb": {"NewImage": image(row.person("dynamodb.NewImage", 61))}});
    row.strangers(&mut record, "");
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}
