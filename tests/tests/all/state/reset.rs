//! Claims forgotten: all of a shard, of this epoch, and nothing by mistake.

use std::sync::atomic::{AtomicUsize, Ordering};

use cdc_aws::ledger::DynamoLedger;
use cdc_core::{
    ledger::{ClaimQuery, ClaimWrite, LedgerScope, Note, claim_items},
    ports::{Clock as _, Ledger as _},
    record::{RecordKey, SequenceNumber, Shard},
};
use cdc_local::cloud::Resources;
use serde_json::{Value, json};

use super::{Duration, SystemClock, World, connection, refused};

pub(super) const SHARD: &str = "shardId-000000000001";

impl World {
    fn ledger(&self) -> DynamoLedger {
        DynamoLedger::new(&connection(&self.cloud, None), &self.resources.checkpoint_table)
    }

    fn claims(&self, epoch: u32) -> String {
        let Resources { bus, event_source, stream, .. } = &self.resources;
        let (bus, event_source) = (bus.clone(), event_source.clone());
        let shard = Shard { stream_arn: stream.as_str().into(), id: SHARD.into() };
        LedgerScope { epoch, bus, event_source }.claim_partition(&shard)
    }

    /// What so many batches leave behind.
    pub(super) async fn progress(&self, epoch: u32, claims: u64) {
        for number in 1..=claims {
            self.claim(epoch, number).await;
        }
    }

    /// A claim, and a note with its number.
    async fn claim(&self, epoch: u32, number: u64) {
        let now = SystemClock.now();
        let number: SequenceNumber = number.into();
        let keys = [RecordKey([7; 16])];
        let note = Note {
            partition: format!("note|{}", self.resources.stream),
            shard: SHARD.to_owned(),
            number: number.clone(),
            arrived: now,
            at: now,
            settled: 1,
            unsettled: 0,
        };
        let write = ClaimWrite {
            partition: self.claims(epoch),
            items: claim_items(&keys, &number, &number, "request", now, now),
            note: Some(note),
        };
        self.ledger().claim(write).await.unwrap();
    }

    async fn claims_left(&self, epoch: u32) -> usize {
        let query = ClaimQuery { partition: self.claims(epoch), from: "0".to_owned() };
        self.ledger().load(query).await.unwrap().len()
    }

    /// What status shows of the shard's checkpoint, in a reset's words.
    async fn checkpoint(&self) -> String {
        let status = self.ask(&json!({"action": "status", "processor": "cdc-processor"})).await;
        let number = &status["processors"][0]["shards"][0]["sequenceNumber"];
        number.as_str().unwrap_or("none").to_owned()
    }

    /// What status showed a while ago: the pipeline has gone on since.
    async fn passed_checkpoint(&self) -> String {
        let mut shown = self.checkpoint().await;
        loop {
            let now = self.checkpoint().await;
            if shown != "none" && now != "none" && now != shown {
                return shown;
            }
            if shown == "none" {
                shown = now;
            }
        }
    }
}

pub(super) fn reset(expected: &str) -> Value {
    json!({"action": "reset", "shard": SHARD, "expected": expected, "reason": "a bad deployment"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_forgets_the_shards_claims_of_this_epoch_and_its_checkpoint() {
    let world = World::start().await;
    world.progress(1, 2).await;
    world.progress(0, 230).await;
    let answer = world.ask(&reset("230")).await;
    let expected = json!({"shard": SHARD, "claimsForgotten": 230, "noteForgotten": true,
        "complete": true});
    assert_eq!(answer, json!({"reset": expected}));
    assert_eq!((world.claims_left(0).await, world.claims_left(1).await), (0, 2));
    let status = world.ask(&json!({"action": "status"})).await;
    assert_eq!(status["processors"][0]["shards"], json!([]));
    // Again: there is nothing left, and status says so.
    let answer = world.ask(&reset("none")).await;
    assert_eq!(answer["reset"]["claimsForgotten"], 0);
    assert_eq!(answer["reset"]["noteForgotten"], false);
    refused(&world.ask(&reset("230")).await, "CONFLICT", Some("expected"), "is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_of_a_checkpoint_that_is_not_reached_does_nothing() {
    let world = World::start().await;
    world.progress(0, 12).await;
    for expected in ["13", "100", "none"] {
        let answer = world.ask(&reset(expected)).await;
        refused(&answer, "CONFLICT", Some("expected"), "checkpoint is 12,");
    }
    assert_eq!(world.claims_left(0).await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_without_time_does_nothing_and_can_be_run_again() {
    let world = World::start().await;
    world.progress(0, 5).await;
    let answer = world.ask_within(&reset("5"), Duration::from_secs(5)).await;
    assert_eq!(
        answer["reset"],
        json!({"shard": SHARD, "claimsForgotten": 0, "noteForgotten": false, "complete": false})
    );
    assert_eq!(world.claims_left(0).await, 5);
    let answer = world.ask(&reset("5")).await;
    assert_eq!(answer["reset"]["claimsForgotten"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_busy_shard_left_goes_in_one_run() {
    let world = World::start().await;
    let (now, number) = (SystemClock.now(), SequenceNumber::from(1));
    for batch in 0..201 {
        let claim = |part: u32| {
            let request = format!("{batch}-{part}");
            claim_items(&[RecordKey([7; 16])], &number, &number, &request, now, now)
        };
        let items = (0..50).flat_map(claim).collect();
        let write = ClaimWrite { partition: world.claims(0), items, note: None };
        world.ledger().claim(write).await.unwrap();
    }
    world.claim(0, 1).await;
    let answer = world.ask_within(&reset("1"), Duration::from_secs(600)).await;
    assert_eq!(
        answer["reset"],
        json!({"shard": SHARD, "claimsForgotten": 10_051, "noteForgotten": true,
            "complete": true})
    );
}

/// The note moves with every batch: what the operator saw has been passed when the reset comes, and
/// the note may move again under its hands.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_beside_a_running_pipeline_succeeds_with_what_status_showed() {
    const RESETS: usize = 10;
    let world = World::start().await;
    world.progress(0, 150).await;
    let resets = AtomicUsize::new(0);
    let pipeline = async {
        let mut number = 150;
        while resets.load(Ordering::Relaxed) < RESETS {
            number += 1;
            world.claim(0, number).await;
        }
    };
    let operator = async {
        while resets.load(Ordering::Relaxed) < RESETS {
            let shown = world.passed_checkpoint().await;
            let answer = world.ask(&reset(&shown)).await;
            assert_eq!(answer["reset"]["complete"], true, "{answer}");
            resets.fetch_add(1, Ordering::Relaxed);
        }
    };
    tokio::join!(operator, pipeline);
    let left = world.claims_left(0).await;
    let answer = world.ask(&reset(&world.checkpoint().await)).await;
    assert_eq!(answer["reset"]["claimsForgotten"], left);
    assert_eq!((world.claims_left(0).await, &*world.checkpoint().await), (0, "none"));
}
