//! Letters and checkpoints: how many, how old, how far behind.

use cdc_aws::ledger::DynamoLedger;
use cdc_core::{
    ledger::{ClaimWrite, Note},
    ports::Ledger as _,
    record::SequenceNumber,
};
use cdc_local::cloud::{
    PutRecord,
    trouble::{Kind::Hangs, Trouble},
};
use serde_json::Value;

use super::{Clock as _, DIRECT, Duration, Pipeline, SystemClock, detail, told};

const DAY: u64 = 24 * 60 * 60;

impl Pipeline {
    async fn ledger_write(&self, note: Note) {
        let ledger = DynamoLedger::new(&self.connection(), &self.resources.checkpoint_table);
        let write = ClaimWrite { partition: String::new(), items: Vec::new(), note: Some(note) };
        ledger.claim(write).await.unwrap();
    }

    /// A record on the stream.
    pub(super) async fn put(&self, partition_key: &str) -> PutRecord {
        self.cloud.put_record(&self.resources.stream, partition_key, "{}".into()).await.unwrap()
    }

    /// The checkpoint that the processor writes behind a record.
    pub(super) async fn note(&self, put: &PutRecord) {
        let now = SystemClock.now();
        let note = Note {
            partition: format!("note|{}", self.resources.stream),
            shard: put.shard.clone(),
            number: SequenceNumber::parse(&put.number).unwrap(),
            arrived: now,
            at: now,
            settled: 1,
            unsettled: 0,
        };
        self.ledger_write(note).await;
    }
}

/// Asks so much later, and expects this verdict and text about a component.
async fn check(pipeline: &mut Pipeline, later: u64, name: &str, status: &str, says: &str) -> Value {
    pipeline.later = Duration::from_secs(later);
    let answer = pipeline.ask(DIRECT).await;
    let ailing = if status == "healthy" { vec![] } else { vec![format!("{name} {status}")] };
    assert_eq!(told(&answer), (status.to_owned(), ailing), "{answer}");
    let detail = detail(&answer, name);
    assert!(detail.contains(says), "{detail:?} should say {says:?}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_counted_and_grow_old_and_stay_where_they_are() {
    const QUEUE: &str = "dead-letter-queue";
    let mut pipeline = Pipeline::start().await;
    check(&mut pipeline, 0, QUEUE, "healthy", "empty").await;
    for _ in 0..12 {
        let queue = &pipeline.resources.dead_letter_queue;
        assert!(pipeline.cloud.queues().deliver(queue, r#"{"secret":"123456789012"}"#));
    }
    check(&mut pipeline, 0, QUEUE, "degraded", "12 letters, the oldest at least").await;
    check(&mut pipeline, 7 * DAY - 60, QUEUE, "degraded", "at least 6 d old").await;
    check(&mut pipeline, 7 * DAY, QUEUE, "unhealthy", "SQS deletes a letter after 14 d").await;
    let letters = pipeline.cloud.queues().drain(&pipeline.resources.dead_letter_queue).unwrap();
    assert_eq!(letters.len(), 12);
    assert!(letters.iter().all(|letter| !letter.in_flight), "a look hides no letter");
    pipeline.settings.push(("HEALTH_DEAD_LETTERS_DEGRADED", "2"));
    assert!(pipeline.cloud.queues().deliver(&pipeline.resources.dead_letter_queue, "letter"));
    check(&mut pipeline, 0, QUEUE, "healthy", "1 letter, the oldest at least").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_judged_by_what_lies_behind_it() {
    const NAME: &str = "checkpoints";
    let mut pipeline = Pipeline::start().await;
    check(&mut pipeline, DAY, NAME, "healthy", "2 shards: nothing waits").await;
    // Nothing was noted, and something lies there: who knows whether it was processed.
    let first = pipeline.put("users:1").await;
    check(&mut pipeline, 0, NAME, "healthy", "never processed").await;
    check(&mut pipeline, 90, NAME, "degraded", "for 1 min").await;
    check(&mut pipeline, DAY, NAME, "degraded", "for 1 d").await;
    // It is settled: however old the checkpoint is, nothing waits.
    pipeline.note(&first).await;
    check(&mut pipeline, 7 * DAY, NAME, "healthy", "2 shards: nothing waits").await;
    let second = pipeline.put("users:1").await;
    assert_eq!(second.shard, first.shard);
    check(&mut pipeline, 90, NAME, "degraded", "has waited on shard").await;
    check(&mut pipeline, 3600, NAME, "unhealthy", "for 1 h").await;
    pipeline.note(&second).await;
    check(&mut pipeline, 3600, NAME, "healthy", "nothing waits").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_no_outage() {
    let mut pipeline = Pipeline::start().await;
    let put = pipeline.put("users:1").await;
    pipeline.note(&put).await;
    check(&mut pipeline, 3600, "checkpoints", "healthy", "nothing waits").await;
    let ledger = DynamoLedger::new(&pipeline.connection(), &pipeline.resources.checkpoint_table);
    let number = SequenceNumber::parse(&put.number).unwrap();
    let notes = format!("note|{}", pipeline.resources.stream);
    ledger.forget_note(&notes, &put.shard, &number).await.unwrap();
    let says = "never processed, or the checkpoint was reset";
    check(&mut pipeline, 3600, "checkpoints", "degraded", says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_on_a_split_shard_is_seen_while_its_children_are_empty() {
    let mut pipeline = Pipeline::start().await;
    let (first, last) = (pipeline.put("users:1").await, pipeline.put("users:1").await);
    pipeline.note(&first).await;
    let stream = &pipeline.resources.stream;
    pipeline.cloud.split_shard(stream, &first.shard).await.unwrap();
    let says = "3 shards and 1 closed: a record has waited";
    check(&mut pipeline, 3600, "checkpoints", "unhealthy", says).await;
    // Read to its last record, it has nothing behind that.
    pipeline.note(&last).await;
    check(&mut pipeline, 3600, "checkpoints", "healthy", "nothing waits").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_hangs_hides_no_lag_of_another() {
    let mut pipeline = Pipeline::start().await;
    pipeline.settings.push(("HEALTH_TIMEOUT_MS", "2000"));
    let put = pipeline.put("users:1").await;
    pipeline.note(&put).await;
    pipeline.put("users:1").await;
    let other = match &*put.shard {
        "shardId-000000000000" => "shardId-000000000001",
        _ => "shardId-000000000000",
    };
    pipeline.troubles.push(Trouble::new(Hangs, "Kinesis_20131202.GetShardIterator").about(other));
    check(&mut pipeline, 3600, "checkpoints", "unhealthy", "for 1 h").await;
    check(&mut pipeline, 0, "checkpoints", "degraded", "1 shard could not be looked at").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_no_batch_moves_is_not_judged() {
    let mut pipeline = Pipeline::start().await;
    pipeline.settings.push(("LEDGER_KEEP", "failures"));
    pipeline.put("users:1").await;
    check(&mut pipeline, DAY, "checkpoints", "healthy", "not judged").await;
    let calls = pipeline.calls.by_operation();
    assert!(!calls.contains_key("Query") && !calls.contains_key("GetRecords"), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_metrics_under_the_pipelines_name() {
    let mut pipeline = Pipeline::start().await;
    let settled = pipeline.put("users:1").await;
    pipeline.note(&settled).await;
    pipeline.put("users:1").await;
    assert!(pipeline.cloud.queues().deliver(&pipeline.resources.dead_letter_queue, "letter"));
    pipeline.later = Duration::from_secs(3600);
    let (_, metrics) = pipeline.handle(DIRECT).await;
    let metrics: Value = serde_json::from_str(&metrics.unwrap()).unwrap();
    for (name, expected) in [
        ("Healthy", 0),
        ("Unhealthy", 1),
        ("BusHealthy", 1),
        ("CheckpointsHealthy", 0),
        ("DeadLetters", 1),
    ] {
        assert_eq!(metrics[name], expected, "{name} in {metrics}");
    }
    for name in ["DeadLetterAge", "CheckpointLag"] {
        assert!((3600..3660).contains(&metrics[name].as_u64().unwrap()), "{name} in {metrics}");
    }
    assert_eq!(metrics["Pipeline"], "coredb");
    let named = metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    assert_eq!(named.len(), 2 + 6 * 2 + 3);
}
