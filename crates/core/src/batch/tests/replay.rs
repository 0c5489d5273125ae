//! Dead letters delivered again: with the ids they would have had, and asking no ledger.

use super::world::{BusDoes, World, records};
use crate::{
    batch::{Outcome, Report},
    dead_letter,
    delivery::{BusCode, CallErrorKind},
    failure::FailureCode,
    pipeline::{Pipeline, SkipReason},
    testing,
};

/// Rules by which nothing of `t` gets through: its rows have no such key.
const BROKEN: &str = "
version: 1
pipeline: test
unlisted_tables: reject
tables:
  t: {keys: [nope], include: [nope, id, v]}
";

fn broken() -> Pipeline {
    testing::pipeline_of(BROKEN)
}

/// A world whose queue holds a letter for each of these words.
fn buried(words: &str) -> World {
    let mut world = World::new();
    world.pipeline = broken();
    let report = world.deliver(records(words));
    assert_eq!(report.failed_from, None);
    world.pipeline = testing::pipeline();
    world.reads = 0;
    world.writes = 0;
    world
}

fn outcomes(report: &Report) -> Vec<Outcome> {
    report.units.iter().map(|unit| unit.outcome).collect()
}

/// The events of a world, but for what tells a replay from the first time.
fn events(world: &World) -> Vec<serde_json::Value> {
    let mut events = world.details.clone();
    for event in &mut events {
        event["metadata"]["replay"] = false.into();
    }
    events
}

#[test]
fn what_was_buried_comes_out_as_it_would_have_the_first_time() {
    for words in ["a1", "a1 b1 a2", "x1 a1+b1+a1", "a>b"] {
        let mut first = World::new();
        first.deliver(records(words));
        let mut again = buried(words);
        assert_eq!(again.details.len(), 0, "{words}");
        let report = again.replay();
        assert!(again.details.iter().all(|event| event["metadata"]["replay"] == true), "{words}");
        assert_eq!((again.accepted.len(), &again.letters), (first.accepted.len(), &vec![]));
        for event in events(&first) {
            assert!(events(&again).contains(&event), "{words}: {event}");
        }
        assert!(outcomes(&report).iter().all(|it| *it == Outcome::Published), "{words}");
    }
}

#[test]
fn a_compressed_record_keeps_its_id_although_its_letter_is_inflated() {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(testing::update("a", 1).as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let delivery = || vec![testing::raw(1, "k", gzip.clone())];
    let mut first = World::new();
    first.deliver(delivery());
    let mut again = World::new();
    again.pipeline = broken();
    again.deliver(delivery());
    again.pipeline = testing::pipeline();
    again.replay();
    assert_eq!(events(&again), events(&first));
}

#[test]
fn a_letter_asks_no_ledger_and_tells_it_nothing() {
    let mut world = buried("a1 b1");
    let claims = world.claims.len();
    assert!(claims > 0, "the ledger says that both are settled: they are letters");
    world.replay();
    assert_eq!(world.accepted.join(" "), "a1 b1");
    assert_eq!((world.reads, world.writes, world.claims.len()), (0, 0, claims));
}

#[test]
fn rows_go_one_by_one_and_a_row_waits_behind_what_is_not_settled() {
    let mut world = buried("a1 a2 b1 a3 c1");
    world.replay();
    assert_eq!((world.accepted.join(" ").as_str(), world.requests), ("a1 b1 c1 a2 a3", 3));

    let mut world = buried("a1 b1 a2");
    world.judge = Box::new(|label, _| (label == "a1").then(|| BusCode::parse("Throttling")));
    let report = world.replay();
    assert_eq!(world.accepted.join(" "), "b1");
    assert_eq!(outcomes(&report), [Outcome::Unsettled, Outcome::Published, Outcome::Unsettled]);
}

#[test]
fn what_fails_again_is_buried_anew_with_all_its_tries_and_byte_for_byte() {
    let mut world = World::new();
    world.pipeline = broken();
    let row = r#"{"table":"t","operation":"UPDATE","after":{"id":"a", "v":1.50000000000000000001,"ssn":"x"}}"#;
    world.deliver(vec![testing::raw(7, "k", row)]);
    let before = world.letters[0].to_string();
    let body = world.bodies[0].clone();
    for attempts in [2, 3] {
        let report = world.replay();
        let validation = Outcome::DeadLettered(FailureCode::Validation);
        assert_eq!((outcomes(&report), world.bodies.len()), (vec![validation], 1));
        let expected = body.replace("\"attempts\":1", &format!("\"attempts\":{attempts}"));
        assert_eq!(world.bodies[0], expected, "{before}");
    }
}

#[test]
fn what_the_bus_refuses_is_buried_anew_and_the_tries_of_both_are_counted() {
    let mut world = buried("a1");
    world.judge = Box::new(|_, before| {
        Some(BusCode::parse(if before == 0 { "ThrottlingException" } else { "MalformedDetail" }))
    });
    world.replay();
    let letter = &world.letters[0];
    assert_eq!(
        (&letter["attempts"], &letter["error"]["code"]),
        (&3.into(), &"EVENTBRIDGE_ERROR".into())
    );
    assert_eq!(letter["eventId"].as_str().map(str::len), Some(32));
}

#[test]
fn where_the_bus_is_down_nothing_is_settled_and_nothing_buried() {
    let mut world = buried("a1 b1");
    world.bus = Box::new(|_| BusDoes::Fail(CallErrorKind::Unavailable));
    let report = world.replay();
    assert_eq!(outcomes(&report), [Outcome::Unsettled; 2]);
    assert_eq!((world.bodies.len(), world.accepted.len()), (0, 0));
}

#[test]
fn what_the_queue_does_not_confirm_is_not_settled() {
    let mut world = buried("a1");
    world.pipeline = broken();
    world.queue_fails = usize::MAX;
    assert_eq!(outcomes(&world.replay()), [Outcome::Unsettled]);

    // Not even as a pointer: the letter may hold the only copy.
    let mut world = buried("a1");
    world.pipeline = broken();
    world.queue_bytes_max = 10;
    assert_eq!(outcomes(&world.replay()), [Outcome::Unsettled]);
}

#[test]
fn what_the_rules_now_leave_out_is_settled() {
    let mut world = buried("a1");
    let rules = "t: {keys: [id], include: [id], operations: [DELETE]}";
    world.pipeline =
        testing::pipeline_of(&BROKEN.replace("t: {keys: [nope], include: [nope, id, v]}", rules));
    assert_eq!(outcomes(&world.replay()), [Outcome::Skipped(SkipReason::Operation)]);
    assert_eq!((world.accepted.len(), world.bodies.len()), (0, 0));
}

#[test]
fn a_letter_that_carries_its_record_is_never_exchanged_for_a_pointer() {
    let mut world = buried("a1");
    let unlisted = BROKEN.replace("  t:", "  other:");
    world.pipeline = testing::pipeline_of(&unlisted);
    let report = world.replay();
    assert_eq!(outcomes(&report), [Outcome::DeadLettered(FailureCode::Validation)]);
    let letter = &world.letters[0];
    assert_eq!(letter["originalEvent"]["after"]["id"], "a");
    assert!(letter["error"]["message"].to_string().contains("has no rules"));
    assert_eq!(letter["table"], "t");
}

#[test]
fn nor_is_one_whose_copy_was_confirmed_on_the_stream() {
    let mut world = buried("a1");
    world.pipeline = testing::pipeline_of(&BROKEN.replace("  t:", "  other:"));
    let letter = dead_letter::read(&world.bodies[0]).unwrap();
    let arn = testing::shard().stream_arn;
    let confirmed = letter.replayable_from(&arn, records("a1").remove(0)).unwrap();
    world.replay_these(vec![confirmed]);
    assert_eq!(world.letters[1]["originalEvent"]["after"]["id"], "a");
}

#[test]
fn of_a_moved_key_only_the_half_that_failed_is_published() {
    for (half, label) in [(0, "a-"), (1, "b0")] {
        let mut world = World::new();
        world.judge = Box::new(move |seen, _| (seen == label).then_some(BusCode::MalformedDetail));
        world.deliver(records("a>b"));
        let old = world.letters[0].clone();
        world.accepted.clear();
        world.details.clear();

        // Once more in vain: the new letter is about the same half.
        let report = world.replay();
        assert_eq!(outcomes(&report), [Outcome::DeadLettered(FailureCode::EventBridge)]);
        assert_eq!(world.letters[0]["position"]["half"], half);
        assert_eq!(world.letters[0]["eventId"], old["eventId"]);
        assert_eq!(world.letters[0]["attempts"], 2);

        // Nor is that lost where it gets less far than before.
        world.pipeline = broken();
        world.replay();
        assert_eq!(world.letters[0]["position"]["half"], half);
        assert_eq!(world.letters[0]["eventId"], old["eventId"]);

        world.pipeline = testing::pipeline();
        world.judge = Box::new(|_, _| None);
        world.replay();
        assert_eq!(world.accepted, [label]);
        assert_eq!(world.details[0]["metadata"]["eventId"], old["eventId"]);
    }
}

#[test]
fn a_part_that_its_record_does_not_have_is_buried_and_named() {
    let mut world = buried("a1");
    let body = world.bodies[0].replace("\"part\":0", "\"part\":3");
    world.bodies.clear();
    let report = world.replay_these(vec![world.replayable(&body)]);
    assert_eq!(outcomes(&report), [Outcome::DeadLettered(FailureCode::Parse)]);
    assert_eq!(world.letters[1]["position"]["part"], 3);
    assert_eq!(
        world.letters[1]["error"]["message"],
        "the letter names part 3 of its record, which has 1"
    );
    assert_eq!(world.accepted.len(), 0);

    // The arithmetic holds for any part, whoever let it pass.
    let mut letter = world.replayable(&body);
    letter.part = u32::MAX;
    let report = world.replay_these(vec![letter]);
    assert_eq!(outcomes(&report), [Outcome::DeadLettered(FailureCode::Parse)]);
}

#[test]
fn what_could_not_be_taken_apart_is_meant_whole_until_it_can_be() {
    let mut world = World::new();
    world.deliver(records("? a1"));
    for _ in 0..2 {
        assert_eq!(world.letters[0]["position"]["whole"], true);
        world.replay();
    }
    let one = buried("a1");
    assert!(one.letters[0]["position"].get("whole").is_none());
}

#[test]
fn letters_of_several_shards_keep_their_own() {
    let mut world = buried("a1 b1");
    let other = world.bodies[1].replace("shardId-000000000003", "shardId-000000000004");
    let letters = vec![world.replayable(&world.bodies[0]), world.replayable(&other)];
    world.replay_these(letters);
    let shards: Vec<_> = world.details.iter().map(|event| &event["metadata"]["shard"]).collect();
    assert_eq!(shards, ["shardId-000000000003", "shardId-000000000004"]);
    assert_eq!(world.requests, 1);
}
