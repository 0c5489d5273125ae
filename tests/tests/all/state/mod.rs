//! state-manager over the embedded cloud: progress shown, documents kept by optimistic condition,
//! claims forgotten.

mod reset;

use std::{collections::HashMap, time::Duration};

use cdc_aws::{
    clock::SystemClock,
    config::{Connection, SdkHttp},
    endpoint::Region,
    function::{Invocation, settings::Environment as _},
    state::StateTable,
};
use cdc_core::{
    ports::Clock as _,
    state::{Document, Expected, ProcessorName, Revision},
};
use cdc_local::cloud::{
    Cloud, CloudOptions, Resource, Resources,
    trouble::{
        Kind::{self, Fails, LosesFirstAnswer, Throttles},
        Trouble,
    },
};
use reset::{SHARD, reset};
use serde_json::{Value, json};
use state_manager::{AwsStateManager, settings::Settings};

use crate::schemas;

struct World {
    cloud: Cloud,
    resources: Resources,
    manager: AwsStateManager,
}

impl World {
    async fn start() -> Self {
        Self::with(None).await
    }

    async fn with(trouble: Option<Trouble>) -> Self {
        let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
        let resources = Resources::default();
        cloud.provision(&resources).await.unwrap();
        let environment = HashMap::from([
            ("AWS_REGION", cloud.region().to_owned()),
            ("KINESIS_STREAM_NAME", resources.stream.clone()),
            ("EVENT_BUS_NAME", resources.bus.clone()),
            ("CHECKPOINT_TABLE_NAME", resources.checkpoint_table.clone()),
            ("STATE_TABLE_NAME", resources.state_table.clone()),
        ]);
        let settings = Settings::from_env(|name| environment.get(name).cloned()).unwrap();
        let connection = connection(&cloud, trouble.as_ref());
        let Ok(manager) = state_manager::start(&settings, connection).await;
        Self { cloud, resources, manager }
    }

    /// What it answers, with a minute's time.
    async fn ask(&self, request: &Value) -> Value {
        self.ask_within(request, Duration::from_secs(60)).await
    }

    async fn ask_within(&self, request: &Value, time: Duration) -> Value {
        let text = request.to_string();
        let deadline = SystemClock.now() + time;
        let invocation = Invocation { request_id: "r".to_owned(), deadline, alias: None };
        let handled = self.manager.handle(text.as_bytes(), &invocation).await;
        let answer = serde_json::from_str(&handled.answer).unwrap();
        schemas::check_answer("state-answer-1", &answer);
        if answer["error"]["code"] != "VALIDATION_ERROR" {
            schemas::check_answer("state-request-1", request);
        }
        answer
    }
}

fn connection(cloud: &Cloud, trouble: Option<&Trouble>) -> Connection {
    let http = cloud.http_client();
    let http = trouble.map_or(http.clone(), |trouble| trouble.wrap(http));
    Connection::embedded(Region::parse(cloud.region()).unwrap(), SdkHttp::new(http))
}

fn save(state: &Value, expected: Option<&str>) -> Value {
    json!({"action": "save", "processor": "wallboards", "state": state, "expected": expected})
}

fn get(processor: &str) -> Value {
    json!({"action": "get", "processor": processor})
}

/// The code and field of a refusal, and that it says this.
fn refused(answer: &Value, code: &str, field: Option<&str>, says: &str) {
    let error = &answer["error"];
    assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)), "{answer}");
    assert!(error["message"].as_str().unwrap().contains(says), "{answer} should say {says}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_saved_read_and_listed() {
    let world = World::start().await;
    refused(&world.ask(&get("wallboards")).await, "NOT_FOUND", Some("processor"), "no document");
    let state = json!({"lastProcessedSequence": "42", "processedCount": 7, "lastUpdated": "noon",
        "regions": ["eu", "us"]});
    let mut expected = state.clone();
    expected["revision"] = json!("r1");
    assert_eq!(world.ask(&save(&state, None)).await, json!({"state": expected}));
    assert_eq!(world.ask(&get("wallboards")).await, json!({"state": expected}));
    // What was read can be saved again as it is; what is left out is gone.
    expected["revision"] = json!("r2");
    assert_eq!(world.ask(&save(&expected, None)).await, json!({"state": expected}));
    let saved = world.ask(&save(&json!({}), None)).await;
    assert_eq!(saved["state"]["revision"], "r3");
    assert_eq!(saved["state"].as_object().unwrap().len(), 2);
    let status = world.ask(&json!({"action": "status"})).await;
    let (pipeline, document) = (&status["processors"][0], &status["processors"][1]);
    assert_eq!(
        (&pipeline["processor"], &pipeline["shards"]),
        (&json!("cdc-processor"), &json!([]))
    );
    assert_eq!(pipeline["stream"], "coredb-cdc-stream");
    assert_eq!(document["lastUpdated"], saved["state"]["lastUpdated"]);
    assert_eq!(document["lastProcessedSequence"], Value::Null);
    assert_eq!(
        (&document["processor"], &document["revision"]),
        (&json!("wallboards"), &json!("r3"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_keep_every_digit_on_their_way() {
    let world = World::start().await;
    let request = r#"{"action":"save","processor":"wallboards","state":{"processedCount":12345678901234567890123,"ratio":1.50,"tiny":1e-400}}"#;
    let invocation =
        Invocation { request_id: "r".to_owned(), deadline: jiff::Timestamp::MAX, alias: None };
    let saved = world.manager.handle(request.as_bytes(), &invocation).await.answer;
    let read = world.manager.handle(get("wallboards").to_string().as_bytes(), &invocation).await;
    assert_eq!(read.answer, saved);
    let kept = r#"{"state":{"processedCount":12345678901234567890123,"ratio":1.50,"tiny":1e-400,"lastUpdated":"#;
    assert!(saved.starts_with(kept), "{saved}");
    let status = world.manager.handle(br#"{"action":"status"}"#, &invocation).await.answer;
    assert!(status.contains(r#""processedCount":12345678901234567890123,"#), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_finds_what_it_expects_or_does_nothing() {
    let world = World::start().await;
    let state = |sequence: &str| json!({"lastProcessedSequence": sequence});
    let conflict = |answer: &Value, says| refused(answer, "CONFLICT", Some("expected"), says);
    conflict(&world.ask(&save(&state("1"), Some("r1"))).await, "there is no document");
    conflict(&world.ask(&save(&state("1"), Some("1"))).await, "there is no document");
    let saved = world.ask(&save(&state("1"), Some(""))).await;
    assert_eq!(saved["state"]["revision"], "r1");
    conflict(&world.ask(&save(&state("2"), Some(""))).await, "at revision r1");
    conflict(&world.ask(&save(&state("2"), Some("r2"))).await, "at revision r1");
    conflict(&world.ask(&save(&state("2"), Some("2"))).await, "at revision r1");
    for (expected, sequence, revision) in [("r1", "2", "r2"), ("2", "3", "r3"), ("3", "4", "r4")] {
        let saved = world.ask(&save(&state(sequence), Some(expected))).await;
        assert_eq!(saved["state"]["revision"], revision, "{saved}");
    }
    let read = world.ask(&get("wallboards")).await;
    assert_eq!(read["state"]["lastProcessedSequence"], "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_savers_that_expect_the_same_exactly_one_saves() {
    const SAVERS: usize = 16;
    let world = World::start().await;
    let table = StateTable::new(&connection(&world.cloud, None), &world.resources.state_table);
    let me = ProcessorName::parse("wallboards").unwrap();
    for round in 0..5 {
        let expected = match round {
            0 => Expected::Nothing,
            saves => Expected::Exactly(Revision::new(saves).to_string()),
        };
        let savers: Vec<_> = (0..SAVERS)
            .map(|saver| {
                let (table, me, expected) = (table.clone(), me.clone(), expected.clone());
                let document = Document::parse(&json!({"saver": saver}).to_string()).unwrap();
                tokio::spawn(async move { table.save(&me, document, &expected).await })
            })
            .collect();
        let mut saved = Vec::new();
        for saver in savers {
            saved.extend(saver.await.unwrap());
        }
        assert_eq!(saved.len(), 1, "round {round}");
        assert_eq!(table.get(&me).await.unwrap().as_ref(), saved.first());
        assert_eq!(saved[0].revision, Revision::new(round + 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_whose_answer_got_lost_is_no_conflict_with_itself() {
    for expected in [Some(""), None] {
        let trouble = Trouble::new(LosesFirstAnswer, "DynamoDB_20120810.UpdateItem");
        let world = World::with(Some(trouble.clone())).await;
        let saved = world.ask(&save(&json!({"n": 1}), expected)).await;
        assert!(trouble.has_struck());
        assert_eq!(saved["state"]["n"], 1, "{saved}");
        let read = world.ask(&get("wallboards")).await;
        assert_eq!(read, saved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_shown_by_shard_and_by_processor() {
    let world = World::start().await;
    world.progress(0, 3).await;
    world.ask(&save(&json!({}), None)).await;
    let status = |processor: &str| json!({"action": "status", "processor": processor});
    for (request, names) in [
        (json!({"action": "status"}), &["cdc-processor", "wallboards"][..]),
        (status("cdc-processor"), &["cdc-processor"]),
        (status("wallboards"), &["wallboards"]),
        (status("nobody"), &[]),
    ] {
        let answer = world.ask(&request).await;
        let processors = answer["processors"].as_array().unwrap();
        let found: Vec<&str> =
            processors.iter().map(|one| one["processor"].as_str().unwrap()).collect();
        assert_eq!((found, &answer["complete"]), (names.to_vec(), &json!(true)));
    }
    let answer = world.ask(&status("cdc-processor")).await;
    let shard = &answer["processors"][0]["shards"][0];
    assert_eq!((&shard["shard"], &shard["sequenceNumber"]), (&json!(SHARD), &json!("3")));
    assert!(shard["ageSeconds"].as_u64().unwrap() < 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_used_is_a_state_error() {
    let check = async |kind: Kind, operation: &str, request: Value, table: &str| {
        let trouble = Trouble::new(kind, format!("DynamoDB_20120810.{operation}"));
        let world = World::with(Some(trouble.clone())).await;
        let answer = world.ask(&request).await;
        refused(&answer, "STATE_ERROR", None, table);
        assert!(trouble.has_struck(), "{operation}");
    };
    let status = json!({"action": "status"});
    check(Fails, "Query", status.clone(), "CHECKPOINT_TABLE_NAME").await;
    check(Throttles, "Scan", status, "STATE_TABLE_NAME").await;
    check(Fails, "GetItem", get("wallboards"), "STATE_TABLE_NAME").await;
    check(Throttles, "UpdateItem", save(&json!({}), None), "STATE_TABLE_NAME").await;
    check(Fails, "GetItem", reset("none"), "CHECKPOINT_TABLE_NAME").await;
    check(Fails, "Query", reset("none"), "CHECKPOINT_TABLE_NAME").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_missing_is_named() {
    let world = World::start().await;
    world.cloud.delete(Resource::Table(&world.resources.state_table)).await.unwrap();
    refused(&world.ask(&get("wallboards")).await, "STATE_ERROR", None, "STATE_TABLE_NAME");
    let pipeline = json!({"action": "status", "processor": "cdc-processor"});
    assert_eq!(world.ask(&pipeline).await["complete"], true, "it asks no more than it needs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_on_terminals_commands_none() {
    let world = World::start().await;
    for (member, text) in [
        ("lastProcessedSequence", "4\u{1b}[2J"),
        ("lastProcessedSequence", "4\u{7f}"),
        ("lastUpdated", "\u{9b}2J"),
        ("lastUpdated", "noon\n"),
    ] {
        let request = save(&json!({member: text}), None);
        let field = format!("state.{member}");
        let answer = world.ask(&request).await;
        refused(&answer, "VALIDATION_ERROR", Some(&field), "control character");
        assert!(!schemas::fits("state-request-1", &request), "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipelines_own_progress_cannot_be_saved() {
    let world = World::start().await;
    let request = json!({"action": "save", "processor": "cdc-processor", "state": {}});
    let answer = world.ask(&request).await;
    refused(&answer, "VALIDATION_ERROR", Some("processor"), "never saved by hand");
}
