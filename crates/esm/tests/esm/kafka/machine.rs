//! The state machine by hand, where the run through the driver would hide the order of things.

use bytes::Bytes;
use cdc_esm::kafka::{
    ConsumerId, Event, ListedPartition, Mapping, Outcome, Page, Plan, Step, TopicPartition,
};

use super::world::{partition, positions, record, report, settings, source};
use crate::world::at;

const CONSUMER: ConsumerId = ConsumerId(0);

/// A mapping whose only partition is being read.
fn mapping() -> (Mapping, TopicPartition) {
    let settings = settings().check().unwrap();
    let mut mapping = Mapping::new(settings, source(), Plan::default(), at(0));
    let id = partition("t-0");
    assert_eq!(step(&mut mapping, 0), Step::ListPartitions);
    mapping.listed(vec![ListedPartition { id: id.clone(), first: 0, end: 3 }], at(0));
    assert_eq!(step(&mut mapping, 0), read_from(&id, 0));
    (mapping, id)
}

fn read_from(id: &TopicPartition, offset: u64) -> Step {
    Step::Read { partition: id.clone(), offset, records_max: 100 }
}

fn page(id: &TopicPartition, offsets: &[u64], next: u64, end: u64) -> Page {
    let records = offsets.iter().map(|offset| record(id, *offset, 0, 1)).collect();
    Page { records, next, end }
}

/// The next step that is no report.
fn step(mapping: &mut Mapping, now: i64) -> Step {
    loop {
        match mapping.next(at(now)) {
            Step::Report(_) => {}
            step => return step,
        }
    }
}

#[test]
fn one_batch_of_a_consumer_is_under_way_and_its_outcome_is_told() {
    let (mut mapping, id) = mapping();
    mapping.read(&id, page(&id, &[0, 1, 2], 3, 3), at(0));
    assert_eq!(step(&mut mapping, 10), Step::Invoke(CONSUMER));
    assert_eq!(step(&mut mapping, 200), read_from(&id, 3));
    mapping.read(&id, page(&id, &[3], 4, 4), at(200));
    assert!(matches!(step(&mut mapping, 300), Step::Wait(_)), "nothing overtakes");
    assert_eq!(mapping.batch(CONSUMER).len(), 3);

    mapping.answered(CONSUMER, Ok(report(&["t-0:2"])), at(300), |most| most);
    let Step::Report(Event::Delivered(delivery)) = mapping.next(at(300)) else { panic!("told") };
    assert_eq!(delivery.outcome, Outcome::Partial { settled: 2, from: positions("t-0:2") });
    assert_eq!((delivery.records, delivery.attempt, delivery.pass), (3, 1, 0));
    let committed = Event::Committed { partition: id, position: 2 };
    assert_eq!(mapping.next(at(300)), Step::Report(committed));
}

#[test]
fn an_answer_nobody_waits_for_changes_nothing() {
    let (mut mapping, id) = mapping();
    for consumer in [CONSUMER, ConsumerId(7)] {
        mapping.answered(consumer, Ok(Bytes::new()), at(0), |most| most);
    }
    assert_eq!(mapping.summary().counts.deliveries, 0);
    mapping.read(&id, page(&id, &[0], 1, 1), at(0));
    assert_eq!(step(&mut mapping, 10), Step::Invoke(CONSUMER));
    mapping.answered(CONSUMER, Ok(Bytes::new()), at(10), |most| most);
    mapping.answered(CONSUMER, Ok(Bytes::new()), at(10), |most| most);
    let summary = mapping.summary();
    assert_eq!((summary.counts.deliveries, summary.counts.settled), (1, 1));
}

#[test]
fn a_wake_during_a_read_that_may_have_missed_it_reads_once_more() {
    let (mut mapping, id) = mapping();
    mapping.wake(at(0));
    mapping.read(&id, page(&id, &[], 0, 0), at(0));
    assert_eq!(step(&mut mapping, 0), Step::ListPartitions);
    assert!(!mapping.is_caught_up(), "something may have come");
    assert_eq!(step(&mut mapping, 0), read_from(&id, 0));
    mapping.read(&id, page(&id, &[], 0, 0), at(0));
    assert!(matches!(step(&mut mapping, 0), Step::Wait(_)), "then it idles");
    assert!(mapping.is_caught_up());
}

#[test]
fn what_a_reader_brings_again_is_not_delivered_again() {
    let (mut mapping, id) = mapping();
    mapping.read(&id, page(&id, &[0, 1], 2, 4), at(0));
    assert_eq!(step(&mut mapping, 0), read_from(&id, 2));
    mapping.read(&id, page(&id, &[0, 1, 2], 2, 4), at(0));
    assert_eq!(step(&mut mapping, 0), read_from(&id, 3));
    mapping.read(&id, page(&id, &[], 1, 4), at(0));
    assert_eq!(step(&mut mapping, 10), Step::Invoke(CONSUMER));
    let offsets: Vec<_> = mapping.batch(CONSUMER).iter().map(|record| record.offset).collect();
    assert_eq!(offsets, [0, 1, 2]);
    assert_eq!(step(&mut mapping, 10), read_from(&id, 3));
}

#[test]
fn a_new_partition_goes_to_the_consumer_with_the_fewest_and_is_read_from_its_start() {
    use cdc_esm::{StartPosition, kafka::Settings};
    let start = StartPosition::Latest;
    let settings = Settings { consumers: 2, start, ..settings() }.check().unwrap();
    let mut mapping = Mapping::new(settings, source(), Plan::default(), at(0));
    let listed = |name| ListedPartition { id: partition(name), first: 1, end: 5 };
    let mut started = Vec::new();
    for names in [&["t-0", "t-1", "t-2"][..], &["a-0", "t-0", "t-1", "t-2"]] {
        mapping.listed(names.iter().copied().map(listed).collect(), at(0));
        while let Step::Report(event) = mapping.next(at(0)) {
            if let Event::PartitionStarted { partition, consumer, position } = event {
                started.push(format!("{partition} {} {position}", consumer.0));
            }
        }
    }
    assert_eq!(started, ["t-0 0 5", "t-1 1 5", "t-2 0 5", "a-0 1 1"]);
}
