//! What the mappings send.

use std::{fmt::Write as _, io::Write as _};

use base64_simd::STANDARD as BASE64;
use serde_json::{Value, json};

pub(super) const STANDARD: &str = "arn:aws:sqs:us-east-1:123456789012:coredb-cdc";
pub(super) const FIFO: &str = "arn:aws:sqs:us-east-1:123456789012:coredb-cdc.fifo";
pub(super) const CLUSTER: &str =
    "arn:aws:kafka:us-east-1:123456789012:cluster/coredb/abcd1234-abcd-cafe-abab-9876543210ab-4";

/// A record of no known envelope.
pub(super) const BAD: &str = r#"{"nobody":"knows"}"#;

/// The offset of the first record of each partition.
const FIRST_OFFSET: u64 = 100;

/// Some records of a partition of a topic; none is a tombstone.
pub(super) type Partition<'a> = (&'a str, u32, &'a [Option<String>]);

/// `a1` is version 1 of row `a` of `t`.
pub(super) fn row(word: &str) -> String {
    let (id, v) = word.split_at(1);
    json!({"table": "t", "operation": "UPDATE", "after": {"id": id, "v": v, "ssn": "000-12-3456"}})
        .to_string()
}

/// A text as producers write it that compress.
pub(super) fn gzip(text: &str) -> String {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    BASE64.encode_to_string(gzip.finish().unwrap())
}

/// The id of a payload's message, counted from 1.
pub(super) fn message_id(number: usize) -> String {
    format!("059f36b4-87a3-44ab-83d2-{number:012}")
}

/// The event of these messages of a queue: message group and body.
pub(super) fn sqs(arn: &str, messages: &[(&str, &str)]) -> String {
    let message = |(number, (group, body)): (usize, &(&str, &str))| {
        let mut attributes = json!({
            "ApproximateReceiveCount": "1", "SentTimestamp": (1_705_314_600_000 + number).to_string(),
            "SenderId": "s", "ApproximateFirstReceiveTimestamp": "1705314600220",
        });
        if !group.is_empty() {
            attributes["MessageGroupId"] = json!(group);
            attributes["SequenceNumber"] =
                json!((18_873_177_232_222_703_872_u128 + number as u128 * 256).to_string());
        }
        json!({
            "messageId": message_id(number + 1), "receiptHandle": "r", "body": body,
            "attributes": attributes, "messageAttributes": {}, "md5OfBody": "m",
            "eventSource": "aws:sqs", "eventSourceARN": arn, "awsRegion": "us-east-1",
        })
    };
    let records: Vec<Value> = messages.iter().enumerate().map(message).collect();
    json!({"Records": records}).to_string()
}

/// The event of these records of the managed cluster.
pub(super) fn kafka(partitions: &[Partition<'_>]) -> String {
    let head = json!({"eventSource": "aws:kafka", "eventSourceArn": CLUSTER,
        "bootstrapServers": "b-1:9092"});
    with_records(&head, partitions)
}

/// The same of a cluster with these servers.
pub(super) fn self_managed(servers: &str, partitions: &[Partition<'_>]) -> String {
    let head = json!({"eventSource": "SelfManagedKafka", "bootstrapServers": servers});
    with_records(&head, partitions)
}

fn with_records(head: &Value, partitions: &[Partition<'_>]) -> String {
    let mut lists = String::new();
    for (topic, partition, values) in partitions {
        let record = |(offset, value): (u64, &Option<String>)| {
            json!({
                "topic": topic, "partition": partition, "offset": offset,
                "timestamp": 1_705_314_600_120_u64 + offset, "timestampType": "CREATE_TIME",
                "key": BASE64.encode_to_string("k"),
                "value": value.as_ref().map(|value| BASE64.encode_to_string(value)), "headers": [],
            })
        };
        let records: Vec<Value> = (FIRST_OFFSET..).zip(*values).map(record).collect();
        let comma = if lists.is_empty() { "" } else { "," };
        let _ = write!(lists, "{comma}\"{topic}-{partition}\":{}", json!(records));
    }
    let head = head.to_string();
    format!("{},\"records\":{{{lists}}}}}", head.trim_end_matches('}'))
}
