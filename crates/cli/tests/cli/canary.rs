//! The canary over the command: what is planted in its input is in nothing that it prints or writes, but where
//! somebody asked for it (`--values`, `--raw`).

#[cfg(feature = "local")]
mod running;

use std::{collections::BTreeSet, fs, path::PathBuf};

use base64_simd::STANDARD as BASE64;
use cdc_tests::canary::{CONFIG, Search, Seeded, Seeds, failures, records};
#[cfg(feature = "local")]
use cdc_tests::canary::{oversize, rows};
use serde_json::json;

use crate::{Ran, cdc, file, folder};

/// A folder with the records in a file, their rules, and everything that was printed about them.
struct Place {
    folder: PathBuf,
    rules: String,
    seeds: Seeds,
    records: Vec<Seeded>,
    outputs: Vec<(String, String)>,
}

impl Place {
    fn new(name: &str) -> Self {
        let folder = folder(&format!("canary-{name}"));
        let rules = file(&folder, "rules.yaml", CONFIG);
        Self { folder, rules, seeds: Seeds::default(), records: Vec::new(), outputs: Vec::new() }
    }

    /// The records as a file of the command's own form, a line each.
    fn input(&self) -> String {
        let line = |record: &Seeded| {
            let data = BASE64.encode_to_string(&record.data);
            json!({"kinesis": {"partitionKey": record.partition_key, "data": data}}).to_string()
        };
        let lines: Vec<String> = self.records.iter().map(line).collect();
        file(&self.folder, "records.ndjson", lines.join("\n"))
    }

    /// Runs the command with these rules, and notes what it prints.
    fn run(&mut self, arguments: &[&str], code: i32) -> Ran {
        let ran = cdc(&[&["--config", &self.rules], arguments].concat(), b"").ends_with(code);
        self.says(arguments, &ran);
        ran
    }

    fn says(&mut self, arguments: &[&str], ran: &Ran) {
        let command = arguments.join(" ");
        self.outputs.push((format!("standard output of {command}"), ran.out.clone()));
        self.outputs.push((format!("standard error of {command}"), ran.err.clone()));
    }

    /// Notes a file that the command wrote.
    #[cfg(feature = "local")]
    fn wrote(&mut self, path: &str) {
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.is_empty(), "{path}");
        self.outputs.push((path.to_owned(), text));
    }

    /// A file to write to.
    #[cfg(feature = "local")]
    fn out(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// Nothing that was planted in the file is in any output.
    #[track_caller]
    fn check(&self, input: &str) {
        let search = Search::of(&self.seeds);
        let input = search.look("the input", &fs::read(input).unwrap());
        let places: BTreeSet<&str> = input.iter().map(|leak| &*leak.place).collect();
        assert_eq!(places.len(), self.seeds.planted().len(), "all of it is in the input");
        let looks = self.outputs.iter().map(|(output, text)| search.look(output, text.as_bytes()));
        let leaks: Vec<String> = looks.flatten().map(|leak| leak.to_string()).collect();
        assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    }
}

#[test]
fn decode_shows_no_values_unasked() {
    let mut place = Place::new("decode");
    place.records = records(&mut place.seeds);
    place.records.extend(failures(&mut place.seeds));
    let input = place.input();
    for options in [&[][..], &["--json"]] {
        let ran = place.run(&[options, &["decode", &input]].concat(), 3);
        assert!(ran.out.lines().count() > 60, "{}", ran.out);
        place.run(&[options, &["decode", "--quiet", &input]].concat(), 3);
    }
    place.check(&input);
}

#[cfg(feature = "local")]
#[test]
fn a_run_prints_and_writes_no_values() {
    let mut place = Place::new("local");
    place.records = records(&mut place.seeds);
    place.records.extend(failures(&mut place.seeds));
    place.records.extend(oversize(&mut place.seeds));
    let input = place.input();
    for (number, options) in [
        &["--json"][..],
        &["--fault", "put-events=refuse:entry:0.5", "--fault", "ledger-write=fail:0.3"],
        &["--via", "sqs"],
        &["--via", "kafka", "--redeliver", "1"],
    ]
    .into_iter()
    .enumerate()
    {
        let [events, letters] =
            ["events", "letters"].map(|name| place.out(&format!("{name}-{number}.ndjson")));
        let once = ["local", "--once", "--input", &input, "--events-out", &events];
        place.run(&[&once[..], &["--dead-letters-out", &letters], options].concat(), 3);
        place.wrote(&events);
        place.wrote(&letters);
    }
    place.check(&input);
}

#[test]
fn rules_are_shown_and_proposed_without_values() {
    let mut place = Place::new("config");
    place.records = records(&mut place.seeds);
    let input = place.input();
    place.run(&["config", "check"], 0);
    place.run(&["config", "explain", "people"], 0);
    place.run(&["--json", "config", "explain", "visits"], 0);
    for options in [&[][..], &["--json"]] {
        let arguments = [options, &["config", "init", "--from", &input]].concat();
        let ran = cdc(&arguments, b"");
        assert!(!ran.out.is_empty(), "{}", ran.err);
        place.says(&arguments, &ran);
    }
    place.check(&input);
}

#[cfg(feature = "local")]
#[test]
fn invoked_functions_answer_without_values() {
    let mut place = Place::new("invoke");
    let rows = rows(&mut place.seeds);
    let request = json!({"records": rows, "table": "people"}).to_string();
    let request = file(&place.folder, "request.json", request);
    let ran = place.run(&["invoke", "data-redactor", "--event", &request], 0);
    assert!(ran.out.contains("[REDACTED]"), "{}", ran.out);
    place.check(&request);

    let mut place = Place::new("invoke-processor");
    place.records = records(&mut place.seeds);
    place.records.extend(failures(&mut place.seeds));
    let input = place.input();
    place.run(&["invoke", "cdc-processor", "--event", &input], 3);
    for function in ["data-redactor", "dlq-processor", "health-check", "state-manager"] {
        let rules = place.rules.clone();
        let arguments = ["--config", &rules, "invoke", function, "--event", &input];
        let ran = cdc(&arguments, b"");
        assert_ne!(ran.code, Some(0), "{function}: {}", ran.out);
        place.says(&arguments, &ran);
    }
    place.check(&input);
}
