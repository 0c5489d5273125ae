//! Faults, seen from a client and from the bus.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};

use super::{accepted, cloud, put, subscribed};
use crate::cloud::{
    Cloud,
    fault::{Fault, FaultPlan},
};

fn faulty(cloud: &Cloud, faults: &[&str], seed: u64) -> (SdkConfig, FaultPlan) {
    let faults = faults.iter().map(|fault| Fault::parse(fault).unwrap()).collect();
    let plan = FaultPlan::new(faults, seed).unwrap();
    (cloud.sdk_config_with(plan.wrap(cloud.http_client())), plan)
}

#[tokio::test]
async fn a_throttled_entry_is_reported_at_its_place_and_the_rest_is_accepted_in_order() {
    let (cloud, _) = cloud().await;
    let (config, plan) = faulty(&cloud, &["put-events=throttle:entry:0.5"], 42);
    let (mut through, mut struck) = (Vec::new(), 0);
    for call in 0..20 {
        let details: Vec<String> =
            (0..10).map(|n| format!(r#"{{"n": {}}}"#, call * 10 + n)).collect();
        let texts: Vec<&str> = details.iter().map(String::as_str).collect();
        let answer = put(&config, &texts).await.unwrap();
        assert_eq!(answer.entries().len(), 10);
        let failed = answer.entries().iter().filter(|e| e.error_code().is_some()).count();
        assert_eq!(answer.failed_entry_count(), failed as i32);
        for (entry, detail) in answer.entries().iter().zip(details) {
            match (entry.event_id(), entry.error_code()) {
                (None, Some(code)) => {
                    assert_eq!(code, "ThrottlingException");
                    struck += 1;
                }
                (Some(id), None) => {
                    let index = cloud.bus().acceptance_index(id).unwrap();
                    assert_eq!(index, through.len() as u64);
                    through.push(detail);
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(accepted(&cloud), through);
    assert_eq!(subscribed(&cloud).len(), through.len());
    assert_eq!(plan.injected()[0].1, struck);
    assert!((60..140).contains(&struck), "{struck}");
}

#[tokio::test]
async fn entries_keep_their_own_errors_beside_injected_ones() {
    let (cloud, _) = cloud().await;
    let kinds = [
        ("throttle", "ThrottlingException"),
        ("refuse", "MalformedDetail"),
        ("fail", "InternalFailure"),
    ];
    for (kind, code) in kinds {
        let (config, _) = faulty(&cloud, &[&format!("put-events={kind}:entry")], 1);
        let answer = put(&config, &["{}", "not JSON"]).await.unwrap();
        let codes: Vec<_> = answer.entries().iter().map(|e| e.error_code()).collect();
        assert_eq!((codes, answer.failed_entry_count()), (vec![Some(code); 2], 2));
    }
    assert_eq!(cloud.bus().counts().calls, 0);
    // Half the entries are struck: beside one that is, the other one answers for itself.
    let (config, _) = faulty(&cloud, &["put-events=throttle:entry:0.5"], 3);
    let mut seen = Vec::new();
    for _ in 0..8 {
        let answer = put(&config, &["{}", "not JSON"]).await.unwrap();
        let codes: Vec<_> =
            answer.entries().iter().map(|e| e.error_code().unwrap_or("ok").to_owned()).collect();
        seen.push(codes.join(" "));
    }
    assert!(seen.contains(&"ThrottlingException MalformedDetail".to_owned()), "{seen:?}");
    assert!(seen.contains(&"ok ThrottlingException".to_owned()), "{seen:?}");
}

#[tokio::test]
async fn a_lost_answer_has_its_effect_and_looks_like_a_timeout() {
    let (cloud, _) = cloud().await;
    let (config, _) = faulty(&cloud, &["put-events=lose-answer"], 1);
    let error = put(&config, &[r#"{"n":1}"#]).await.unwrap_err();
    match error {
        SdkError::DispatchFailure(failure) => assert!(failure.is_timeout(), "{failure:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(accepted(&cloud), [r#"{"n":1}"#]);
    assert_eq!(subscribed(&cloud).len(), 1);
}

#[tokio::test]
async fn a_refused_call_does_nothing() {
    let (cloud, _) = cloud().await;
    let cases = [
        ("put-events=throttle", 400, "ThrottlingException"),
        ("put-events=refuse", 400, "AccessDeniedException"),
        ("put-events=fail", 500, "InternalFailure"),
    ];
    for (fault, status, code) in cases {
        let (config, plan) = faulty(&cloud, &[fault], 1);
        let error = put(&config, &["{}"]).await.unwrap_err();
        assert_eq!(error.raw_response().unwrap().status().as_u16(), status, "{fault}");
        assert_eq!(error.into_service_error().code(), Some(code), "{fault}");
        assert_eq!(plan.injected()[0].1, 1);
    }
    assert_eq!(cloud.bus().counts().calls, 0);
}

/// The error code of a ledger read and of a ledger write; "ok" and "timeout" as they are.
async fn ledger(config: &SdkConfig) -> (String, String) {
    let dynamo = aws_sdk_dynamodb::Client::new(config);
    let key = |text: &str| AttributeValue::S(text.into());
    let read = dynamo.query().table_name("cdc-checkpoints").key_condition_expression("pk = :p");
    let read = read.expression_attribute_values(":p", key("p")).send().await;
    let item = PutRequest::builder().item("pk", key("p")).item("sk", key("s")).build().unwrap();
    let write = WriteRequest::builder().put_request(item).build();
    let write =
        dynamo.batch_write_item().request_items("cdc-checkpoints", vec![write]).send().await;
    (said(read), said(write))
}

fn said<T, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => "timeout".into(),
        Err(error) => error.code().unwrap_or("none").into(),
    }
}

#[tokio::test]
async fn each_port_has_its_own_faults() {
    let (cloud, made) = cloud().await;
    let cases = [
        ("ledger-read=throttle", "ProvisionedThroughputExceededException", "ok", "ok"),
        ("ledger-read=fail", "InternalServerError", "ok", "ok"),
        ("ledger-read=lose-answer", "timeout", "ok", "ok"),
        ("ledger-write=throttle", "ok", "ProvisionedThroughputExceededException", "ok"),
        ("ledger-write=refuse", "ok", "AccessDeniedException", "ok"),
        ("ledger-write=lose-answer", "ok", "timeout", "ok"),
        ("dead-letter=throttle", "ok", "ok", "RequestThrottled"),
        ("dead-letter=fail", "ok", "ok", "InternalFailure"),
        ("dead-letter=lose-answer", "ok", "ok", "timeout"),
        ("ledger-read=slow", "ok", "ok", "ok"),
        ("ledger-write=slow", "ok", "ok", "ok"),
        ("dead-letter=slow", "ok", "ok", "ok"),
    ];
    for (fault, read, write, bury) in cases {
        let (config, _) = faulty(&cloud, &[fault], 1);
        assert_eq!(ledger(&config).await, (read.into(), write.into()), "{fault}");
        let send = aws_sdk_sqs::Client::new(&config).send_message();
        let sent = send.queue_url(&made.dead_letter_queue_url).message_body("m").send().await;
        assert_eq!(said(sent), bury, "{fault}");
    }
    // Nine without a fault or merely slow, and the one whose answer was lost.
    assert_eq!(cloud.queues().len("cdc-dead-letters"), Some(10));
}
