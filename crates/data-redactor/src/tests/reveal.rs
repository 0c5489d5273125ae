//! The way back: under its own alias, for a reason, with a line of audit for each use.

use cdc_aws::function::Invocation;
use serde_json::{Value, json};

use super::{invocation, redactor};
use crate::{
    Audit, Done, Handled,
    refusal::{
        CODES, NOT_REVEALABLE, PARSE_ERROR, REVEAL_NOT_ALLOWED, UNLISTED_TABLE, VALIDATION_ERROR,
    },
};

fn asked_under(alias: Option<&str>, payload: &str) -> Handled {
    let alias = alias.map(str::to_owned);
    redactor("reject").handle(payload.as_bytes(), &Invocation { alias, ..invocation() })
}

fn reveal(request: &Value) -> Handled {
    asked_under(Some("reveal"), &request.to_string())
}

/// What stands in the place of a person's column.
fn withheld(column: &str, value: &Value) -> Value {
    let request = json!({"record": {column: value}, "table": "people"});
    let handled = asked_under(None, &request.to_string());
    let answer: Value = serde_json::from_str(&handled.answer).unwrap();
    answer["records"][0]["record"][column].clone()
}

fn request(column: &str, values: &[Value]) -> Value {
    json!({"action": "reveal", "table": "people", "column": column, "values": values,
        "reason": "access request 4711"})
}

/// The request is refused, audited, and tells nothing.
fn check_refused(handled: &Handled, code: &str, field: Option<&str>, shows: &str) {
    let answer: Value = serde_json::from_str(&handled.answer).unwrap();
    let error = &answer["error"];
    assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)), "{answer}");
    assert!(error["message"].as_str().unwrap().contains(shows), "{answer}");
    assert!(!handled.answer.contains("secret"), "{answer}");
    assert_eq!(handled.done, Done::Nothing);
    assert!(handled.audit.is_some() && CODES.contains(&code), "{answer}");
}

#[test]
fn what_was_withheld_comes_back_in_its_order() {
    for (column, name, values) in [
        (
            "email",
            "email",
            vec![json!("ada@example.com"), json!(7), json!(null), json!({"a": [1]})],
        ),
        ("phone", "PHONE", vec![json!("+1-202-555-0147"), json!(5_550_147), json!(null)]),
        ("card", "card", vec![json!("4111-1111-1111-1111")]),
    ] {
        let made: Vec<Value> = values.iter().map(|value| withheld(column, value)).collect();
        let handled = reveal(&request(name, &made));
        let answer: Value = serde_json::from_str(&handled.answer).unwrap();
        assert_eq!(answer, json!({"values": values}));
        assert_eq!(handled.done, Done::Revealed);
        assert_eq!(
            handled.audit,
            Some(Audit {
                alias: "reveal".into(),
                table: "people".into(),
                column: name.into(),
                values: values.len(),
                reason: "access request 4711".into(),
            })
        );
    }
    let doc = withheld("doc", &json!({"ssn": "000-12-3456"}));
    let handled = reveal(&request("doc.ssn", &[doc["ssn"].clone()]));
    assert_eq!(handled.answer, r#"{"values":["000-12-3456"]}"#);
    let card = withheld("card", &json!("4111-1111-1111-1111"));
    let mut versioned = request("card", std::slice::from_ref(&card));
    versioned["version"] = json!(1);
    assert_eq!(reveal(&versioned).answer, r#"{"values":["4111-1111-1111-1111"]}"#);
}

#[test]
fn nobody_reveals_without_the_alias_and_nothing_else_is_done_under_it() {
    let made = withheld("email", &json!("secret"));
    let asked = request("email", &[made]).to_string();
    for alias in [None, Some("live"), Some("Reveal"), Some("")] {
        let handled = asked_under(alias, &asked);
        check_refused(&handled, REVEAL_NOT_ALLOWED, Some("action"), "--qualifier reveal");
        let audit = handled.audit.clone().unwrap();
        assert_eq!((&*audit.alias, audit.values), (alias.unwrap_or("-"), 1));
        assert!(handled.into_answer().is_ok(), "who asks directly gets a refusal as an answer");
    }
    let redact = r#"{"record":{"email":"secret"},"table":"people"}"#;
    let under = |payload: &str| asked_under(Some("reveal"), payload);
    check_refused(&under(redact), VALIDATION_ERROR, Some("action"), "under the alias reveal only");
    assert!(asked_under(Some("live"), redact).refusal.is_none());
    check_refused(&under("{\"secret"), PARSE_ERROR, None, "the payload is");
    for service in ["[]", r#"{"deliveryStreamArn":"arn","records":[]}"#] {
        let handled = under(service);
        check_refused(&handled, VALIDATION_ERROR, Some("action"), "under the alias reveal only");
        assert!(handled.into_answer().is_err(), "a service sees a failed invocation");
    }
}

#[test]
fn a_request_that_is_not_clear_is_refused() {
    let good = request("email", &[withheld("email", &json!("secret"))]);
    for (member, value, field, shows) in [
        ("reason", json!(null), "reason", "1 to 500 characters"),
        ("reason", json!(" "), "reason", "1 to 500 characters"),
        ("reason", json!(7), "reason", "1 to 500 characters"),
        ("reason", json!("two\nlines"), "reason", "on one line"),
        ("reason", json!("é".repeat(501)), "reason", "1 to 500 characters"),
        ("values", json!(null), "values", "1 to 1000"),
        ("values", json!([]), "values", "1 to 1000"),
        ("values", json!("secret"), "values", "1 to 1000"),
        ("values", json!(vec![0; 1001]), "values", "1 to 1000"),
        ("column", json!(null), "column", "a column's name"),
        ("column", json!(["email"]), "column", "a column's name"),
        ("table", json!(null), "table", "missing"),
        ("table", json!("a.b.c.d"), "table", "a table's name"),
        ("version", json!(0), "version", "1 to 9999"),
        ("version", json!("1"), "version", "1 to 9999"),
        ("version", json!(1.5), "version", "1 to 9999"),
        ("version", json!(1), "version", "same_length alone"),
        ("records", json!([]), "records", "known are action, table, column"),
    ] {
        let mut asked = good.clone();
        asked[member] = value;
        check_refused(&reveal(&asked), VALIDATION_ERROR, Some(field), shows);
    }
    let twice = good.to_string().replacen('{', r#"{"table":"users","#, 1);
    let handled = asked_under(Some("reveal"), &twice);
    check_refused(&handled, VALIDATION_ERROR, Some("table"), "stands twice");
    let mut asked = good;
    asked["table"] = json!("salaries");
    check_refused(&reveal(&asked), UNLISTED_TABLE, Some("table"), "config/tables; by its rules");
}

#[test]
fn one_value_that_can_not_be_had_back_refuses_all() {
    let made = withheld("email", &json!("ada@example.com"));
    for (column, values, field, shows) in [
        ("email", vec![made.clone(), json!("secret")], "values[1]", "not what encrypt leaves"),
        ("email", vec![made.clone(), json!(null), json!(7)], "values[2]", "not what encrypt"),
        ("doc.ssn", vec![json!("vault.1:secretss")], "values[0]", "not a ciphertext"),
        ("phone", vec![json!("secret")], "values[0]", "not of the token's alphabet"),
        ("age", vec![json!(30)], "column", "withheld by truncate"),
        ("id", vec![json!(30)], "column", "withhold no such column"),
        ("secret", vec![made], "column", "withhold no such column"),
    ] {
        check_refused(&reveal(&request(column, &values)), NOT_REVEALABLE, Some(field), shows);
    }
}

#[test]
fn an_audit_tells_texts_escaped_and_cut() {
    let mut asked = request("email", &[json!("secret")]);
    asked["reason"] = json!(format!("a \"b\"\n\u{1b}[31m{}", "x".repeat(600)));
    asked["column"] = json!("\u{202e}email");
    asked["table"] = json!("t".repeat(300));
    let audit = reveal(&asked).audit.unwrap();
    assert!(audit.reason.starts_with(r#"a "b"\n\u{1b}[31mx"#), "{}", audit.reason);
    assert!(audit.reason.len() < 530 && audit.reason.ends_with("x…"), "{}", audit.reason);
    assert_eq!(audit.column, r"\u{202e}email");
    assert_eq!(audit.table.chars().count(), 257);
    let shown = format!("{:?}", reveal(&request("email", &[withheld("email", &json!("secret"))])));
    assert!(!shown.contains("secret"), "{shown}");
}
