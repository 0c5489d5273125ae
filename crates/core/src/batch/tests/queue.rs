//! Queues, and what differs where records don't come from a stream.

use std::{io::Write as _, time::Duration};

use serde_json::{Value, json};

use super::world::{BusDoes, World, record};
use crate::{
    batch::{Batch, QueueMessage, Report, Room},
    dead_letter::read,
    delivery::{BusCode, CallErrorKind},
    record::{RawRecord, SequenceNumber, Shard},
    testing::{self, raw},
};

const STANDARD: &str = "arn:aws:sqs:us-east-1:123456789012:rows";
const FIFO: &str = "arn:aws:sqs:us-east-1:123456789012:rows.fifo";
const TOPIC: &str = "arn:aws:kafka:us-east-1:123456789012:topic/c/0a1b/rows";

fn queue(arn: &str) -> Shard {
    let id = if arn == FIFO { "fifo" } else { "standard" };
    Shard { stream_arn: arn.into(), id: id.into() }
}

/// Messages out of words, numbered from 1: `g:a1` is of the message group `g`, `a1` of none.
fn messages(words: &str) -> Vec<QueueMessage> {
    let message = |(number, word): (u64, &str)| match word.split_once(':') {
        Some((group, word)) => {
            QueueMessage { record: record(number, word), group: Some(group.into()) }
        }
        None => QueueMessage { record: record(number, word), group: None },
    };
    (1..).zip(words.split_whitespace()).map(message).collect()
}

fn deliver(world: &mut World, arn: &str, messages: Vec<QueueMessage>) -> Report {
    let batch = Batch::of_queue(queue(arn), messages, &world.pipeline, &world.settings.clone());
    world.run(batch)
}

/// Delivers the words and expects these labels accepted, in this order, and these messages (from 1)
/// reported.
fn check(world: &mut World, words: &str, accepted: &str, reported: &[usize]) -> Report {
    world.accepted.clear();
    let arn = if words.contains(':') { FIFO } else { STANDARD };
    let report = deliver(world, arn, messages(words));
    let found: Vec<usize> = report.unsettled_messages.iter().map(|index| index + 1).collect();
    assert_eq!((&*world.accepted.join(" "), &*found), (accepted, reported), "{words}");
    assert_eq!((world.reads, world.writes), (0, 0), "a queue has no ledger");
    report
}

fn refuse(labels: &'static [&'static str]) -> World {
    let mut world = World::new();
    world.judge = Box::new(move |seen, _| {
        labels.contains(&seen).then(|| BusCode::parse("ThrottlingException"))
    });
    world
}

#[test]
fn each_message_that_is_not_settled_is_reported_and_no_other() {
    check(&mut World::new(), "a1 b1 ~ ?", "a1 b1", &[]);
    check(&mut refuse(&["b1", "d1"]), "a1 b1 c1 d1 e1", "a1 c1 e1", &[2, 4]);
    // Of one row, the later one waits for the earlier one, group or none.
    check(&mut refuse(&["a1"]), "a1 a2 b1", "b1", &[1, 2]);
    // Of an aggregate, one part that is not settled.
    check(&mut refuse(&["b1"]), "a1+b1+c1 d1", "a1 c1 d1", &[1]);
}

#[test]
fn a_message_group_stops_at_its_first_failure_and_others_go_on() {
    check(&mut World::new(), "g:a1 h:c1 g:b1", "a1 c1 b1", &[]);
    check(&mut refuse(&["b1"]), "g:a1 g:b1 h:d1 g:c1 h:e1 g:~", "a1 d1 e1", &[2, 4, 6]);
    // A letter that is confirmed is no failure, one that is not is.
    check(&mut World::new(), "g:? g:a1", "a1", &[]);
    let mut world = World::new();
    world.queue_fails = 3;
    check(&mut world, "g:? g:a1 h:b1", "b1", &[1, 2]);
}

#[test]
fn one_event_of_a_group_is_under_way_at_a_time() {
    let mut world = World::new();
    world.bus = Box::new(|request| match request {
        1 => BusDoes::Fail(CallErrorKind::Unavailable),
        _ => BusDoes::Judge,
    });
    world.pick = Box::new(|out| out - 1);
    check(&mut world, "g:a1 g:b1 h:c1 g:d1", "a1 c1 b1 d1", &[]);
    assert_eq!(world.requests, 4);
}

#[test]
fn what_there_is_no_time_for_is_reported() {
    let mut world = World::new();
    world.left = Duration::ZERO;
    let report = check(&mut world, "a1 ~ b1", "", &[1, 3]);
    assert!(report.stopped_at_deadline);
    let mut world = World::new();
    world.left = Duration::ZERO;
    check(&mut world, "g:a1 h:~ g:~ g:b1", "", &[1, 3, 4]);
}

fn order(world: &mut World, arn: &str, data: &str) -> Value {
    let message = QueueMessage { record: raw(7, "", data.to_owned()), group: Some("g".into()) };
    world.details.clear();
    deliver(world, arn, vec![message]);
    world.details[0]["metadata"]["order"].clone()
}

#[test]
fn order_is_the_groups_where_there_are_groups_and_none_where_nothing_tells_it() {
    let world = &mut World::new();
    let native = testing::update("a", 1);
    assert_eq!(order(world, FIFO, &native), "fifo:00000000000000000007:000000:000000");
    assert_eq!(order(world, STANDARD, &native), json!(null));
    // The source's own order is its own, whatever brings it.
    let lsn =
        r#"{"op":"c","after":{"id":"a"},"source":{"table":"t","connector":"postgresql","lsn":7}}"#;
    for arn in [FIFO, STANDARD] {
        assert_eq!(order(world, arn, lsn), "lsn:00000000000000000007");
    }
    let message = QueueMessage {
        record: RawRecord {
            number: SequenceNumber::parse(&"9".repeat(21)).unwrap(),
            ..raw(1, "", native)
        },
        group: None,
    };
    world.details.clear();
    deliver(world, FIFO, vec![message]);
    assert_eq!(world.details[0]["metadata"]["order"], json!(null), "of another width");
}

const UNLISTED: &str = r#"{"table":"nobody","operation":"INSERT","after":{"id":"a"}}"#;

fn unlisted() -> Vec<QueueMessage> {
    vec![QueueMessage { record: raw(1, "", UNLISTED), group: None }]
}

#[test]
fn what_a_queue_would_forget_goes_to_the_bucket() {
    let mut world = World::with_buckets();
    let report = deliver(&mut world, STANDARD, unlisted());
    assert_eq!((&*report.unsettled_messages, report.unheld), (&[][..], 0));
    assert_eq!(world.letters[0]["claimCheck"]["bucket"], "records");
    assert!(!world.bodies[0].contains("\"nobody\",\"operation\""), "copied nowhere else");

    // The letter is replayed once its table has rules, with the queue's own order and id.
    let letter = read(&world.bodies[0]).unwrap();
    let bytes = world.object(letter.claim_check().unwrap()).unwrap().clone();
    let replayable = letter.replayable_of(STANDARD, bytes).unwrap();
    let listed = testing::CONFIG.replace("  t:", "  nobody:");
    world.pipeline.rules = testing::pipeline_of(&listed).rules;
    world.pipeline.event_source = "cdc-pipeline".into();
    let replayed = world.replay_these(vec![replayable]);
    assert_eq!((replayed.accepted, replayed.unheld), (1, 0));
    let first = world.details.pop().unwrap();
    deliver(&mut world, STANDARD, unlisted());
    let again = world.details.pop().unwrap();
    assert_eq!(first["metadata"]["eventId"], again["metadata"]["eventId"]);
    assert_eq!(first["metadata"]["order"], again["metadata"]["order"]);
}

#[test]
fn without_a_bucket_a_queue_keeps_what_no_letter_can_hold() {
    let mut world = World::new();
    let report = deliver(&mut world, STANDARD, unlisted());
    assert_eq!((&*report.unsettled_messages, report.unheld), (&[0][..], 1));
    assert_eq!((world.letters.len(), report.unburied), (0, 1));
    // The same where the dead-letter queue takes less than SQS does.
    let mut world = World::new();
    world.queue_bytes_max = 100;
    let report = check(&mut world, "? a1", "a1", &[1]);
    assert_eq!((world.letters.len(), report.unheld), (0, 1));
}

#[test]
fn a_topic_keeps_what_a_letter_only_points_to() {
    let deliver = |world: &mut World| {
        let topic = Shard { stream_arn: TOPIC.into(), id: "0".into() };
        let delivery = vec![raw(1, "", UNLISTED)];
        let settings = world.settings.clone();
        let batch = Batch::new(topic, delivery, &world.pipeline, settings, "r");
        world.run(batch)
    };
    let mut world = World::new();
    assert_eq!(deliver(&mut world).failed_from, None);
    assert_eq!(world.letters[0]["originalPointer"]["stream"], TOPIC);
    let mut world = World::with_buckets();
    assert_eq!(deliver(&mut world).failed_from, None);
    assert_eq!(world.letters[0]["claimCheck"]["bucket"], "records");
}

#[test]
fn batches_of_one_invocation_share_what_it_may_take() {
    // 31 MiB of blanks each, which are a tombstone: eight of them fit into what a batch may take.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&vec![b' '; 31 << 20]).unwrap();
    let bomb = gzip.finish().unwrap();
    let bombs = |count| (1..=count).map(|number| raw(number, "", bomb.clone())).collect();
    let (mut world, mut room) = (World::new(), Room::default());
    let mut failed_from = |count| {
        let (delivery, settings) = (bombs(count), world.settings.clone());
        let shard = testing::shard();
        world
            .run(Batch::within(&mut room, shard, delivery, &world.pipeline, settings, "r"))
            .failed_from
    };
    assert_eq!(failed_from(6), None);
    assert_eq!(failed_from(6), Some(3.into()));
    assert_eq!(failed_from(1), Some(1.into()));
}

#[test]
fn a_batch_that_there_is_no_time_for_is_reported_whole() {
    let world = World::new();
    let settings = world.settings.clone();
    let delivery = vec![raw(5, "", testing::update("a", 1)), raw(6, "", r#"{"ts_ms":1}"#)];
    let batch = Batch::new(testing::shard(), delivery, &world.pipeline, settings, "r");
    assert_eq!(batch.time_to_begin(), Duration::from_secs(15));
    let report = batch.not_begun();
    assert_eq!(report.failed_from, Some(5.into()));
    assert!(report.stopped_at_deadline);
    let counts = report.counts();
    assert_eq!((counts.unsettled, counts.published, counts.suppressed), (1, 0, 0));
}
