//! Letters of queues and topics, which are not read again: the seal alone tells whose they are.

use cdc_aws::{
    endpoint::Region,
    function::settings::{ConfiguredSources, ConfiguredStream, Environment, Reader},
};
use serde_json::Value;

use super::{
    letters::{LetterText, STREAM, bodies, body, buckets},
    world::World,
};

const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:rows.fifo";
const CLUSTER: &str = "arn:aws:kafka:eu-west-1:123456789012:cluster/rows/0a1b-2";
const TOPIC: &str = "arn:aws:kafka:eu-west-1:123456789012:topic/rows/0a1b-2/core-users";

struct Sources(ConfiguredSources);

impl Environment for Sources {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.basics();
        reader.sources().map(Self)
    }
}

/// A stream, a queue and a topic.
pub(crate) fn configured() -> ConfiguredSources {
    let region = Region::parse("eu-west-1").unwrap();
    let stream = ConfiguredStream::exactly(STREAM, &region).unwrap();
    let sources = Sources::from_env(|name| {
        let value = match name {
            "AWS_REGION" => "eu-west-1",
            "SQS_QUEUE_ARN" => QUEUE,
            "KAFKA_CLUSTER_ARN" => CLUSTER,
            "KAFKA_TOPICS" => "core-users",
            _ => return None,
        };
        Some(value.to_owned())
    });
    ConfiguredSources { stream: Some(stream), ..sources.unwrap().0 }
}

fn of_queue() -> LetterText<'static> {
    LetterText { stream: QUEUE, shard: "fifo", number: 9, ..LetterText::default() }
}

fn of_topic() -> LetterText<'static> {
    LetterText { stream: TOPIC, shard: "0", number: 9, ..LetterText::default() }
}

/// Replays the letter and expects it to be published with that order.
fn check(letter: &LetterText<'_>, order: &str) {
    let world = World::of(vec![body(letter)]);
    assert_eq!(world.answer(r#"{"action":"list"}"#)["letters"][0]["refused"], Value::Null);
    assert_eq!(world.answer(r#"{"action":"replay"}"#)["replayed"], 1, "{order}");
    let details = world.with(|state| state.details.clone());
    assert_eq!(details[0]["metadata"]["order"], order);
    assert!(world.with(|state| !state.calls.contains(&"readOne")));
}

/// Replays the letter, by that request, beside a good one and expects it to stay, for that reason.
fn refused(letter: &LetterText<'_>, request: &str, code: &str) {
    let world = World::of([vec![body(letter)], bodies("b1")].concat());
    let answer = world.answer(request);
    assert_eq!((&answer["replayed"], &answer["refused"]), (&1.into(), &1.into()), "{code}");
    let refused = answer["letters"].as_array().unwrap();
    let refused = refused.iter().find_map(|letter| letter["refused"].as_str()).unwrap();
    assert!(refused.starts_with(&format!("{code}: ")), "{refused}");
    assert!(world.with(|state| !state.calls.contains(&"readOne")));
}

const REPLAY: &str = r#"{"action":"replay"}"#;
const FORCED: &str = r#"{"action":"replay","force":true}"#;

#[test]
fn a_letter_of_a_queue_or_a_topic_is_replayed_with_the_order_that_its_record_had() {
    check(&of_queue(), "fifo:00000000000000000009:000000:000000");
    check(&of_topic(), "shard:001:9:000000:000000");
}

#[test]
fn only_letters_of_the_configured_queue_and_topics_are_replayed() {
    for stream in [QUEUE.trim_end_matches(".fifo"), &QUEUE.replace("rows", "other")] {
        refused(&LetterText { stream, ..of_queue() }, REPLAY, "OTHER_STREAM");
    }
    for stream in [&*TOPIC.replace("users", "orders"), &TOPIC.replace("0a1b", "0a1c"), CLUSTER] {
        refused(&LetterText { stream, ..of_topic() }, REPLAY, "OTHER_STREAM");
    }
    refused(&LetterText { shard: "standard", ..of_queue() }, REPLAY, "NO_SHARD");
    for shard in ["", "x", "00", "-1", "shardId-000000000003"] {
        refused(&LetterText { shard, ..of_topic() }, REPLAY, "NO_SHARD");
    }
}

#[test]
fn without_a_seal_nothing_else_tells_whose_a_letter_is() {
    for letter in [of_queue(), of_topic()] {
        let letter = LetterText { sealed: false, ..letter };
        refused(&letter, REPLAY, "UNSEALED");
        let world = World::of(vec![body(&letter)]);
        assert_eq!(world.answer(FORCED)["replayed"], 1);
    }
}

#[test]
fn a_pointer_into_a_topic_is_not_followed() {
    for request in [REPLAY, FORCED] {
        refused(&LetterText { pointer: true, ..of_topic() }, request, "UNREADABLE");
    }
}

#[test]
fn a_record_in_the_bucket_is_all_there_is() {
    let letter = LetterText { bucket: Some("records"), ..of_queue() };
    let lost = World::of(vec![body(&letter)]);
    lost.with(|state| state.buckets = buckets("records"));
    let answer = lost.answer(REPLAY);
    assert_eq!(
        (&answer["failed"], &answer["letters"][0]["why"]["code"]),
        (&1.into(), &"RECORD_GONE".into())
    );

    let key = serde_json::from_str::<Value>(&body(&letter)).unwrap()["claimCheck"]["key"].clone();
    let place = ("records".to_owned(), key.as_str().unwrap().to_owned());
    let found = World::of(vec![body(&letter)]);
    found.with(|state| {
        state.buckets = buckets("records");
        state.objects.insert(place.clone(), letter.data.to_owned().into());
    });
    assert_eq!(found.answer(REPLAY)["replayed"], 1);

    let other = World::of(vec![body(&letter)]);
    other.with(|state| {
        state.buckets = buckets("records");
        state.objects.insert(place, "{}".into());
    });
    let refused = other.answer(REPLAY)["letters"][0]["refused"].clone();
    assert!(refused.as_str().unwrap().starts_with("OTHER_OBJECT: "), "{refused}");
}
