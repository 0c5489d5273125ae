//! The delivery protocol's schedules once more, over the real adapters: what is simulated in memory by
//! the thousand runs here over the embedded EventBridge, DynamoDB and SQS, on a clock that hurries.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use cdc_aws::{
    attempts::DynamoAttempts,
    clock::SystemClock,
    config::{Connection, SdkHttp},
    dead_letters::SqsDeadLetters,
    endpoint::Region,
    ledger::DynamoLedger,
    letters::SqsLetters,
    objects::S3Objects,
    sink::EventBridgeSink,
};
use cdc_core::{
    objects::{BucketName, NewObject},
    ports::{Clock, ObjectStore as _},
};
use cdc_local::cloud::{Cloud, CloudOptions, Resources};
use cdc_simulation::{BUCKET, Fault, Options, Rules, Services, simulate_over};
use jiff::Timestamp;
use serde_json::Value;

const SCHEDULES: u64 = 20;

/// How much faster than the machine's the schedules' clock goes. A call of the embedded cloud, which
/// takes milliseconds, must stay far below the protocol's timeout of five seconds.
const HURRY: u32 = 8;

/// Longer than any schedule takes.
const AT_MOST: Duration = Duration::from_secs(600);

/// Time that goes faster.
#[derive(Clone)]
struct Hurried {
    begin: Timestamp,
    begun: Instant,
}

impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        self.begin.checked_add(self.begun.elapsed() * HURRY).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration / HURRY).await;
    }

    fn jitter(&self, at_most: Duration) -> Duration {
        at_most / 2
    }
}

#[derive(Clone)]
struct Embedded {
    sink: EventBridgeSink,
    ledger: DynamoLedger,
    dead_letters: SqsDeadLetters,
    letters: SqsLetters,
    objects: S3Objects,
    attempts: DynamoAttempts,
    clock: Hurried,
}

impl Services for Embedded {
    type Sink = EventBridgeSink;
    type Ledger = DynamoLedger;
    type DeadLetters = SqsDeadLetters;
    type Queue = SqsLetters;
    type Folder = S3Objects;
    type Attempts = DynamoAttempts;
    type Clock = Hurried;

    fn sink(&self) -> EventBridgeSink {
        self.sink.clone()
    }
    fn ledger(&self) -> DynamoLedger {
        self.ledger.clone()
    }
    fn dead_letters(&self) -> SqsDeadLetters {
        self.dead_letters.clone()
    }
    fn queue(&self) -> SqsLetters {
        self.letters.clone()
    }
    fn folder(&self) -> S3Objects {
        self.objects.clone()
    }
    fn document_queue(&self) -> Option<SqsLetters> {
        None
    }
    fn attempts(&self) -> DynamoAttempts {
        self.attempts.clone()
    }
    async fn keep_object(&self, key: String, body: String) {
        let bucket = BucketName::parse(BUCKET).unwrap();
        let content_type = "application/json";
        let object = NewObject { bucket, key: key.into(), body: body.into(), content_type };
        self.objects.put(object).await.unwrap();
    }
    async fn send_pointer(&self, _: String, _: Option<(usize, String)>) -> (usize, bool) {
        unreachable!("there is no queue of documents")
    }
    async fn forget_claims(&self) -> bool {
        false
    }
    fn clock(&self) -> Hurried {
        self.clock.clone()
    }
}

/// What can go wrong here. A killed replay hides its letters for minutes of SQS's own time, and an
/// invocation near its deadline wants a clock that does not wobble.
fn faults() -> Vec<Fault> {
    let left_out = [Fault::Forgotten, Fault::ReplayKilled, Fault::Deadline];
    Fault::ALL.into_iter().filter(|fault| !left_out.contains(fault)).collect()
}

async fn schedule(seed: u64) {
    let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
    let resources = Resources::default();
    let provisioned = cloud.provision(&resources).await.unwrap();
    let region = Region::parse(cloud.region()).unwrap();
    let connection = Connection::embedded(region, SdkHttp::new(cloud.http_client()));
    let services = Embedded {
        sink: EventBridgeSink::new(&connection, &resources.bus, &resources.event_source),
        ledger: DynamoLedger::new(&connection, &resources.checkpoint_table),
        dead_letters: SqsDeadLetters::new(&connection, &provisioned.dead_letter_queue_url),
        letters: SqsLetters::new(&connection, &provisioned.dead_letter_queue_url),
        objects: S3Objects::new(&connection),
        attempts: DynamoAttempts::new(&connection, &resources.checkpoint_table),
        clock: Hurried { begin: "2026-01-01T00:00:00Z".parse().unwrap(), begun: Instant::now() },
    };
    let options = Options { faults: faults(), ..Options::default() };
    let rules = Rules::default();
    let run = simulate_over(seed, &options, &rules, services);
    let ran = tokio::time::timeout(AT_MOST, run).await;
    let ran = ran.unwrap_or_else(|_| panic!("seed {seed}: still going on after {AT_MOST:?}"));
    if let Some(violation) = ran.violation {
        panic!("seed {seed}: {violation}\n{}", ran.trace.unwrap_or_default());
    }
    let received = cloud.queues().drain(&resources.subscriber_queue).unwrap();
    let received = received.iter().map(|message| id(&message.body, &["detail"]));
    let counted = count(ran.details.iter().map(|detail| id(detail, &[])));
    assert_eq!(count(received), counted, "seed {seed}: what subscribers got is what was counted");
}

fn id(text: &str, path: &[&str]) -> String {
    let value: Value = serde_json::from_str(text).unwrap();
    let detail = path.iter().fold(&value, |value, name| &value[*name]);
    detail["metadata"]["eventId"].as_str().unwrap().to_owned()
}

fn count(ids: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    ids.for_each(|id| *counted.entry(id).or_default() += 1);
    counted
}

#[test]
fn the_protocol_holds_over_the_adapters_too() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut schedules = tokio::task::JoinSet::new();
        (0..SCHEDULES).for_each(|seed| drop(schedules.spawn(schedule(seed))));
        schedules.join_all().await;
    });
}
