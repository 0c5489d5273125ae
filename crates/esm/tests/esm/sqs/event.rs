//! The event's JSON against real ones.

use std::time::Duration;

use cdc_core::ports::Clock;
use cdc_esm::sqs::{
    BatchId, InFlight, Mapping, Message, MessageId, Place, Plan, QueueFacts, QueueKind,
    ReceiptHandle, Received, Settings,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::clock;

/// A record of an event back into what the queue gave.
fn parse(record: &Value) -> InFlight {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let attributes = &record["attributes"];
    let time =
        |name: &str| Timestamp::from_millisecond(text(&attributes[name]).parse().unwrap()).unwrap();
    let place = match attributes.get("MessageGroupId") {
        None => Place::Standard,
        Some(group) => Place::Fifo {
            group: text(group).into(),
            deduplication_id: text(&attributes["MessageDeduplicationId"]).into(),
            sequence: text(&attributes["SequenceNumber"]).into(),
        },
    };
    InFlight {
        message: Message {
            id: MessageId::new(&text(&record["messageId"])),
            body: text(&record["body"]).into(),
            body_md5: text(&record["md5OfBody"]).into(),
            sent: time("SentTimestamp"),
            sender_id: text(&attributes["SenderId"]).into(),
            place,
        },
        receipt: ReceiptHandle::new(&text(&record["receiptHandle"])),
        receive_count: text(&attributes["ApproximateReceiveCount"]).parse().unwrap(),
        first_received: time("ApproximateFirstReceiveTimestamp"),
    }
}

/// What was received from an event is written as that event.
fn check(kind: QueueKind, real: &Value) {
    let records = real["Records"].as_array().unwrap();
    let arn = records[0]["eventSourceARN"].as_str().unwrap().into();
    let queue = QueueFacts { arn, kind, visibility_timeout: Duration::from_secs(30) };
    let now = clock(1).now();
    let mut mapping =
        Mapping::new(Settings::default().check(&queue).unwrap(), Plan::default(), now);
    let messages = records.iter().map(parse).collect();
    mapping.received(Received { messages, redriven: vec![] }, now);
    let written: Value = serde_json::from_slice(&mapping.event(BatchId(1))).unwrap();
    assert_eq!(written, *real);
}

/// From "Using Lambda with Amazon SQS" in the developer guide.
fn documented(body: &str, attributes: &Value) -> Value {
    let mut all = json!({
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1545082649183",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
    });
    all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    json!({
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": body,
        "attributes": all,
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
        "awsRegion": "us-east-2",
    })
}

#[test]
fn the_event_of_a_standard_queue_is_the_one_that_aws_sends() {
    let records = [documented("Test message.", &json!({})), documented("2", &json!({}))];
    check(QueueKind::Standard, &json!({ "Records": records }));
}

#[test]
fn the_event_of_a_fifo_queue_is_the_one_that_aws_sends() {
    let attributes = json!({
        "SequenceNumber": "18849496460467696128",
        "MessageGroupId": "1",
        "MessageDeduplicationId": "1",
    });
    check(QueueKind::Fifo, &json!({ "Records": [documented("Test message.", &attributes)] }));
}

#[test]
fn every_body_is_escaped() {
    for body in ["", "a\"b\\c", "line\nbreak\t", "schlüssel 🔑", "{\"a\":[1]}"] {
        check(QueueKind::Standard, &json!({ "Records": [documented(body, &json!({}))] }));
    }
}
