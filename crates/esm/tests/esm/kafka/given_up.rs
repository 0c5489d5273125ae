//! When records are given up, and the document that is left of them.

use std::time::Duration;

use serde_json::json;

use super::world::{Case, case, check};

fn retries<'a>(topics: &'a str, answers: &'a str, most: i64) -> Case<'a> {
    case(topics, answers).with(|case| {
        (case.settings.maximum_retry_attempts, case.commits) = (most, true);
    })
}

#[test]
fn when_the_retries_run_out_the_position_is_behind_the_batch() {
    check(
        retries("t-0 0 1 2@50; t-1 0", "t-0 fail fail", 1),
        &[
            "[t-0:0,1 t-1:0] fail",
            "[t-0:0,1 t-1:0] fail",
            "loses t-0:0..1 t-1:0..0 (3) RetryAttemptsExhausted",
            "t-0 at 2",
            "t-1 at 1",
            "[t-0:2] ok",
            "t-0 at 3",
        ],
    );
}

#[test]
fn what_a_partial_answer_left_is_given_up_alone() {
    check(
        retries("t-0 0 1; t-1 0", "t-0 t-0:1 t-0:1", 1),
        &[
            "[t-0:0,1 t-1:0] t-0:1",
            "t-0 at 1",
            "t-1 at 1",
            "[t-0:1] t-0:1",
            "loses t-0:1..1 (1) RetryAttemptsExhausted",
            "t-0 at 2",
        ],
    );
}

#[test]
fn an_invocation_that_did_not_happen_costs_no_retry() {
    check(
        retries("t-0 0", "t-0 throttle throttle", 0),
        &["[t-0:0] throttle", "[t-0:0] throttle", "[t-0:0] ok", "t-0 at 1"],
    );
}

#[test]
fn of_each_partition_the_records_too_old_are_given_up_and_the_younger_ones_delivered() {
    let aged = |case: &mut Case<'_>| case.settings.maximum_record_age_s = 5;
    check(
        case("t-0 0@-9000 1; t-1 0@-8000 1", "").with(aged),
        &["loses t-0:0..0 t-1:0..0 (2) RecordAgeExceeded", "[t-0:1 t-1:1] ok"],
    );
    // Behind a younger one of its partition a record waits its turn, or it would be overtaken.
    check(
        case("t-0 0 1@-9000; t-1 0@-8000", "").with(aged),
        &["loses t-1:0..0 (1) RecordAgeExceeded", "[t-0:0,1] ok"],
    );
}

#[test]
fn a_failing_batch_is_given_up_as_its_records_grow_too_old() {
    let aged = case("t-0 0; t-1 0@2000", "t-0 fail*; t-1 ok").with(|case| {
        case.settings.maximum_record_age_s = 5;
        case.settings.batch_window = Duration::from_millis(2_500);
    });
    let mut log = aged.run().log;
    log.dedup();
    assert_eq!(log, ["[t-0:0 t-1:0] fail", "loses t-0:0..0 (1) RecordAgeExceeded", "[t-1:0] ok"]);
}

#[test]
fn a_destination_that_fails_is_asked_again_and_the_consumer_waits_for_it() {
    let ran =
        retries("t-0 0; t-1 0@50", "t-0 fail", 0).with(|case| case.failing_destination = 3).run();
    assert_eq!(ran.log[1], "loses t-0:0..0 (1) RetryAttemptsExhausted");
    assert_eq!(ran.documents.len(), 1);
    assert_eq!(ran.ended.unwrap().1.counts.given_up_records, 1);
}

#[test]
fn the_document_names_the_place_of_the_records_and_with_payload_the_event() {
    let ran = retries("t-0 3 4@1; t-1 0", "t-0 fail*", 1).with(|case| case.commits = false).run();
    let document = ran.documents[0].clone();
    let event = std::str::from_utf8(&document.event).unwrap();
    let mut found: serde_json::Value = serde_json::from_str(&document.with_payload()).unwrap();
    assert_eq!(found["payload"], event);
    found.as_object_mut().unwrap().remove("payload");
    let pointer: serde_json::Value = serde_json::from_str(&document.pointer()).unwrap();
    assert_eq!(found, pointer);
    let timestamp = found["timestamp"].take();
    assert!(timestamp.as_str().unwrap().starts_with("2026-01-01T00:00:0"));
    let info = |first: &str, last: &str| {
        json!({
            "firstRecordOffset": first,
            "lastRecordOffset": last,
            "firstRecordTimestamp": "2026-01-01T00:00:00.000Z",
            "lastRecordTimestamp": "2026-01-01T00:00:00.000Z",
        })
    };
    assert_eq!(
        found,
        json!({
            "requestContext": {
                "requestId": document.request_id,
                "functionArn": "arn:aws:lambda:eu-central-1:000000000000:function:f",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 2,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": null,
            "KafkaBatchInfo": {
                "batchSize": 2,
                "eventSourceArn": "arn:aws:kafka:eu-central-1:000000000000:cluster/c/1",
                "bootstrapServers": "b-1:9092,b-2:9092",
                "payloadSize": event.len(),
                "recordsInfo": { "t-0": info("3", "3"), "t-1": info("0", "0") },
            },
        })
    );
}
