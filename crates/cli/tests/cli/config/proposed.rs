//! `cdc config init` over real data that nobody on this project wrote: the proposal is accepted, and
//! with it the file runs.

use std::fs;

use serde_json::Value;

use crate::{cdc, fixtures::fixtures, folder};

/// Lines that become dead letters whatever the rules: file, line, message.
const WITHOUT_A_ROW: &[(&str, u64, &str)] = &[
    ("debezium-flink", 16, NAMELESS),
    ("debezium-flink-cdc-documents", 1, NO_TABLE),
    ("debezium-flink-cdc-documents", 2, NO_TABLE),
    ("debezium-flink-cdc-documents", 3, NO_TABLE),
    ("debezium-flink-cdc-documents", 4, NO_TABLE),
];
/// These were cut to before, after and op.
const NO_TABLE: &str = "source.table must name the table";
/// The source has no replica identity: its deletes say that a row is gone, and not which.
const NAMELESS: &str = "a DELETE with neither key nor before image names no row; let the source send \
                        its key (PostgreSQL: REPLICA IDENTITY)";

/// The files whose proposals are held against their own records.
const FILES: [&str; 8] = [
    "debezium-cloudevents-and-control",
    "debezium-flink",
    "debezium-flink-cdc-documents",
    "debezium-flink-cdc-lines",
    "debezium-seatunnel",
    "dms-documentation",
    "dms-paimon",
    "dms-postgresql-kinesis",
];

#[test]
fn each_file_runs_with_the_rules_that_are_proposed_for_it() {
    let Some(samples) = fixtures() else {
        println!("skipped: CDC_FIXTURES does not name the folder of the fixtures");
        return;
    };
    let mut found: Vec<String> = fs::read_dir(&samples)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name.starts_with("dms-") || name.starts_with("debezium-"))
        .collect();
    found.sort();
    assert_eq!(found, FILES);
    for name in FILES {
        let sample = samples.join(format!("{name}.ndjson"));
        check(name, sample.to_str().unwrap());
    }
}

fn check(name: &str, sample: &str) {
    let folder = folder(&format!("proposed-{name}"));
    let path = |file: &str| folder.join(file).to_str().unwrap().to_owned();
    let expected: Vec<_> = WITHOUT_A_ROW.iter().filter(|(file, ..)| *file == name).collect();
    let unused: Vec<_> = expected.iter().filter(|(_, _, why)| *why == NO_TABLE).collect();

    let code = if unused.is_empty() { 0 } else { 3 };
    let ran = cdc(&["config", "init", "--from", sample], b"").ends_with(code);
    for (_, line, why) in &unused {
        let told = format!("not used: {sample}:{line}: PARSE_ERROR: {why}\n");
        assert!(ran.err.contains(&told), "{}", ran.err);
    }
    assert_eq!(ran.err.matches("not used: ").count(), unused.len(), "{}", ran.err);
    let rules = path("rules.yaml");
    fs::write(&rules, &ran.out).unwrap();

    let ran = cdc(&["--config", &rules, "config", "check"], b"").ends_with(0);
    assert!(ran.err.contains(", 0 warnings;"), "{name}: {}", ran.err);
    cdc(&["config", "init", "--from", sample, "--out", &path("config")], b"").ends_with(code);
    let ran = cdc(&["--config", &path("config"), "config", "check"], b"").ends_with(0);
    assert!(ran.err.contains(", 0 warnings;"), "{name}: {}", ran.err);

    let letters = path("letters.ndjson");
    let code = if expected.is_empty() { 0 } else { 3 };
    let run = ["--json", "--config", &rules, "local", "--once", "--input", sample];
    let ran = cdc(&[&run[..], &["--dead-letters-out", &letters]].concat(), b"").ends_with(code);
    let summary = ran.out.parse::<Value>().unwrap();
    assert!(summary["published"].as_u64().unwrap() > 0, "{name}: {summary}");
    assert_eq!(summary["unsettled"], 0, "{name}: {summary}");
    let letters = fs::read_to_string(&letters).unwrap();
    let mut messages: Vec<String> = letters
        .lines()
        .map(|letter| {
            letter.parse::<Value>().unwrap()["error"]["message"].as_str().unwrap().to_owned()
        })
        .collect();
    messages.sort();
    let mut expected: Vec<_> = expected.iter().map(|(_, _, why)| *why).collect();
    expected.sort_unstable();
    assert_eq!(messages, expected, "{name}");
}
