//! The samples and the page of the function, held against what it does with the rules compiled in.

use std::{collections::BTreeSet, fs, path::PathBuf};

use cdc_core::rules::Rules;
use serde_json::Value;

use super::invocation;
use crate::{DataRedactor, refusal::CODES};

fn workspace(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn redactor() -> DataRedactor {
    let rules = Rules::compiled_in().unwrap_or_else(|problems| panic!("{problems}")).rules;
    DataRedactor::new(rules.with_fixed_keys())
}

fn answer(payload: &[u8]) -> Value {
    serde_json::from_str(&redactor().handle(payload, &invocation()).answer).unwrap()
}

/// The samples of a folder: names without their ending, and contents.
fn samples(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(workspace(folder)).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    let mut samples: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    samples.sort();
    samples
}

#[test]
fn every_sample_is_answered_and_nothing_personal_is_in_it() {
    let samples = samples("events/data-redactor");
    assert!(samples.len() >= 6);
    for (name, payload) in samples {
        let answer = answer(&payload).to_string();
        assert!(answer.starts_with("{\"records\":[{"), "{name}: {answer}");
        for value in ["@example", "555-01", "000-12-3456", "$example$", "1 Example Street"] {
            assert!(!answer.contains(value), "{name}: {value} in {answer}");
        }
    }
}

#[test]
fn every_error_has_a_sample_named_after_it() {
    let mut codes = BTreeSet::new();
    for (name, payload) in samples("events/data-redactor/errors") {
        let answer = answer(&payload);
        let code = answer["error"]["code"].as_str().unwrap_or_else(|| panic!("{name}: {answer}"));
        let name = name.to_uppercase().replace('-', "_");
        assert!(name.starts_with(code), "{name}: {code}");
        codes.insert(code.to_owned());
    }
    assert_eq!(codes, CODES.map(str::to_owned).into());
}

#[test]
fn the_page_shows_samples_and_their_answers() {
    let page = fs::read_to_string(workspace("docs/lambdas/data-redactor.md")).unwrap();
    let blocks: Vec<Value> = page
        .split("```json\n")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).unwrap())
        .collect();
    assert_eq!(blocks.len(), 4, "two requests, each with its answer");
    let samples = samples("events/data-redactor");
    for pair in blocks.chunks(2) {
        let shown = |(_, sample): &&(String, Vec<u8>)| {
            serde_json::from_slice::<Value>(sample).unwrap() == pair[0]
        };
        let (name, sample) = samples.iter().find(shown).expect("a request on the page is a sample");
        assert_eq!(answer(sample), pair[1], "{name}");
    }
}
