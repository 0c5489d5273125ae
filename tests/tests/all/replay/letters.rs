//! Records, and the Lambda events that deliver them.

use base64_simd::STANDARD as BASE64;
use serde_json::{Value, json};

/// Most records of one event.
const RECORDS_MAX: usize = 500;

/// A record with its place.
pub(super) struct Row {
    pub(super) shard: String,
    pub(super) number: String,
    pub(super) data: String,
}

/// `a1` is version 1 of row `a` of `t`, `?` is no JSON, and `other` a row of another table.
pub(super) fn row(word: &str) -> String {
    let row = |table: &str, row: Value| {
        json!({"table": table, "operation": "INSERT", "after": row,
            "timestamp": "2024-01-15T10:30:00.123456Z"})
        .to_string()
    };
    match word {
        "?" => "{no json".to_owned(),
        "other" => row("other", json!({"id": 12_345_678_901_234_567_890_u64})),
        word => {
            let (id, v) = word.split_at(1);
            let id = if id == "r" { word } else { id };
            row("t", json!({"id": id, "v": v, "ssn": "000-12-3456"}))
        }
    }
}

/// The events that deliver these records of one shard.
pub(super) fn event(stream_arn: &str, rows: &[Row]) -> Vec<String> {
    let record = |row: &Row| {
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": row.number,
                "data": BASE64.encode_to_string(&row.data),
                "approximateArrivalTimestamp": 1_705_314_600.5,
            },
            "eventSource": "aws:kinesis", "eventVersion": "1.0",
            "eventID": format!("{}:{}", row.shard, row.number),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/cdc-processor",
            "awsRegion": "us-east-1", "eventSourceARN": stream_arn,
        })
    };
    let event = |rows: &[Row]| json!({"Records": rows.iter().map(record).collect::<Vec<_>>()});
    rows.chunks(RECORDS_MAX).map(|rows| event(rows).to_string()).collect()
}

/// The sequence number of a letter's record.
pub(super) fn number(body: &str) -> String {
    let letter: Value = serde_json::from_str(body).unwrap();
    letter["position"]["sequenceNumber"].as_str().unwrap().to_owned()
}
