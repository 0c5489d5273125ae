//! Tries of documents: counted before they begin, and after so many the document is put aside.

use std::slice::from_ref;

use cdc_core::delivery::{BusCode, CallErrorKind};
use serde_json::{Value, json};

use super::{
    super::world::{AMPLE, Kill, World},
    build::{DocumentText, REPLAY, bucket, queue},
};

const TWICE: &str = r#"{"action":"replay","from":"documents","maxAttempts":2}"#;

fn poisoned(world: World) -> World {
    world.with(|state| {
        state.judge = Box::new(|label| (label == "b1").then_some(BusCode::RedactionFailure));
    });
    world
}

#[test]
fn after_so_many_tries_a_document_is_put_aside_whole() {
    let text = DocumentText::default();
    let body = text.body();
    let world = poisoned(bucket(from_ref(&text)));
    assert_eq!(world.answer(TWICE)["failed"], 1);
    let answer = world.answer(TWICE);
    assert_eq!((&answer["parked"], &answer["failed"]), (&1.into(), &0.into()), "{answer}");
    let document = &answer["documents"][0];
    assert_eq!((&document["outcome"], &document["attempts"]), (&"parked".into(), &2.into()));
    assert_eq!(document["why"]["code"], "NOT_SETTLED");
    assert_eq!(world.keys(), [format!("parked/{}", text.key())]);
    assert_eq!(world.with(|state| state.documents.objects.values().next().cloned()).unwrap(), body);
    assert_eq!(world.answer(TWICE)["scanned"], 0, "nothing lists it");
    assert_eq!(world.accepted(), "a1 c1");

    let pointer = DocumentText { payload: false, ..DocumentText::default() };
    let world = poisoned(queue(from_ref(&pointer)));
    world.answer(TWICE);
    assert_eq!(world.answer(TWICE)["parked"], 1);
    assert_eq!(world.with(|state| state.parked.clone()), [pointer.body()]);
    assert_eq!(world.messages(), (0, 0));
}

#[test]
fn tries_are_five_unless_the_request_says_otherwise() {
    let world = poisoned(bucket(&[DocumentText::default()]));
    for attempt in 1..5 {
        let answer = world.answer(REPLAY);
        assert_eq!(answer["documents"][0]["attempts"], attempt, "{answer}");
        assert_eq!(answer["failed"], 1);
    }
    assert_eq!(world.answer(REPLAY)["parked"], 1);
}

#[test]
fn what_was_brought_back_begins_anew() {
    let text = DocumentText::default();
    let world = poisoned(bucket(from_ref(&text)));
    world.answer(TWICE);
    world.answer(TWICE);
    world.with(|state| {
        let body = state.documents.objects.pop_first().unwrap().1;
        state.documents.objects.insert(text.key(), body);
        state.judge = Box::new(|_| None);
    });
    assert_eq!(world.answer(TWICE)["replayed"], 1);
    assert_eq!(world.accepted(), "a1 c1 b1");
}

#[test]
fn a_document_that_kills_the_function_is_put_aside_too() {
    let text = DocumentText::default();
    let world = bucket(from_ref(&text));
    for _ in 0..2 {
        let calls = world.with(|state| state.calls.len());
        // shards, counted, list, get, count, and then the ledger's read.
        world.with(|state| state.kill = Some(Kill::Before(calls + 5)));
        assert!(world.try_handle(TWICE, AMPLE).is_none());
    }
    world.with(|state| state.kill = None);
    let answer = world.answer(TWICE);
    assert_eq!((&answer["parked"], &answer["replayed"]), (&1.into(), &0.into()), "{answer}");
    assert_eq!(answer["documents"][0]["why"]["code"], "TRIES_USED_UP");
    assert_eq!(world.keys(), [format!("parked/{}", text.key())]);
}

#[test]
fn without_a_place_to_park_in_a_document_stays_and_others_go_on() {
    let texts = [
        DocumentText::default(),
        DocumentText {
            words: "d1",
            first: 11,
            shard: "shardId-000000000000",
            ..DocumentText::default()
        },
    ];
    let world = poisoned(queue(&texts));
    world.with(|state| state.parks = false);
    let answer = world.answer(r#"{"action":"replay","from":"documents","maxAttempts":1}"#);
    assert_eq!((&answer["failed"], &answer["replayed"]), (&1.into(), &1.into()), "{answer}");
    let why = answer["documents"][0]["why"]["message"].as_str().unwrap();
    assert!(why.contains("PARKED_QUEUE_URL"), "{why}");
    assert_eq!(world.messages(), (1, 0));
}

#[test]
fn a_move_that_fails_leaves_the_document_and_is_told() {
    for operation in ["copyObject", "deleteObject"] {
        let world = poisoned(bucket(&[DocumentText::default()]));
        world.with(|state| state.fails.insert(operation, CallErrorKind::Denied));
        let answer = world.answer(r#"{"action":"replay","from":"documents","maxAttempts":1}"#);
        assert_eq!(
            (&answer["failed"], &answer["stopped"]),
            (&1.into(), &"bucket".into()),
            "{answer}"
        );
        assert!(world.keys().contains(&DocumentText::default().key()));
        world.with(|state| state.fails.clear());
        let answer = world.answer(r#"{"action":"replay","from":"documents","maxAttempts":1}"#);
        assert_eq!((&answer["parked"], &answer["stopped"]), (&1.into(), &Value::Null), "{answer}");
        assert_eq!(world.keys().len(), 1);
    }
}

#[test]
fn refused_documents_are_not_tried() {
    let world = bucket(&[DocumentText {
        function: "arn:aws:lambda:eu-west-1:123456789012:function:other",
        ..DocumentText::default()
    }]);
    for _ in 0..3 {
        let answer = world.answer(r#"{"action":"replay","from":"documents","maxAttempts":1}"#);
        assert_eq!(
            (&answer["refused"], &answer["documents"][0]["attempts"]),
            (&json!(1), &json!(0))
        );
    }
    assert_eq!(world.count("count"), 0);
    assert_eq!(world.keys().len(), 1);
}

#[test]
fn a_replay_in_several_runs_can_try_each_document_once() {
    let world = poisoned(bucket(&[DocumentText::default()]));
    let now = world.with(|state| state.now);
    let request = format!(r#"{{"action":"replay","from":"documents","triedBefore":"{now}"}}"#);
    assert_eq!(world.answer(&request)["failed"], 1);
    let answer = world.answer(&request);
    assert_eq!(
        (&answer["matched"], &answer["remainingApprox"]),
        (&0.into(), &1.into()),
        "{answer}"
    );
    world.with(|state| assert_eq!(state.documents.tries.values().sum::<i64>(), 1));
    let later =
        world.with(|state| state.now).checked_add(std::time::Duration::from_secs(2)).unwrap();
    assert_eq!(world.answer(&request.replace(&now.to_string(), &later.to_string()))["failed"], 1);
}

#[test]
fn what_the_bus_judges_invalid_is_the_documents_own_trouble_and_others_are_tried() {
    let second = DocumentText { words: "x1", first: 900, ..DocumentText::default() };
    let second = DocumentText { shard: "shardId-000000000000", ..second };
    let world = bucket(&[DocumentText::default(), second]);
    world.with(|state| state.fails.insert("publish", CallErrorKind::Invalid));
    let answer = world.answer(TWICE);
    assert_eq!((&answer["failed"], &answer["stopped"]), (&json!(2), &Value::Null), "{answer}");
    let answer = world.answer(TWICE);
    assert_eq!((&answer["parked"], &answer["stopped"]), (&json!(2), &Value::Null), "{answer}");
}

#[test]
fn a_payload_with_fewer_records_than_were_given_up_is_not_taken_for_all() {
    let text = DocumentText { words: "a1 b1", batch_size: Some(3), ..DocumentText::default() };
    let world = bucket(&[text]);
    let answer = world.answer(REPLAY);
    assert_eq!((&answer["refused"], &answer["replayed"]), (&json!(1), &json!(0)), "{answer}");
    assert_eq!((world.accepted(), world.keys().len()), (String::new(), 1));
}
