//! The samples under `events/`, each through `cdc invoke`: the answer is what the sample's place and
//! name say, and what its schema says.
//!
//! `events/*.json` are envelopes and an event for cdc-processor; `events/FUNCTION/*.json` are for that
//! function; under `errors/` stand those that it refuses, under `with-rules/` those for the rules beside them. A code without a sample needs a reason. (With
//! which words each is refused, the functions' own tests know.)

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::cdc;

/// Codes that no payload alone brings about: they take a cloud in which something is wrong. Each is
/// produced by a test of `tests/tests/all/` (`replay.rs`, `state/`).
const NOT_BY_A_SAMPLE: &[(&str, &[&str])] = &[
    ("data-redactor", &[]),
    (
        "dlq-processor",
        &["BUCKET_ERROR", "CONFIGURATION_ERROR", "QUEUE_ERROR", "STATE_ERROR", "STREAM_ERROR"],
    ),
    ("health-check", &[]),
    ("state-manager", &["STATE_ERROR"]),
];

/// Where the tests of those stand.
const TESTS: [&str; 3] = [
    "tests/tests/all/replay.rs",
    "tests/tests/all/replay/documents.rs",
    "tests/tests/all/state/mod.rs",
];

fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The JSON files of a folder, by name.
fn files(folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(workspace(folder)) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort();
    files
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(workspace(&format!("schemas/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Invokes the function with the sample; the answer, and the exit code. A request to reveal goes to the
/// alias for that, unless the sample is about the lack of it.
fn invoke(function: &str, file: &Path) -> (String, String, Option<i32>) {
    let mut arguments = vec!["invoke", function, "--event", file.to_str().unwrap()];
    let rules = file.ancestors().find(|folder| folder.ends_with("with-rules"));
    let rules = rules.map(|folder| folder.join("rules.yaml"));
    if let Some(rules) = &rules {
        arguments.extend(["--config", rules.to_str().unwrap()]);
    }
    let payload: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap_or_default();
    let reveals = payload["action"] == "reveal";
    if reveals && !file.ends_with("reveal-not-allowed.json") {
        arguments.extend(["--qualifier", "reveal"]);
    }
    let ran = cdc(&arguments, b"");
    (ran.out, ran.err, ran.code)
}

fn conforms(schema: &Value, answer: &str, file: &Path) -> Value {
    let answer: Value = serde_json::from_str(answer)
        .unwrap_or_else(|error| panic!("{}: {error} in {answer:?}", file.display()));
    // A function URL gets an HTTP answer around the function's own.
    let answer = match answer.get("statusCode").and_then(|_| answer["body"].as_str()) {
        Some(body) => serde_json::from_str(body).unwrap(),
        None => answer,
    };
    let validator = jsonschema::draft202012::new(schema).unwrap();
    let faults: Vec<_> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{}: {faults:?} in {answer}", file.display());
    answer
}

/// The code of the refusal: in the answer, or, where a service is asking that would take an answer
/// for success, in the error that the invocation ends with.
fn error_code(schema: &Value, out: &str, err: &str, file: &Path) -> String {
    if !out.is_empty() {
        let answer = conforms(schema, out, file);
        return answer["error"]["code"].as_str().unwrap_or_default().to_owned();
    }
    let (_, words) = err.split_once("failed: Error: ").unwrap_or_else(|| panic!("{err}"));
    words.split(':').next().unwrap().to_owned()
}

/// Runs all samples of a direct function, and looks whether every code was produced.
fn check(function: &str, schema_name: &str) {
    let schema = schema(schema_name);
    let mut good = files(&format!("events/{function}"));
    assert!(!good.is_empty(), "{function} has no sample");
    good.append(&mut files(&format!("events/{function}/with-rules")));
    for file in &good {
        let (out, err, code) = invoke(function, file);
        let answer = conforms(&schema, &out, file);
        assert!(answer.get("error").is_none(), "{}: {answer}", file.display());
        assert!(matches!(code, Some(0 | 3)), "{}: {code:?} {err}", file.display());
    }
    let mut produced = BTreeSet::new();
    let errors =
        ["errors", "with-rules/errors"].map(|it| files(&format!("events/{function}/{it}")));
    for file in errors.concat() {
        let (out, err, code) = invoke(function, &file);
        let error = error_code(&schema, &out, &err, &file);
        assert!(!error.is_empty(), "{} is not refused: {out}", file.display());
        assert_eq!(code, Some(1), "{}: {err}", file.display());
        produced.insert(error);
    }
    let reasons = NOT_BY_A_SAMPLE.iter().find(|(name, _)| *name == function).unwrap().1;
    for code in reasons {
        let quoted = format!("\"{code}\"");
        let told =
            TESTS.iter().any(|test| fs::read_to_string(workspace(test)).unwrap().contains(&quoted));
        assert!(told, "{code} is in none of {TESTS:?}");
        produced.insert((*code).to_owned());
    }
    let known = schema["properties"]["error"]["properties"]["code"]["x-known"].as_array();
    let known: BTreeSet<String> =
        known.unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    assert_eq!(produced, known, "{function}: every code of its schema is produced");
}

#[test]
fn the_redactors_samples_are_answered() {
    check("data-redactor", "redactor-answer-1");
}

#[test]
fn what_services_send_the_redactor_is_answered_in_their_shapes() {
    let firehose = schema("redactor-firehose-answer-1");
    let change = schema("redacted-change-1");
    let function = "data-redactor";
    let mut changes = 0;
    for file in files("events/data-redactor/firehose") {
        let (out, err, code) = invoke(function, &file);
        assert_eq!(code, Some(0), "{}: {err}", file.display());
        let answer = conforms(&firehose, &out, &file);
        for data in
            answer["records"].as_array().unwrap().iter().filter_map(|it| it["data"].as_str())
        {
            let lines = base64_simd::STANDARD.decode_to_vec(data).unwrap();
            let lines = String::from_utf8(lines).unwrap();
            assert!(lines.ends_with('\n'), "{}: {lines}", file.display());
            for line in lines.lines() {
                conforms(&change, line, &file);
                changes += 1;
            }
        }
    }
    assert_eq!(changes, 3);
    for file in files("events/data-redactor/pipes") {
        let (out, err, code) = invoke(function, &file);
        assert_eq!(code, Some(0), "{}: {err}", file.display());
        for element in serde_json::from_str::<Vec<Value>>(&out).unwrap() {
            conforms(&change, &element.to_string(), &file);
            changes += 1;
        }
    }
    assert_eq!(changes, 6);
}

#[test]
fn the_dead_letter_processors_samples_are_answered() {
    check("dlq-processor", "dlq-answer-1");
}

#[test]
fn the_health_checks_samples_are_answered() {
    check("health-check", "health-answer-1");
}

#[test]
fn the_state_managers_samples_are_answered() {
    check("state-manager", "state-answer-1");
}

#[test]
fn the_processor_answers_every_sample_as_settled() {
    let schema = schema("batch-response-1");
    let samples = files("events").into_iter().chain(files("events/cdc-processor"));
    let mut count = 0;
    for file in samples {
        let (out, err, code) = invoke("cdc-processor", &file);
        let answer = conforms(&schema, &out, &file);
        assert_eq!(answer["batchItemFailures"], serde_json::json!([]), "{}", file.display());
        // Those with a bad record have a letter for it in the queue.
        let bad = file.parent().unwrap().ends_with("cdc-processor");
        assert_eq!(code, Some(if bad { 3 } else { 0 }), "{}: {err}", file.display());
        count += 1;
    }
    assert!(count > 18, "{count} samples");
}

#[test]
fn the_processor_refuses_what_its_mapping_never_sends() {
    let refused = files("events/cdc-processor/errors");
    assert!(refused.len() >= 4, "{refused:?}");
    for file in refused {
        let (out, err, code) = invoke("cdc-processor", &file);
        assert_eq!((out.as_str(), code), ("", Some(1)), "{}: {err}", file.display());
        assert!(err.contains("cdc-processor failed"), "{}: {err}", file.display());
    }
}
