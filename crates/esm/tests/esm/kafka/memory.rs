//! The cluster in memory: what it takes, where it puts it, and what it gives back.

use std::num::NonZeroU32;

use bytes::Bytes;
use cdc_esm::{
    kafka::{
        ListedPartition, TopicReader,
        memory::{NewRecord, PARTITIONS_MAX, RECORD_BYTES_MAX, Refused, Topics},
    },
    virtual_time::VirtualClock,
};

use super::world::partition;
use crate::world::{HOUR, clock};

fn cluster(partitions: u32) -> (Topics<VirtualClock>, VirtualClock) {
    let clock = clock(1);
    let topics = Topics::new(clock.clone());
    topics.create("t", NonZeroU32::new(partitions).unwrap()).unwrap();
    (topics, clock)
}

fn keyed(key: &'static str) -> NewRecord {
    NewRecord { key: Some(Bytes::from_static(key.as_bytes())), ..NewRecord::default() }
}

fn on(partition: u32) -> NewRecord {
    NewRecord { partition: Some(partition), ..NewRecord::default() }
}

/// The offsets of a page, where it reads on, and where the partition ends.
fn read(
    topics: &Topics<VirtualClock>,
    clock: &VirtualClock,
    offset: u64,
    most: usize,
) -> (Vec<u64>, u64, u64) {
    let id = partition("t-0");
    let page = clock.run(topics.read(&id, offset, most), HOUR).unwrap().unwrap();
    (page.records.iter().map(|record| record.offset).collect(), page.next, page.end)
}

#[test]
fn records_with_a_key_lie_together_and_those_without_take_turns() {
    let (topics, _) = cluster(3);
    let places = ["abc", "21", "abc", "foobar", "21"].map(keyed);
    let places = places.map(|record| topics.append("t", record).unwrap());
    let of_abc = [&places[0], &places[2]].map(|(partition, _)| partition.clone());
    assert_eq!(of_abc[0], of_abc[1]);
    assert!(places[2].1 > places[0].1);
    let (topics, _) = cluster(2);
    let turns = [(); 3].map(|()| topics.append("t", NewRecord::default()).unwrap());
    assert_eq!(turns.map(|(id, offset)| format!("{id}:{offset}")), ["t-0:0", "t-1:0", "t-0:1"]);
    let (named, offset) = topics.append("t", on(1)).unwrap();
    assert_eq!((named.partition, offset), (1, 1));
}

#[test]
fn a_read_goes_from_an_offset_on_and_says_where_the_end_is() {
    let (topics, clock) = cluster(1);
    assert_eq!(read(&topics, &clock, 0, 10), (vec![], 0, 0));
    for _ in 0..5 {
        topics.append("t", NewRecord::default()).unwrap();
    }
    assert_eq!(read(&topics, &clock, 0, 2), (vec![0, 1], 2, 5));
    assert_eq!(read(&topics, &clock, 2, 10), (vec![2, 3, 4], 5, 5));
    assert_eq!(read(&topics, &clock, 5, 10), (vec![], 5, 5));
}

#[test]
fn what_was_deleted_is_left_out_and_offsets_go_on() {
    let (topics, clock) = cluster(1);
    let id = partition("t-0");
    for _ in 0..4 {
        topics.append("t", NewRecord::default()).unwrap();
    }
    topics.delete_before(&id, 3).unwrap();
    topics.delete_before(&id, 1).unwrap();
    assert_eq!(read(&topics, &clock, 0, 10), (vec![3], 4, 4));
    assert_eq!(topics.list(), [ListedPartition { id: id.clone(), first: 3, end: 4 }]);
    topics.delete_before(&id, 4).unwrap();
    assert_eq!(read(&topics, &clock, 0, 10), (vec![], 4, 4));
    assert_eq!(topics.append("t", NewRecord::default()).unwrap().1, 4);
    assert_eq!(topics.delete_before(&id, 6), Err(Refused::OffsetOutOfRange));
}

#[test]
fn what_kafka_refuses_is_refused() {
    let (topics, _) = cluster(2);
    let create = |name: &str, partitions| {
        topics.create(name, NonZeroU32::new(partitions).unwrap()).unwrap_err()
    };
    for name in ["", ".", "..", "a b", "ä", &"x".repeat(250)] {
        assert_eq!(create(name, 1), Refused::TopicName, "{name:?}");
    }
    assert_eq!(create("t", 1), Refused::TopicExists);
    assert_eq!(create("many", PARTITIONS_MAX + 1), Refused::TooManyPartitions);
    let unknown = Err(Refused::UnknownTopicOrPartition);
    assert_eq!(topics.append("u", NewRecord::default()), unknown);
    assert_eq!(topics.append("t", on(2)), unknown);
    let value = |bytes| NewRecord { value: Some(vec![0; bytes].into()), ..NewRecord::default() };
    assert!(topics.append("t", value(RECORD_BYTES_MAX)).is_ok());
    assert_eq!(topics.append("t", value(RECORD_BYTES_MAX + 1)), Err(Refused::RecordTooLarge));
}
