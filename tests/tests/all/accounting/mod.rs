//! The account under faults: nothing lost, each row in order, and only those duplicates that a kill, a
//! lost answer or a failed ledger write explains, as many as the summary says.
//!
//! `cargo run --release -p cdc-tests --example accounting` does the same at full size.

mod run;

use std::collections::HashSet;

use run::{Wanted, run};

use crate::{
    fixtures::{DMS_TABLES, without_keys},
    world::{World, fixture},
};

const CHANGES: usize = 2_000;
const ROWS: usize = 100;
/// Small, so that there are invocations enough for rare faults to strike.
const BATCH_SIZE: u32 = 25;
/// As many lanes a shard as there can be.
const PARALLELIZATION: u32 = 10;
const SEEDS: [u64; 2] = [1, 2];

const THROTTLED: &str = "put-events=throttle:entry:0.2";
const UNCLAIMED: &str = "ledger-write=fail:0.1";
const KILLED: &str = "function=kill:0.05";
const UNBURIED: &str = "dead-letter=fail:0.2";

/// Runs with these faults under every seed; how many duplicates there were in all.
fn check(faults: &[&str]) -> u64 {
    SEEDS.into_iter().map(|seed| run(&Wanted { seed, ..wanted(faults) }).duplicates).sum()
}

fn wanted<'w>(faults: &'w [&'w str]) -> Wanted<'w> {
    Wanted {
        changes: CHANGES,
        rows: ROWS,
        batch_size: BATCH_SIZE,
        parallelization: PARALLELIZATION,
        faults,
        seed: SEEDS[0],
    }
}

#[test]
fn throttled_entries_cost_no_duplicate() {
    assert_eq!(check(&[THROTTLED]), 0);
}

#[test]
fn failed_ledger_writes_cost_duplicates_only_of_what_is_delivered_again() {
    // A batch that settles is not delivered again, claimed or not.
    assert_eq!(check(&[UNCLAIMED]), 0);
    check(&["ledger-write=fail", "function=lose-answer:0.1"]);
}

#[test]
fn kills_cost_duplicates() {
    assert!(check(&[KILLED]) > 0, "no kill between the bus's answer and the claims");
}

#[test]
fn failed_burials_cost_no_duplicate() {
    assert_eq!(check(&[UNBURIED]), 0);
}

#[test]
fn all_of_it_together() {
    check(&[THROTTLED, UNCLAIMED, KILLED, UNBURIED]);
}

#[test]
fn invocations_that_end_early_and_heard_cost_no_duplicate() {
    let faults = [
        "function=throttle:0.1",
        "function=fail:0.1",
        "function=slow:0.03",
        "function=deadline:0.2",
        "dead-letter=throttle:entry:0.3",
    ];
    assert_eq!(check(&faults), 0);
}

#[test]
fn lost_answers_cost_duplicates() {
    let faults = [
        "put-events=lose-answer:0.05",
        "dead-letter=lose-answer:0.2",
        "ledger-read=lose-answer:0.1",
        "ledger-write=lose-answer:0.1",
        "ledger-write=throttle:entry:0.3",
        "function=lose-answer:0.05",
        "function=hang:0.05",
    ];
    assert!(check(&faults) > 0, "an answer of the bus was lost");
}

/// Few changes: each call that nobody answers takes its caller's patience.
#[test]
fn late_and_hanging_calls_are_waited_for_as_long_as_the_adapters_do() {
    let faults = [
        "put-events=late:0.12",
        "put-events=hang:0.06",
        "put-events=slow:0.3",
        "ledger-write=late:0.3",
    ];
    let summary = run(&Wanted { changes: 100, rows: 50, ..wanted(&faults) });
    assert!(summary.duplicates > 0, "what came late came twice");
}

#[test]
fn a_real_capture_is_published_whole_under_all_of_it() {
    let Some(content) = fixture("ndjson/dms-postgresql-kinesis.ndjson") else { return };
    for seed in SEEDS {
        let ran = World {
            seed,
            batch_size: 10,
            parallelization: PARALLELIZATION,
            faults: vec![THROTTLED, UNCLAIMED, "function=kill:0.3", UNBURIED],
            ..World::new(&without_keys(&DMS_TABLES))
        }
        .run("dms", content.clone());
        let summary = &ran.finished.summary;
        assert_eq!((summary.records, summary.published), (137, 82), "seed {seed}: {summary:?}");
        assert_eq!(summary.skipped["control"], 55, "seed {seed}: {summary:?}");
        assert_eq!((summary.wanting(), summary.suppressed), (0, 0), "seed {seed}: {summary:?}");
        let events = ran.events();
        let ids = events.iter().map(|event| event["detail"]["metadata"]["eventId"].as_str());
        let ids: HashSet<&str> = ids.map(Option::unwrap).collect();
        assert_eq!(ids.len(), 82, "seed {seed}: lost or invented");
        assert_eq!(events.len() as u64 - 82, summary.duplicates, "seed {seed}");
    }
}
