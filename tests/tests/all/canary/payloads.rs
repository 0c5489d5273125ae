//! What the mappings send: the seeded records, with values planted around them.

use base64_simd::STANDARD as BASE64;
use cdc_tests::canary::{Seeded, Seeds};
use serde_json::{Value, json};

use super::stand::Stand;

pub(super) const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:coredb-cdc.fifo";
pub(super) const CLUSTER: &str =
    "arn:aws:kafka:us-east-1:123456789012:cluster/coredb/abcd1234-abcd-cafe-abab-9876543210ab-4";
pub(super) const TOPIC: &str = "core-users";

/// What stands for a record in a wrapper, until its text does.
const DETAIL: &str = "the record";

/// Puts the records on the stream, and gives the event that delivers them. (One shard takes them all.)
pub(super) async fn kinesis(stand: &Stand, records: &[Seeded]) -> String {
    let mut delivered = Vec::new();
    for record in records {
        let data = record.data.clone().into();
        let stream = &stand.resources.stream;
        let put = stand.cloud.put_record(stream, &record.partition_key, data).await.unwrap();
        delivered.push(json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0", "partitionKey": record.partition_key,
                "sequenceNumber": put.number, "data": BASE64.encode_to_string(&record.data),
                "approximateArrivalTimestamp": 1_705_314_600.5,
            },
            "eventSource": "aws:kinesis", "eventVersion": "1.0",
            "eventID": format!("{}:{}", put.shard, put.number), "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/cdc-processor",
            "awsRegion": "us-east-1", "eventSourceARN": stand.provisioned.stream_arn,
        }));
    }
    json!({"Records": delivered}).to_string()
}

/// The same of a FIFO queue: groups, attributes and ids of messages are the sender's own words.
pub(super) fn sqs(seeds: &mut Seeds, records: &[Seeded]) -> String {
    let mut message = |(number, record): (usize, &Seeded)| {
        let mut plant = |member: &str| seeds.text(format!("{}, in a queue: {member}", record.name));
        let body = String::from_utf8(record.data.clone());
        let body = body.unwrap_or_else(|_| BASE64.encode_to_string(&record.data));
        let is_json = serde_json::from_str::<Value>(&body).is_ok();
        let body = match (number % 3, is_json) {
            (1, _) => json!({"Type": "Notification", "MessageId": "m", "Message": body,
                "Subject": plant("SNS Subject"),
                "MessageAttributes": {"user": {"Type": "String", "Value": plant("SNS attribute")}}})
            .to_string(),
            (2, true) => json!({"version": "0", "id": "i", "detail-type": plant("detail-type"),
                    "source": plant("source"), "resources": [plant("resources")],
                    "detail": DETAIL})
            .to_string()
            .replace(&json!(DETAIL).to_string(), &body),
            _ => body,
        };
        json!({
            "messageId": format!("059f36b4-87a3-44ab-83d2-{number:012}"), "receiptHandle": "r",
            "body": body, "md5OfBody": "m", "eventSource": "aws:sqs", "eventSourceARN": QUEUE,
            "awsRegion": "us-east-1",
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1705314600000",
                "SenderId": plant("SenderId"), "ApproximateFirstReceiveTimestamp": "1705314600220",
                "MessageGroupId": record.partition_key,
                "MessageDeduplicationId": plant("MessageDeduplicationId"),
                "SequenceNumber": (18_873_177_232_222_703_872_u128 + number as u128 * 256).to_string()},
            "messageAttributes": {"user": {"dataType": "String",
                "stringValue": plant("messageAttributes")}},
        })
    };
    let messages: Vec<Value> = records.iter().enumerate().map(&mut message).collect();
    json!({"Records": messages}).to_string()
}

/// The same of a topic: keys and headers are the producer's own words.
pub(super) fn kafka(seeds: &mut Seeds, records: &[Seeded]) -> String {
    let mut record = |(offset, record): (usize, &Seeded)| {
        let header = seeds.text(format!("{}, in a topic: headers", record.name));
        json!({
            "topic": TOPIC, "partition": 0, "offset": offset,
            "timestamp": 1_705_314_600_120_u64, "timestampType": "CREATE_TIME",
            "key": BASE64.encode_to_string(&record.partition_key),
            "value": BASE64.encode_to_string(&record.data),
            "headers": [{"user": header.into_bytes()}],
        })
    };
    let records: Vec<Value> = records.iter().enumerate().map(&mut record).collect();
    let partition = format!("{TOPIC}-0");
    json!({"eventSource": "aws:kafka", "eventSourceArn": CLUSTER, "bootstrapServers": "b-1:9092",
        "records": {partition: records}})
    .to_string()
}
