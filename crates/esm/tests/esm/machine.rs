//! The state machine by hand, where the run through the driver would hide the times.

use std::time::Duration;

use bytes::Bytes;
use cdc_esm::{
    Event, FunctionError, LaneId, Mapping, Outcome, Page, Plan, Settings, Shard, ShardId, Step,
};

use crate::world::{at, record, report, source};

fn mapping() -> (Mapping, LaneId) {
    let mut mapping =
        Mapping::new(Settings::default().check().unwrap(), source(), Plan::default(), at(0));
    let shard = ShardId::new("a");
    assert_eq!(step(&mut mapping, 0), Step::ListShards);
    mapping.listed(vec![Shard { id: shard.clone(), parents: vec![] }], at(0));
    assert!(matches!(step(&mut mapping, 0), Step::Read { .. }));
    let records = (1..=3).map(|number| record(number, 0, 1)).collect();
    mapping.read(&shard, Page { records, ..Page::default() }, at(0));
    (mapping, LaneId { shard, lane: 0 })
}

/// The next step that is no report and no read.
fn step(mapping: &mut Mapping, now: i64) -> Step {
    loop {
        match mapping.next(at(now)) {
            Step::Report(_) => {}
            step => return step,
        }
    }
}

/// Answers the invocation, and tells when the next one is due; every pause is the longest there is.
fn due_after(mapping: &mut Mapping, lane: &LaneId, answer: Result<Bytes, FunctionError>) -> i64 {
    let mut now = 0;
    loop {
        match step(mapping, now) {
            Step::Invoke(_) => break,
            Step::Read { shard, .. } => mapping.read(&shard, Page::default(), at(now)),
            _ => now += 1,
        }
    }
    mapping.answered(lane, answer, at(now), |most| most);
    let mut later = now;
    while !matches!(mapping.next(at(later)), Step::Invoke(_)) {
        later += 1;
    }
    mapping
        .answered(lane, Err(FunctionError::NotInvoked("".into())), at(later), |_| Duration::ZERO);
    later - now
}

#[test]
fn pauses_grow_with_failures_and_start_small_again_when_the_head_moves() {
    let fail = || Err(FunctionError::Failed("".into()));
    let (mut mapping, lane) = mapping();
    // Each look at the next attempt answers it "not invoked", which counts for the pause.
    assert_eq!(due_after(&mut mapping, &lane, fail()), 100);
    assert_eq!(due_after(&mut mapping, &lane, fail()), 400);
    assert_eq!(due_after(&mut mapping, &lane, Ok(report(&["1"]))), 1_600);
    assert_eq!(due_after(&mut mapping, &lane, Ok(report(&["2"]))), 100, "the head moved");
}

#[test]
fn one_batch_of_a_lane_is_under_way_and_its_event_is_told() {
    let (mut mapping, lane) = mapping();
    assert_eq!(step(&mut mapping, 0), Step::Invoke(lane.clone()));
    let Step::Read { shard, .. } = step(&mut mapping, 0) else { panic!("reads ahead") };
    mapping.read(&shard, Page { records: vec![record(4, 0, 1)], ..Page::default() }, at(0));
    let Step::Read { .. } = step(&mut mapping, 0) else { panic!("reads ahead") };
    assert_eq!(step(&mut mapping, 0), Step::Wait(None));
    assert_eq!(mapping.batch(&lane).len(), 3);

    mapping.answered(&lane, Ok(report(&["3"])), at(5), |most| most);
    let Step::Report(Event::Delivered(delivery)) = mapping.next(at(5)) else { panic!("told") };
    let from = record(3, 0, 0).sequence;
    assert_eq!(delivery.outcome, Outcome::Partial { settled: 2, from });
    assert_eq!((delivery.records, delivery.attempt, delivery.pass), (3, 1, 0));
}

#[test]
fn an_answer_nobody_waits_for_changes_nothing() {
    let (mut mapping, lane) = mapping();
    mapping.answered(&lane, Ok(Bytes::new()), at(0), |most| most);
    assert_eq!(mapping.summary().deliveries, 0);
    assert_eq!(step(&mut mapping, 0), Step::Invoke(lane.clone()));
    mapping.answered(&lane, Ok(Bytes::new()), at(0), |most| most);
    mapping.answered(&lane, Ok(Bytes::new()), at(0), |most| most);
    assert_eq!(mapping.summary().deliveries, 1);
}

#[test]
fn a_wake_during_a_read_that_may_have_missed_it_reads_once_more() {
    let (mut mapping, lane) = mapping();
    mapping.next(at(0));
    while let Step::Report(_) | Step::Invoke(_) = mapping.next(at(0)) {}
    mapping.wake(at(0));
    mapping.read(&lane.shard, Page::default(), at(0));
    assert!(matches!(step(&mut mapping, 0), Step::Read { .. }));
    mapping.read(&lane.shard, Page::default(), at(0));
    assert!(matches!(step(&mut mapping, 0), Step::Wait(_)), "then it idles");
}

#[test]
fn a_shard_that_ends_while_the_shards_are_listed_has_them_listed_again() {
    let settings = Settings::default().check().unwrap();
    let mut mapping = Mapping::new(settings, source(), Plan::default(), at(0));
    let shards = ["a", "b"].map(|name| Shard { id: ShardId::new(name), parents: vec![] });
    assert_eq!(step(&mut mapping, 0), Step::ListShards);
    mapping.listed(shards.to_vec(), at(0));
    for _ in &shards {
        assert!(matches!(step(&mut mapping, 0), Step::Read { .. }));
    }
    let end = || Page { end_of_shard: true, ..Page::default() };
    mapping.read(&shards[0].id, end(), at(0));
    assert_eq!(step(&mut mapping, 0), Step::ListShards);
    mapping.read(&shards[1].id, end(), at(0));
    assert_eq!(step(&mut mapping, 0), Step::Wait(None));
    mapping.listed(shards.to_vec(), at(0));
    assert_eq!(step(&mut mapping, 0), Step::ListShards);
    mapping.listed(shards.to_vec(), at(0));
    assert_eq!(step(&mut mapping, 0), Step::Wait(None));
}
