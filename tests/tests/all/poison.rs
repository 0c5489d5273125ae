//! Poison in the workload: dead letters of every kind, and the rest goes on as if there were none.

use cdc_local::workload::{Workload, WorkloadOptions, WorkloadRecord};
use serde_json::json;

use crate::world::{Ran, World};

const RECORDS: usize = 600;

/// The first records of a workload.
fn records(poison: f64, count: usize) -> Vec<WorkloadRecord> {
    let now = "2024-01-15T10:30:00Z".parse().unwrap();
    let mut workload = Workload::new(5, WorkloadOptions { poison, ..WorkloadOptions::default() });
    (0..count).map(|_| workload.next(now)).collect()
}

fn run(name: &str, records: &[WorkloadRecord]) -> Ran {
    let line = |record: &WorkloadRecord| {
        let data = base64_simd::STANDARD.encode_to_string(&record.data);
        json!({"kinesis": {"partitionKey": record.partition_key, "data": data}}).to_string()
    };
    let lines: Vec<String> = records.iter().map(line).collect();
    World::compiled_in().run(name, lines.join("\n").into_bytes())
}

#[test]
fn poison_is_buried_and_everything_else_is_published_as_without_it() {
    let mixed = records(0.25, RECORDS);
    let clean = records(0.0, RECORDS);
    let mut others = clean.iter().peekable();
    let poison = mixed.iter().filter(|record| others.next_if_eq(record).is_none()).count();
    let ran = run("mixed", &mixed);
    let without = run("clean", &clean[..RECORDS - poison]);
    let summary = &ran.finished.summary;
    assert_eq!(summary.published, without.finished.summary.published);
    assert_eq!(summary.skipped, without.finished.summary.skipped);
    assert_eq!(summary.wanting(), poison as u64, "{summary:?}");
    let codes: Vec<&str> = summary.dead_lettered.keys().map(String::as_str).collect();
    assert_eq!(codes, ["PARSE_ERROR", "VALIDATION_ERROR"]);
    check_letters(&ran, poison);
    let events = ran.finished.events.join("\n");
    for value in ["@example", "555-01", "\"000-"] {
        assert!(!events.contains(value), "{value} is published");
    }
}

/// One letter a record, every kind of original among them, and no row of a table nobody listed.
fn check_letters(ran: &Ran, poison: usize) {
    let letters = ran.letters();
    assert_eq!(letters.len(), poison);
    for original in ["originalEvent", "originalData", "originalPointer"] {
        assert!(letters.iter().any(|letter| !letter[original].is_null()), "no {original}");
    }
    let unlisted: Vec<_> =
        letters.iter().filter(|letter| letter["table"] == "users_copy_20240115").collect();
    assert!(!unlisted.is_empty());
    assert!(unlisted.iter().all(|letter| !letter["originalPointer"].is_null()));
}
