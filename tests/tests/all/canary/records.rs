//! Good records of every envelope, on each way into the pipeline.

use cdc_tests::canary::{Becomes, Seeded, Seeds, oversize, records};

use super::{check, payloads, stand::Stand};

/// The events that the records become, on either side of a comparison.
fn events(records: &[Seeded]) -> u64 {
    let events = records.iter().map(|record| match record.becomes {
        Becomes::Events(count) => count,
        Becomes::Skipped | Becomes::Letter => 0,
    });
    events.sum()
}

fn letters(records: &[Seeded]) -> usize {
    records.iter().filter(|record| record.becomes == Becomes::Letter).count()
}

/// What was expected of these records has come about.
fn came_about(stand: &Stand, records: &[Seeded]) {
    assert_eq!(stand.count("an event") as u64, events(records));
    let queue = stand.cloud.queues().peek(&stand.resources.dead_letter_queue).unwrap();
    let queue: Vec<&str> = queue.iter().map(|message| &*message.body).collect();
    assert_eq!(queue.len(), letters(records), "{}", queue.join("\n"));
}

#[tokio::test]
async fn nothing_planted_in_a_stream_is_published_or_told() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    let records = records(&mut seeds);
    let payload = payloads::kinesis(&stand, &records).await;
    let processor = stand.processor(None).await;
    assert!(stand.deliver(&processor, &payload).await);
    // Once more: the ledger answers.
    assert!(stand.deliver(&processor, &payload).await);
    stand.look_around().await;
    check(&stand, &seeds);
    came_about(&stand, &records);
}

#[tokio::test]
async fn nothing_planted_in_a_queue_or_a_topic_is_published_or_told() {
    for topic in [false, true] {
        let stand = Stand::new().await;
        let mut seeds = Seeds::default();
        let mut records = records(&mut seeds);
        // Aggregates are a stream's.
        records.retain(|record| record.name != "an aggregate");
        seeds.keep(&records);
        let payload = if topic {
            payloads::kafka(&mut seeds, &records)
        } else {
            payloads::sqs(&mut seeds, &records)
        };
        let processor = stand.processor(None).await;
        assert!(stand.deliver(&processor, &payload).await);
        stand.look_around().await;
        check(&stand, &seeds);
        came_about(&stand, &records);
    }
}

#[tokio::test]
async fn nothing_planted_in_a_large_record_is_told_where_no_bucket_takes_it() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    let records = oversize(&mut seeds);
    let payload = payloads::kinesis(&stand, &records).await;
    let without = [("CLAIM_CHECK_BUCKET_NAME", ""), ("DEAD_LETTER_BUCKET_NAME", "")];
    assert!(stand.deliver(&stand.processor_with(&without, None).await, &payload).await);
    let letters = stand.cloud.queues().peek(&stand.resources.dead_letter_queue).unwrap();
    stand.ask_dlq(r#"{"action":"show"}"#).await;
    stand.look_around().await;
    check(&stand, &seeds);
    assert_eq!((letters.len(), stand.count("an event")), (records.len(), 0));
}

#[tokio::test]
async fn nothing_planted_in_a_large_record_lies_in_its_object() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    let records = oversize(&mut seeds);
    let payload = payloads::kinesis(&stand, &records).await;
    let processor = stand.processor(None).await;
    assert!(stand.deliver(&processor, &payload).await);
    stand.look_around().await;
    for request in
        [r#"{"action":"list"}"#, r#"{"action":"show"}"#, r#"{"action":"replay","dryRun":true}"#]
    {
        stand.ask_dlq(request).await;
    }
    check(&stand, &seeds);
    came_about(&stand, &records);
    assert_eq!(stand.count("a claim check's object"), 1);
}
