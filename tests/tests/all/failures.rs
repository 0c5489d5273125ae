//! Every error code of cdc-processor, each produced once: by a sample under `events/cdc-processor/`
//! where a payload alone brings it about, else by a fault.
//!
//! `TRANSFORMATION_ERROR` has no test: it is for rules with keys behind them, and no rule of this
//! release has one.

use std::collections::BTreeSet;

use crate::{schemas::workspace, world::World};

const PARSE: &str = "PARSE_ERROR";
const VALIDATION: &str = "VALIDATION_ERROR";

/// Samples of one bad record beside a good one: the code of its letter, and what the letter says.
const SAMPLES: &[(&str, &str, &str)] = &[
    ("broken-gzip", PARSE, "gzip"),
    ("duplicate-member", VALIDATION, "stands twice"),
    ("malformed-aggregate", PARSE, "a KPL aggregate with a valid digest is malformed"),
    ("missing-key", VALIDATION, "is not in the row"),
    ("nested-too-deep", PARSE, "nested deeper than 128 levels"),
    ("not-utf8", PARSE, "not UTF-8"),
    ("parse-error", PARSE, "not valid JSON"),
    ("too-large", VALIDATION, "without its images"),
    ("unknown-envelope", PARSE, "not a known envelope"),
    ("unlisted-table", VALIDATION, "has no rules"),
    ("without-row", VALIDATION, "image"),
];

/// Those of them that were understood as far as their unit.
const TAKEN_APART: [&str; 3] = ["missing-key", "too-large", "unlisted-table"];

#[test]
fn each_bad_record_becomes_a_letter_and_its_neighbour_is_published() {
    let listed: BTreeSet<String> =
        SAMPLES.iter().map(|(name, ..)| format!("{name}.json")).collect();
    let entries = std::fs::read_dir(workspace("events/cdc-processor")).unwrap();
    let files: BTreeSet<String> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, listed, "the samples, and those that this test expects something of");
    for (name, code, says) in SAMPLES {
        let path = workspace(&format!("events/cdc-processor/{name}.json"));
        let ran = World::compiled_in().run(name, std::fs::read(path).unwrap());
        assert_eq!(ran.outcome(), format!("records 2, published 1, dead {code} 1"), "{name}");
        let letters = ran.letters();
        let message = letters[0]["error"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{name}: {message}");
        // What could not be taken apart is replayed whole, whatever a later release reads in it.
        let whole = letters[0]["position"].get("whole").is_some();
        assert_eq!(whole, !TAKEN_APART.contains(name), "{name}");
    }
}

const ROW: &str = r#"{"table":"t","operation":"INSERT","after":{"id":1}}"#;
const TABLES: &str = "  t: {keys: [id], include: [id]}\n";

#[test]
fn an_entry_that_the_bus_refuses_for_good_is_a_dead_letter() {
    let world = World { faults: vec!["put-events=refuse:entry"], ..World::new(TABLES) };
    let ran = world.run("refused", ROW.as_bytes().to_vec());
    assert_eq!(ran.outcome(), "records 1, published 0, dead EVENTBRIDGE_ERROR 1");
}

#[test]
fn a_ledger_that_fails_is_told_as_such_and_costs_nothing_but_time() {
    let faults = vec!["ledger-read=fail:0.5"];
    let world = World { faults, batch_size: 1, shards: 1, ..World::new(TABLES) };
    let rows = [ROW; 12].join("\n");
    let ran = world.run("state", rows.into_bytes());
    assert_eq!(ran.outcome(), "records 12, published 12");
    let troubles: Vec<&String> = ran.finished.summary.troubles.keys().collect();
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    assert!(troubles[0].starts_with("Query failed"), "{troubles:?}");
}
