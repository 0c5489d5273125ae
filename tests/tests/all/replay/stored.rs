//! What is too large to be sent: stored in a bucket, pointed to, and replayed from there.

use cdc_local::{
    cloud::trouble::{Kind, Trouble},
    functions::{FunctionName, Functions},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    REPLAY,
    letters::{Row, event},
    place::{self, BROKEN, Place},
};
use crate::schemas::check_answer;

/// As it should be: of a large row everything is told but the number.
const LARGE: &str = "  t: {keys: [id], include: [id, v, ssn, bio], redact: [ssn]}\n";

const SSN: &str = "000-12-3456";

/// A row of `t` in this version, with so many bytes in one column.
fn large(id: &str, v: u32, bytes: usize) -> String {
    let row = json!({"id": id, "v": v, "ssn": SSN, "bio": "b".repeat(bytes)});
    json!({"table": "t", "operation": "INSERT", "after": row,
        "timestamp": "2024-01-15T10:30:00.123456Z"})
    .to_string()
}

/// One delivery of these records.
fn delivery(place: &Place, records: &[String]) -> String {
    let row = |(number, data): (u32, &String)| Row {
        shard: "shardId-000000000000".to_owned(),
        number: number.to_string(),
        data: data.clone(),
    };
    let rows: Vec<Row> = (1..).zip(records).map(row).collect();
    event(&place.provisioned.stream_arn, &rows).remove(0)
}

/// The record from which the mapping would deliver again.
async fn deliver(functions: &Functions, payload: &str) -> Option<String> {
    let answer = functions.invoke(FunctionName::CdcProcessor, payload.as_bytes()).await;
    assert!(!answer.failed);
    let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
    let failed = answer["batchItemFailures"].as_array().unwrap();
    failed.first().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned())
}

/// The bytes that a claim check points to: what lies there has its size and hash.
async fn checked(place: &Place, check: &Value) -> Vec<u8> {
    let objects = place.cloud.objects(check["bucket"].as_str().unwrap()).await.unwrap();
    let key = check["key"].as_str().unwrap();
    let (_, bytes) = objects.into_iter().find(|(found, _)| found == key).unwrap();
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&check["size"], &check["sha256"]), (&bytes.len().into(), &hash.into()));
    bytes.to_vec()
}

#[tokio::test]
async fn an_event_too_large_for_the_bus_lies_redacted_in_the_bucket() {
    let place = Place::new().await;
    let functions = place.functions(LARGE).await;
    let records = [large("a", 1, 1_200_000), large("b", 1, 10)];
    assert_eq!(deliver(&functions, &delivery(&place, &records)).await, None);
    let events = place.events();
    assert_eq!((events.len(), place.letters().len()), (2, 0));
    let event = events.iter().find(|event| event["keys"]["id"] == "a").unwrap();
    check_answer("table-change-1.0", event);
    assert_eq!((&event["before"], &event["after"]), (&Value::Null, &Value::Null));
    assert_eq!(event["metadata"]["claimCheck"]["bucket"], place.resources.claim_check_bucket);
    let bytes = checked(&place, &event["metadata"]["claimCheck"]).await;
    let whole: Value = serde_json::from_slice(&bytes).unwrap();
    check_answer("table-change-1.0", &whole);
    let after = json!({"id": "a", "v": 1, "ssn": "[REDACTED]", "bio": "b".repeat(1_200_000)});
    assert_eq!(whole["after"], after);
    assert_eq!(whole["metadata"]["eventId"], event["metadata"]["eventId"]);
    let rows = place.cloud.objects(&place.resources.dead_letter_bucket).await.unwrap();
    assert!(rows.is_empty() && !String::from_utf8(bytes).unwrap().contains(SSN));
}

#[tokio::test]
async fn while_the_store_is_down_the_row_waits_and_afterwards_all_comes_once_and_in_order() {
    for kind in [Kind::Fails, Kind::Throttles] {
        let place = Place::new().await;
        let trouble = Trouble::new(kind, "S3.PutObject");
        let down = place.functions_in(LARGE, Some(&trouble)).await;
        let records = [large("a", 1, 1_200_000), large("a", 2, 10), large("b", 1, 10)];
        let payload = delivery(&place, &records);
        assert_eq!(deliver(&down, &payload).await.as_deref(), Some("1"));
        assert!(trouble.has_struck());
        let rows = |events: &[Value]| -> Vec<Value> {
            events.iter().map(|event| event["keys"]["id"].clone()).collect()
        };
        assert_eq!((rows(&place.events()), place.letters().len()), (vec![json!("b")], 0));
        let up = place.functions(LARGE).await;
        assert_eq!(deliver(&up, &payload).await, None);
        let events = place.events();
        assert_eq!(rows(&events), ["a", "a"]);
        assert!(!events[0]["metadata"]["claimCheck"].is_null() && events[1]["after"]["v"] == 2);
    }
}

#[tokio::test]
async fn a_letter_too_large_for_the_queue_is_replayed_out_of_its_bucket() {
    let place = Place::new().await;
    let broken = place.functions(BROKEN).await;
    let record = large("a", 7, 1_200_000);
    // The stream has no such record: only the bucket can give it back.
    let records = std::slice::from_ref(&record);
    assert_eq!(deliver(&broken, &delivery(&place, records)).await, None);
    let [letter] = &place.letters()[..] else { panic!("one letter") };
    let letter: Value = serde_json::from_str(&letter.body).unwrap();
    check_answer("dead-letter-1", &letter);
    assert_eq!(letter["claimCheck"]["bucket"], place.resources.dead_letter_bucket);
    assert_eq!(checked(&place, &letter["claimCheck"]).await, record.as_bytes());
    assert!(place.cloud.objects(&place.resources.claim_check_bucket).await.unwrap().is_empty());

    let mended = place.functions(LARGE).await;
    let listed = place::ask(&mended, r#"{"action":"list"}"#).await;
    let original = json!({"kind": "object", "bytes": record.len()});
    assert_eq!(listed["letters"][0]["original"], original);
    let shown = place::ask(&mended, r#"{"action":"show"}"#).await;
    assert_eq!(shown["letters"][0]["change"]["why"], "large");

    let answer = place::ask(&mended, REPLAY).await;
    assert_eq!((&answer["replayed"], place.letters().len()), (&1.into(), 0), "{answer}");
    let [event] = &place.events()[..] else { panic!("one event") };
    assert_eq!(event["metadata"]["replay"], true);
    let whole = checked(&place, &event["metadata"]["claimCheck"]).await;
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!((&whole["after"]["v"], &whole["after"]["ssn"]), (&7.into(), &"[REDACTED]".into()));
    // Another letter may point to the same bytes.
    assert_eq!(place.cloud.objects(&place.resources.dead_letter_bucket).await.unwrap().len(), 1);
}
