//! Letters whose record lies in a bucket: read there, checked, and found in the stream where it is gone.

use cdc_core::delivery::CallErrorKind;
use serde_json::{Value, json};

use super::{
    letters::{LetterText, SHARD, bodies, body, buckets, record},
    world::{AMPLE, World},
};
use std::time::Duration;

const REPLAY: &str = r#"{"action":"replay"}"#;

fn stored() -> LetterText<'static> {
    LetterText { number: 7, bucket: Some("records"), ..LetterText::default() }
}

/// A queue with that letter, whose object lies in its bucket.
fn world_of(letter: &LetterText<'_>) -> World {
    let world = World::of(vec![body(letter)]);
    let checked = buckets(letter.bucket.unwrap()).checked_record(&record(letter).data).unwrap();
    let place = (checked.object.bucket.to_string(), checked.object.key.to_string());
    world.with(|state| state.objects.insert(place, checked.object.body));
    world
}

/// What lies under every key becomes this.
fn overwrite(world: &World, bytes: Option<&'static str>) {
    world.with(|state| match bytes {
        Some(bytes) => state.objects.values_mut().for_each(|object| *object = bytes.into()),
        None => state.objects.clear(),
    });
}

fn in_the_stream(world: &World, letter: &LetterText<'_>) {
    let place = format!("{SHARD} {}", letter.number);
    world.with(|state| state.records.insert(place, record(letter)));
}

/// Replays and expects the letter to be refused with this code, or kept with it, and nothing published.
fn stays(world: &World, request: &str, code: &str) -> Value {
    let before = world.queue();
    let answer = world.answer(request);
    let told = &answer["letters"][0];
    let refused =
        told["refused"].as_str().is_some_and(|text| text.starts_with(&format!("{code}: ")));
    assert!(refused || told["why"]["code"] == code, "{code}: {answer}");
    assert_eq!((world.accepted().as_str(), world.queue()), ("", before), "{code}");
    answer
}

#[test]
fn a_letter_is_replayed_out_of_the_bucket_and_its_object_stays() {
    let world = world_of(&stored());
    let answer = world.answer(REPLAY);
    assert_eq!((&answer["replayed"], world.accepted().as_str()), (&1.into(), "a1"));
    assert_eq!(world.with(|state| state.details[0]["metadata"]["replay"].clone()), true);
    assert_eq!((world.queue().0.len(), world.count("readOne")), (0, 0));
    // Other letters may point to the same bytes: the bucket's lifecycle takes it.
    assert_eq!(world.with(|state| state.objects.len()), 1);
}

#[test]
fn a_list_and_a_dry_run_tell_of_it_and_a_show_has_the_change_by_the_rules() {
    let letter = stored();
    let world = world_of(&letter);
    let listed = world.answer(r#"{"action":"list"}"#);
    let original = json!({"kind": "object", "bytes": letter.data.len()});
    assert_eq!((&listed["letters"][0]["original"], world.count("get")), (&original, 0));
    let dry = world.answer(r#"{"action":"replay","dryRun":true}"#);
    assert_eq!(dry["letters"][0]["outcome"], "wouldBePublished");
    let shown = world.answer(r#"{"action":"show"}"#).to_string();
    assert!(shown.contains("[REDACTED]") && !shown.contains("078-05-1120"), "{shown}");
    assert_eq!(world.count("get"), 2);

    overwrite(&world, None);
    let shown = world.answer(r#"{"action":"show"}"#);
    assert_eq!(shown["letters"][0]["change"], json!({"kind": "pointer"}));
}

#[test]
fn only_the_configured_bucket_is_read() {
    let elsewhere = LetterText { bucket: Some("elsewhere"), ..stored() };
    for (letter, force) in
        [(elsewhere, false), (LetterText { bucket: Some("events"), ..stored() }, true)]
    {
        let world = World::of(vec![body(&letter)]);
        in_the_stream(&world, &letter);
        let listed = world.answer(r#"{"action":"list"}"#);
        assert!(listed["letters"][0]["refused"].as_str().unwrap().starts_with("OTHER_BUCKET: "));
        stays(&world, &json!({"action": "replay", "force": force}).to_string(), "OTHER_BUCKET");
        world.answer(r#"{"action":"show"}"#);
        assert_eq!((world.count("get"), world.count("readOne")), (0, 0));
    }
    let world = world_of(&stored());
    world.with(|state| state.buckets = Default::default());
    stays(&world, REPLAY, "OTHER_BUCKET");
}

#[test]
fn where_the_object_is_gone_or_another_one_the_stream_is_read() {
    for object in [
        None,
        Some("{}"),
        Some(" longer than the letter says it is, far longer than any of them, and more"),
    ] {
        let world = world_of(&stored());
        overwrite(&world, object);
        in_the_stream(&world, &stored());
        assert_eq!(
            (&world.answer(REPLAY)["replayed"], world.accepted().as_str()),
            (&1.into(), "a1")
        );
    }
}

#[test]
fn where_the_stream_has_it_no_longer_either_the_letter_stays() {
    let world = world_of(&stored());
    overwrite(&world, None);
    stays(&world, REPLAY, "RECORD_GONE");
    let world = world_of(&stored());
    overwrite(&world, Some("{}"));
    stays(&world, REPLAY, "OTHER_OBJECT");
}

#[test]
fn an_unsealed_letter_is_not_believed_whatever_its_object_says() {
    let forged = || LetterText { sealed: false, ..stored() };
    let world = world_of(&forged());
    stays(&world, REPLAY, "UNSEALED");
    assert_eq!(world.count("get"), 0);
    // As the stream has it, it is taken; by somebody's word, too.
    in_the_stream(&world, &forged());
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
    let world = world_of(&forged());
    assert_eq!(world.answer(r#"{"action":"replay","force":true}"#)["replayed"], 1);
}

#[test]
fn a_bucket_that_does_not_answer_stops_the_run_and_nothing_is_given_up() {
    for kind in [CallErrorKind::Denied, CallErrorKind::Unavailable] {
        let world = World::of([vec![body(&stored())], bodies("b1")].concat());
        world.with(|state| state.fails.insert("get", kind));
        let answer = world.answer(REPLAY);
        assert_eq!((&answer["stopped"], &answer["failed"]), (&"objects".into(), &1.into()));
        assert_eq!((world.accepted().as_str(), world.queue().0.len()), ("b1", 1), "{kind:?}");
        world.with(|state| state.fails.clear());
    }
    // A slip is tried again.
    let world = world_of(&stored());
    world.with(|state| state.fails_once.push(("get", CallErrorKind::Unavailable)));
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
}

#[test]
fn near_the_deadline_no_object_is_read() {
    let world = world_of(&stored());
    let answer = world.answer_within(REPLAY, Duration::from_secs(24));
    assert_eq!((&answer["stopped"], world.count("get")), (&"deadline".into(), 0));
    assert_eq!(world.answer_within(REPLAY, AMPLE)["replayed"], 1);
}

#[test]
fn a_letter_that_fails_again_is_one_of_a_stored_record_again() {
    let broken = LetterText { data: "{no json", ..stored() };
    let world = world_of(&broken);
    let answer = world.answer(REPLAY);
    assert_eq!(answer["letters"][0]["outcome"], "buriedAnew");
    let (queue, _) = world.queue();
    let letter: Value = serde_json::from_str(&queue[0]).unwrap();
    assert_eq!((queue.len(), &letter["attempts"], world.count("put")), (1, &4.into(), 1));
    let before: Value = serde_json::from_str(&body(&broken)).unwrap();
    assert_eq!(letter["claimCheck"], before["claimCheck"]);
}
