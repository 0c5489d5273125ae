//! The request's schema and the program agree, and so do the samples.

use cdc_local::{functions::FunctionName, run};
use dlq_processor::Request;
use serde_json::{Value, json};

use crate::{
    schemas::{check_answer, fits, workspace},
    world::World,
};

#[test]
fn schema_and_program_take_the_same_requests() {
    for (request, taken) in [
        (json!({"action": "list"}), true),
        (json!({"action": "show", "from": "letters", "filter": {}}), true),
        (
            json!({"action": "replay", "limit": 1, "rate": 1000, "dryRun": true, "force": true}),
            true,
        ),
        (json!({"action": "purge", "force": true}), true),
        (json!({"action": "purge", "dryRun": true}), true),
        (
            json!({"action": "park", "filter": {"code": "NOT_A_LETTER", "table": "s.t", "eventId": "e",
                "since": "2024-01-15T00:00:00Z", "until": "2024-01-15T12:00:00.5+02:00"}}),
            true,
        ),
        (json!({"action": "list", "filter": {"shard": "shardId-000000000003"}}), true),
        (
            json!({"action": "replay", "from": "documents", "filter": {"shard": "s", "since": "2024-01-15T00:00:00Z"},
                "maxAttempts": 100, "triedBefore": "2024-01-15T00:00:00Z", "verify": true}),
            true,
        ),
        (json!({"action": "list", "from": "documents", "filter": {"table": "t"}}), false),
        (json!({"action": "list", "from": "documents", "filter": {"code": "PARSE_ERROR"}}), false),
        (json!({"action": "list", "from": "documents", "filter": {"eventId": "e"}}), false),
        (json!({"action": "replay", "from": "documents", "maxAttempts": 101}), false),
        (json!({"action": "replay", "maxAttempts": 5}), false),
        (json!({"action": "replay", "from": "letters", "verify": true}), false),
        (json!({"action": "replay", "triedBefore": "2024-01-15T00:00:00Z"}), false),
        (json!([]), false),
        (json!({}), false),
        (json!({"action": "redrive"}), false),
        (json!({"action": "purge"}), false),
        (json!({"action": "purge", "force": false}), false),
        (json!({"action": "list", "from": "queue"}), false),
        (json!({"action": "list", "filter": null}), false),
        (json!({"action": "list", "filter": {"tabel": "users"}}), false),
        (json!({"action": "list", "filter": {"code": "ERROR"}}), false),
        (json!({"action": "list", "filter": {"table": ""}}), false),
        (json!({"action": "list", "filter": {"since": "yesterday"}}), false),
        (json!({"action": "list", "limit": 0}), false),
        (json!({"action": "list", "limit": 1001}), false),
        (json!({"action": "list", "rate": "50"}), false),
        (json!({"action": "list", "dryRun": 1}), false),
        (json!({"action": "list", "colour": "blue"}), false),
    ] {
        let by_program = Request::parse(request.to_string().as_bytes()).is_ok();
        assert_eq!((fits("dlq-request-1", &request), by_program), (taken, taken), "{request}");
    }
}

/// A sample's answer on a fresh cloud.
fn answer(sample: &str) -> Value {
    let path = format!("events/dlq-processor/{sample}.json");
    let content = std::fs::read(workspace(&path)).unwrap();
    let request: Value = serde_json::from_slice(&content).unwrap();
    let is_taken = Request::parse(&content).is_ok();
    assert_eq!(fits("dlq-request-1", &request), is_taken, "{sample}");
    let event = run::InputFile { name: path, content };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let rules = World::compiled_in().rules;
    let invoked = run::invoke(rules, FunctionName::DlqProcessor, None, &event);
    let answered = runtime.block_on(invoked).unwrap().answered;
    assert!(!answered.failed, "{sample}");
    let answer = serde_json::from_slice(&answered.payload).unwrap();
    check_answer("dlq-answer-1", &answer);
    answer
}

#[test]
fn samples_that_are_refused_are_refused_with_their_code() {
    for (sample, code, field) in [
        ("errors/validation-error", "VALIDATION_ERROR", "filter.tabel"),
        ("errors/documents-by-table", "VALIDATION_ERROR", "filter.table"),
        ("errors/confirmation-needed", "CONFIRMATION_NEEDED", "force"),
    ] {
        let answer = answer(sample);
        let error = &answer["error"];
        assert_eq!((&error["code"], &error["field"]), (&code.into(), &field.into()), "{sample}");
    }
}

#[test]
fn samples_find_nothing_in_an_empty_queue() {
    for (sample, action) in [
        ("list", "list"),
        ("replay-dry-run", "replay"),
        ("purge", "purge"),
        ("documents-list", "list"),
        ("documents-replay", "replay"),
        ("documents-park", "park"),
    ] {
        let answer = answer(sample);
        assert_eq!(
            (&answer["action"], &answer["scanned"]),
            (&action.into(), &0.into()),
            "{sample}"
        );
    }
}
