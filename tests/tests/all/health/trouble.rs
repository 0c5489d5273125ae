//! Each component hanging, failing, throttling and missing.

use cdc_local::cloud::{
    Resource,
    trouble::{
        Kind::{self, Fails, Hangs, Throttles},
        Trouble,
    },
};

use super::{DIRECT, Duration, Instant, Pipeline, SCHEDULED, detail, told};

/// How long a component may take here, and the answer besides: the machine may be busy.
const TIMEOUT_MS: &str = "1500";
const BOUND: Duration = Duration::from_millis(1500);
const SLACK: Duration = Duration::from_millis(1500);

/// A component, and the call by which it is looked at.
const LOOKS: [(&str, &str, &str); 6] = [
    ("bus", "AWSEvents.DescribeEventBus", ""),
    ("stream", "Kinesis_20131202.DescribeStreamSummary", ""),
    ("checkpoint-table", "DynamoDB_20120810.DescribeTable", "cdc-checkpoints"),
    ("state-table", "DynamoDB_20120810.DescribeTable", "cdc-state"),
    ("dead-letter-queue", "AmazonSQS.GetQueueAttributes", ""),
    ("checkpoints", "DynamoDB_20120810.Query", ""),
];

/// What is expected of a pipeline with some trouble.
struct Case {
    payload: &'static str,
    troubles: Vec<Trouble>,
    status: &'static str,
    /// The components that are not healthy, with their status, in the order of the answer.
    ailing: Vec<String>,
    /// What is said of the first of them.
    says: &'static str,
}

impl Case {
    fn new(troubles: Vec<Trouble>, status: &'static str, ailing: &[&str]) -> Self {
        Self { payload: DIRECT, troubles, status, ailing: texts(ailing), says: "" }
    }
}

/// Asks in time, and expects this answer.
async fn check(case: Case) {
    let Case { payload, troubles, status, ailing, says } = case;
    let mut pipeline = Pipeline::start().await;
    pipeline.settings.push(("HEALTH_TIMEOUT_MS", TIMEOUT_MS));
    pipeline.troubles = troubles;
    let started = Instant::now();
    let answer = pipeline.ask(payload).await;
    let took = started.elapsed();
    assert!(took < BOUND + SLACK, "{took:?}");
    assert!(pipeline.troubles.iter().all(Trouble::has_struck), "{answer}");
    let detail = detail(&answer, ailing[0].split(' ').next().unwrap());
    assert!(detail.contains(says), "{detail:?} should say {says:?}");
    assert_eq!(told(&answer), (status.to_owned(), ailing), "{answer}");
}

/// All of them side by side: what hangs is waited for.
async fn check_all(cases: impl IntoIterator<Item = Case>) {
    let checks: Vec<_> = cases.into_iter().map(|case| tokio::spawn(check(case))).collect();
    for check in checks {
        check.await.unwrap();
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Trouble of a kind with each component in turn, and what becomes of it and of the whole.
async fn each(
    kind: Kind,
    becomes: impl Fn(&str) -> (&'static str, &'static str),
    says: &'static str,
) {
    check_all(LOOKS.map(|(name, target, about)| {
        let (of_it, of_all) = becomes(name);
        let trouble = Trouble::new(kind, target).about(about);
        Case { says, ..Case::new(vec![trouble], of_all, &[&format!("{name} {of_it}")]) }
    }))
    .await;
}

/// What does not answer or fails is unhealthy, and so is the whole, but for what the pipeline can do
/// without, and for what is then only not known.
fn broken(name: &str) -> (&'static str, &'static str) {
    match name {
        "state-table" => ("unhealthy", "degraded"),
        "checkpoints" => ("degraded", "degraded"),
        _ => ("unhealthy", "unhealthy"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_hangs_is_named_in_time() {
    each(Hangs, broken, "no answer within 1500 ms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_fails_is_named() {
    each(Fails, broken, "no usable answer (InternalFailure)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_throttles_is_named_and_degraded() {
    each(Throttles, |_| ("degraded", "degraded"), "throttled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_schedule_the_bus_has_to_take_an_event() {
    check_all(
        [
            (Hangs, "unhealthy", "no answer within"),
            (Fails, "unhealthy", "PutEvents failed: no usable answer"),
            (Throttles, "degraded", "PutEvents failed: throttled"),
        ]
        .map(|(kind, status, says)| {
            let troubles = vec![Trouble::new(kind, "AWSEvents.PutEvents")];
            let case = Case::new(troubles, status, &[&format!("bus {status}")]);
            Case { payload: SCHEDULED, says, ..case }
        }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_service_that_hangs_costs_the_bound_once() {
    let tables = ["checkpoint-table unhealthy", "state-table unhealthy", "checkpoints degraded"];
    let streams = ["stream unhealthy", "checkpoints degraded"];
    let all = [
        "bus unhealthy",
        "stream unhealthy",
        "checkpoint-table unhealthy",
        "state-table unhealthy",
        "dead-letter-queue unhealthy",
        "checkpoints degraded",
    ];
    check_all(
        [("DynamoDB_20120810", &tables[..]), ("Kinesis_20131202", &streams), ("", &all)].map(
            |(target, ailing)| Case::new(vec![Trouble::new(Hangs, target)], "unhealthy", ailing),
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_own_deadline_comes_first() {
    let mut pipeline = Pipeline::start().await;
    pipeline.settings.push(("HEALTH_TIMEOUT_MS", "20000"));
    pipeline.troubles.push(Trouble::new(Hangs, "AWSEvents"));
    pipeline.time = Duration::from_millis(1500);
    let started = Instant::now();
    let answer = pipeline.ask(DIRECT).await;
    assert!(started.elapsed() < pipeline.time, "{:?}", started.elapsed());
    assert_eq!(told(&answer), ("unhealthy".to_owned(), texts(&["bus unhealthy"])), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_troubles_are_named_together() {
    let troubles = vec![
        Trouble::new(Hangs, "AmazonSQS.GetQueueAttributes"),
        Trouble::new(Fails, "AWSEvents.DescribeEventBus"),
        Trouble::new(Throttles, "DynamoDB_20120810.DescribeTable").about("cdc-state"),
    ];
    let ailing = ["bus unhealthy", "state-table degraded", "dead-letter-queue unhealthy"];
    check(Case::new(troubles, "unhealthy", &ailing)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_cannot_be_read_is_told_and_the_others_are_judged() {
    check_all(
        [
            (Throttles, "GetRecords", "could not be looked at: GetRecords failed: throttled"),
            (Fails, "GetShardIterator", "could not be looked at: GetShardIterator failed"),
            (Hangs, "GetRecords", "could not be looked at: GetRecords failed: no usable answer"),
        ]
        .map(|(kind, operation, says)| {
            let troubles = vec![Trouble::new(kind, format!("Kinesis_20131202.{operation}"))];
            Case { says, ..Case::new(troubles, "degraded", &["checkpoints degraded"]) }
        }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_and_so_is_the_setting() {
    let names = Pipeline::start().await.resources;
    let cases: [(Resource<'_>, &str, &[&str], &str); 5] = [
        (Resource::Bus(&names.bus), "unhealthy", &["bus unhealthy"], "EVENT_BUS_NAME"),
        (
            Resource::Stream(&names.stream),
            "unhealthy",
            &["stream unhealthy", "checkpoints degraded"],
            "KINESIS_STREAM_NAME",
        ),
        (
            Resource::Table(&names.checkpoint_table),
            "unhealthy",
            &["checkpoint-table unhealthy", "checkpoints degraded"],
            "CHECKPOINT_TABLE_NAME",
        ),
        (
            Resource::Table(&names.state_table),
            "degraded",
            &["state-table unhealthy"],
            "STATE_TABLE_NAME",
        ),
        (
            Resource::Queue(&names.dead_letter_queue),
            "unhealthy",
            &["dead-letter-queue unhealthy"],
            "DEAD_LETTER_QUEUE_URL",
        ),
    ];
    for (resource, status, ailing, says) in cases {
        let pipeline = Pipeline::start().await;
        pipeline.cloud.delete(resource).await.unwrap();
        for payload in [DIRECT, SCHEDULED] {
            let answer = pipeline.ask(payload).await;
            assert_eq!(told(&answer), (status.to_owned(), texts(ailing)), "{answer}");
            let detail = detail(&answer, ailing[0].split(' ').next().unwrap());
            assert!(detail.contains(says), "{detail:?} should say {says:?}");
            assert!(detail.contains("does not exist"), "{detail:?}");
            let checkpoints = super::detail(&answer, "checkpoints");
            assert!(ailing.len() == 1 || checkpoints.contains(says), "{checkpoints:?}");
        }
    }
}
