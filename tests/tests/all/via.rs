//! The same records through a queue and through a topic: the real function under the mapping of each.

use std::collections::{HashMap, HashSet};

use cdc_local::{
    run::Via,
    workload::{WorkloadRecord, changes_of_rows},
};
use serde_json::{Value, json};

use crate::world::{Ran, World};

const CHANGES: usize = 500;
const ROWS: usize = 50;
const USERS: &str = "  users: {keys: [id], include: [\"*\"]}\n";

/// Changes of a few rows, a record that nobody can decode, and one of a table that nobody listed.
fn records() -> Vec<u8> {
    let now = "2024-01-15T10:30:00Z".parse().unwrap();
    let mut lines: Vec<String> = changes_of_rows(7, CHANGES, ROWS, now).iter().map(line).collect();
    lines.insert(20, "{\"no\":\"envelope\"}".to_owned());
    lines.insert(
        200,
        "{\"table\":\"salaries\",\"operation\":\"INSERT\",\"after\":{\"id\":1}}".to_owned(),
    );
    lines.push(json!({"kinesis": {"partitionKey": "k", "data": ""}}).to_string());
    lines.join("\n").into_bytes()
}

fn line(record: &WorkloadRecord) -> String {
    let data = base64_simd::STANDARD.encode_to_string(&record.data);
    json!({"kinesis": {"partitionKey": record.partition_key, "data": data}}).to_string()
}

/// The events of each row have ever higher orders of that kind.
fn assert_in_order(ran: &Ran, kind: &str) {
    let mut last: HashMap<String, String> = HashMap::new();
    let mut seen = HashSet::new();
    for event in ran.events() {
        let metadata = &event["detail"]["metadata"];
        let id = metadata["eventId"].as_str().unwrap().to_owned();
        if !seen.insert(id) {
            continue;
        }
        let order = metadata["order"].as_str().unwrap().to_owned();
        assert!(order.starts_with(kind), "{order}");
        let row = event["detail"]["keys"].to_string();
        let before = last.insert(row, order.clone());
        assert!(before.is_none_or(|before| before < order), "{order} out of order");
    }
    assert_eq!(last.len(), ROWS);
}

fn codes(ran: &Ran) -> Vec<String> {
    let code = |letter: &Value| letter["error"]["code"].as_str().unwrap().to_owned();
    let mut codes: Vec<String> = ran.letters().iter().map(code).collect();
    codes.sort();
    codes
}

const OUTCOME: &str = "records 503, published 500, skipped tombstone 1, dead PARSE_ERROR 1, \
                       dead VALIDATION_ERROR 1";

#[test]
fn a_queue_keeps_the_order_of_its_groups_and_remembers_nothing() {
    let world = World { via: Via::Sqs, batch_size: 10, shards: 4, ..World::new(USERS) };
    let ran = world.run("queue", records());
    assert_eq!(ran.outcome(), OUTCOME);
    assert_in_order(&ran, "fifo:");
    assert_eq!(codes(&ran), ["PARSE_ERROR", "VALIDATION_ERROR"]);
    assert!(ran.finished.summary.checkpoints.is_empty());

    // Delivered again is published again: with the ids that the events had.
    let twice = World { redeliver: 1, ..world }.run("queue", records());
    let summary = &twice.finished.summary;
    assert_eq!((summary.published, summary.duplicates), (1000, 500));
    assert_eq!(summary.suppressed, 0);
}

#[test]
fn a_topic_goes_the_way_of_the_stream() {
    let world = World { via: Via::Kafka, shards: 3, redeliver: 1, ..World::new(USERS) };
    let ran = world.run("topic", records());
    assert_in_order(&ran, "shard:");
    assert_eq!(codes(&ran), ["PARSE_ERROR", "VALIDATION_ERROR"]);
    let summary = &ran.finished.summary;
    // The second time the ledger has them all.
    assert_eq!((summary.published, summary.suppressed, summary.duplicates), (500, 502, 0));
    assert_eq!(summary.skipped["tombstone"], 2);
    let read: u64 = summary.checkpoints.values().map(|at| at.parse::<u64>().unwrap() + 1).sum();
    assert_eq!((summary.checkpoints.len(), read), (3, 503), "{:?}", summary.checkpoints);
}

#[test]
fn what_fails_on_the_way_is_delivered_again() {
    for via in [Via::Sqs, Via::Kafka] {
        let faults = vec!["put-events=throttle:entry:0.2", "function=throttle:0.1"];
        let world = World { via, faults, batch_size: 10, ..World::new(USERS) };
        let ran = world.run("troubled", records());
        assert_eq!(ran.outcome(), OUTCOME, "{via:?}");
        assert_in_order(&ran, if via == Via::Sqs { "fifo:" } else { "shard:" });
        assert!(!ran.finished.summary.troubles.is_empty(), "nothing was throttled");
        assert_eq!(ran.finished.summary.duplicates, 0, "{via:?}");
    }
}
