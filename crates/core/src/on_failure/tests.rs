use serde_json::{Value, json};

use super::{DOCUMENT_BYTES_MAX, OnFailure, read};

const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/coredb";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:cdc-processor";

/// As AWS writes it to a queue.
fn pointer() -> Value {
    json!({
        "requestContext": {
            "requestId": "c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5", "functionArn": FUNCTION,
            "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0", "timestamp": "2024-01-15T10:30:07.021Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000003",
            "startSequenceNumber": "49601189658422359378836298521827638475320189012309704722",
            "endSequenceNumber": "49601189658422359378836298522902373528957594348623495186",
            "approximateArrivalOfFirstRecord": "2024-01-15T10:20:04.835Z",
            "approximateArrivalOfLastRecord": "2024-01-15T10:20:05.1Z",
            "batchSize": 500, "streamArn": STREAM,
        },
    })
}

fn with(at: &str, value: Value) -> Value {
    let mut document = pointer();
    *document.pointer_mut(at).unwrap() = value;
    document
}

fn without(at: &str) -> Value {
    let mut document = pointer();
    let (parent, name) = at.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    document
}

fn parse(document: &Value) -> Result<OnFailure, String> {
    read(document.to_string().as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn a_document_is_read_as_aws_writes_it() {
    let read = parse(&pointer()).unwrap();
    assert_eq!((&*read.function, &*read.stream), (FUNCTION, STREAM));
    assert_eq!((&*read.shard, read.batch_size), ("shardId-000000000003", 500));
    assert_eq!(read.first.as_str().len(), 56);
    assert!(read.first < read.last);
    assert_eq!(read.given_up, "2024-01-15T10:30:07.021Z".parse().unwrap());
    assert_eq!(read.condition.as_deref(), Some("RetryAttemptsExhausted"));
    assert_eq!((read.invocations, read.function_error.as_deref()), (Some(3), Some("Unhandled")));
    assert!(read.request_id.is_some() && read.arrived.iter().all(Option::is_some));
    assert_eq!(read.payload, None);
}

#[test]
fn what_a_replay_does_not_need_may_be_missing_or_off() {
    for at in [
        "/responseContext",
        "/responseContext/functionError",
        "/requestContext/requestId",
        "/requestContext/condition",
        "/requestContext/approximateInvokeCount",
        "/KinesisBatchInfo/approximateArrivalOfFirstRecord",
        "/KinesisBatchInfo/approximateArrivalOfLastRecord",
    ] {
        assert!(parse(&without(at)).is_ok(), "{at} missing");
        let off = if at == "/responseContext" { Value::Null } else { json!([1]) };
        assert!(parse(&with(at, off)).is_ok(), "{at} off");
    }
}

#[test]
fn what_a_replay_depends_on_is_named_where_it_is_missing_or_wrong() {
    for (at, wrong, says) in [
        ("/version", json!(1.0), "version in it is no text"),
        ("/timestamp", json!("yesterday"), "timestamp in it is no time"),
        ("/requestContext", json!("x"), "requestContext is no JSON object"),
        ("/requestContext/functionArn", json!(7), "functionArn in requestContext is no text"),
        ("/KinesisBatchInfo", json!([]), "KinesisBatchInfo is no JSON object"),
        ("/KinesisBatchInfo/shardId", json!(3), "shardId in KinesisBatchInfo is no text"),
        ("/KinesisBatchInfo/streamArn", Value::Null, "streamArn in KinesisBatchInfo is no text"),
        (
            "/KinesisBatchInfo/startSequenceNumber",
            json!("007"),
            "startSequenceNumber in KinesisBatchInfo is not a sequence number",
        ),
        (
            "/KinesisBatchInfo/endSequenceNumber",
            json!("1"),
            "endSequenceNumber in KinesisBatchInfo is before the start",
        ),
        ("/KinesisBatchInfo/batchSize", json!("500"), "batchSize in KinesisBatchInfo is no whole"),
    ] {
        let error = parse(&with(at, wrong)).unwrap_err();
        assert!(error.contains(says), "{at}: {error}");
        let name = at.rsplit('/').next().unwrap();
        let error = parse(&without(at)).unwrap_err();
        assert!(error.contains(name), "{at} missing: {error}");
    }
    for size in [json!(0), json!(-1), json!(2.5)] {
        assert!(parse(&with("/KinesisBatchInfo/batchSize", size)).is_err());
    }
}

#[test]
fn another_version_is_told_apart_from_what_is_no_document() {
    let other = with("/version", json!("2.0")).to_string();
    assert!(read(other.as_bytes()).unwrap_err().other_version);
    for text in ["", "{", "[]", "null", "\"x\"", r#"{"version":"1.0"}"#, "\u{feff}{}"] {
        assert!(!read(text.as_bytes()).unwrap_err().other_version, "{text}");
    }
    assert!(!read(b"\xff\xfe").unwrap_err().other_version);
}

#[test]
fn a_member_that_stands_twice_makes_no_document() {
    for (from, to) in [
        (r#""version":"1.0""#, r#""version":"1.0","version":"1.0""#),
        (r#""batchSize":500"#, r#""batchSize":500,"batch\u0053ize":1"#),
        (r#""condition":"#, r#""condition":"a","condition":"#),
    ] {
        let text = pointer().to_string().replace(from, to);
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("stands twice"), "{from}: {error}");
    }
}

#[test]
fn the_payload_is_a_text_or_an_object() {
    let event = r#"{"Records":[{"data":"é \"x\" \\"}]}"#;
    let mut document = pointer();
    document["payload"] = event.into();
    assert_eq!(parse(&document).unwrap().payload.unwrap(), event);
    document["payload"] = Value::Null;
    assert_eq!(parse(&document).unwrap().payload, None);
    for wrong in [json!(1), json!([1]), json!(true)] {
        document["payload"] = wrong;
        assert!(parse(&document).unwrap_err().contains("payload in it is neither"));
    }
    // An object stays as it is written.
    let text = pointer().to_string();
    let text = format!("{},\"payload\": {event}}}", text.strip_suffix('}').unwrap());
    assert_eq!(read(text.as_bytes()).unwrap().payload.unwrap(), event);
}

#[test]
fn texts_are_escaped_and_cut_and_the_payload_is_not_shown() {
    let mut document = with("/requestContext/condition", json!("\u{1b}[2J\u{202e}"));
    document["requestContext"]["functionArn"] = "f".repeat(1000).into();
    document["payload"] = "secret".into();
    let read = parse(&document).unwrap();
    assert_eq!(read.condition.as_deref(), Some("\\u{1b}[2J\\u{202e}"));
    assert_eq!(read.function.chars().count(), 301);
    assert!(!format!("{read:?}").contains("secret"));
}

#[test]
fn a_document_is_bounded() {
    let long = vec![b' '; DOCUMENT_BYTES_MAX + 1];
    assert!(read(&long).unwrap_err().to_string().contains("longer than"));
    // The largest payload, all of it to be escaped, fits.
    let mut document = pointer();
    document["payload"] = "\"".repeat(6 << 20).into();
    assert_eq!(parse(&document).unwrap().payload.unwrap().len(), 6 << 20);
}
