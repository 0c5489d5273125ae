//! SQS events: standard and FIFO, other queues, several configured sources, real payloads.

use serde_json::{Value, json};

use super::{super::SqsBatch, fixtures, stream};
use crate::{
    endpoint::Region,
    function::{
        payload::{Delivery, PayloadError, RecordError},
        settings::{ConfiguredQueue, ConfiguredSources},
    },
};

const ARN: &str = "arn:aws:sqs:eu-west-1:123456789012:rows";
const ID: &str = "00000000-0000-0000-0000-0000000000ff";
const ROW: &str = r#"{"table":"t"}"#;

fn queue(arn: &str) -> ConfiguredQueue {
    ConfiguredQueue::exactly(arn, &Region::parse(arn.split(':').nth(3).unwrap()).unwrap()).unwrap()
}

fn message(id: &str) -> Value {
    json!({
        "messageId": id, "receiptHandle": "r", "body": ROW,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183",
            "SenderId": "s", "ApproximateFirstReceiveTimestamp": "1545082649185"},
        "messageAttributes": {"eventSource": {"stringValue": "aws:kinesis", "dataType": "String"}},
        "md5OfBody": "m", "eventSource": "aws:sqs", "eventSourceARN": ARN, "awsRegion": "eu-west-1",
    })
}

fn fifo(id: &str, number: &str, group: &str) -> Value {
    let mut message = message(id);
    message["attributes"]["SequenceNumber"] = number.into();
    message["attributes"]["MessageGroupId"] = group.into();
    message["eventSourceARN"] = format!("{ARN}.fifo").into();
    message
}

/// The message, with the member at this JSON pointer changed.
fn with(message: &Value, pointer: &str, value: Value) -> Value {
    let mut message = message.clone();
    *message.pointer_mut(pointer).unwrap() = value;
    message
}

fn parse(messages: &[Value], arn: &str) -> Result<SqsBatch, PayloadError> {
    let payload = json!({"Records": messages}).to_string();
    SqsBatch::parse(payload.as_bytes(), &queue(arn))
}

#[test]
fn messages_of_a_standard_queue_are_numbered_by_their_ids() {
    let ids = [ID, "FFFFFFFF-ffff-ffff-ffff-ffffffffffff", ID];
    let grouped = with(&message(ids[0]), "/attributes/SenderId", json!("s"));
    let batch = parse(&[grouped, message(ids[1]), message(ids[2])], ARN).unwrap();
    assert_eq!((&*batch.queue.stream_arn, &*batch.queue.id), (ARN, "standard"));
    let numbers: Vec<_> =
        batch.messages.iter().map(|message| message.record.number.as_str()).collect();
    assert_eq!(numbers, ["255", "340282366920938463463374607431768211455"]);
    assert_eq!(batch.ids, ids[..2].iter().map(|id| Box::from(*id)).collect::<Vec<_>>());
    let first = &batch.messages[0];
    assert_eq!((&*first.record.data, &*first.record.partition_key), (ROW.as_bytes(), ""));
    assert_eq!((first.record.arrived.as_millisecond(), &first.group), (1_545_082_649_183, &None));
}

#[test]
fn messages_of_a_fifo_queue_have_its_numbers_and_groups() {
    let arn = format!("{ARN}.fifo");
    let batch = parse(&[fifo(ID, "18873177232222703872", "user-1")], &arn).unwrap();
    let first = &batch.messages[0];
    assert_eq!((&*batch.queue.id, first.record.number.as_str()), ("fifo", "18873177232222703872"));
    assert_eq!((first.group.as_deref(), &*first.record.partition_key), (Some("user-1"), "user-1"));
}

#[test]
fn a_wrong_message_is_named_by_its_place_and_never_by_its_content() {
    use RecordError::{Attribute, MessageId, NoMessage};
    let secret = "topsecret";
    let good = message(ID);
    let other = with(&message("10000000-0000-0000-0000-000000000000"), "/body", json!(secret));
    for (pointer, value, expected) in [
        ("/body", Value::Null, NoMessage),
        ("/body", json!({secret: 1}), NoMessage),
        ("/attributes", Value::Null, NoMessage),
        ("/messageId", json!(secret), MessageId),
        ("/messageId", json!(ID.replace('-', "0")), MessageId),
        ("/messageId", json!("+0000000-0000-0000-0000-000000000000"), MessageId),
        ("/attributes/SentTimestamp", json!(secret), Attribute("SentTimestamp")),
        ("/attributes/SentTimestamp", json!("999999999999999999"), Attribute("SentTimestamp")),
        ("/eventSource", json!("aws:x"), RecordError::AnotherSource { found: "\"aws:x\"".into() }),
        (
            "/eventSourceARN",
            json!(format!("{ARN}2")),
            RecordError::OtherQueue { found: format!("\"{ARN}2\"").into() },
        ),
    ] {
        let error = parse(&[good.clone(), with(&other, pointer, value)], ARN).unwrap_err();
        match (&error, &expected) {
            (PayloadError::NoSource { .. }, RecordError::AnotherSource { .. }) => {}
            _ => assert_eq!(error, PayloadError::Record { index: 1, problem: expected }),
        }
        assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
    }
    let arn = format!("{ARN}.fifo");
    for (pointer, expected) in [
        ("/attributes/SequenceNumber", "SequenceNumber"),
        ("/attributes/MessageGroupId", "MessageGroupId"),
    ] {
        let message = with(&fifo(ID, "1", "g"), pointer, Value::Null);
        let problem = Attribute(expected);
        assert_eq!(
            parse(&[message], &arn).unwrap_err(),
            PayloadError::Record { index: 0, problem }
        );
    }
}

#[test]
fn a_payload_is_read_as_what_it_says_and_refused_where_that_is_not_configured() {
    let now = "2024-06-01T00:00:00Z".parse().unwrap();
    let stream = Some(stream("coredb", "eu-west-1"));
    let payload = json!({"Records": [message(ID)]}).to_string();
    let parse = |sources: &ConfiguredSources, payload: &str| {
        Delivery::parse(payload.as_bytes(), sources, now)
    };
    let queue = Some(queue(ARN));
    for stream in [None, stream.clone()] {
        let sources = ConfiguredSources { stream, queue: queue.clone(), topics: None };
        assert!(matches!(parse(&sources, &payload), Ok(Delivery::Sqs(_))));
        assert_eq!(
            parse(&sources, "{\"Records\":[]}").unwrap_err().to_string(),
            match sources.stream {
                Some(_) => "an event without records".to_owned(),
                None =>
                    "no event of a configured source: eventSource is missing, aws:sqs is expected; \
                     check what invokes this function, and its settings"
                        .to_owned(),
            }
        );
        assert!(matches!(parse(&sources, "{"), Err(PayloadError::NotJson { .. })));
        let error = parse(&sources, r#"{"eventSource":"aws:kafka","records":{}}"#).unwrap_err();
        assert!(error.to_string().contains("is \"aws:kafka\""), "{error}");
    }
    let sources = ConfiguredSources { stream, ..ConfiguredSources::default() };
    let error = parse(&sources, &payload).unwrap_err();
    assert_eq!(error, PayloadError::OtherSource { found: "\"aws:sqs\"".into() });
}

/// Real payloads: every value is found again in what was read.
#[test]
fn real_payloads_are_read_without_loss() {
    let Some(folder) = fixtures() else {
        println!("skipped: CDC_FIXTURES is not set, so there are no real payloads to read");
        return;
    };
    for file in ["sqsEvent.json", "snsSqsEvent.json", "snsSqsFifoEvent.json", "s3SqsEvent.json"] {
        let payload = std::fs::read(folder.join("lambda_events/powertools").join(file)).unwrap();
        let written: Value = serde_json::from_slice(&payload).unwrap();
        let written = written["Records"].as_array().unwrap();
        let arn = written[0]["eventSourceARN"].as_str().unwrap();
        let batch = SqsBatch::parse(&payload, &queue(arn)).unwrap();
        assert_eq!(batch.messages.len(), written.len(), "{file}");
        for ((message, id), written) in batch.messages.iter().zip(&batch.ids).zip(written) {
            let body = written["body"].as_str().unwrap();
            let data = std::str::from_utf8(&message.record.data).unwrap();
            let inner = serde_json::from_str::<Value>(body)
                .map(|body| body["Message"].clone())
                .unwrap_or_default();
            assert_eq!(data, inner.as_str().unwrap_or(body), "{file}");
            assert_eq!(&**id, written["messageId"].as_str().unwrap());
            let sent = message.record.arrived.as_millisecond().to_string();
            assert_eq!(written["attributes"]["SentTimestamp"], sent);
            let group = written["attributes"]["MessageGroupId"].as_str();
            assert_eq!(message.group.as_deref(), group);
        }
    }
}
