//! The claim check: what is stored, before what, and what waits for it.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{StoreDoes, World, records};
use crate::{
    batch::Report,
    delivery::{BusCode, CallErrorKind},
    testing,
};

/// Delivers the words and expects these labels accepted, in this order, and this record reported.
fn check(world: &mut World, words: &str, accepted: &str, report: Option<u64>) -> Report {
    world.accepted.clear();
    let delivered = world.deliver(records(words));
    let number = delivered.failed_from.as_ref().map(|it| it.as_str().parse::<u64>().unwrap());
    assert_eq!((&*world.accepted.join(" "), number), (accepted, report), "{words}");
    delivered
}

fn failing(kind: CallErrorKind) -> World {
    let mut world = World::with_buckets();
    world.store = Box::new(move |_| StoreDoes::Fail(kind));
    world
}

#[test]
fn an_event_too_large_is_stored_whole_and_published_without_its_images() {
    let mut world = World::with_buckets();
    let report = check(&mut world, "A1 b1", "b1 a1", None);
    assert_eq!((report.stored, world.objects.len(), world.letters.len()), (1, 1, 0));
    let event = world.details[1].clone();
    let whole = world.whole(&event);
    assert_eq!(whole["after"]["big"].as_str().map(str::len), Some(2000));
    assert_eq!(whole["after"]["ssn"], "[REDACTED]");
    assert!(whole["metadata"].get("claimCheck").is_none());

    // But for the images, the one is the other.
    let mut expected = whole;
    let ((bucket, key), bytes) = world.objects.first_key_value().unwrap();
    let hash = key.strip_prefix("events/").and_then(|key| key.strip_suffix(".json")).unwrap();
    expected["after"] = Value::Null;
    expected["metadata"]["claimCheck"] =
        json!({"bucket": bucket, "key": key, "size": bytes.len(), "sha256": hash});
    assert_eq!((bucket.as_str(), event), ("events", expected));
}

#[test]
fn a_small_event_is_not_stored() {
    let mut world = World::with_buckets();
    assert_eq!(check(&mut world, "a1 b1", "a1 b1", None).stored, 0);
    assert!(world.details.iter().all(|event| event["metadata"].get("claimCheck").is_none()));
}

#[test]
fn a_row_waits_for_what_is_stored_of_it_and_others_do_not() {
    let mut world = World::with_buckets();
    check(&mut world, "A1 a2 b1 B2 a3 c1", "b1 a1 a2 b2 a3 c1", None);
    // A first try that fails, or whose answer is lost, moves nothing past it.
    for does in [|| StoreDoes::Fail(CallErrorKind::Unavailable), || StoreDoes::LoseAnswer] {
        let mut world = World::with_buckets();
        world.store = Box::new(move |put| if put == 1 { does() } else { StoreDoes::Store });
        let report = check(&mut world, "A1 a2 b1", "b1 a1 a2", None);
        assert_eq!((report.stored, world.puts, world.waits.len()), (1, 2, 1));
    }
}

#[test]
fn while_the_store_is_out_its_rows_wait_and_nothing_is_given_up_on() {
    use CallErrorKind::{Denied, Invalid, Throttled, Unavailable};
    for kind in [Denied, Invalid, Throttled, Unavailable] {
        let mut world = failing(kind);
        let report = check(&mut world, "b1 A1 a2 c1", "b1 c1", Some(2));
        assert_eq!((world.puts, world.letters.len(), report.stored), (3, 0, 0), "{kind:?}");
        assert_eq!(report.calls_failed.values().sum::<usize>(), 3, "{kind:?}");
        world.store = Box::new(|_| StoreDoes::Store);
        check(&mut world, "b1 A1 a2 c1", "a1 a2", None);
    }
}

#[test]
fn what_was_stored_is_published_with_all_its_tries() {
    let mut world = World::with_buckets();
    world.store = Box::new(|put| match put {
        3 => StoreDoes::Store,
        _ => StoreDoes::Fail(CallErrorKind::Throttled),
    });
    world.judge = Box::new(|_, before| (before < 2).then_some(BusCode::Throttling));
    let report = check(&mut world, "A1", "a1", None);
    assert_eq!((report.stored, report.requests, world.puts), (1, 3, 3));
}

#[test]
fn what_the_bus_refuses_for_good_is_a_letter_of_its_record() {
    let mut world = World::with_buckets();
    world.judge = Box::new(|_, _| Some(BusCode::MalformedDetail));
    check(&mut world, "A1", "", None);
    assert_eq!(world.letters[0]["originalEvent"]["after"]["v"], 1);
    assert_eq!(world.letters[0]["attempts"], 1);
}

#[test]
fn near_the_deadline_nothing_is_stored() {
    let mut world = World::with_buckets();
    world.left = Duration::from_secs(10);
    let report = check(&mut world, "A1", "", Some(1));
    assert_eq!((world.puts, report.stopped_at_deadline), (0, true));
    world.left = Duration::from_secs(11);
    let report = check(&mut world, "A1", "", Some(1));
    assert_eq!((world.puts, report.stored, report.stopped_at_deadline), (1, 1, true));
}

#[test]
fn without_a_bucket_an_event_too_large_is_a_letter_that_says_what_would_help() {
    let mut world = World::with_buckets();
    world.pipeline.buckets = Default::default();
    check(&mut world, "A1 a2", "a2", None);
    let error = &world.letters[0]["error"];
    let message = error["message"].as_str().unwrap();
    assert!(error["code"] == "VALIDATION_ERROR" && message.contains("set CLAIM_CHECK_BUCKET_NAME"));
    assert_eq!(world.letters[0]["originalEvent"]["after"]["v"], 1, "the letter takes its record");
}

#[test]
fn an_event_too_large_without_its_images_is_a_letter() {
    let mut world = World::with_buckets();
    let update = testing::update(&"k".repeat(1500), 1);
    world.deliver(vec![testing::raw(1, "k", update)]);
    let message = world.letters[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("without its images"), "{message}");
    assert_eq!((world.puts, world.accepted.len()), (0, 0));
}

/// A record of no JSON that is too large for a letter.
fn garbage() -> Vec<u8> {
    let mut garbage = b"{no JSON: ".to_vec();
    garbage.resize(1_100_000, 0xff);
    garbage
}

#[test]
fn a_record_too_large_for_its_letter_is_stored_and_the_letter_points_to_both_places() {
    let mut world = World::with_buckets();
    let report = world.deliver(vec![testing::raw(1, "k", garbage())]);
    assert_eq!((report.failed_from, report.stored, world.letters.len()), (None, 1, 1));
    let letter = &world.letters[0];
    let ((bucket, key), bytes) = world.objects.first_key_value().unwrap();
    let hash = key.strip_prefix("records/").unwrap();
    assert_eq!((bucket.as_str(), &bytes[..]), ("records", &garbage()[..]));
    assert_eq!(
        letter["claimCheck"],
        json!({"bucket": bucket, "key": key, "size": 1_100_000, "sha256": hash})
    );
    assert_eq!(letter["originalPointer"], letter["position"]);
    assert_eq!((&letter["originalEvent"], &letter["originalData"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_letter_waits_for_its_record_to_be_stored() {
    let mut world = failing(CallErrorKind::Denied);
    let report = world.deliver(vec![testing::raw(1, "k", garbage())]);
    assert_eq!(report.failed_from.map(|it| it.to_string()).as_deref(), Some("1"));
    assert_eq!((world.puts, world.letters.len()), (3, 0));
}

#[test]
fn a_table_nobody_listed_is_copied_nowhere() {
    let mut world = World::with_buckets();
    let data = format!(
        r#"{{"table":"nobody","operation":"INSERT","after":{{"x":"{}"}}}}"#,
        "x".repeat(1_100_000)
    );
    world.deliver(vec![testing::raw(1, "k", data)]);
    assert!(!world.letters[0]["originalPointer"].is_null());
    assert!(world.letters[0].get("claimCheck").is_none() && world.objects.is_empty());
}

#[test]
fn a_letter_that_the_queue_refuses_alone_has_its_record_stored() {
    let mut world = World::with_buckets();
    world.queue_bytes_max = 2000;
    let large = format!("{{no JSON: {}", "x".repeat(2000));
    let report = world.deliver(vec![testing::raw(1, "k", large)]);
    assert_eq!((report.failed_from, report.stored, world.letters.len()), (None, 1, 1));
    assert!(!world.letters[0]["claimCheck"].is_null());
}

#[test]
fn a_stored_record_is_replayed_as_it_would_have_been_the_first_time() {
    let data = || format!("{}{}", " ".repeat(1_100_000), testing::update("a", 1));
    let mut first = World::new();
    first.deliver(vec![testing::raw(1, "k", data())]);
    let mut world = World::with_buckets();
    world.pipeline.event_source = "cdc-pipeline".into();
    world.judge = Box::new(|_, before| (before == 0).then_some(BusCode::MalformedDetail));
    world.deliver(vec![testing::raw(1, "k", data())]);
    assert!(!world.letters[0]["claimCheck"].is_null());
    world.replay();
    let mut event = world.details[0].clone();
    event["metadata"]["replay"] = false.into();
    assert_eq!((&event, world.letters.len()), (&first.details[0], 0));
}

#[test]
fn a_letter_of_a_stored_record_that_fails_again_is_one_too_and_stores_it_anew() {
    let mut world = World::with_buckets();
    world.deliver(vec![testing::raw(1, "k", garbage())]);
    let body = world.bodies[0].clone();
    let report = world.replay();
    assert_eq!((report.stored, world.puts, world.objects.len()), (1, 2, 1));
    assert_eq!(world.bodies, [body.replace("\"attempts\":1", "\"attempts\":2")]);
}
