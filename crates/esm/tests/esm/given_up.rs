//! On-failure documents: what they say, and that nothing goes on before one is kept.

use serde_json::{Value, json};

use crate::world::{Case, case, numbers};

fn giving_up(stream: &'static str, answers: &'static str) -> Case<'static> {
    case(stream, answers).with(|case| {
        case.settings.maximum_retry_attempts = 0;
        case.settings.batch_size = 2;
    })
}

#[test]
fn a_document_has_the_shape_that_aws_documents() {
    let (_, _, documents) = giving_up("a 1 2@500", "a fail").run_with_documents();
    let pointer: Value = serde_json::from_str(&documents[0].pointer()).unwrap();
    let expected = json!({
        "requestContext": {
            "requestId": pointer["requestContext"]["requestId"],
            "functionArn": "arn:aws:lambda:eu-central-1:000000000000:function:f",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": {
            "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "KinesisBatchInfo": {
            "shardId": "a",
            "startSequenceNumber": "1",
            "endSequenceNumber": "1",
            "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00.000Z",
            "approximateArrivalOfLastRecord": "2026-01-01T00:00:00.000Z",
            "batchSize": 1,
            "streamArn": "arn:aws:kinesis:eu-central-1:000000000000:stream/s",
        },
    });
    assert_eq!(pointer, expected);
    assert_eq!(
        documents[0].key("00000000-0000-0000-0000-000000000000"),
        format!(
            "aws/lambda/00000000-0000-0000-0000-000000000000/a/2026/01/01/2026-01-01T00.00.00-{}",
            documents[0].request_id
        ),
    );
}

#[test]
fn a_bucket_gets_the_whole_event_too() {
    let (_, _, documents) = giving_up("a 1 2", "a 1").run_with_documents();
    let document: Value = serde_json::from_str(&documents[0].with_payload()).unwrap();
    let payload = document["payload"].as_str().unwrap();
    assert_eq!(numbers(payload.as_bytes()), ("a".into(), vec!["1".into(), "2".into()]));
    assert_eq!(document["responseContext"]["functionError"], Value::Null, "it had answered");
}

#[test]
fn records_too_old_to_be_delivered_tell_of_no_answer() {
    let aged = giving_up("a 1@-9000 2", "").with(|case| case.settings.maximum_record_age_s = 5);
    let (_, _, documents) = aged.run_with_documents();
    let pointer: Value = serde_json::from_str(&documents[0].pointer()).unwrap();
    assert_eq!(pointer["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(pointer.get("responseContext"), None);
    assert_eq!(pointer["KinesisBatchInfo"]["batchSize"], 1);
}

#[test]
fn the_lane_stands_still_until_its_document_is_kept() {
    let (_, log, documents) = giving_up("a 1 2 3", "a fail")
        .with(|case| (case.failing_destination, case.times) = (3, true))
        .run_with_documents();
    assert_eq!(documents.len(), 1);
    let times: Vec<i64> =
        log.iter().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
    assert!(log[1].ends_with("a loses 1..2 (2) RetryAttemptsExhausted"), "{log:?}");
    assert!(log[2].ends_with("a[3] ok") && times[2] >= times[0] + 3 * 50, "{log:?}");
}

#[test]
fn neighbours_may_be_told_as_one_and_only_they() {
    let (_, _, documents) =
        giving_up("a 1 2 3 4 5; b 9", "a fail fail ok; b fail").run_with_documents();
    let of = |shard: &str, first: &str| {
        let mut found = documents.iter().filter(|document| {
            let gone = &document.given_up;
            gone.lane.shard.as_str() == shard && gone.first.as_str() == first
        });
        found.next().unwrap().clone()
    };
    let both = of("a", "1").merged_with(&of("a", "3")).unwrap();
    assert_eq!((both.given_up.first.as_str(), both.given_up.last.as_str()), ("1", "4"));
    assert_eq!(both.given_up.records, 4);
    assert!(of("a", "3").merged_with(&of("a", "1")).is_none());
    assert!(of("a", "1").merged_with(&of("b", "9")).is_none());
}
