//! Park and purge.

use cdc_core::{delivery::CallErrorKind, failure::FailureCode};
use serde_json::Value;

use super::{
    letters::{LetterText, bodies, body},
    world::World,
};

const PARK: &str = r#"{"action":"park"}"#;
const PURGE: &str = r#"{"action":"purge","force":true}"#;

#[test]
fn parked_letters_are_moved_byte_for_byte_whoever_wrote_them() {
    let forged = body(&LetterText { pipeline: "other", ..LetterText::default() });
    let all = [bodies("a1 ?"), vec!["garbage".to_owned(), forged]].concat();
    let world = World::of(all.clone());
    let answer = world.answer(PARK);
    assert_eq!((&answer["parked"], &answer["remainingApprox"]), (&4.into(), &0.into()));
    let mut parked = world.with(|state| state.parked.clone());
    let mut all = all;
    parked.sort();
    all.sort();
    assert_eq!((parked, world.queue()), (all, (vec![], 0)));
    assert_eq!((world.count("publish"), world.count("shards")), (0, 0));
}

#[test]
fn what_the_parked_queue_does_not_confirm_stays() {
    let world = World::with_letters("a1 b1");
    let before = world.queue();
    world.with(|state| state.fails.insert("park", CallErrorKind::Denied));
    let answer = world.answer(PARK);
    assert_eq!((&answer["parked"], &answer["failed"]), (&0.into(), &2.into()));
    assert_eq!((&answer["stopped"], world.queue()), (&"queue".into(), before));
    assert_eq!(answer["letters"][0]["why"]["code"], "QUEUE_ERROR");
}

#[test]
fn large_letters_are_parked_in_calls_that_sqs_takes() {
    let row = format!(
        r#"{{"table":"t","operation":"INSERT","after":{{"big":"{}"}}}}"#,
        "x".repeat(400_000)
    );
    let large = body(&LetterText { data: &row, ..LetterText::default() });
    let world = World::of(vec![large; 5]);
    assert_eq!(world.answer(PARK)["parked"], 5);
    assert_eq!(world.count("park"), 3);
}

#[test]
fn without_a_parked_queue_nothing_is_parked() {
    let world = World::with_letters("a1");
    world.with(|state| state.parks = false);
    let answer = world.answer(PARK);
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["field"]),
        (&"CONFIGURATION_ERROR".into(), &"action".into())
    );
    assert_eq!(world.count("receive"), 0);
}

#[test]
fn purge_deletes_what_it_is_asked_to_and_only_if_forced() {
    let parse = body(&LetterText { code: FailureCode::Parse, ..LetterText::default() });
    let world = World::of(vec![bodies("b1").remove(0), parse, "garbage".into()]);
    assert_eq!(world.answer(r#"{"action":"purge"}"#)["error"]["code"], "CONFIRMATION_NEEDED");
    let answer = world.answer(r#"{"action":"purge","force":true,"filter":{"code":"PARSE_ERROR"}}"#);
    assert_eq!((&answer["purged"], &answer["matched"]), (&1.into(), &1.into()));
    assert_eq!(world.queue().0.len(), 2);
    assert_eq!(world.answer(PURGE)["purged"], 2);
    assert_eq!((world.queue(), world.count("publish")), ((vec![], 0), 0));
}

#[test]
fn what_is_not_deleted_is_not_called_purged() {
    let world = World::with_letters("a1");
    world.with(|state| state.fails.insert("delete", CallErrorKind::Denied));
    let answer = world.answer(PURGE);
    assert_eq!(
        (&answer["purged"], &answer["failed"], &answer["stopped"]),
        (&0.into(), &1.into(), &"queue".into())
    );
    assert_eq!(world.queue().0.len(), 1);
}

#[test]
fn a_purge_leaves_a_line_for_the_audit() {
    let world = World::with_letters("a1");
    let handled = world.try_handle(PURGE, super::world::AMPLE).unwrap();
    let audit = handled.audit.unwrap();
    assert_eq!((&*audit.filter, audit.force, handled.counts.purged), ("all", true, 1));
}

#[test]
fn a_limit_holds_for_them_too() {
    let world = World::with_letters("a1 b1 c1 d1");
    let answer = world.answer(r#"{"action":"park","limit":3}"#);
    assert_eq!((&answer["parked"], &answer["stopped"]), (&3.into(), &Value::Null));
    assert_eq!(world.queue().0.len(), 1);
}
