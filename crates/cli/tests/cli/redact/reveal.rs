//! `cdc redact reveal`, asked of a running `cdc local`.

use serde_json::{Value, json};

use crate::{Ran, cdc, operate::Local};

const RULES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/data-redactor/with-rules/rules.yaml");

const RECORD: &str = r#"{"table":"people","operation":"INSERT","after":{"id":7,"email":"ada@example.com","phone":12025550147,"card":"4111-1111-1111-1111","profile":{"ssn":"000-12-3456"}}}"#;

/// What subscribers of the pipeline see of the record.
fn published() -> Value {
    let folder = crate::folder("redact-reveal");
    let events = folder.join("events.ndjson");
    let arguments = ["--config", RULES, "local", "--once", "--input", "-", "--events-out"];
    let arguments = [&arguments[..], &[events.to_str().unwrap()]].concat();
    cdc(&arguments, RECORD.as_bytes()).ends_with(0);
    let event: Value = std::fs::read_to_string(events).unwrap().trim().parse().unwrap();
    event["detail"]["after"].clone()
}

fn reveal(local: &Local, column: &str, more: &[&str]) -> Ran {
    let arguments =
        ["redact", "reveal", "--table", "people", "--column", column, "--reason", "a test"];
    local.run(&[&arguments[..], more].concat())
}

#[test]
fn what_the_pipeline_withheld_comes_back_to_who_may_ask() {
    let row = published();
    let local = Local::start(&["--config", RULES, "--rate", "1"]);
    let text = |column: &Value| column.as_str().unwrap().to_owned();
    let (email, card) = (text(&row["email"]), text(&row["card"]));
    let (phone, ssn) = (row["phone"].to_string(), text(&row["profile"]["ssn"]));
    for (column, values, expected) in [
        ("email", vec![&*email, "null"], "\"ada@example.com\"\nnull\n"),
        ("profile.ssn", vec![&*ssn], "\"000-12-3456\"\n"),
        ("phone", vec![&*phone], "12025550147\n"),
        ("card", vec!["--key-version", "1", "--text", &*card], "\"4111-1111-1111-1111\"\n"),
    ] {
        assert_eq!(reveal(&local, column, &values).ends_with(0).out, expected);
    }
    let all =
        ["redact", "reveal", "--table", "people", "--column", "email", "--reason", "r", &email];
    assert_eq!(local.json(&all, 0), json!({"values": ["ada@example.com"]}));

    let lines = format!("{email}\n\n\"{email}\"\r\n");
    let arguments = [&all[..8], &["-", "--endpoint", &local.endpoint]].concat();
    let ran = cdc(&arguments, lines.as_bytes()).ends_with(0);
    assert_eq!(ran.out, "\"ada@example.com\"\n".repeat(2));

    let refused = reveal(&local, "email", &["changed"]).ends_with(1);
    assert!(refused.err.contains("NOT_REVEALABLE (values[0])"), "{}", refused.err);
    let refused = reveal(&local, "age", &["40"]).ends_with(1);
    assert!(refused.err.contains("NOT_REVEALABLE (column)"), "{}", refused.err);
    let refused = reveal(&local, "phone", &["--key-version", "1", &phone]).ends_with(2);
    assert!(refused.err.contains("VALIDATION_ERROR (version)"), "{}", refused.err);
}

#[test]
fn what_can_not_be_asked_is_wrong_usage() {
    let arguments = ["redact", "reveal", "--table", "t", "--column", "c", "--reason", "r"];
    let ask = |more: &[&str], input: &str| {
        cdc(&[&arguments[..], more].concat(), input.as_bytes()).ends_with(2).err
    };
    assert!(ask(&[], "").contains("VALUE"));
    assert!(ask(&["-"], " \n").contains("standard input has no value"));
    assert!(ask(&["-"], &"1\n".repeat(1001)).contains("more than 1000 values"));
    assert!(ask(&["--key-version", "0", "1"], "").contains("--key-version"));
    let without =
        cdc(&["redact", "reveal", "--table", "t", "--column", "c", "1"], b"").ends_with(2);
    assert!(without.err.contains("--reason"), "{}", without.err);
}
