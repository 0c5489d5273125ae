//! The workload against the real decoder and the real pipeline.

mod hot;
mod moves;
mod poison;
mod truth;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
    time::Instant,
};

use cdc_core::{
    arena::Arena,
    claim_check::Buckets,
    envelope::{self, Context, Unit},
    json::Document,
    pipeline::{IdKey, Outgoing, Pipeline, Preparer, SkipReason, Work},
    record::{Position, Record, Shard},
    rules::Rules,
};
use jiff::ToSpan as _;

use super::*;

fn rules() -> Rules {
    Rules::compiled_in().unwrap().rules
}

fn start() -> Timestamp {
    "2024-01-15T10:30:00.123456Z".parse().unwrap()
}

/// The first records of a workload, a millisecond apart.
fn first(count: usize, seed: u64, options: WorkloadOptions) -> Vec<WorkloadRecord> {
    let mut workload = Workload::new(seed, options);
    (0..count).map(|index| workload.next(start() + (index as i64).milliseconds())).collect()
}

/// Calls `see` with each record's one unit.
fn each_unit(records: &[WorkloadRecord], mut see: impl FnMut(&WorkloadRecord, Unit<'_>)) {
    for record in records {
        let document =
            (!record.data.is_empty()).then(|| Document::parse(&record.data, Vec::new()).unwrap());
        let arena = Arena::default();
        let context = Context::documented(&arena);
        let mut units = envelope::decode(document.as_ref(), context).unwrap();
        assert_eq!(units.len(), 1);
        see(record, units.remove(0));
    }
}

/// The stream's one shard.
fn shard() -> Shard {
    let stream_arn = "arn:aws:kinesis:eu-central-1:000000000000:stream/test".into();
    Shard { stream_arn, id: "shardId-000000000000".into() }
}

/// With the project's own rules, which take a while to read.
fn pipeline() -> &'static Pipeline {
    static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline {
        rules: rules().into(),
        id_key: IdKey::new(&[7; 32]).unwrap(),
        event_source: "test".into(),
        replay: false,
        buckets: Buckets::default(),
    });
    &PIPELINE
}

/// What the pipeline makes of each record.
fn outcomes(records: &[WorkloadRecord]) -> Vec<Work> {
    let (pipeline, shard) = (pipeline(), shard());
    let mut preparer = Preparer::new(pipeline, &shard);
    let prepared = (1u64..).zip(records).map(|(number, record)| {
        let mut prepared = preparer
            .prepare(&Record {
                data: record.data.clone(),
                partition_key: record.partition_key.as_str().into(),
                position: Position { number: number.into(), sub_sequence: 0 },
                arrived: start() + 1.hour(),
                occurrence: 0,
                unplaced: false,
            })
            .unwrap();
        assert_eq!(prepared.units.len(), 1);
        prepared.units.remove(0).work
    });
    prepared.collect()
}

fn count<K: Ord>(keys: impl IntoIterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    keys.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let records = |seed| first(3000, seed, WorkloadOptions::default());
    assert_eq!(records(1), records(1));
    assert_ne!(records(1), records(2));
}

#[test]
fn the_first_records_show_every_table_and_every_envelope() {
    let (mut tables, mut envelopes) = (BTreeSet::new(), BTreeSet::new());
    each_unit(&first(500, 1, WorkloadOptions::default()), |_, unit| {
        if let Unit::Change(event) = unit {
            tables.insert(event.table.to_string());
            envelopes.insert(event.envelope.as_str());
        }
    });
    assert_eq!(tables, TABLES.iter().map(|table| table.name.to_owned()).collect());
    let configured = rules().tables().map(|table| table.name().to_owned()).collect();
    assert!(tables.is_subset(&configured), "{tables:?}");
    assert_eq!(envelopes, ["debezium", "dms", "native"].into());
}

#[test]
fn the_pipeline_buries_nothing_and_skips_what_is_no_change() {
    for seed in 0..4 {
        let records = first(4000, seed, WorkloadOptions::default());
        let mut published = 0;
        let mut skipped = Vec::new();
        for (record, work) in records.iter().zip(outcomes(&records)) {
            match work {
                Work::Publish(events) => {
                    let inside = |it: &Outgoing| !it.event.detail.get().contains("example$");
                    assert!(events.iter().all(inside), "password hashes stay inside");
                    published += 1;
                }
                Work::Skip(reason) => skipped.push(reason.as_str()),
                Work::Bury(failure) => panic!("seed {seed}: {failure} {:?}", record.data),
            }
        }
        let skipped = count(skipped);
        assert_eq!(
            skipped.keys().copied().collect::<Vec<_>>(),
            ["control", "heartbeat", "snapshot", "tombstone"]
        );
        assert!(skipped["tombstone"] > 50 && skipped["heartbeat"] > 2 && skipped["control"] > 6);
        assert!(published > 3500);
    }
}

#[test]
fn operations_come_in_believable_shares() {
    let mut operations = Vec::new();
    each_unit(&first(5000, 3, WorkloadOptions::default()), |_, unit| {
        if let Unit::Change(event) = unit {
            operations.push(event.change.operation().as_str());
        }
    });
    let shares = count(operations);
    let percent = |name: &str| shares[name] * 100 / 5000;
    assert!(
        percent("INSERT") > 10 && percent("UPDATE") > 50 && percent("DELETE") > 4,
        "{shares:?}"
    );
}

#[test]
fn a_delete_behind_debezium_is_followed_by_its_tombstone() {
    let records = first(5000, 4, WorkloadOptions::default());
    let mut expected = None;
    let mut tombstones = 0;
    each_unit(&records, |record, unit| {
        let tombstone = record.data.is_empty();
        assert_eq!(tombstone.then_some(&record.partition_key), expected.as_ref());
        tombstones += usize::from(tombstone);
        let leaves = matches!(&unit, Unit::Change(event)
            if event.envelope.as_str() == "debezium" && event.change.operation().as_str() == "DELETE");
        expected = leaves.then(|| record.partition_key.clone());
    });
    assert!(tombstones > 100);
}

#[test]
fn partition_keys_are_those_that_input_would_give() {
    let records = first(3000, 5, WorkloadOptions::default());
    let rules = rules();
    each_unit(&records, |record, unit| {
        if matches!(unit, Unit::Change(_)) {
            let read = input::read("x", &record.data, &rules).unwrap();
            assert_eq!(read[0].partition_key, record.partition_key);
            assert_eq!(read[0].data, record.data);
        }
    });
}

#[test]
fn sizes_are_kept_within_their_bounds() {
    let sizes = [(0, 0), (0, 1), (50, 5), (usize::MAX, usize::MAX)];
    for (loaded_rows, rows_per_table_max) in sizes {
        let options =
            WorkloadOptions { loaded_rows, rows_per_table_max, ..WorkloadOptions::default() };
        let mut workload = Workload::new(6, options);
        let records = (0..2000).map(|_| workload.next(start())).collect::<Vec<_>>();
        truth::check(&records);
        let max = rows_per_table_max.clamp(1, ROWS_PER_TABLE_MAX);
        assert!(workload.populations.iter().all(|population| population.len() <= max));
    }
    let edges = [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH];
    for now in edges {
        let mut workload = Workload::new(6, WorkloadOptions::default());
        (0..500).for_each(|_| drop(workload.next(now)));
    }
}

#[test]
fn numbered_changes_are_exactly_as_many_of_exactly_as_many_rows() {
    for (changes, rows) in [(10_000, 500), (500, 500), (7, 7), (3, 7), (5, 1), (0, 5), (5, 0)] {
        let records = changes_of_rows(7, changes, rows, start());
        let expected = if rows == 0 { 0 } else { changes };
        assert_eq!(records.len(), expected, "{changes} of {rows}");
        assert_eq!(records, changes_of_rows(7, changes, rows, start()));
        let mut counters = HashMap::new();
        each_unit(&records, |record, unit| {
            let Unit::Change(event) = unit else { panic!("a change") };
            let counter = counters.entry(record.partition_key.clone()).or_insert(0);
            *counter += 1;
            let columns = event.change.after().unwrap().columns();
            let status = columns.iter().find(|column| column.name == *"status").unwrap();
            let expected = format!("\"change-{counter}\"");
            assert!(status.value == cdc_core::event::ColumnValue::Json(&expected));
        });
        assert_eq!(counters.len(), expected.min(rows));
        assert!(outcomes(&records).iter().all(|work| matches!(work, Work::Publish(_))));
        truth::check(&records);
    }
}

#[test]
fn the_full_load_is_skipped_where_rules_say_so() {
    let records = first(200, 8, WorkloadOptions { loaded_rows: 3, ..WorkloadOptions::default() });
    let skipped = outcomes(&records)
        .into_iter()
        .filter(|work| matches!(work, Work::Skip(SkipReason::Snapshot)));
    assert_eq!(skipped.count(), 2 * 3, "sessions and queue_metrics");
}

/// Prints the rate (`--no-capture`, better with `--release`): a loaded machine must fail no test.
#[test]
fn the_rate_is_shown() {
    let started = Instant::now();
    let records = first(20_000, 9, WorkloadOptions::default());
    let seconds = started.elapsed().as_secs_f64();
    let bytes = records.iter().map(|record| record.data.len()).sum::<usize>();
    println!("{:.0} records/s of {} bytes", 20_000.0 / seconds, bytes / records.len());
}
