//! List, show and dry runs: what is told, and that the queue is as it was.

use std::time::Duration;

use cdc_core::{delivery::CallErrorKind, failure::FailureCode};
use serde_json::{Value, json};

use super::{
    letters::{EVENT_ID, LetterText, STREAM, bodies, body},
    world::World,
};
use crate::LOOKED_THROUGH_MAX;

/// Handles a look and expects the queue to be as it was before, all of it.
fn look(world: &World, request: &str) -> Value {
    let before = world.queue();
    assert_eq!(before.1, 0);
    let answer = world.answer(request);
    assert_eq!(world.queue(), before, "{request}");
    for call in ["publish", "bury", "delete", "park"] {
        assert_eq!(world.count(call), 0, "{request}");
    }
    answer
}

#[test]
fn a_list_tells_of_each_letter_and_touches_none() {
    let carried = LetterText::default();
    let pointer = LetterText { number: 2, pointer: true, table: None, ..LetterText::default() };
    let world = World::of(vec![body(&carried), "no letter: 078-05-1120".into(), body(&pointer)]);
    let answer = look(&world, r#"{"action":"list"}"#);
    let position = |number: &str| {
        json!({"stream": STREAM, "shard": "shardId-000000000003", "sequenceNumber": number,
            "subSequence": 0, "part": 0, "arrivedAt": "2026-01-15T10:00:00.000Z"})
    };
    let letter = json!({"messageId": "m1", "eventId": EVENT_ID, "table": "t",
        "code": "VALIDATION_ERROR", "message": "table \"t\" has no rules", "attempts": 3,
        "lastAttempt": "2026-01-15T10:30:00.000Z", "pipeline": "test", "position": position("1"),
        "original": {"kind": "event", "bytes": carried.data.len()}, "refused": null,
        "outcome": null, "why": null});
    assert_eq!(answer["letters"][1], letter);
    assert_eq!(answer["letters"][2]["original"], json!({"kind": "pointer", "bytes": null}));
    assert_eq!(
        answer["letters"][0],
        json!({"messageId": "m2", "eventId": null, "table": null,
        "code": "NOT_A_LETTER", "attempts": null, "lastAttempt": null, "pipeline": null,
        "position": null, "original": null, "outcome": null, "why": null,
        "message": "no dead letter of this pipeline's: it is not valid JSON at byte 0: a value is expected",
        "refused": "NOT_A_LETTER: a message that is no dead letter can be parked or purged"})
    );
    let mut rest = answer;
    rest["letters"] = json!([]);
    assert_eq!(
        rest,
        json!({"action": "list", "dryRun": false, "scanned": 3, "matched": 3,
        "replayed": 0, "skipped": 0, "parked": 0, "purged": 0, "failed": 0, "refused": 0,
        "remainingApprox": 3, "stopped": null, "letters": []})
    );
}

#[test]
fn nothing_withheld_is_told() {
    let world = World::of(vec![body(&LetterText::default())]);
    for action in ["list", "show"] {
        let answer = look(&world, &format!(r#"{{"action":"{action}"}}"#)).to_string();
        for secret in ["078-05-1120", "partitionKey", "recordKey", "\"ada\""] {
            assert!(!answer.contains(secret), "{action}: {secret} in {answer}");
        }
    }
}

#[test]
fn show_has_the_change_as_the_rules_have_it() {
    let unlisted = r#"{"table":"nobody","operation":"INSERT","after":{"id":1}}"#;
    let letters = [
        LetterText::default(),
        LetterText { data: unlisted, number: 2, ..LetterText::default() },
        LetterText { data: "{no", number: 3, ..LetterText::default() },
    ];
    let world = World::of(letters.iter().map(body).collect());
    let answer = look(&world, r#"{"action":"show"}"#);
    let change = |index: usize| answer["letters"][index]["change"].clone();
    assert_eq!(change(0)["after"], json!({"id": "a", "v": 1, "ssn": "[REDACTED]"}));
    assert_eq!(
        change(1),
        json!({"kind": "withheld", "why": "unlisted", "table": "nobody", "bytes": 56})
    );
    assert_eq!((&change(2)["why"], &change(2)["begins"]), (&"undecodable".into(), &"json".into()));
}

#[test]
fn a_filter_picks_and_the_rest_is_only_counted() {
    let parse = LetterText { code: FailureCode::Parse, number: 2, ..LetterText::default() };
    let world = World::of(vec![body(&LetterText::default()), body(&parse), "garbage".into()]);
    let answer = look(&world, r#"{"action":"list","filter":{"code":"PARSE_ERROR"}}"#);
    assert_eq!((&answer["scanned"], &answer["matched"]), (&3.into(), &1.into()));
    assert_eq!(answer["letters"][0]["position"]["sequenceNumber"], "2");
    let answer = look(&world, r#"{"action":"list","filter":{"code":"NOT_A_LETTER"}}"#);
    assert_eq!((&answer["matched"], &answer["letters"][0]["messageId"]), (&1.into(), &"m3".into()));
}

#[test]
fn no_letter_is_seen_twice_and_a_look_stops_at_its_limit() {
    let words: Vec<String> = (0..45).map(|number| format!("a{number}")).collect();
    let world = World::with_letters(&words.join(" "));
    let answer = look(&world, r#"{"action":"list"}"#);
    assert_eq!((&answer["scanned"], &answer["matched"]), (&45.into(), &45.into()));
    let answer = look(&world, r#"{"action":"list","limit":12}"#);
    assert_eq!((&answer["matched"], &answer["stopped"]), (&12.into(), &Value::Null));
    assert_eq!(answer["letters"].as_array().unwrap().len(), 12);

    world.with(|state| state.twice = true);
    let answer = look(&world, r#"{"action":"list"}"#);
    assert_eq!(answer["scanned"], 45, "delivered twice is seen once");
}

#[test]
fn a_run_looks_through_so_many_and_no_more() {
    let one = bodies("a1").remove(0);
    let world = World::of(vec![one; LOOKED_THROUGH_MAX + 10]);
    let answer = look(&world, r#"{"action":"list","filter":{"table":"nobody"}}"#);
    assert_eq!(
        (&answer["scanned"], &answer["stopped"]),
        (&LOOKED_THROUGH_MAX.into(), &"bound".into())
    );
    assert_eq!(answer["remainingApprox"], LOOKED_THROUGH_MAX + 10);
}

#[test]
fn an_answer_has_a_size_that_lambda_takes() {
    let row = format!(
        r#"{{"table":"t","operation":"INSERT","after":{{"id":"a","v":"{}"}}}}"#,
        "x".repeat(60_000)
    );
    let big = body(&LetterText { data: &row, ..LetterText::default() });
    let world = World::of(vec![big; 120]);
    let answer = look(&world, r#"{"action":"show","limit":1000}"#);
    assert_eq!(answer["stopped"], "size");
    let bytes = answer.to_string().len();
    assert!((3 << 20..5 << 20).contains(&bytes), "{bytes}");
}

#[test]
fn letters_are_hidden_only_while_a_run_may_take() {
    let world = World::with_letters("a1");
    world.answer_within(r#"{"action":"list"}"#, Duration::from_secs(200));
    world.answer_within(r#"{"action":"list"}"#, Duration::from_secs(20));
    let hidden = world.with(|state| state.hidden.clone());
    assert_eq!(hidden.first().map(Duration::as_secs), Some(200));
    assert_eq!(hidden.last().map(Duration::as_secs), Some(30));
}

#[test]
fn a_dry_run_says_what_would_become_of_each_letter() {
    let words = bodies("a1 ?");
    let unlisted = r#"{"table":"slim","operation":"UPDATE","after":{"id":1}}"#;
    let skipped = body(&LetterText { data: unlisted, number: 3, ..LetterText::default() });
    let gone = body(&LetterText { number: 4, pointer: true, ..LetterText::default() });
    let other = body(&LetterText { number: 5, pipeline: "other", ..LetterText::default() });
    let world = World::of([words, vec![skipped, gone, other]].concat());
    let answer = look(&world, r#"{"action":"replay","dryRun":true}"#);
    let told = |index: usize| {
        let letter = &answer["letters"].as_array().unwrap()[index];
        let code = letter["why"]["code"].as_str().unwrap_or("-");
        format!("{} {code}", letter["outcome"].as_str().unwrap())
    };
    let told: Vec<String> = (0..5).map(told).collect();
    assert_eq!(
        told,
        [
            "kept RECORD_GONE",
            "refused -",
            "wouldBePublished -",
            "wouldFailAgain PARSE_ERROR",
            "wouldBeSkipped SKIPPED",
        ]
    );
    assert_eq!((&answer["replayed"], &answer["dryRun"]), (&0.into(), &true.into()));
}

#[test]
fn other_dry_runs_change_nothing_either() {
    for (action, outcome) in [("park", "wouldBeParked"), ("purge", "wouldBePurged")] {
        let world = World::with_letters("a1 b1");
        let answer = look(&world, &format!(r#"{{"action":"{action}","dryRun":true}}"#));
        assert_eq!(
            (&answer["matched"], &answer["letters"][0]["outcome"]),
            (&2.into(), &outcome.into())
        );
    }
}

#[test]
fn whatever_fails_on_the_way_the_letters_are_given_back() {
    let words: Vec<String> = (0..25).map(|number| format!("a{number}")).collect();
    let world = World::with_letters(&words.join(" "));
    let before = world.queue();
    // The queue goes silent after a page.
    world.with(|state| state.judge = Box::new(|_| None));
    let answer = world.answer_within(r#"{"action":"list"}"#, Duration::from_millis(14_040));
    assert_eq!(answer["stopped"], "deadline");
    assert!(answer["scanned"].as_u64().unwrap() > 0);
    assert_eq!(world.queue(), before);
}

#[test]
fn where_queue_or_stream_do_not_answer_nothing_is_done() {
    for (operation, action, code) in
        [("receive", "list", "QUEUE_ERROR"), ("shards", "replay", "STREAM_ERROR")]
    {
        for kind in [CallErrorKind::Unavailable, CallErrorKind::Denied] {
            let world = World::with_letters("a1");
            world.with(|state| state.fails.insert(operation, kind));
            let answer = world.answer(&format!(r#"{{"action":"{action}"}}"#));
            assert_eq!(answer["error"]["code"], code);
            let tries =
                if operation == "receive" && kind == CallErrorKind::Unavailable { 3 } else { 1 };
            assert_eq!(world.count(operation), tries);
        }
    }
}

#[test]
fn a_look_needs_nothing_of_the_stream() {
    for action in ["list", "show"] {
        let forged = LetterText { pipeline: "other", ..LetterText::default() };
        let world = World::of([vec![body(&forged)], bodies("b1")].concat());
        world.with(|state| state.fails.insert("shards", CallErrorKind::Unavailable));
        let answer = world.answer(&format!(r#"{{"action":"{action}"}}"#));
        let refused: Vec<bool> = answer["letters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|letter| !letter["refused"].is_null())
            .collect();
        assert_eq!(refused, [true, false], "what needs no shards is judged all the same: {answer}");
    }
}

#[test]
fn where_the_depth_is_not_told_what_is_known_to_be_there_is() {
    let world = World::with_letters("a1 b1");
    world.with(|state| state.fails.insert("depth", CallErrorKind::Denied));
    assert_eq!(look(&world, r#"{"action":"list"}"#)["remainingApprox"], 2);
}
