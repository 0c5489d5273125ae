mod kafka;
mod sqs;

use std::path::PathBuf;

use base64_simd::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{KinesisBatch, PayloadError, RecordError};
use crate::{endpoint::Region, function::settings::ConfiguredStream};

const ARN: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";
const SHARD: &str = "shardId-000000000003";

fn stream(name: &str, region: &str) -> ConfiguredStream {
    ConfiguredStream::named(name, &Region::parse(region).unwrap()).unwrap()
}

fn record(number: &str) -> Value {
    json!({
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": number,
            "data": "e30=", "approximateArrivalTimestamp": 1_480_641_523.477},
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": format!("{SHARD}:{number}"),
        "eventName": "aws:kinesis:record", "invokeIdentityArn": "arn:aws:iam::1:role/r",
        "awsRegion": "eu-west-1", "eventSourceARN": ARN,
    })
}

/// The record, with the member at this JSON pointer changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut record = record("9");
    *record.pointer_mut(pointer).unwrap() = value;
    record
}

fn parse(payload: &str) -> Result<KinesisBatch, PayloadError> {
    KinesisBatch::parse(payload.as_bytes(), &stream("coredb", "eu-west-1"))
}

fn parse_records(records: &[Value]) -> Result<KinesisBatch, PayloadError> {
    parse(&json!({"Records": records}).to_string())
}

#[test]
fn a_batch_is_read_in_order() {
    let batch = parse_records(&[record("9"), record("10"), record("10")]).unwrap();
    assert_eq!((&*batch.shard.stream_arn, &*batch.shard.id), (ARN, SHARD));
    let numbers: Vec<_> = batch.records.iter().map(|record| record.number.as_str()).collect();
    assert_eq!(numbers, ["9", "10", "10"]);
    assert_eq!((&*batch.records[0].data, &*batch.records[0].partition_key), (&b"{}"[..], "k"));
}

#[test]
fn arrivals_keep_their_milliseconds() {
    for (seconds, expected) in [
        ("1480641523.477", "2016-12-02T01:18:43.477Z"),
        ("1480641523.9", "2016-12-02T01:18:43.9Z"),
        ("1480641523.09", "2016-12-02T01:18:43.09Z"),
        ("1480641523.001", "2016-12-02T01:18:43.001Z"),
        ("1480641523", "2016-12-02T01:18:43Z"),
        ("1480641523.0", "2016-12-02T01:18:43Z"),
        ("1.480641523477E9", "2016-12-02T01:18:43.477Z"),
        ("0", "1970-01-01T00:00:00Z"),
        ("4102444799.999", "2099-12-31T23:59:59.999Z"),
    ] {
        let payload = json!({"Records": [record("9")]}).to_string();
        let batch = parse(&payload.replace("1480641523.477", seconds)).unwrap();
        assert_eq!(batch.records[0].arrived.to_string(), expected, "{seconds}");
    }
}

#[test]
fn what_lambda_may_leave_out_or_escape_is_understood() {
    let no_key = with(
        "/kinesis",
        json!({"sequenceNumber": "9", "data": "", "approximateArrivalTimestamp": 1}),
    );
    for (name, record, key, data) in [
        ("null key", with("/kinesis/partitionKey", Value::Null), "", "{}"),
        ("no key, no data", no_key, "", ""),
        (
            "escaped key",
            with("/kinesis/partitionKey", json!("a\"\n\u{1F600}")),
            "a\"\n\u{1F600}",
            "{}",
        ),
        ("consumer", with("/eventSourceARN", json!(format!("{ARN}/consumer/c:1"))), "k", "{}"),
    ] {
        let batch = parse_records(&[record]).unwrap();
        assert_eq!(&*batch.shard.stream_arn, ARN, "{name}");
        let found = (&*batch.records[0].partition_key, &*batch.records[0].data);
        assert_eq!(found, (key, data.as_bytes()), "{name}");
    }
    let payload = json!({"Records": [with("/kinesis/data", json!("Pz8/"))]}).to_string();
    let escaped = parse(&payload.replace("Pz8/", r"Pz8\/")).unwrap();
    assert_eq!(&*escaped.records[0].data, b"???");
}

#[test]
fn a_wrong_record_is_named_by_its_place_and_never_by_its_content() {
    use RecordError::{Base64, EventId, Malformed, OtherShard};
    let secret = "topsecret";
    for (record, expected) in [
        (with("/kinesis/data", json!(secret)), Base64),
        (with("/kinesis/data", json!("e30")), Base64),
        (with("/kinesis/data", json!({secret: 1})), Malformed),
        (with("/kinesis/partitionKey", json!([secret])), Malformed),
        (with("/kinesis/approximateArrivalTimestamp", json!(secret)), Malformed),
        (with("/kinesis/approximateArrivalTimestamp", json!(1e300)), RecordError::Arrival),
        (with("/kinesis", Value::Null), Malformed),
        (with("/eventID", json!(secret)), EventId),
        (with("/eventID", json!(format!("{SHARD}:10"))), EventId),
        (with("/eventID", json!("a|b:9")), EventId),
        (with("/eventID", json!("shardId-000000000004:9")), OtherShard),
    ] {
        let error = parse_records(&[self::record("1"), record]).unwrap_err();
        assert_eq!(error, PayloadError::Record { index: 1, problem: expected });
        assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
    }
    let error = parse_records(&[record("09")]).unwrap_err();
    let PayloadError::Record { index: 0, problem: RecordError::SequenceNumber(_) } = error else {
        panic!("{error:?}");
    };
}

#[test]
fn records_of_other_streams_are_refused() {
    let other = ARN.replace("coredb", "other");
    let elsewhere = with("/eventSourceARN", json!(other));
    for (index, records) in [(0, vec![elsewhere.clone()]), (1, vec![record("1"), elsewhere])] {
        let found = format!("{other:?}").into();
        let problem = RecordError::OtherStream { found };
        assert_eq!(parse_records(&records).unwrap_err(), PayloadError::Record { index, problem });
    }
}

#[test]
fn what_is_no_kinesis_event_is_named_by_its_source() {
    let other = |source: &str| PayloadError::OtherSource { found: format!("{source:?}").into() };
    let long = "x".repeat(300);
    for (payload, expected) in [
        ("", PayloadError::NotJson { line: 1, column: 0 }),
        ("{\n\"Records\":[}", PayloadError::NotJson { line: 2, column: 12 }),
        ("{}", PayloadError::NotAnEvent),
        ("[]", PayloadError::NotAnEvent),
        (r#"{"Records":7}"#, PayloadError::NotAnEvent),
        (r#"{"Records":[]}"#, PayloadError::Empty),
        (r#"{"Records":[{"eventSource":"aws:sqs","body":"topsecret"}]}"#, other("aws:sqs")),
        (r#"{"Records":[{"EventSource":"aws:sns"}]}"#, other("aws:sns")),
        (r#"{"eventSource":"aws:kafka","records":{}}"#, other("aws:kafka")),
        (r#"{"source":"aws.events","detail":{}}"#, other("aws.events")),
        (
            r#"{"Records":[{"eventSource":"a\u001b[31m"}]}"#,
            PayloadError::OtherSource { found: "no name but a text of 6 characters".into() },
        ),
        (&format!(r#"{{"Records":[{{"eventSource":"{long}"}}]}}"#), other(&long[..200])),
    ] {
        assert_eq!(parse(payload).unwrap_err(), expected, "{payload}");
    }
    let dynamodb = parse_records(&[with("/eventSource", json!("aws:dynamodb"))]).unwrap_err();
    let problem = RecordError::OtherSource { found: "\"aws:dynamodb\"".into() };
    assert_eq!(dynamodb, PayloadError::Record { index: 0, problem });
}

/// Real payloads: every value is found again in what was read.
#[test]
fn real_payloads_are_read_without_loss() {
    let Some(folder) = fixtures() else {
        println!("skipped: CDC_FIXTURES is not set, so there are no real payloads to read");
        return;
    };
    for (file, name, region) in [
        ("rust-runtime/example-kinesis-event.json", "simple-stream", "us-east-1"),
        ("rust-runtime/example-kinesis-event-encrypted.json", "simple-stream", "us-east-1"),
        ("powertools/kinesisStreamEvent.json", "lambda-stream", "us-east-2"),
        ("powertools/kinesisStreamEventOneRecord.json", "lambda-stream", "us-east-2"),
    ] {
        let payload = std::fs::read(folder.join("lambda_events").join(file)).unwrap();
        let batch = KinesisBatch::parse(&payload, &stream(name, region)).unwrap();
        let read: Vec<Value> = batch
            .records
            .iter()
            .map(|record| {
                json!({
                    "partitionKey": &*record.partition_key,
                    "sequenceNumber": record.number.as_str(),
                    "data": BASE64.encode_to_string(&record.data),
                    "approximateArrivalTimestamp": record.arrived.as_millisecond() as f64 / 1000.0,
                    "eventID": format!("{}:{}", batch.shard.id, record.number),
                    "eventSourceARN": &*batch.shard.stream_arn,
                })
            })
            .collect();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        let written: Vec<Value> = payload["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| {
                json!({
                    "partitionKey": r["kinesis"]["partitionKey"],
                    "sequenceNumber": r["kinesis"]["sequenceNumber"],
                    "data": r["kinesis"]["data"],
                    "approximateArrivalTimestamp": r["kinesis"]["approximateArrivalTimestamp"],
                    "eventID": r["eventID"],
                    "eventSourceARN": r["eventSourceARN"],
                })
            })
            .collect();
        assert_eq!(read, written, "{file}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the real data lies is no setting of the function"
)]
fn fixtures() -> Option<PathBuf> {
    std::env::var_os("CDC_FIXTURES").map(PathBuf::from)
}
