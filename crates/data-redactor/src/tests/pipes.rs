//! Enrichment for EventBridge Pipes: what each source holds, all of it redacted or none.

use base64_simd::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{invocation, redactor};
use crate::{
    Done, Handled,
    refusal::{PARSE_ERROR, TOO_LARGE, TRANSFORMATION_ERROR, VALIDATION_ERROR},
};

fn row(id: u32) -> String {
    format!(r#"{{"table":"users","operation":"INSERT","after":{{"id":{id},"email":"secret"}}}}"#)
}

fn base64(data: &str) -> String {
    BASE64.encode_to_string(data)
}

fn kinesis(data: &str) -> Value {
    json!({"kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": "1",
        "data": base64(data), "approximateArrivalTimestamp": 1_705_343_400.5,
        "eventSource": "aws:kinesis", "eventID": "shardId-000000000000:1", "eventVersion": "1.0",
        "eventName": "aws:kinesis:record", "awsRegion": "us-east-1", "invokeIdentityArn": "arn",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s"})
}

fn sqs(body: &str) -> Value {
    json!({"messageId": "m", "receiptHandle": "h", "body": body, "attributes": {},
        "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "us-east-1"})
}

fn kafka(value: &Value) -> Value {
    json!({"eventSource": "aws:kafka", "eventSourceKey": "t-0", "topic": "t", "partition": "0",
        "offset": 15, "timestamp": 1_705_343_400_500_i64, "key": base64("k"), "value": value})
}

fn enrich(unlisted: &str, elements: &[Value]) -> Handled {
    redactor(unlisted).handle(json!(elements).to_string().as_bytes(), &invocation())
}

/// The ids of the rows in the answer, none of which tells what it must not.
fn ids(elements: &[Value]) -> Vec<Value> {
    let handled = enrich("reject", elements);
    assert!(!handled.answer.contains("secret"), "{}", handled.answer);
    let answer: Value = serde_json::from_str(&handled.into_answer().unwrap()).unwrap();
    let changes = answer.as_array().unwrap().iter();
    changes.map(|change| change["after"]["id"].clone()).collect()
}

#[test]
fn the_changes_of_every_source_come_redacted_in_their_order() {
    let dynamodb = json!({"eventID": "1", "eventName": "INSERT", "eventVersion": "1.1",
        "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/users/stream/2024-01-15T00:00:00.000",
        "dynamodb": {"Keys": {"id": {"N": "6"}}, "NewImage": {"id": {"N": "6"}, "email": {"S": "secret"}},
            "SequenceNumber": "111", "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES"}});
    let sns = json!({"Type": "Notification", "MessageId": "m", "Message": row(3)}).to_string();
    let bare: Value = serde_json::from_str(&row(7)).unwrap();
    let elements = [
        kinesis(&row(1)),
        sqs(&row(2)),
        sqs(&sns),
        kafka(&json!(base64(&row(4)))),
        kafka(&json!(null)),
        kinesis(""),
        dynamodb,
        bare,
    ];
    assert_eq!(ids(&elements), [1, 2, 3, 4, 6, 7].map(|id| json!(id)));
    let done = enrich("reject", &elements).done;
    assert_eq!(done, Done::Enriched { records: 8, changes: 6 });
    let one = enrich("reject", &[kinesis(&row(1))]).answer;
    assert_eq!(
        one,
        r#"[{"kind":"change","envelope":"native","database":null,"schema":null,"table":"users","operation":"INSERT","snapshot":false,"keys":null,"before":null,"after":{"id":1,"email":"[REDACTED]"},"redacted":["email"],"unchanged":[],"raw":[]}]"#
    );
}

#[test]
fn where_there_is_no_change_the_answer_is_an_empty_array() {
    let unlisted = r#"{"table":"salaries","operation":"INSERT","after":{"amount":1}}"#;
    for elements in [&[][..], &[kinesis("")], &[kinesis(unlisted), kafka(&json!(null))]] {
        assert_eq!(enrich("skip", elements).into_answer().unwrap(), "[]");
    }
}

#[test]
fn anything_in_doubt_fails_the_invocation_and_names_the_element() {
    let unfit = r#"{"table":"people","operation":"INSERT","after":{"id":1,"age":"secret"}}"#;
    let unlisted = r#"{"table":"salaries","operation":"INSERT","after":{"a":"secret"}}"#;
    let mut no_data = kinesis("");
    no_data["data"] = json!("secret!");
    for (element, code, shows) in [
        (json!("secret"), VALIDATION_ERROR, "a JSON object is expected"),
        (no_data, VALIDATION_ERROR, "its data is missing, or not base64"),
        (json!({"eventSource": "aws:sqs"}), VALIDATION_ERROR, "its body is missing"),
        (json!({"eventSource": "aws:amq", "data": "secret"}), VALIDATION_ERROR, "none of Kinesis"),
        (json!({"eventSource": 7}), VALIDATION_ERROR, "eventSource is no text"),
        (json!({"eventSource": "aws:kafka"}), VALIDATION_ERROR, "not shaped like a Kafka record"),
        (kafka(&json!("secret!")), VALIDATION_ERROR, "its value is not base64"),
        (json!({"a": "secret"}), PARSE_ERROR, "not a known envelope"),
        (sqs("secret"), PARSE_ERROR, "not valid JSON"),
        (kinesis(unlisted), VALIDATION_ERROR, "has no rules"),
        (kinesis(unfit), TRANSFORMATION_ERROR, "could not be applied"),
    ] {
        let refusal = enrich("reject", &[kinesis(&row(1)), element]).into_answer().unwrap_err();
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some("[1]")), "{refusal}");
        let text = refusal.to_string();
        assert!(text.contains("element 1: ") && text.contains(shows), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    let doc = "x".repeat(3 << 20);
    let large = format!(r#"{{"table":"users","operation":"INSERT","after":{{"doc":"{doc}"}}}}"#);
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let packed = ruzstd::encoding::compress_to_vec(large.as_bytes(), level);
    let mut element = kinesis("");
    element["data"] = json!(BASE64.encode_to_string(packed));
    assert!(enrich("reject", std::slice::from_ref(&element)).into_answer().is_ok());
    let refusal = enrich("reject", &[element.clone(), element]).into_answer().unwrap_err();
    assert_eq!(refusal.code, TOO_LARGE);
}
