//! The samples and the page of the function, held against what it does with the rules compiled in, or with
//! those that lie beside a sample.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cdc_aws::function::Invocation;
use cdc_core::rules::{ConfigFile, Rules};
use serde_json::Value;

use super::invocation;
use crate::{DataRedactor, Handled, REVEAL_ALIAS, refusal::CODES};

/// A payload of a folder of samples.
struct Sample {
    /// The file's name without its ending.
    name: String,
    payload: Vec<u8>,
    handled: Handled,
}

/// Samples that are asked by the rules beside them.
const WITH_RULES: &str = "events/data-redactor/with-rules";

const ERRORS: [&str; 2] = ["events/data-redactor/errors", "events/data-redactor/with-rules/errors"];

fn workspace(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn redactor(folder: &str) -> DataRedactor {
    let rules = if folder.starts_with(WITH_RULES) {
        let text = fs::read_to_string(workspace(WITH_RULES).join("rules.yaml")).unwrap();
        Rules::parse(&[ConfigFile { path: "rules.yaml".into(), text }])
    } else {
        Rules::compiled_in()
    };
    let rules = rules.unwrap_or_else(|problems| panic!("{problems}")).rules;
    DataRedactor::new(rules.with_fixed_keys())
}

/// The samples of a folder, each as it is to be asked: to reveal under the alias, unless its name says
/// that this is what is wrong.
fn samples(folder: &str) -> Vec<Sample> {
    let redactor = redactor(folder);
    let entries = fs::read_dir(workspace(folder)).unwrap().map(|entry| entry.unwrap().path());
    let is_json = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    let sample = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let payload = fs::read(path).unwrap();
        let asked: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let reveals = asked["action"] == "reveal" && name != "reveal-not-allowed";
        let alias = reveals.then(|| REVEAL_ALIAS.to_owned());
        let handled = redactor.handle(&payload, &Invocation { alias, ..invocation() });
        Sample { name, payload, handled }
    };
    let mut samples: Vec<_> = entries.filter(is_json).map(|path| sample(&path)).collect();
    assert!(!samples.is_empty(), "{folder}");
    samples.sort_by(|one, other| one.name.cmp(&other.name));
    samples
}

/// Nothing personal of the samples is in an answer.
fn check_answer(name: &str, answer: &str) {
    for value in ["@example", "555-01", "000-12-3456", "$example$", "1 Example Street"] {
        assert!(!answer.contains(value), "{name}: {value} in {answer}");
    }
}

#[test]
fn every_sample_is_answered_and_nothing_personal_is_in_it() {
    let mut count = 0;
    for folder in ["events/data-redactor", WITH_RULES] {
        for Sample { name, handled, .. } in samples(folder) {
            if handled.answer.starts_with("{\"values\":[") {
                assert!(handled.audit.is_some() && name.starts_with("reveal"), "{name}");
                continue;
            }
            assert!(handled.answer.starts_with("{\"records\":[{"), "{name}: {}", handled.answer);
            check_answer(&name, &handled.answer);
            count += 1;
        }
    }
    assert!(count >= 7, "{count}");
}

#[test]
fn every_sample_of_a_service_is_answered_in_its_shape() {
    for Sample { name, handled, .. } in samples("events/data-redactor/firehose") {
        let answer: Value = serde_json::from_str(&handled.answer).unwrap();
        let results = answer["records"].as_array().unwrap().iter().map(|record| {
            let data = record["data"].as_str().unwrap_or_default();
            let data = base64_simd::STANDARD.decode_to_vec(data).unwrap();
            check_answer(&name, std::str::from_utf8(&data).unwrap());
            record["result"].as_str().unwrap()
        });
        let results: Vec<_> = results.collect();
        match &*name {
            "direct-put" => assert_eq!(results, ["Ok"]),
            "from-kinesis" => {
                let failed = "ProcessingFailed";
                assert_eq!(results, ["Ok", "Ok", "Dropped", failed, failed]);
            }
            other => panic!("{other} is not known here"),
        }
    }
    for Sample { name, handled, .. } in samples("events/data-redactor/pipes") {
        check_answer(&name, &handled.answer);
        let changes: Vec<Value> = serde_json::from_str(&handled.answer).unwrap();
        assert_eq!(changes.len(), usize::from(name != "nothing"), "{name}");
    }
}

#[test]
fn every_error_has_a_sample_named_after_it() {
    let mut codes = BTreeSet::new();
    for Sample { name, handled, .. } in ERRORS.into_iter().flat_map(samples) {
        let code = handled.refusal.unwrap_or_else(|| panic!("{name} is answered")).code;
        let name = name.to_uppercase().replace('-', "_");
        assert!(name.starts_with(code), "{name}: {code}");
        codes.insert(code);
    }
    assert_eq!(codes, CODES.into());
}

#[test]
fn the_page_shows_samples_and_their_answers() {
    let page = fs::read_to_string(workspace("docs/lambdas/data-redactor.md")).unwrap();
    let blocks: Vec<Value> = page
        .split("```json\n")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).unwrap())
        .collect();
    assert_eq!(blocks.len(), 8, "four requests, each with its answer");
    let folders = ["events/data-redactor", WITH_RULES, "events/data-redactor/pipes"];
    let samples: Vec<Sample> = folders.into_iter().flat_map(samples).collect();
    for pair in blocks.chunks(2) {
        let shown =
            |sample: &&Sample| serde_json::from_slice::<Value>(&sample.payload).unwrap() == pair[0];
        let sample = samples.iter().find(shown).expect("a request on the page is a sample");
        let answer: Value = serde_json::from_str(&sample.handled.answer).unwrap();
        assert_eq!(answer, pair[1], "{}", sample.name);
    }
}
