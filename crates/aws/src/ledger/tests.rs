use bytes::Bytes;
use cdc_core::{
    delivery::{CallError, CallErrorKind},
    ledger::{ClaimQuery, ClaimWrite, Note, claim_items},
    ports::Ledger as _,
    record::{RecordKey, SequenceNumber},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::DynamoLedger;
use crate::canned::{Answer, Asked, Canned};

const PARTITION: &str = "claim|0|cdc-events|cdc-pipeline|coredb|shardId-000000000003";

/// 16 and 32 zero bytes, as base64.
const ONE_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
const TWO_KEYS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

async fn load(answers: Vec<Answer>) -> (Result<Vec<usize>, CallErrorKind>, Vec<Asked>) {
    let canned = Canned::new(answers);
    let ledger = DynamoLedger::new(&canned.connection(), "checkpoints");
    let query = ClaimQuery { partition: PARTITION.to_owned(), from: "001:7".to_owned() };
    let found = ledger.load(query).await;
    let sizes = found.map(|lists| lists.iter().map(Bytes::len).collect());
    (sizes.map_err(|error| error.kind), canned.requests())
}

fn page(items: &[Value], more: bool) -> Answer {
    let mut page = json!({"Items": items, "Count": items.len()});
    if more {
        page["LastEvaluatedKey"] = json!({"pk": {"S": PARTITION}, "sk": {"S": "x"}});
    }
    Answer::ok(page.to_string())
}

fn claim(keys: &str, version: &str) -> Value {
    json!({"keys": {"B": keys}, "v": {"N": version}})
}

#[tokio::test]
async fn the_read_is_one_strongly_consistent_query_from_the_first_number_on() {
    let (found, requests) = load(vec![page(&[claim(ONE_KEY, "1")], false)]).await;
    assert_eq!(found, Ok(vec![16]));
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].target, "DynamoDB_20120810.Query");
    assert_eq!(
        requests[0].body,
        json!({
            "TableName": "checkpoints", "ConsistentRead": true, "ScanIndexForward": true,
            "KeyConditionExpression": "#pk = :pk AND #sk >= :from",
            "ProjectionExpression": "#keys, #v",
            "ExpressionAttributeNames": {"#pk": "pk", "#sk": "sk", "#keys": "keys", "#v": "v"},
            "ExpressionAttributeValues": {":pk": {"S": PARTITION}, ":from": {"S": "001:7"}},
        })
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_ignored() {
    let too_many = "A".repeat((16_001 * 16_usize).div_ceil(3) * 4);
    for (name, item, expected) in [
        ("two keys", claim(TWO_KEYS, "1"), vec![32]),
        ("unknown version", claim(ONE_KEY, "2"), vec![]),
        ("version no number", json!({"keys": {"B": ONE_KEY}, "v": {"S": "1"}}), vec![]),
        ("no version", json!({"keys": {"B": ONE_KEY}}), vec![]),
        ("no keys", json!({"v": {"N": "1"}}), vec![]),
        ("keys as text", json!({"keys": {"S": ONE_KEY}, "v": {"N": "1"}}), vec![]),
        ("empty", claim("", "1"), vec![]),
        ("15 bytes", claim("AAAAAAAAAAAAAAAAAAAA", "1"), vec![]),
        ("over the bound", claim(&too_many, "1"), vec![]),
    ] {
        assert_eq!(load(vec![page(&[item], false)]).await.0, Ok(expected), "{name}");
    }
}

#[tokio::test]
async fn pages_are_followed_up_to_the_bound() {
    let more = || page(&[claim(ONE_KEY, "1")], true);
    let last = || page(&[claim(TWO_KEYS, "1")], false);
    for (name, answers, expected, calls) in [
        ("one", vec![last()], vec![32], 1),
        ("an empty page", vec![page(&[], true), last()], vec![32], 2),
        ("three", vec![more(), more(), last()], vec![16, 16, 32], 3),
        ("endless", vec![more()], vec![16; 4], 4),
    ] {
        let (found, requests) = load(answers).await;
        assert_eq!((found, requests.len()), (Ok(expected), calls), "{name}");
    }
}

#[tokio::test]
async fn a_failed_read_is_repeated_and_then_an_error() {
    let denied = Answer::Status(400, r#"{"__type":"AccessDeniedException"}"#.into());
    let busy = Answer::Status(500, r#"{"__type":"InternalServerError"}"#.into());
    let good = page(&[claim(ONE_KEY, "1")], false);
    for (name, answers, expected, calls) in [
        ("denied", vec![denied], Err(CallErrorKind::Denied), 1),
        ("back in time", vec![busy.clone(), good.clone()], Ok(vec![16]), 2),
        ("lost once", vec![Answer::Lost, good], Ok(vec![16]), 2),
        ("busy", vec![busy.clone()], Err(CallErrorKind::Unavailable), 3),
        ("second page", vec![page(&[], true), busy], Err(CallErrorKind::Unavailable), 4),
    ] {
        let (found, requests) = load(answers).await;
        assert_eq!((found, requests.len()), (expected, calls), "{name}");
    }
}

fn number(digits: &str) -> SequenceNumber {
    SequenceNumber::parse(digits).unwrap()
}

fn write(keys: usize) -> ClaimWrite {
    let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
    let expires = Timestamp::from_second(1_700_604_800).unwrap();
    let keys = vec![RecordKey([0; 16]); keys];
    let note = Note {
        partition: "note|coredb".to_owned(),
        shard: "shardId-000000000003".to_owned(),
        number: number("10"),
        arrived: Timestamp::from_millisecond(1_700_000_000_900).unwrap(),
        at: Timestamp::from_second(1_700_000_000).unwrap(),
        settled: 2,
        unsettled: 1,
    };
    ClaimWrite {
        partition: PARTITION.to_owned(),
        items: claim_items(&keys, &number("9"), &number("11"), "request", at, expires),
        note: Some(note),
    }
}

async fn claim_with(
    write: ClaimWrite,
    answers: Vec<Answer>,
) -> (Result<(), CallError>, Vec<Asked>) {
    let canned = Canned::new(answers);
    let ledger = DynamoLedger::new(&canned.connection(), "checkpoints");
    (ledger.claim(write).await, canned.requests())
}

fn puts(asked: &Asked) -> usize {
    asked.body["RequestItems"]["checkpoints"].as_array().unwrap().len()
}

#[tokio::test]
async fn claim_and_note_ride_in_one_write() {
    let (done, requests) = claim_with(write(1), vec![Answer::ok("{}")]).await;
    assert_eq!(done, Ok(()));
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].target, "DynamoDB_20120810.BatchWriteItem");
    let claim = json!({"pk": {"S": PARTITION}, "sk": {"S": "002:11|request|0"},
        "keys": {"B": ONE_KEY}, "first": {"S": "9"}, "n": {"N": "1"},
        "at": {"N": "1700000000"}, "ttl": {"N": "1700604800"}, "v": {"N": "1"}});
    assert_eq!(
        requests[0].body,
        json!({"RequestItems": {"checkpoints": [put(&claim), put(&note_item())]}})
    );
}

fn note_item() -> Value {
    json!({"pk": {"S": "note|coredb"}, "sk": {"S": "shardId-000000000003"},
        "number": {"S": "10"}, "position": {"S": "002:10"}, "arrived_ms": {"N": "1700000000900"},
        "at": {"N": "1700000000"}, "settled": {"N": "2"}, "unsettled": {"N": "1"},
        "v": {"N": "1"}})
}

fn put(item: &Value) -> Value {
    json!({"PutRequest": {"Item": item}})
}

#[tokio::test]
async fn what_dynamodb_hands_back_is_put_again_a_bounded_number_of_times() {
    let all = || Answer::ok("{}");
    let back = || {
        let unprocessed = json!({"UnprocessedItems": {"checkpoints": [put(&note_item())]}});
        Answer::ok(unprocessed.to_string())
    };
    for (name, answers, expected, calls) in [
        ("all at once", vec![all()], Ok(()), vec![2]),
        ("one back", vec![back(), all()], Ok(()), vec![2, 1]),
        ("twice", vec![back(), back(), all()], Ok(()), vec![2, 1, 1]),
        ("for ever", vec![back()], Err(CallErrorKind::Throttled), vec![2, 1, 1]),
    ] {
        let (done, requests) = claim_with(write(1), answers).await;
        let sizes: Vec<_> = requests.iter().map(puts).collect();
        assert_eq!((done.map_err(|error| error.kind), sizes), (expected, calls), "{name}");
    }
}

#[tokio::test]
async fn more_puts_than_one_call_takes_become_several_calls() {
    let mut many = write(1);
    many.items = vec![many.items[0].clone(); 26];
    let (done, requests) = claim_with(many, vec![Answer::ok("{}")]).await;
    assert_eq!(done, Ok(()));
    assert_eq!(requests.iter().map(puts).collect::<Vec<_>>(), [25, 2]);
}

#[tokio::test]
async fn nothing_to_write_is_no_call() {
    let nothing = ClaimWrite { partition: PARTITION.to_owned(), items: Vec::new(), note: None };
    let (done, requests) = claim_with(nothing, vec![Answer::Lost]).await;
    assert_eq!((done, requests.len()), (Ok(()), 0));
}

#[tokio::test]
async fn a_note_is_read_back_as_it_was_written() {
    let unreadable = json!({"pk": {"S": "note|coredb"}, "sk": {"S": "s"}, "v": {"N": "1"}});
    let canned = Canned::new([page(&[note_item(), unreadable], false)]);
    let ledger = DynamoLedger::new(&canned.connection(), "checkpoints");
    assert_eq!(ledger.notes("note|coredb").await, Ok(vec![write(1).note.unwrap()]));
}
