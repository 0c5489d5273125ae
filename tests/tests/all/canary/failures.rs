//! Records that are given up on, and services that fail while they are: what is told of it, and what is shown of
//! the letters.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use cdc_local::cloud::trouble::{Kind, Trouble};
use cdc_tests::canary::{Becomes, Seeded, Seeds, failures, oversize, records};

use super::{check, payloads, stand::Stand};

/// Everything that dlq-processor does with letters, the last of it for good.
const REQUESTS: [&str; 6] = [
    r#"{"action":"list","limit":1000}"#,
    r#"{"action":"show","limit":1000}"#,
    r#"{"action":"replay","dryRun":true,"limit":1000}"#,
    r#"{"action":"replay","force":true,"limit":1000,"rate":1000}"#,
    r#"{"action":"park","filter":{"code":"VALIDATION_ERROR"},"limit":1000}"#,
    r#"{"action":"purge","force":true,"limit":1000}"#,
];

#[tokio::test]
async fn nothing_planted_in_a_bad_record_is_told_or_shown() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    let records = failures(&mut seeds);
    assert!(records.iter().all(|record| record.becomes == Becomes::Letter));
    let payload = payloads::kinesis(&stand, &records).await;
    assert!(stand.deliver(&stand.processor(None).await, &payload).await);
    let letters = stand.cloud.queues().peek(&stand.resources.dead_letter_queue).unwrap();
    for request in REQUESTS {
        stand.ask_dlq(request).await;
    }
    stand.look_around().await;
    check(&stand, &seeds);
    assert_eq!((letters.len(), stand.count("an event")), (records.len(), 0));
}

#[tokio::test]
async fn nothing_planted_in_a_bad_record_of_a_queue_or_a_topic_is_told_or_shown() {
    for topic in [false, true] {
        let stand = Stand::new().await;
        let mut seeds = Seeds::default();
        let mut records = failures(&mut seeds);
        // A queue takes text.
        records.retain(|record| topic || std::str::from_utf8(&record.data).is_ok());
        seeds.keep(&records);
        let payload = if topic {
            payloads::kafka(&mut seeds, &records)
        } else {
            payloads::sqs(&mut seeds, &records)
        };
        assert!(stand.deliver(&stand.processor(None).await, &payload).await);
        for request in [REQUESTS[1], REQUESTS[3]] {
            stand.ask_dlq(request).await;
        }
        stand.look_around().await;
        check(&stand, &seeds);
    }
}

/// Some good records and bad ones; large ones, too, where that matters.
fn some(seeds: &mut Seeds, large: bool) -> Vec<Seeded> {
    let mut some: Vec<Seeded> = records(seeds).into_iter().step_by(9).collect();
    some.extend(failures(seeds).into_iter().take(2));
    if large {
        some.extend(oversize(seeds).into_iter().take(1));
    }
    seeds.keep(&some);
    some
}

/// Delivers, and replays what is in the queue already, while calls of that service fail and repeat what was sent
/// to them.
async fn check_trouble(kind: Kind, target: &str) {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    let records = some(&mut seeds, target.starts_with("S3."));
    let payload = payloads::kinesis(&stand, &records).await;
    let trouble = Trouble::new(kind, target).repeating();
    stand.deliver(&stand.processor(Some(&trouble)).await, &payload).await;
    assert!(trouble.has_struck(), "{target} {kind:?}");
    stand.ask_dlq_in(r#"{"action":"replay"}"#, Some(&trouble)).await;
    // The service is there again, and takes the rest.
    assert!(stand.deliver(&stand.processor(None).await, &payload).await);
    let shown = stand.ask_dlq(r#"{"action":"show"}"#).await;
    assert!(shown["matched"].as_u64() >= Some(2), "{shown}");
    stand.look_around().await;
    check(&stand, &seeds);
}

#[tokio::test]
async fn nothing_that_the_bus_repeats_is_told_or_shown() {
    for kind in [Kind::RefusesEntries, Kind::Fails, Kind::Throttles] {
        check_trouble(kind, "AWSEvents.PutEvents").await;
    }
}

#[tokio::test]
async fn nothing_that_the_ledger_repeats_is_told_or_shown() {
    check_trouble(Kind::Fails, "DynamoDB_20120810.Query").await;
    check_trouble(Kind::Throttles, "DynamoDB_20120810.BatchWriteItem").await;
    check_trouble(Kind::Fails, "DynamoDB_20120810.BatchWriteItem").await;
}

#[tokio::test]
async fn nothing_that_the_queue_of_letters_repeats_is_told_or_shown() {
    for kind in [Kind::RefusesEntries, Kind::Fails, Kind::Throttles] {
        check_trouble(kind, "AmazonSQS.SendMessage").await;
    }
}

#[tokio::test]
async fn nothing_that_the_store_repeats_is_told_or_shown() {
    for kind in [Kind::Fails, Kind::Throttles] {
        check_trouble(kind, "S3.PutObject").await;
    }
}

/// Polls a run that often and no more: dropping it is the kill. Whether it came to its end.
async fn killed_after<F: Future>(polls: usize, run: F) -> bool {
    let mut run = pin!(run);
    let mut count = 0;
    let ended = poll_fn(|context| {
        if count == polls {
            return Poll::Ready(None);
        }
        count += 1;
        run.as_mut().poll(context).map(Some)
    });
    ended.await.is_some()
}

#[tokio::test]
async fn nothing_planted_is_left_behind_by_a_function_that_is_killed() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    let payload = payloads::kinesis(&stand, &some(&mut seeds, false)).await;
    let mut polls = 1;
    while !killed_after(polls, async {
        stand.deliver(&stand.processor(None).await, &payload).await
    })
    .await
    {
        polls += 1;
    }
    assert!(polls > 1, "it was never killed");
    stand.look_around().await;
    stand.ask_dlq(r#"{"action":"show"}"#).await;
    check(&stand, &seeds);
}
