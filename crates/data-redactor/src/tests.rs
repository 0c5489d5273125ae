mod firehose;
mod pipes;
mod reveal;
mod samples;

use cdc_aws::function::Invocation;
use cdc_core::rules::{ConfigFile, Rules};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    DataRedactor, Done, Handled,
    refusal::{
        CODES, PARSE_ERROR, TOO_LARGE, TRANSFORMATION_ERROR, UNLISTED_TABLE, VALIDATION_ERROR,
    },
};

const CONFIG: &str = "
version: 1
pipeline: test
unlisted_tables: UNLISTED
tables:
  users: {keys: [id], include: [id, email, doc], redact: [email]}
  public.users: {keys: [id], include: [id, phone], redact: [phone]}
  coredb.public.users: {keys: [id], include: [id]}
  people:
    keys: [id]
    include: [id, email, phone, card, age, doc]
    redact:
      - {fields: [email, doc.ssn], method: encrypt, key: vault}
      - {fields: [phone], method: tokenize, key: people}
      - {fields: [card], method: tokenize, key: people, same_length: true}
      - {fields: [age], method: truncate, bucket: 10}
";

fn invocation() -> Invocation {
    Invocation { request_id: "r-1".into(), deadline: Timestamp::UNIX_EPOCH, alias: None }
}

/// A redactor by these rules, for which unlisted tables are an error or skipped.
fn redactor(unlisted: &str) -> DataRedactor {
    let text = CONFIG.replace("UNLISTED", unlisted);
    let file = ConfigFile { path: "test.yaml".into(), text };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
    DataRedactor::new(rules.with_fixed_keys())
}

fn handle(payload: &str) -> Handled {
    redactor("skip").handle(payload.as_bytes(), &invocation())
}

/// What stands behind `{"records":` in the answer.
fn check(payload: &str, expected: &str) {
    let handled = handle(payload);
    assert_eq!(handled.answer, format!("{{\"records\":{expected}}}"), "{payload}");
    assert!(handled.refusal.is_none() && handled.into_answer().is_ok(), "{payload}");
}

fn check_refused(payload: &str, code: &str, field: Option<&str>, shows: &str) {
    let handled = handle(payload);
    let shown: String = payload.chars().take(200).collect();
    let answer: Value = serde_json::from_str(&handled.answer).unwrap();
    let error = answer["error"].as_object().unwrap();
    assert_eq!(error["code"], code, "{shown}");
    assert_eq!(error["field"], json!(field), "{shown}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(shows), "{message}: {shown}");
    assert!(!handled.answer.contains("secret"), "{}: {shown}", handled.answer);
    assert_eq!(handled.done, Done::Nothing, "{shown}");
    assert!(CODES.contains(&code));
}

#[test]
fn records_are_redacted_by_their_tables_rules() {
    for (payload, expected) in [
        (
            r#"{"record":{"id":1.10,"email":"e","x":2},"table":"users"}"#,
            r#"[{"record":{"id":1.10,"email":"[REDACTED]"},"redacted":["email"]}]"#,
        ),
        (
            r#"{"table":"public.users","records":[{"PHONE":1,"id":2},{"id":3}]}"#,
            r#"[{"record":{"PHONE":"[REDACTED]","id":2},"redacted":["PHONE"]},{"record":{"id":3},"redacted":[]}]"#,
        ),
        (
            r#"{"table":"coredb.public.users","record":{"id":1,"email":"e"}}"#,
            r#"[{"record":{"id":1},"redacted":[]}]"#,
        ),
        (
            r#"{"table":"other.users","record":{"email":"e"}}"#,
            r#"[{"record":{"email":"[REDACTED]"},"redacted":["email"]}]"#,
        ),
        (r#"{"table":"users","records":[]}"#, "[]"),
        (
            r#"{"table":"users","record":{"BI_email":"e","\u0065mail":null}}"#,
            r#"[{"record":{"BI_email":"[REDACTED]","\u0065mail":null},"redacted":["BI_email"]}]"#,
        ),
    ] {
        check(payload, expected);
    }
}

#[test]
fn records_are_redacted_by_named_fields_alone_or_on_top() {
    for (payload, expected) in [
        (
            r#"{"record":{ "ssn":1, "a":[{"ssn":2}] , "n":1e400 },"fields":["ssn"]}"#,
            r#"[{"record":{ "ssn":"[REDACTED]", "a":[{"ssn":"[REDACTED]"}] , "n":1e400 },"redacted":["ssn","a.ssn"]}]"#,
        ),
        (
            r#"{"records":[{"\"a":{"b":1}}],"fields":["\"a.b"],"replacement":"\u00e9\""}"#,
            r#"[{"record":{"\"a":{"b":"é\""}},"redacted":["\"a.b"]}]"#,
        ),
        (
            r#"{"record":{"id":1,"email":"e","x":1,"doc":{"ssn":2}},"table":"users","fields":["ssn"],"replacement":""}"#,
            r#"[{"record":{"id":1,"email":"[REDACTED]","doc":{"ssn":""}},"redacted":["email","doc.ssn"]}]"#,
        ),
    ] {
        check(payload, expected);
    }
}

#[test]
fn a_null_counts_as_none_but_not_as_a_record_or_a_field() {
    let plain = r#"[{"record":{"id":1,"email":"[REDACTED]"},"redacted":["email"]}]"#;
    let record = r#""record":{"id":1,"email":"e"}"#;
    for rest in [
        r#""table":"users","fields":null"#,
        r#""table":"users","replacement":null"#,
        r#""table":"users","records":null,"action":null"#,
        r#""fields":["email"],"table":null,"replacement":null"#,
    ] {
        check(&format!("{{{record},{rest}}}"), plain);
    }
    let many = r#"{"records":[{"id":1,"email":"e"}],"record":null,"table":"users"}"#;
    check(many, plain);
    for (payload, field, shows) in [
        (r#"{"record":null,"table":"users"}"#, None, "record or records is missing"),
        (r#"{"record":{},"table":null,"fields":null}"#, None, "table or fields is missing"),
        (r#"{"record":{},"table":null,"replacement":"x"}"#, Some("replacement"), "belongs"),
        (r#"{"records":[null],"table":"users"}"#, Some("records[0]"), "must be a JSON object"),
        (r#"{"record":{},"fields":[null]}"#, Some("fields[0]"), "as text"),
        (r#"{"record":{},"table":"users","field":null}"#, Some("field"), "known are"),
    ] {
        check_refused(payload, VALIDATION_ERROR, field, shows);
    }
}

#[test]
fn what_is_counted() {
    let handled = handle(r#"{"records":[{"email":1},{},{"id":2}],"table":"users"}"#);
    assert_eq!(handled.done, Done::Redacted { records: 3, altered: 1 });
    assert_eq!((&*handled.request_id, handled.audit), ("r-1", None));
}

#[test]
fn a_request_that_is_not_clear_is_refused_as_a_whole() {
    let invalid = |payload: &str, field: Option<&str>, shows: &str| {
        check_refused(payload, VALIDATION_ERROR, field, shows);
    };
    let good = r#"{"email":"secret"}"#;
    invalid("7", None, "a JSON object is expected");
    invalid(r#"{"table":"users"}"#, None, "record or records is missing");
    invalid(r#"{"record":{"a":"secret"}}"#, None, "table or fields is missing");
    for (members, field, shows) in [
        (r#""record":{},"records":[],"table":"users""#, "records", "not both"),
        (r#""records":{"a":"secret"},"table":"users""#, "records", "an array"),
        (r#""record":"secret","table":"users""#, "record", "must be a JSON object"),
        (r#""records":[GOOD,null],"table":"users""#, "records[1]", "must be a JSON object"),
        (r#""records":[GOOD,{"x":1,"\u0078":2}],"table":"users""#, "records[1].x", "stands twice"),
        (r#""record":{"a":{"b":1,"b":2}},"fields":["c"]"#, "record.a.b", "stands twice"),
        (
            r#""record":{"a\u001b[31m":1,"a\u001b[31m":2},"fields":["c"]"#,
            r"record.a\u{1b}[31m",
            "stands twice",
        ),
        (r#""record":GOOD,"table":7"#, "table", "a table's name"),
        (r#""record":GOOD,"table":"""#, "table", "a table's name"),
        (r#""record":GOOD,"table":"a.b.c.users""#, "table", "a table's name"),
        (r#""record":GOOD,"table":".users""#, "table", "a table's name"),
        (r#""record":GOOD,"fields":"ssn""#, "fields", "an array of names"),
        (r#""record":GOOD,"fields":[]"#, "fields", "at least one"),
        (r#""record":GOOD,"fields":["a",["secret"]]"#, "fields[1]", "as text"),
        (r#""record":GOOD,"fields":["a","secret[*]"]"#, "fields[1]", "neither a name"),
        (r#""record":GOOD,"fields":["a"],"replacement":7"#, "replacement", "a text is expected"),
        (r#""record":GOOD,"table":"users","replacement":"x""#, "replacement", "belongs to fields"),
        (r#""record":GOOD,"table":"users","field":["ssn"]"#, "field", "known are record, records"),
        (r#""record":GOOD,"table":"users","table":"users""#, "table", "stands twice"),
        (r#""record":GOOD,"table":"users","action":"secret""#, "action", "no such action"),
    ] {
        invalid(&format!("{{{}}}", members.replace("GOOD", good)), Some(field), shows);
    }
    let long = "é".repeat(257);
    let payload = format!(r#"{{"record":{good},"fields":["a"],"replacement":"{long}"}}"#);
    invalid(&payload, Some("replacement"), "more than 256 characters");
}

#[test]
fn a_table_without_rules_is_refused_even_where_the_pipeline_skips_it() {
    check_refused(
        r#"{"record":{"a":"secret"},"table":"Users"}"#,
        UNLISTED_TABLE,
        Some("table"),
        "\"Users\"",
    );
    check_refused(
        r#"{"record":{},"table":"a\u001b[31m"}"#,
        UNLISTED_TABLE,
        Some("table"),
        r"a\u{1b}[31m",
    );
}

#[test]
fn what_is_no_json_is_refused_by_its_place() {
    check_refused("{\"record\":{secret", PARSE_ERROR, None, "byte 11");
    let deep = format!(r#"{{"record":{}1{},"fields":["a"]}}"#, "[".repeat(200), "]".repeat(200));
    check_refused(&deep, PARSE_ERROR, None, "nested deeper than 128");
}

#[test]
fn a_rule_that_can_not_be_applied_refuses_the_request() {
    for (record, field) in [
        (r#"{"age":"secret"}"#, "records[1].age"),
        (r#"{"phone":"secret 1234567"}"#, "records[1].phone"),
        (r#"{"doc":"secret"}"#, "records[1].doc"),
    ] {
        let payload = format!(r#"{{"records":[{{}},{record}],"table":"people"}}"#);
        check_refused(&payload, TRANSFORMATION_ERROR, Some(field), "no rule could be applied");
    }
    let twice = r#"{"record":{"doc":{"a":1,"a":2}},"table":"people"}"#;
    check_refused(twice, VALIDATION_ERROR, Some("record.doc"), "stands twice");
}

#[test]
fn a_service_sees_a_failed_invocation() {
    for (payload, code, field, shows) in [
        (r#"{"deliveryStreamArn":"arn"}"#, VALIDATION_ERROR, Some("records"), "array of records"),
        (r#"["secret"]"#, VALIDATION_ERROR, Some("[0]"), "element 0: a JSON object"),
        (
            r#"{"Records":[{"body":"secret"}]}"#,
            VALIDATION_ERROR,
            Some("Records"),
            "invoked directly",
        ),
        (
            r#"{"detail-type":"secret","detail":{}}"#,
            VALIDATION_ERROR,
            Some("detail-type"),
            "invoked directly",
        ),
    ] {
        check_refused(payload, code, field, shows);
        let refusal = handle(payload).into_answer().unwrap_err();
        assert_eq!(refusal.code, code);
    }
}

#[test]
fn more_than_fits_is_refused() {
    let records = |count: usize| {
        let list = vec!["{}"; count].join(",");
        format!(r#"{{"records":[{list}],"fields":["a"]}}"#)
    };
    assert_eq!(handle(&records(10_000)).done, Done::Redacted { records: 10_000, altered: 0 });
    check_refused(&records(10_001), TOO_LARGE, Some("records"), "10001 records");

    // 256 characters of four bytes in the place of one digit, some 6,000 times.
    let list = vec![r#"{"a":1}"#; 6_000].join(",");
    let replacement = "\u{1F600}".repeat(256);
    let payload = format!(r#"{{"records":[{list}],"fields":["a"],"replacement":"{replacement}"}}"#);
    check_refused(&payload, TOO_LARGE, Some("records"), "several requests");
}
