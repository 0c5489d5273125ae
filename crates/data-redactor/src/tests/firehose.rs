//! Transformation for Data Firehose: every record answered once, under its id, in its order.

use base64_simd::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{handle, invocation, redactor};
use crate::{Done, refusal::VALIDATION_ERROR};

const GOOD: &str = r#"{"table":"users","operation":"INSERT","after":{"id":1,"email":"secret"}}"#;
const REDACTED: &str = r#"{"kind":"change","envelope":"native","database":null,"schema":null,"table":"users","operation":"INSERT","snapshot":false,"keys":null,"before":null,"after":{"id":1,"email":"[REDACTED]"},"redacted":["email"],"unchanged":[],"raw":[]}"#;

fn delivery(records: &[&[u8]]) -> Value {
    let record = |(index, data): (usize, &&[u8])| {
        json!({"recordId": format!("id-{index}"), "approximateArrivalTimestamp": 1_705_343_400_500_i64,
            "data": BASE64.encode_to_string(data)})
    };
    let records: Vec<Value> = records.iter().enumerate().map(record).collect();
    json!({"invocationId": "i", "deliveryStreamArn": "arn", "region": "r", "records": records})
}

/// Each record's result and, where it is Ok, its lines.
fn told(unlisted: &str, records: &[&[u8]]) -> (Vec<String>, Done) {
    let payload = delivery(records).to_string();
    let handled = redactor(unlisted).handle(payload.as_bytes(), &invocation());
    let answer: Value = serde_json::from_str(&handled.answer).unwrap();
    let told = answer["records"].as_array().unwrap().iter().enumerate().map(|(index, record)| {
        assert_eq!(record["recordId"], format!("id-{index}"));
        let result = record["result"].as_str().unwrap();
        let Some(data) = record.get("data") else { return result.to_owned() };
        let data = BASE64.decode_to_vec(data.as_str().unwrap()).unwrap();
        format!("{result} {}", String::from_utf8(data).unwrap())
    });
    let told: Vec<String> = told.collect();
    assert!(!told.concat().contains("secret"), "{told:?}");
    (told, handled.done)
}

#[test]
fn every_record_is_redacted_dropped_or_failed() {
    let two = r#"{"type":"INSERT","table":"users","database":"d","isDdl":false,"data":[{"id":"1","email":"secret"},{"id":"2","email":null}],"old":null,"es":1,"ts":2}"#;
    let unlisted = r#"{"table":"salaries","operation":"INSERT","after":{"amount":"secret"}}"#;
    let unfit = r#"{"table":"people","operation":"INSERT","after":{"id":1,"age":"secret"}}"#;
    let heartbeat = r#"{"ts_ms":1705343400500}"#;
    let records = [GOOD, "", two, unlisted, unfit, "secret", heartbeat];
    let records: Vec<&[u8]> = records.iter().map(|it| it.as_bytes()).collect();
    let (told_first, done) = told("reject", &records);
    assert_eq!(told_first[0], format!("Ok {REDACTED}\n"));
    assert_eq!(told_first[1], "Dropped");
    assert_eq!(told_first[2].lines().count(), 2, "{}", told_first[2]);
    assert!(told_first[2].ends_with("}\n"));
    for failed in &told_first[3..6] {
        assert_eq!(failed, "ProcessingFailed");
    }
    let Done::Transformed { records: count, changes, dropped, failed, first_failure } = done else {
        panic!("{done:?}")
    };
    assert_eq!((count, changes, dropped + failed), (7, 3, 5));
    let (index, failure) = first_failure.unwrap();
    assert_eq!(index, 3);
    assert!(failure.message.contains("table \"salaries\" has no rules"), "{failure}");
    let (told, _) = told("skip", &records);
    assert_eq!(told[3..5], ["Dropped", "ProcessingFailed"]);
}

#[test]
fn a_delivery_without_records_is_answered_with_none() {
    assert_eq!(handle(r#"{"deliveryStreamArn":"arn","records":[]}"#).answer, r#"{"records":[]}"#);
}

#[test]
fn a_stream_that_reads_from_msk_has_its_own_member() {
    let mut payload = delivery(&[GOOD.as_bytes()]);
    let record = payload["records"][0].as_object_mut().unwrap();
    let data = record.remove("data").unwrap();
    record.insert("kafkaRecordValue".to_owned(), data);
    let answer: Value = serde_json::from_str(&handle(&payload.to_string()).answer).unwrap();
    let record = &answer["records"][0];
    assert_eq!((&record["result"], record.get("data")), (&json!("Ok"), None));
    let data = BASE64.decode_to_vec(record["kafkaRecordValue"].as_str().unwrap()).unwrap();
    assert_eq!(data, format!("{REDACTED}\n").as_bytes());
}

#[test]
fn what_firehose_never_sends_fails_the_invocation() {
    for (member, value, field) in [
        ("recordId", json!(null), "records[1].recordId"),
        ("recordId", json!(7), "records[1].recordId"),
        ("data", json!(null), "records[1].data"),
        ("data", json!("secret!"), "records[1].data"),
    ] {
        let mut payload = delivery(&[GOOD.as_bytes(), GOOD.as_bytes()]);
        payload["records"][1][member] = value;
        let refusal = handle(&payload.to_string()).into_answer().unwrap_err();
        assert_eq!((refusal.code, refusal.field.as_deref()), (VALIDATION_ERROR, Some(field)));
        assert!(refusal.to_string().contains(field) && !refusal.to_string().contains("secret"));
    }
}

#[test]
fn what_does_not_fit_into_an_answer_fails_and_the_rest_does_not() {
    let large = |bytes: usize| {
        let text = "x".repeat(bytes);
        format!(r#"{{"table":"users","operation":"INSERT","after":{{"id":1,"doc":"{text}"}}}}"#)
    };
    // Compressed, so that the payload is a small one.
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let pack = |text: String| ruzstd::encoding::compress_to_vec(text.as_bytes(), level);
    let (big, small) = (pack(large(3 << 20)), pack(large(1000)));
    let (told, done) = told("reject", &[&small, &big, &big, &small]);
    let results: Vec<&str> = told.iter().map(|it| it.split(' ').next().unwrap()).collect();
    assert_eq!(results, ["Ok", "Ok", "ProcessingFailed", "Ok"]);
    let Done::Transformed { first_failure: Some((2, failure)), .. } = done else {
        panic!("{done:?}")
    };
    assert!(failure.message.contains("BufferSizeInMBs"), "{failure}");
}
