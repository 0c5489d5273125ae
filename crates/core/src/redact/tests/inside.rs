//! Paths that lead into columns: members, elements, and JSON in texts.

use super::methods::redacted;

/// The entries of `redact`, a row, and what becomes of it, or a part of why nothing does.
fn check(redact: &str, row: &str, expected: Result<&str, &str>) {
    match (redacted(redact, row), expected) {
        (Ok(made), Ok(expected)) => assert_eq!(made, expected, "[{redact}] of {row}"),
        (Err(error), Err(expected)) => {
            let error = error.to_string();
            assert!(error.contains(expected), "[{redact}] of {row}: {error}");
        }
        (made, expected) => panic!("[{redact}] of {row}: {made:?}, expected {expected:?}"),
    }
}

#[test]
fn a_path_hits_what_its_names_lead_to() {
    for (redact, row, expected) in [
        ("a.b", r#"{"a":{"b":1,"c":2},"b":3}"#, r#"{"a":{"b":"[REDACTED]","c":2},"b":3}"#),
        ("a.b", r#"{"A":{"\u0042":1}}"#, r#"{"A":{"\u0042":"[REDACTED]"}}"#),
        (
            "a.b",
            r#"{"a":[{"b":1},[{"b":2}],null]}"#,
            r#"{"a":[{"b":"[REDACTED]"},[{"b":"[REDACTED]"}],null]}"#,
        ),
        ("'a[].b'", r#"{"a":[{"b":1}]}"#, r#"{"a":[{"b":"[REDACTED]"}]}"#),
        ("a.b", r#"{"a":{"b":null}}"#, r#"{"a":{"b":null}}"#),
        ("a.b", r#"{"a":null}"#, r#"{"a":null}"#),
        ("a.b", r#"{"a.b":1}"#, r#"{"a.b":"[REDACTED]"}"#),
        (
            "a.b.c",
            r#"{"a.b":{"c":1},"a":{"b.c":2}}"#,
            r#"{"a.b":{"c":"[REDACTED]"},"a":{"b.c":"[REDACTED]"}}"#,
        ),
        ("'\"a.b\"'", r#"{"a.b":1,"a":{"b":2}}"#, r#"{"a.b":"[REDACTED]","a":{"b":2}}"#),
        (
            "a.b",
            r#"{ "a" : { "b" : [1, 2] , "c":1.0 } }"#,
            r#"{"a":{ "b" : "[REDACTED]" , "c":1.0 }}"#,
        ),
        ("a.b", r#"{"BI_a":{"b":1}}"#, r#"{"BI_a":{"b":"[REDACTED]"}}"#),
        (
            "'a.*'",
            r#"{"a":{"b":1,"c":{"d":2}},"e":3}"#,
            r#"{"a":{"b":"[REDACTED]","c":"[REDACTED]"},"e":3}"#,
        ),
        (
            "'*.b'",
            r#"{"a":{"b":1},"c":[{"b":2}],"b":3,"d":"x"}"#,
            r#"{"a":{"b":"[REDACTED]"},"c":[{"b":"[REDACTED]"}],"b":3,"d":"x"}"#,
        ),
        (
            "'**.b'",
            r#"{"b":1,"a":{"b":2,"c":{"b":3}}}"#,
            r#"{"b":"[REDACTED]","a":{"b":"[REDACTED]","c":{"b":"[REDACTED]"}}}"#,
        ),
        (
            "'a.**.b'",
            r#"{"b":1,"a":{"b":2,"c":{"b":3}}}"#,
            r#"{"b":1,"a":{"b":"[REDACTED]","c":{"b":"[REDACTED]"}}}"#,
        ),
        ("'a.**'", r#"{"b":1,"a":{"b":2}}"#, r#"{"b":1,"a":"[REDACTED]"}"#),
        ("'*'", r#"{"a":1,"b":{"c":2}}"#, r#"{"a":"[REDACTED]","b":"[REDACTED]"}"#),
    ] {
        check(redact, row, Ok(expected));
    }
}

#[test]
fn the_rule_that_says_more_counts() {
    for (redact, row, expected) in [
        ("'*', {fields: [a], method: null}", r#"{"a":1,"b":2}"#, r#"{"a":null,"b":"[REDACTED]"}"#),
        ("'**.b', {fields: ['*.b'], method: null}", r#"{"a":{"b":2}}"#, r#"{"a":{"b":null}}"#),
        ("'**.b', {fields: [a.b], method: null}", r#"{"a":{"b":2}}"#, r#"{"a":{"b":null}}"#),
        // What is withheld as a whole is not looked into.
        ("a, {fields: [a.b], method: null}", r#"{"a":{"b":2}}"#, r#"{"a":"[REDACTED]"}"#),
    ] {
        check(redact, row, Ok(expected));
    }
}

#[test]
fn json_in_a_text_is_looked_into() {
    let inner = r#"{"a":"{\"b\":\"\\u0078\", \"c\":1}"}"#;
    check("a.b", inner, Ok(r#"{"a":"{\"b\":\"[REDACTED]\", \"c\":1}"}"#));
    check("'**.b'", inner, Ok(r#"{"a":"{\"b\":\"[REDACTED]\", \"c\":1}"}"#));
    check("a.d", inner, Ok(inner));
    let twice = r#"{"a":"{\"x\":\"{\\\"b\\\":1}\"}"}"#;
    check("a.x.b", twice, Ok(r#"{"a":"{\"x\":\"{\\\"b\\\":\\\"[REDACTED]\\\"}\"}"}"#));
    check("a.b", r#"{"a":"[{\"b\":1}]"}"#, Ok(r#"{"a":"[{\"b\":\"[REDACTED]\"}]"}"#));
    let mut deep = "{\"b\":1}".to_owned();
    for _ in 0..6 {
        let mut text = String::new();
        crate::json::write_string(&mut text, &deep);
        deep = format!("{{\"x\":{text}}}");
    }
    check("'**.b'", &deep, Err("deeper than is looked into"));
}

#[test]
fn what_a_path_cannot_look_into_fails_and_what_a_wildcard_cannot_stays() {
    for (redact, row, why) in [
        ("a.b", r#"{"a":"1 Main Street"}"#, "leads into it, and it is plain text"),
        ("a.b", r#"{"a":7}"#, "it is a number"),
        ("a.b", r#"{"a":[{"b":1},true]}"#, "it is true or false"),
        ("a.b", r#"{"a":"{\"b\":1"}"#, "the JSON in its text can't be read"),
        ("'**.b'", r#"{"a":"{\"b\":1"}"#, "the JSON in its text can't be read"),
        ("'**.b'", r#"{"a":"[ {\"b\""}"#, "the JSON in its text can't be read"),
        ("'a.*.b'", r#"{"a":"x"}"#, "plain text"),
        ("a.b", r#"{"a":{"b":1,"\u0062":2}}"#, "the member \"b\" stands twice"),
        ("a.b", r#"{"a":"{\"b\":1,\"b\":2}"}"#, "the member \"b\" stands twice"),
        (
            "{fields: [a.b], method: mask}",
            r#"{"a":{"b":[true]}}"#,
            "no rule could be applied to \"a.b\"",
        ),
    ] {
        check(redact, row, Err(why));
    }
    for row in [
        r#"{"a":"1 Main Street","b2":7,"c":true}"#,
        r#"{"a":"[urgent] call {name}"}"#,
        r#"{"a":"{not json}"}"#,
    ] {
        check("'**.b', '*.b'", row, Ok(row));
    }
    check("'a.*.b'", r#"{"a":{"x":"plain"}}"#, Ok(r#"{"a":{"x":"plain"}}"#));
}
