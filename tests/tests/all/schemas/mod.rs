//! The published shapes against their schemas.
//!
//! A schema is read in two ways. As it stands, for consumers: 1.x only adds, so unknown members
//! pass. And closed, for the program: what it prints has no member and no known word (`x-known`)
//! that the schema doesn't tell. Every run of [`crate::world`] goes through [`check_run`].

mod config;
mod shapes;

use std::{path::PathBuf, sync::LazyLock};

use cdc_local::run::Finished;
use jsonschema::Validator;
use serde_json::Value;

/// Keywords under which a schema's own parts stand, rather than conditions on them.
const PARTS: [&str; 3] = ["properties", "$defs", "additionalProperties"];

static TABLE_CHANGE: LazyLock<Validator> = LazyLock::new(|| closed("table-change-1.0"));
static DEAD_LETTER: LazyLock<Validator> = LazyLock::new(|| closed("dead-letter-1"));
static LOCAL_SUMMARY: LazyLock<Validator> = LazyLock::new(|| closed("local-summary-1"));

/// A folder or file of the workspace.
pub(crate) fn workspace(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Holds everything that a run gave out against its schema.
pub(crate) fn check_run(finished: &Finished) {
    for event in finished.events.iter().filter_map(|line| parse(line)) {
        conforms(&TABLE_CHANGE, &event["detail"]);
        assert_eq!(event["detail-type"], "CDC.TableChange");
        assert_eq!(event["source"], "cdc-pipeline");
    }
    for letter in finished.dead_letters.iter().filter_map(|line| parse(line)) {
        conforms(&DEAD_LETTER, &letter);
    }
    conforms(&LOCAL_SUMMARY, &parse(&finished.summary.to_json()).unwrap());
}

/// Holds a function's answer against its schema, closed.
pub(crate) fn check_answer(schema: &str, answer: &Value) {
    conforms(&closed(schema), answer);
}

/// Whether something fits a schema as it stands.
pub(crate) fn fits(schema: &str, instance: &Value) -> bool {
    open(schema).is_valid(instance)
}

/// `None` only where a number is none that a double holds: serde_json can't read it.
fn parse(line: &str) -> Option<Value> {
    match serde_json::from_str(line) {
        Ok(value) => Some(value),
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(error) => panic!("{error} in {line}"),
    }
}

fn conforms(schema: &Validator, instance: &Value) {
    let faults = faults(schema, instance);
    assert!(faults.is_empty(), "{}\nin {instance}", faults.join("\n"));
}

fn faults(schema: &Validator, instance: &Value) -> Vec<String> {
    let told =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    schema.iter_errors(instance).map(told).collect()
}

/// A schema's text as JSON.
fn read(name: &str) -> Value {
    let path = workspace(&format!("schemas/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn open(name: &str) -> Validator {
    jsonschema::draft202012::new(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn closed(name: &str) -> Validator {
    let mut schema = read(name);
    close(&mut schema);
    jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Closes every object that lists its members and doesn't say whether there may be more, and every
/// text whose values so far are known. Conditions (`if`, `oneOf` …) stay as they are.
fn close(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    if let Some(known) = schema.get("x-known").cloned() {
        schema.insert("enum".to_owned(), known);
    }
    if schema.contains_key("properties") && !schema.contains_key("additionalProperties") {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    for part in PARTS {
        let Some(Value::Object(parts)) = schema.get_mut(part) else { continue };
        parts.values_mut().for_each(close);
    }
    if let Some(items) = schema.get_mut("items") {
        close(items);
    }
}

#[test]
fn schemas_are_schemas_and_say_their_own_name() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(workspace("schemas")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".json").unwrap_or_else(|| panic!("{file} is no schema"));
        let schema = read(name);
        assert!(jsonschema::meta::is_valid(&schema), "{file}");
        let (shape, version) = name.rsplit_once('-').unwrap();
        assert_eq!(schema["$id"], format!("urn:cdc-pipeline:schema:{shape}:{version}"));
        open(name);
        closed(name);
        names.push(name.to_owned());
    }
    assert!(names.len() >= 6, "{names:?}");
}
