//! The changes in a record, for a destination other than the bus: all of a record or nothing.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    pipeline::ChangeRedactor,
    rules::{ConfigFile, Rules},
    testing::aggregate,
};

const TABLES: &str = "
tables:
  t: {keys: [id], include: [id, v, at], redact: [v], operations: [INSERT], snapshot: skip}
  masked: {keys: [id], include: [id, v], redact: [{fields: [v], method: mask}]}
  strict: {keys: [id], include: [id], drift: quarantine}
  renamed: {keys: [id], include: ['*'], rename: {a: b}}
";

fn rules(unlisted: &str) -> Rules {
    let text = format!("version: 1\npipeline: t\nunlisted_tables: {unlisted}{TABLES}");
    let file = ConfigFile { path: "t.yaml".into(), text };
    Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules
}

fn insert(table: &str, row: &str) -> String {
    format!(r#"{{"table":"{table}","operation":"INSERT","after":{row}}}"#)
}

/// The changes' images after, or why there are none.
fn told(unlisted: &str, data: impl Into<Bytes>) -> Result<Vec<Value>, String> {
    let rules = rules(unlisted);
    let changes = ChangeRedactor::new(&rules).changes(&data.into());
    let changes = changes.map_err(|failure| failure.to_string())?;
    let after = |text: &String| serde_json::from_str::<Value>(text).unwrap()["after"].clone();
    Ok(changes.iter().map(|change| after(change.get())).collect())
}

#[test]
fn each_change_of_a_record_comes_redacted_and_in_order() {
    let rows = [r#"{"id":1,"v":"secret","x":2}"#, r#"{"id":2,"v":null}"#];
    let [first, second] = rows.map(|row| insert("t", row));
    let both = [json!({"id": 1, "v": "[REDACTED]"}), json!({"id": 2, "v": null})];
    assert_eq!(told("reject", first.clone()), Ok(both[..1].to_vec()));
    let parts = aggregate(&[("k", &first), ("k", ""), ("k", &second)]);
    assert_eq!(told("reject", parts), Ok(both.to_vec()));
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let compressed = ruzstd::encoding::compress_to_vec(first.as_bytes(), level);
    assert_eq!(told("reject", compressed), Ok(both[..1].to_vec()));
    // One record of several changes.
    let many = r#"{"type":"INSERT","table":"t","database":"d","isDdl":false,"data":[{"id":"1","v":"a"},{"id":"2","v":null}],"old":null,"es":1,"ts":2}"#;
    let redacted = [json!({"id": "1", "v": "[REDACTED]"}), json!({"id": "2", "v": null})];
    assert_eq!(told("reject", many), Ok(redacted.to_vec()));
}

#[test]
fn what_the_bus_is_spared_is_a_change_all_the_same() {
    let delete = r#"{"table":"t","operation":"DELETE","before":{"id":1,"v":"secret"}}"#;
    let rules = rules("reject");
    let changes = ChangeRedactor::new(&rules).changes(&delete.into()).unwrap();
    assert_eq!(
        changes[0].get(),
        r#"{"kind":"change","envelope":"native","database":null,"schema":null,"table":"t","operation":"DELETE","snapshot":false,"keys":null,"before":{"id":1,"v":"[REDACTED]"},"after":null,"redacted":["v"],"unchanged":[],"raw":[]}"#
    );
}

#[test]
fn nothing_comes_of_what_is_no_change_or_skipped() {
    let unlisted = insert("other", r#"{"a":1}"#);
    let broken = r#"{"table":"other","operation":"INSERT","after":7}"#;
    for (setting, data) in [
        ("reject", ""),
        ("reject", " \n"),
        ("reject", "null"),
        ("skip", &*unlisted),
        ("skip", broken),
    ] {
        assert_eq!(told(setting, data.to_owned()), Ok(Vec::new()), "{data}");
    }
}

#[test]
fn of_a_record_with_anything_in_doubt_nothing_comes() {
    let good = insert("t", r#"{"id":1,"v":"secret"}"#);
    let unfit = insert("masked", r#"{"id":1,"v":["secret"]}"#);
    let two = |other: &str| Bytes::from(aggregate(&[("k", &good), ("k", other)]));
    let mut malformed = aggregate(&[("k", &good)]);
    let digest = malformed.split_off(malformed.len() - 16);
    malformed.extend(digest.iter().map(|byte| byte ^ 1));
    for (data, why) in [
        (two("{\"secret\""), "PARSE_ERROR: the record is not valid JSON"),
        (two(r#"{"secret":1}"#), "PARSE_ERROR: not a known envelope"),
        (two(&insert("other", "{\"a\":1}")), "VALIDATION_ERROR: table \"other\" has no rules"),
        (two(&unfit), "TRANSFORMATION_ERROR: the rule for \"v\" could not be applied"),
        (
            two(&insert("strict", r#"{"id":1,"new":2}"#)),
            "VALIDATION_ERROR: the row is not as table",
        ),
        (two(&insert("renamed", r#"{"id":1,"b":2}"#)), "TRANSFORMATION_ERROR: column \"b\""),
        (malformed.into(), "PARSE_ERROR: the record is not valid JSON"),
        (Bytes::from_static(&[0x1f, 0x8b]), "PARSE_ERROR: the record starts like gzip"),
    ] {
        let error = told("reject", data).unwrap_err();
        assert!(error.contains(why), "{error}: {why}");
        assert!(!error.contains("secret"), "{error}");
    }
    let large = "x".repeat(600 << 10);
    let row = insert("renamed", &format!("{{\"id\":1,\"v\":\"{large}\"}}"));
    let parts: Vec<_> = std::iter::repeat_n(("k", &*row), 11).collect();
    assert_eq!(told("reject", aggregate(&parts[..10])).map(|it| it.len()), Ok(10));
    let error = told("reject", aggregate(&parts)).unwrap_err();
    assert_eq!(error, "VALIDATION_ERROR: its changes are more than 6291456 bytes");
}
