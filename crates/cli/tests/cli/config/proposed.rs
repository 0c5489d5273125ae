//! `cdc config init` over real data that nobody on this project wrote: the proposal is accepted, and
//! with it the file runs.

use std::{fs, ops::RangeInclusive};

use serde_json::Value;

use crate::{cdc, fixtures::fixtures, folder};

/// Lines that become dead letters whatever the rules: file, from line to line, message.
const WITHOUT_A_ROW: &[(&str, RangeInclusive<u64>, &str)] = &[
    ("debezium-flink", 16..=16, NAMELESS),
    ("debezium-flink-cdc-documents", 1..=4, NO_TABLE),
    ("dynamodb", 1..=19, NO_STREAM),
    ("dynamodb", 24..=42, NO_STREAM),
];
/// Most lines that are named one by one.
const TOLD_MAX: usize = 20;
/// These were cut to before, after and op.
const NO_TABLE: &str = "source.table must name the table";
/// These were cut to eventName and dynamodb.
const NO_STREAM: &str =
    "neither tableName nor the table's stream in eventSourceARN names the table";
/// The source has no replica identity: its deletes say that a row is gone, and not which.
const NAMELESS: &str = "a DELETE with neither key nor before image names no row; let the source send \
                        its key (PostgreSQL: REPLICA IDENTITY)";

/// The files whose proposals are held against their own records: all but `kpl`, whose aggregates hold
/// words and no row.
const FILES: [&str; 12] = [
    "canal",
    "debezium-cloudevents-and-control",
    "debezium-flink",
    "debezium-flink-cdc-documents",
    "debezium-flink-cdc-lines",
    "debezium-seatunnel",
    "dms-documentation",
    "dms-paimon",
    "dms-postgresql-kinesis",
    "dynamodb",
    "maxwell",
    "ogg",
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
        .filter(|name| name != "kpl")
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
    let mut expected: Vec<(u64, &str)> = WITHOUT_A_ROW
        .iter()
        .filter(|(file, ..)| *file == name)
        .flat_map(|(_, lines, why)| lines.clone().map(|line| (line, *why)))
        .collect();
    let unused: Vec<_> = expected.iter().filter(|(_, why)| *why != NAMELESS).collect();

    let code = if unused.is_empty() { 0 } else { 3 };
    let ran = cdc(&["config", "init", "--from", sample], b"").ends_with(code);
    for (line, why) in unused.iter().take(TOLD_MAX) {
        let told = format!("not used: {sample}:{line}: PARSE_ERROR: {why}\n");
        assert!(ran.err.contains(&told), "{}", ran.err);
    }
    assert_eq!(ran.err.matches("not used: ").count(), unused.len().min(TOLD_MAX), "{}", ran.err);
    let counted = format!("warning: {} of ", unused.len());
    assert_eq!(ran.err.contains(&counted), !unused.is_empty(), "{}", ran.err);
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
    expected.sort_unstable_by_key(|(_, why)| *why);
    let expected: Vec<&str> = expected.into_iter().map(|(_, why)| why).collect();
    assert_eq!(messages, expected, "{name}");
}
