//! Forged letters: left where they are, and told.

use cdc_core::delivery::CallErrorKind;
use serde_json::Value;

use super::{
    letters::{LetterText, SHARD, bodies, body, record},
    world::World,
};

/// Replays this letter beside a good one and expects it to stay, for that reason.
fn check(letter: &LetterText<'_>, code: &str) {
    let world = World::of([vec![body(letter)], bodies("b1")].concat());
    let listed = world.answer(r#"{"action":"list"}"#);
    let listed = listed["letters"].as_array().unwrap().iter().filter(|it| !it["refused"].is_null());
    assert_eq!(listed.count(), usize::from(code != "OTHER_RECORD"), "{code}: the list says so too");
    let answer = world.answer(r#"{"action":"replay"}"#);
    assert_eq!((&answer["replayed"], &answer["refused"]), (&1.into(), &1.into()), "{code}");
    let refused = answer["letters"][0]["refused"].as_str().unwrap();
    assert!(refused.starts_with(&format!("{code}: ")), "{refused}");
    assert_eq!(
        (world.accepted().as_str(), world.queue()),
        ("b1", (vec![body(letter)], 0)),
        "{code}"
    );
}

#[test]
fn only_letters_of_the_configured_pipeline_stream_and_shards_are_replayed() {
    let letter = || LetterText { number: 9, ..LetterText::default() };
    check(&LetterText { pipeline: "other", ..letter() }, "OTHER_PIPELINE");
    for stream in [
        "arn:aws:kinesis:eu-west-1:123456789012:stream/other",
        "arn:aws:kinesis:eu-west-1:210987654321:stream/coredb",
        "arn:aws:kinesis:us-east-1:123456789012:stream/coredb",
        "coredb",
        "",
    ] {
        check(&LetterText { stream, ..letter() }, "OTHER_STREAM");
    }
    for shard in ["shardId-3", "shardId-00000000000x", "3", "", "shardId-0000000000030"] {
        check(&LetterText { shard, ..letter() }, "NO_SHARD");
    }
    check(&LetterText { shard: "shardId-000000000009", ..letter() }, "UNKNOWN_SHARD");
    check(&LetterText { last_attempt: "2026-01-16T00:06:00Z", ..letter() }, "FUTURE_ATTEMPT");
}

#[test]
fn a_message_that_is_no_letter_is_left() {
    let world = World::of([vec!["{\"a\":1}".to_owned()], bodies("b1")].concat());
    let answer = world.answer(r#"{"action":"replay"}"#);
    assert_eq!((&answer["replayed"], &answer["refused"]), (&1.into(), &1.into()));
    assert_eq!(answer["letters"][0]["code"], "NOT_A_LETTER");
    assert_eq!(world.queue(), (vec!["{\"a\":1}".to_owned()], 0));
}

#[test]
fn forged_letters_at_the_front_do_not_use_up_the_limit() {
    let forged = LetterText { pipeline: "other", ..LetterText::default() };
    let world = World::of([vec![body(&forged); 25], bodies("b1 c1")].concat());
    let answer = world.answer(r#"{"action":"replay","limit":2}"#);
    assert_eq!((&answer["replayed"], &answer["refused"]), (&2.into(), &25.into()));
    assert_eq!(world.queue().0.len(), 25);
}

#[test]
fn force_lets_an_expired_shard_pass_and_nothing_else() {
    const FORCED: &str = r#"{"action":"replay","force":true}"#;
    let letter = LetterText { shard: "shardId-000000000009", ..LetterText::default() };
    let world = World::of(vec![body(&letter)]);
    assert_eq!(world.answer(FORCED)["replayed"], 1);
    for letter in [
        LetterText { shard: "shardId-9", ..LetterText::default() },
        LetterText { pipeline: "other", ..LetterText::default() },
        LetterText { stream: "other", ..LetterText::default() },
    ] {
        let world = World::of(vec![body(&letter)]);
        assert_eq!(world.answer(FORCED)["refused"], 1);
    }
}

#[test]
fn a_pointer_must_find_its_own_record() {
    let letter = LetterText { number: 7, pointer: true, ..LetterText::default() };
    let other = LetterText { data: "{}", number: 7, ..LetterText::default() };
    let world = World::of(vec![body(&letter)]);
    world.with(|state| state.records.insert(format!("{SHARD} 7"), record(&other)));
    let answer = world.answer(r#"{"action":"replay"}"#);
    let refused = answer["letters"][0]["refused"].as_str().unwrap();
    assert!(refused.starts_with("OTHER_RECORD: "), "{refused}");
    assert_eq!((world.accepted().as_str(), world.queue().0.len()), ("", 1));
}

#[test]
fn the_record_of_an_expired_shard_is_gone() {
    let shard = "shardId-000000000009";
    let letter = LetterText { shard, pointer: true, ..LetterText::default() };
    let world = World::of(vec![body(&letter)]);
    world.with(|state| state.fails.insert("readOne", CallErrorKind::Denied));
    let answer = world.answer(r#"{"action":"replay","force":true}"#);
    assert_eq!((&answer["failed"], &answer["stopped"]), (&1.into(), &Value::Null));
    assert_eq!(answer["letters"][0]["why"]["code"], "RECORD_GONE");
}

#[test]
fn texts_out_of_letters_are_escaped_and_cut() {
    let mut letter: Value = serde_json::from_str(&body(&LetterText::default())).unwrap();
    let long = format!("\u{1b}[2J{}", "x".repeat(3000));
    letter["table"] = long.as_str().into();
    letter["eventId"] = long.as_str().into();
    letter["pipeline"] = long.as_str().into();
    letter["error"] = serde_json::json!({"code": long, "message": long});
    letter["position"]["stream"] = long.as_str().into();
    let world = World::of(vec![letter.to_string()]);
    let answer = world.answer(r#"{"action":"list"}"#).to_string();
    assert!(answer.len() < 4000 && !answer.contains("\\u001b"), "{answer}");
}

/// A row whose members stand in the order in which the tests' JSON writer puts them: to write its letter
/// anew does not break the seal.
const SORTED: &str = r#"{"after":{"id":"a","v":1},"operation":"UPDATE","table":"t"}"#;

/// A good letter with the member at this JSON pointer changed, after it was sealed.
fn tampered(at: &str, to: Value) -> String {
    let text = body(&LetterText { data: SORTED, number: 9, ..LetterText::default() });
    let mut letter: Value = serde_json::from_str(&text).unwrap();
    *letter.pointer_mut(at).unwrap() = to;
    letter.to_string()
}

#[test]
fn what_bears_no_valid_seal_is_not_taken_at_its_word() {
    let row = serde_json::json!({"table":"t","operation":"UPDATE","after":{"id":"a","v":2}});
    let far = "9".repeat(56);
    for letter in [
        body(&LetterText { sealed: false, number: 9, ..LetterText::default() }),
        tampered("/seal", "0".repeat(32).into()),
        tampered("/seal", "".into()),
        tampered("/seal", Value::Null),
        tampered("/originalEvent", row),
        tampered("/position/sequenceNumber", far.into()),
        tampered("/position/arrivedAt", "9999-01-01T00:00:00.000Z".into()),
        tampered("/position/recordKey", "0".repeat(32).into()),
        tampered("/position/part", 1.into()),
        tampered("/position/subSequence", 1.into()),
        tampered("/position/partitionKey", "eve".into()),
    ] {
        let world = World::of([vec![letter.clone()], bodies("b1")].concat());
        let answer = world.answer(r#"{"action":"replay"}"#);
        assert_eq!(
            (&answer["replayed"], &answer["refused"]),
            (&1.into(), &1.into()),
            "{letter}: {answer}"
        );
        let refused = answer["letters"][0]["refused"].as_str().unwrap();
        assert!(refused.starts_with("UNSEALED: "), "{refused}");
        assert_eq!((world.accepted().as_str(), world.queue()), ("b1", (vec![letter], 0)));
    }
}

#[test]
fn a_letter_with_its_seal_is_taken_at_its_word() {
    let world = World::of(vec![tampered("/attempts", 7.into())]);
    assert_eq!(world.answer(r#"{"action":"replay"}"#)["replayed"], 1);
    assert_eq!(world.count("readOne"), 0);
}

#[test]
fn what_a_replay_does_not_use_is_not_sealed() {
    let good = body(&LetterText::default());
    for (from, to) in [
        (r#""attempts":3"#, r#""attempts":7"#),
        (r#"has no rules"#, "was mended by hand"),
        (r#""lastAttempt":"2026-01-15T10:30"#, r#""lastAttempt":"2026-01-15T11:00"#),
        (r#"{"table":"t","operation""#, "{ \"table\" : \"t\",\n  \"operation\""),
    ] {
        let letter = good.replace(from, to);
        assert_ne!(letter, good);
        let world = World::of(vec![letter.clone()]);
        assert_eq!(world.answer(r#"{"action":"replay"}"#)["replayed"], 1, "{letter}");
    }
}

#[test]
fn an_unsealed_letter_whose_record_is_on_the_stream_is_replayed_as_the_stream_has_it() {
    let letter = LetterText { sealed: false, number: 9, ..LetterText::default() };
    let (sealed, unsealed) = (LetterText { sealed: true, ..letter }, letter);
    let ids = [sealed, unsealed].map(|letter| {
        let world = World::of(vec![body(&letter)]);
        world.with(|state| state.records.insert(format!("{SHARD} 9"), record(&letter)));
        assert_eq!(world.answer(r#"{"action":"replay"}"#)["replayed"], 1);
        assert_eq!(world.count("readOne"), usize::from(!letter.sealed));
        world.with(|state| state.details[0]["metadata"]["eventId"].clone())
    });
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn where_the_stream_has_the_record_nothing_else_of_a_forged_letter_counts() {
    let good = LetterText { data: SORTED, number: 9, ..LetterText::default() };
    let replayed = |letter: String| {
        let world = World::of(vec![letter]);
        world.with(|state| state.records.insert(format!("{SHARD} 9"), record(&good)));
        let answer = world.answer(r#"{"action":"replay"}"#);
        (answer, world.with(|state| state.details.clone()))
    };
    let expected = replayed(body(&good)).1;
    assert_eq!(expected.len(), 1);
    let row = serde_json::json!({"table":"t","operation":"UPDATE","after":{"id":"a","v":2}});
    for (at, to) in [
        ("/originalEvent", row),
        ("/position/arrivedAt", "2030-01-01T00:00:00.000Z".into()),
        ("/position/partitionKey", "eve".into()),
    ] {
        assert_eq!(replayed(tampered(at, to)).1, expected, "{at}");
    }
    for (at, to) in [
        ("/position/sequenceNumber", Value::from("9".repeat(56))),
        ("/position/recordKey", "0".repeat(32).into()),
        ("/position/subSequence", 1.into()),
    ] {
        let (answer, details) = replayed(tampered(at, to));
        assert_eq!((&answer["refused"], details), (&1.into(), vec![]), "{at}: {answer}");
        let refused = answer["letters"][0]["refused"].as_str().unwrap();
        assert!(refused.starts_with("UNSEALED: "), "{at}: {refused}");
    }
}

#[test]
fn force_takes_an_unsealed_letter() {
    let world = World::of(vec![body(&LetterText { sealed: false, ..LetterText::default() })]);
    assert_eq!(world.answer(r#"{"action":"replay","force":true}"#)["replayed"], 1);
    assert_eq!(world.count("readOne"), 0);
}

#[test]
fn what_is_buried_anew_is_sealed_again() {
    let world = World::with_letters("?");
    world.answer(r#"{"action":"replay"}"#);
    world.with(|state| state.now = "2026-01-16T02:00:00Z".parse().unwrap());
    let again = world.answer(r#"{"action":"replay"}"#);
    assert_eq!((&again["failed"], &again["refused"]), (&1.into(), &0.into()), "{again}");
}

#[test]
fn a_part_that_no_record_has_makes_no_letter() {
    let world = World::of(vec![tampered("/position/part", u32::MAX.into())]);
    let answer = world.answer(r#"{"action":"replay"}"#);
    assert_eq!(answer["letters"][0]["code"], "NOT_A_LETTER", "{answer}");
}

#[test]
fn a_letter_of_a_later_version_is_told_apart_and_never_thrown_away_with_garbage() {
    let later = tampered("/version", 2.into());
    let world = World::of(vec![later.clone(), "garbage".to_owned()]);
    let purge = r#"{"action":"purge","force":true,"filter":{"code":"NOT_A_LETTER"}}"#;
    assert_eq!(world.answer(purge)["purged"], 1);
    assert_eq!(world.queue(), (vec![later], 0));
    let answer = world.answer(r#"{"action":"replay"}"#);
    let refused = answer["letters"][0]["refused"].as_str().unwrap();
    assert!(refused.starts_with("OTHER_VERSION: "), "{refused}");
    let purged = |filter: &str| {
        world.answer(&format!(r#"{{"action":"purge","force":true{filter}}}"#))["purged"].clone()
    };
    assert_eq!((purged(""), world.queue().0.len()), (0.into(), 1), "not with all either");
    assert_eq!(purged(r#","filter":{"code":"OTHER_VERSION"}"#), 1);
}
