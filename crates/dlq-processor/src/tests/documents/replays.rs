//! A document is a batch: the same machine, the same ledger, deleted when all of it is settled.

use std::slice::from_ref;

use cdc_core::delivery::{BusCode, CallErrorKind};
use serde_json::{Value, json};

use super::{
    super::world::World,
    build::{DocumentText, REPLAY, bucket, queue},
};

/// The counts of an answer that are not 0.
pub(super) fn counts(answer: &Value) -> Value {
    let mut counts = serde_json::Map::new();
    for name in ["replayed", "parked", "purged", "failed", "refused"] {
        if answer[name] != 0 {
            counts.insert(name.to_owned(), answer[name].clone());
        }
    }
    for (name, count) in answer["records"].as_object().unwrap() {
        if *count != 0 && *count != false {
            counts.insert(name.clone(), count.clone());
        }
    }
    Value::Object(counts)
}

fn refuse(world: &World, label: &'static str, code: BusCode) {
    world.with(|state| {
        state.judge = Box::new(move |found| (found == label).then(|| code.clone()));
    });
}

fn accept(world: &World) {
    world.with(|state| state.judge = Box::new(|_| None));
}

#[test]
fn a_document_is_published_claimed_and_deleted() {
    let text = DocumentText { words: "a1 ? b1 a2", ..DocumentText::default() };
    for world in [bucket(from_ref(&text)), queue(from_ref(&text))] {
        let answer = world.answer(REPLAY);
        let expected = json!({"replayed": 1, "read": 4, "published": 3, "deadLettered": 1});
        assert_eq!(counts(&answer), expected, "{answer}");
        assert_eq!((&answer["from"], &answer["remainingApprox"]), (&"documents".into(), &0.into()));
        assert_eq!((&answer["documents"], &answer["stopped"]), (&json!([]), &Value::Null));
        assert_eq!(world.accepted(), "a1 b1 a2");
        world.with(|state| {
            assert!(state.details.iter().all(|detail| detail["metadata"]["replay"] == true));
            assert_eq!((state.documents.claims.len(), state.documents.notes), (1, 0));
            assert_eq!(state.messages.len(), 1, "a dead letter");
        });
        assert_eq!((world.keys().len(), world.messages()), (0, (0, 0)));
    }
}

#[test]
fn a_payload_may_be_an_object_too() {
    let world = bucket(&[]);
    let text = DocumentText::default();
    let mut document = text.json();
    document["payload"] = text.event();
    let body = document.to_string();
    world.with(|state| state.documents.objects.insert(text.key(), body.into()));
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
    assert_eq!(world.accepted(), "a1 b1 c1");
}

#[test]
fn what_the_attempts_had_published_is_not_published_again() {
    let text = DocumentText::default();
    for world in [bucket(from_ref(&text)), queue(from_ref(&text))] {
        refuse(&world, "b1", BusCode::RedactionFailure);
        let answer = world.answer(REPLAY);
        let expected = json!({"failed": 1, "read": 3, "published": 2, "unsettled": 1});
        assert_eq!(counts(&answer), expected, "{answer}");
        let document = &answer["documents"][0];
        assert_eq!((&document["outcome"], &document["attempts"]), (&"kept".into(), &1.into()));
        assert_eq!(document["why"]["code"], "NOT_SETTLED");
        assert_eq!(answer["remainingApprox"], 1);
        // Nothing stopped the run: another document could be replayed.
        assert_eq!(answer["stopped"], Value::Null);
        accept(&world);
        let answer = world.answer(REPLAY);
        let expected = json!({"replayed": 1, "read": 3, "published": 1, "suppressed": 2});
        assert_eq!(counts(&answer), expected, "{answer}");
        assert_eq!(world.accepted(), "a1 c1 b1");
        assert_eq!((world.keys().len(), world.messages()), (0, (0, 0)));
    }
}

#[test]
fn documents_of_a_shard_are_replayed_in_order_and_none_behind_an_unsettled_one() {
    let later = "2026-01-15T11:00:00.000Z";
    let other = "shardId-000000000000";
    let texts = [
        DocumentText { words: "a2 b2", first: 11, given_up: later, ..DocumentText::default() },
        DocumentText { words: "a1 b1", first: 1, ..DocumentText::default() },
        DocumentText { words: "c1", shard: other, first: 5, ..DocumentText::default() },
    ];
    for world in [bucket(&texts), queue(&texts)] {
        refuse(&world, "a1", BusCode::RedactionFailure);
        let answer = world.answer(REPLAY);
        assert_eq!((&answer["replayed"], &answer["failed"]), (&1.into(), &2.into()), "{answer}");
        assert_eq!(world.accepted(), "c1 b1");
        let told: Vec<&Value> =
            answer["documents"].as_array().unwrap().iter().map(|it| &it["attempts"]).collect();
        assert_eq!(told, [&json!(1), &json!(0)], "the one behind was not tried");
        accept(&world);
        assert_eq!(world.answer(REPLAY)["replayed"], 2);
        assert_eq!(world.accepted(), "c1 b1 a1 a2 b2");
    }
}

#[test]
fn an_outage_ends_the_run_and_is_held_against_no_document() {
    let texts = [DocumentText::default(), DocumentText { first: 11, ..DocumentText::default() }];
    for (operation, kind, stopped) in [
        ("publish", CallErrorKind::Unavailable, "bus"),
        ("load", CallErrorKind::Throttled, "ledger"),
        ("count", CallErrorKind::Denied, "ledger"),
        ("readOn", CallErrorKind::Throttled, "stream"),
    ] {
        let world = queue(&texts);
        world.with(|state| state.fails.insert(operation, kind));
        let answer = world.answer(REPLAY);
        assert_eq!(
            (&answer["stopped"], &answer["failed"]),
            (&stopped.into(), &1.into()),
            "{answer}"
        );
        assert_eq!((world.accepted(), world.messages()), (String::new(), (2, 0)), "{operation}");
        world.with(|state| {
            assert!(state.documents.tries.values().all(|count| *count == 0), "{operation}");
            state.fails.clear();
        });
        assert_eq!(world.answer(REPLAY)["replayed"], 2, "{operation}");
    }
    // Every entry refused as any would be.
    let world = bucket(&texts);
    world.with(|state| state.judge = Box::new(|_| Some(BusCode::Throttling)));
    let answer = world.answer(REPLAY);
    assert_eq!((&answer["stopped"], &answer["failed"]), (&"bus".into(), &1.into()), "{answer}");
    assert_eq!(answer["documents"][0]["attempts"], 0);
}

#[test]
fn a_letter_that_is_not_confirmed_leaves_the_document() {
    let world = bucket(&[DocumentText { words: "a1 ? b1", ..DocumentText::default() }]);
    world.with(|state| state.fails.insert("bury", CallErrorKind::Unavailable));
    let answer = world.answer(REPLAY);
    assert_eq!((&answer["stopped"], &answer["failed"]), (&"queue".into(), &1.into()), "{answer}");
    world.with(|state| state.fails.clear());
    let expected = json!({"replayed": 1, "read": 3, "suppressed": 2, "deadLettered": 1});
    assert_eq!(counts(&world.answer(REPLAY)), expected);
    assert_eq!(world.accepted(), "a1 b1");
}

#[test]
fn what_is_settled_but_not_deleted_is_told_and_published_once() {
    for (world, operation, stopped) in [
        (bucket(&[DocumentText::default()]), "deleteObject", "bucket"),
        (queue(&[DocumentText::default()]), "deleteDocument", "queue"),
    ] {
        world.with(|state| state.fails.insert(operation, CallErrorKind::Unavailable));
        let answer = world.answer(REPLAY);
        assert_eq!((&answer["stopped"], &answer["replayed"]), (&stopped.into(), &0.into()));
        assert_eq!(answer["documents"][0]["outcome"], "notDeleted");
        world.with(|state| state.fails.clear());
        world.wait_for_documents();
        let expected = json!({"replayed": 1, "read": 3, "suppressed": 3});
        assert_eq!(counts(&world.answer(REPLAY)), expected);
        assert_eq!(world.accepted(), "a1 b1 c1");
    }
}

#[test]
fn a_claim_that_is_not_written_costs_duplicates_of_what_is_not_settled_only() {
    let world = bucket(&[DocumentText::default()]);
    refuse(&world, "b1", BusCode::RedactionFailure);
    world.with(|state| state.fails.insert("claim", CallErrorKind::Unavailable));
    assert_eq!(world.answer(REPLAY)["failed"], 1);
    accept(&world);
    assert_eq!(world.answer(REPLAY)["replayed"], 1, "deleted, since all is settled");
    assert_eq!(world.accepted(), "a1 c1 a1 b1 c1");
}

#[test]
fn a_run_keeps_its_rate_counted_in_records_published() {
    let words: Vec<String> = (0..20).map(|number| format!("a{number}")).collect();
    let words = words.join(" ");
    let texts: Vec<_> = (0..3u64)
        .map(|number| DocumentText {
            words: &words,
            first: 1 + 100 * number,
            ..DocumentText::default()
        })
        .collect();
    let world = bucket(&texts);
    let start = world.with(|state| state.now);
    world.answer(r#"{"action":"replay","from":"documents","rate":2}"#);
    let took = world.with(|state| state.now).duration_since(start);
    assert!((20..22).contains(&took.as_secs()), "two pauses of ten seconds: {took:?}");
}

#[test]
fn near_the_deadline_nothing_is_begun_and_what_was_done_counts() {
    let texts = [DocumentText::default(), DocumentText { first: 11, ..DocumentText::default() }];
    let world = bucket(&texts);
    let answer = world.answer_within(REPLAY, std::time::Duration::from_secs(40));
    assert_eq!(
        (&answer["stopped"], &answer["scanned"]),
        (&"deadline".into(), &0.into()),
        "{answer}"
    );
    // A pause that would cross the deadline is not begun.
    let request = r#"{"action":"replay","from":"documents","rate":1}"#;
    let words: Vec<String> = (0..100).map(|number| format!("a{number}")).collect();
    let texts = [
        DocumentText { words: &words.join(" "), ..DocumentText::default() },
        DocumentText { first: 1000, ..DocumentText::default() },
    ];
    let world = bucket(&texts);
    let before = world.with(|state| state.now);
    let answer = world.answer_within(request, std::time::Duration::from_secs(120));
    assert_eq!(
        (&answer["stopped"], &answer["replayed"]),
        (&"deadline".into(), &1.into()),
        "{answer}"
    );
    assert!(world.with(|state| state.now).duration_since(before).as_secs() < 10);
}

#[test]
fn the_limit_leaves_the_rest_where_it_is() {
    let texts: Vec<_> = (0..5u64)
        .map(|number| DocumentText { first: 1 + 10 * number, ..DocumentText::default() })
        .collect();
    for world in [bucket(&texts), queue(&texts)] {
        let answer = world.answer(r#"{"action":"replay","from":"documents","limit":2}"#);
        assert_eq!((&answer["replayed"], &answer["remainingApprox"]), (&2.into(), &3.into()));
        assert_eq!(world.messages().1, 0, "all given back");
    }
}

#[test]
fn both_destinations_are_gone_through() {
    let world = bucket(&[DocumentText::default()]);
    let pointer =
        DocumentText { words: "d1 e1", first: 11, payload: false, ..DocumentText::default() };
    world.with(|state| {
        state.documents.has_queue = true;
        state.documents.send(pointer.body());
        state.documents.put(pointer.shard, pointer.records());
    });
    let answer = world.answer(REPLAY);
    assert_eq!(
        (&answer["replayed"], &answer["remainingApprox"]),
        (&2.into(), &0.into()),
        "{answer}"
    );
    assert_eq!(world.accepted(), "a1 b1 c1 d1 e1");
}

#[test]
fn a_dry_run_says_what_would_come_and_does_nothing() {
    let request = r#"{"action":"replay","from":"documents","dryRun":true}"#;
    let text = DocumentText { words: "a1 ? b1", ..DocumentText::default() };
    for world in [bucket(from_ref(&text)), queue(from_ref(&text))] {
        refuse(&world, "b1", BusCode::RedactionFailure);
        world.answer(REPLAY);
        let before = world.with(|state| (state.documents.claims.len(), state.messages.len()));
        let answer = world.answer(request);
        let expected = json!({"read": 3, "published": 1, "suppressed": 2});
        assert_eq!(counts(&answer), expected, "{answer}");
        assert_eq!(answer["documents"][0]["outcome"], "wouldBeReplayed");
        let after = world.with(|state| (state.documents.claims.len(), state.messages.len()));
        assert_eq!((world.accepted(), after), ("a1".to_owned(), before));
        assert_eq!(world.count("count"), 1, "not counted as a try");
        assert_eq!(world.messages().1, 0);
    }
}

#[test]
fn nothing_configured_and_nothing_readable_are_refused_with_words() {
    let world = World::of(Vec::new());
    let answer = world.answer(REPLAY);
    assert_eq!(answer["error"]["code"], "CONFIGURATION_ERROR");
    assert_eq!(answer["error"]["field"], "from");
    for (world, operation, code) in [
        (bucket(&[]), "list", "BUCKET_ERROR"),
        (queue(&[]), "receiveDocuments", "QUEUE_ERROR"),
        (bucket(&[]), "counted", "STATE_ERROR"),
        (bucket(&[]), "shards", "STREAM_ERROR"),
    ] {
        world.with(|state| state.fails.insert(operation, CallErrorKind::Denied));
        let answer = world.answer(REPLAY);
        assert_eq!(answer["error"]["code"], code, "{operation}: {answer}");
    }
    // A look needs neither tries nor shards.
    let world = bucket(&[DocumentText::default()]);
    world.with(|state| {
        state.fails.insert("counted", CallErrorKind::Denied);
        state.fails.insert("shards", CallErrorKind::Denied);
    });
    let answer = world.answer(r#"{"action":"list","from":"documents"}"#);
    assert_eq!((&answer["matched"], &answer["documents"][0]["refused"]), (&1.into(), &Value::Null));
}
