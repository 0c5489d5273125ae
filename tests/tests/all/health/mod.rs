//! health-check over the embedded cloud: whatever hangs, fails, throttles or is missing, it answers
//! in time and names it; and no answer tells an ARN, an account or an address.

mod figures;
mod trouble;

use std::time::{Duration, Instant};

use cdc_aws::{
    clock::SystemClock,
    config::{Connection, SdkHttp},
    endpoint::Region,
    function::{Invocation, settings::Environment as _},
};
use cdc_core::ports::Clock;
use cdc_local::cloud::{
    Cloud, CloudOptions, Provisioned, Resources, calls::CallCounts, trouble::Trouble,
};
use health_check::{HealthCheck, settings::Settings};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::schemas;

const DIRECT: &str = "{}";

const SCHEDULED: &str = r#"{"version":"0","detail-type":"Scheduled Event","source":"aws.events",
    "account":"123456789012","time":"2024-01-15T10:30:00Z","region":"us-east-1",
    "resources":["arn:aws:events:us-east-1:123456789012:rule/health"],"detail":{}}"#;

/// The machine's clock, so much later.
struct Later(Duration);

impl Clock for Later {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration).await;
    }

    fn jitter(&self, at_most: Duration) -> Duration {
        SystemClock.jitter(at_most)
    }
}

/// A deployed pipeline, and how it is looked at.
struct Pipeline {
    cloud: Cloud,
    resources: Resources,
    provisioned: Provisioned,
    troubles: Vec<Trouble>,
    calls: CallCounts,
    settings: Vec<(&'static str, &'static str)>,
    later: Duration,
    /// How much time the function has.
    time: Duration,
}

impl Pipeline {
    async fn start() -> Self {
        let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
        let resources = Resources::default();
        let provisioned = cloud.provision(&resources).await.unwrap();
        Self {
            cloud,
            resources,
            provisioned,
            troubles: Vec::new(),
            calls: CallCounts::default(),
            settings: Vec::new(),
            later: Duration::ZERO,
            time: Duration::from_secs(30),
        }
    }

    fn settings(&self) -> Settings {
        let Self { resources, provisioned, .. } = self;
        let find = |name: &str| {
            let set = self.settings.iter().find(|(set, _)| *set == name);
            let value = match name {
                "AWS_REGION" => self.cloud.region(),
                "KINESIS_STREAM_NAME" => &resources.stream,
                "EVENT_BUS_NAME" => &resources.bus,
                "CHECKPOINT_TABLE_NAME" => &resources.checkpoint_table,
                "STATE_TABLE_NAME" => &resources.state_table,
                "DEAD_LETTER_QUEUE_URL" => &provisioned.dead_letter_queue_url,
                _ => return set.map(|(_, value)| (*value).to_owned()),
            };
            Some(set.map_or(value, |(_, value)| value).to_owned())
        };
        Settings::from_env(find).unwrap()
    }

    fn connection(&self) -> Connection {
        let client = self.cloud.http_client();
        let client = self.troubles.iter().fold(client, |client, trouble| trouble.wrap(client));
        let region = Region::parse(self.cloud.region()).unwrap();
        Connection::embedded(region, SdkHttp::new(self.calls.wrap(client)))
    }

    /// The whole answer and the metrics.
    async fn handle(&self, payload: &str) -> (Value, Option<String>) {
        let clock = Later(self.later);
        let deadline = clock.now() + self.time;
        let health = HealthCheck::new(&self.settings(), &self.connection(), "coredb", clock);
        let invocation = Invocation { request_id: "r".to_owned(), deadline, alias: None };
        let handled = health.handle(payload.as_bytes(), &invocation).await;
        let answer = serde_json::from_str(&handled.answer).unwrap();
        (answer, handled.check.ok().and_then(|check| check.metrics))
    }

    /// What it answers.
    async fn ask(&self, payload: &str) -> Value {
        let (answer, _) = self.handle(payload).await;
        schemas::check_answer("health-answer-1", &answer);
        tells_no_names(&answer.to_string());
        answer
    }
}

/// The verdict, and the components that are not healthy with their status.
fn told(answer: &Value) -> (String, Vec<String>) {
    let ailing = answer["components"].as_array().unwrap().iter();
    let ailing = ailing.filter(|component| component["status"] != "healthy").map(|component| {
        [&component["name"], &component["status"]].map(|text| text.as_str().unwrap()).join(" ")
    });
    (answer["status"].as_str().unwrap().to_owned(), ailing.collect())
}

/// What is said of a component.
fn detail<'a>(answer: &'a Value, name: &str) -> &'a str {
    let components = answer["components"].as_array().unwrap();
    let component = components.iter().find(|component| component["name"] == name).unwrap();
    component["detail"].as_str().unwrap()
}

/// No ARN, no address, and no run of digits as long as an account's number.
fn tells_no_names(answer: &str) {
    let digits = answer.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    assert!(digits.unwrap_or(0) < 12, "an account's number? {answer}");
    for word in ["arn:", "://", "amazonaws", "127.0.0.1"] {
        assert!(!answer.contains(word), "{word} in {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_works_is_healthy_and_only_the_schedule_publishes() {
    let pipeline = Pipeline::start().await;
    for (payload, published) in [(DIRECT, 0), ("", 0), ("null", 0), (SCHEDULED, 1)] {
        let answer = pipeline.ask(payload).await;
        assert_eq!(told(&answer), ("healthy".to_owned(), vec![]), "{answer}");
        assert_eq!(answer["components"].as_array().unwrap().len(), 6);
        let queue = pipeline.cloud.queues().drain(&pipeline.resources.subscriber_queue).unwrap();
        assert_eq!(queue.len(), published, "{payload}");
        for message in queue {
            let event: Value = serde_json::from_str(&message.body).unwrap();
            assert_eq!(event["detail-type"], "CDC.HealthCheck");
            assert_eq!(event["source"], "cdc-pipeline");
            assert_eq!(event["detail"], json!({"version": "1.0"}));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_costs_a_call_a_resource_and_one_read_a_shard() {
    let pipeline = Pipeline::start().await;
    pipeline.ask(SCHEDULED).await;
    let calls: Vec<String> = pipeline
        .calls
        .by_operation()
        .into_iter()
        .map(|(operation, count)| format!("{operation} {count}"))
        .collect();
    assert_eq!(
        calls,
        [
            "DescribeEventBus 1",
            "DescribeStreamSummary 1",
            "DescribeTable 2",
            "DescribeTimeToLive 1",
            "GetQueueAttributes 1",
            "GetRecords 2",
            "GetShardIterator 2",
            "ListShards 1",
            "PutEvents 1",
            "Query 1",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused_without_a_look() {
    let pipeline = Pipeline::start().await;
    let answer = pipeline.ask("[]").await;
    assert_eq!(answer["error"]["code"], "VALIDATION_ERROR");
    assert!(pipeline.calls.by_operation().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_the_status_code_tells_whether_it_works() {
    let mut pipeline = Pipeline::start().await;
    let request = r#"{"version":"2.0","requestContext":{"http":{"method":"GET","path":"/"}}}"#;
    for (later, code, status) in [(0, 200, "healthy"), (3600, 503, "unhealthy")] {
        pipeline.later = Duration::from_secs(later);
        let (answer, _) = pipeline.handle(request).await;
        assert_eq!(answer["statusCode"], code);
        assert_eq!(answer["headers"]["content-type"], "application/json");
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        schemas::check_answer("health-answer-1", &body);
        assert_eq!(body["status"], status);
        let settled = pipeline.put("users:1").await;
        pipeline.note(&settled).await;
        pipeline.put("users:1").await;
    }
}
