//! What redaction makes of whole events: keys, ids, moved rows, ciphertexts, and rules that can't be applied.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{details, prepare_with, told};
use crate::{
    pipeline::Pipeline,
    testing::{pipeline_of, raw},
};

/// A pipeline with the table `t` by these settings, and keys that everybody knows.
fn pipeline(settings: &str) -> Pipeline {
    let text = format!("version: 1\npipeline: coredb\ntables:\n  t: {{{settings}}}\n");
    let pipeline = pipeline_of(&text);
    let rules = Arc::unwrap_or_clone(pipeline.rules).with_fixed_keys();
    Pipeline { rules: Arc::new(rules), ..pipeline }
}

fn published(settings: &str, data: &str) -> Vec<Value> {
    let details = details(&pipeline(settings), data);
    details.iter().map(|detail| serde_json::from_str(detail).unwrap()).collect()
}

const MOVED: &str = r#"{"table":"t","operation":"UPDATE","before":{"ssn":"000-12-3456","a":1},"after":{"ssn":"000-12-9999","a":2}}"#;

#[test]
fn a_withheld_key_is_withheld_wherever_it_stands() {
    for method in ["hash", "tokenize, same_length: true"] {
        let settings = format!(
            "keys: [ssn], include: [a], redact: [{{fields: [ssn], method: {method}, key: k}}]"
        );
        let pipeline = pipeline(&settings);
        let details = details(&pipeline, MOVED);
        assert_eq!(details.len(), 2, "{details:?}");
        for detail in &details {
            assert!(!detail.contains("12-3456") && !detail.contains("12-9999"), "{detail}");
        }
        let [delete, insert]: [Value; 2] =
            [&details[0], &details[1]].map(|detail| serde_json::from_str(detail).unwrap());
        assert_eq!(delete["keys"], insert["metadata"]["movedFrom"]);
        assert_eq!(insert["keys"], delete["metadata"]["movedTo"]);
        assert_ne!(delete["keys"], insert["keys"]);
    }
}

#[test]
fn a_withheld_key_leaves_the_events_id_as_it_was() {
    let plain = published("keys: [ssn], include: [a]", MOVED);
    let hashed = published(
        "keys: [ssn], include: [a], redact: [{fields: [ssn], method: hash, key: k}]",
        MOVED,
    );
    for (plain, hashed) in plain.iter().zip(&hashed) {
        assert_eq!(plain["metadata"]["eventId"], hashed["metadata"]["eventId"]);
        assert_eq!(plain["metadata"]["order"], hashed["metadata"]["order"]);
    }
}

#[test]
fn images_are_withheld_and_what_was_altered_is_named_under_its_published_name() {
    let settings = "keys: [id], include: [id, mail, doc, born], rename: {mail: email}, types: {born: date}, \
                    redact: [{fields: [mail], method: mask}, '**.iban', {fields: [born], method: \
                    truncate, to: year}]";
    let data = r#"{"table":"t","operation":"UPDATE","before":{"id":1,"mail":"a@b.c","doc":{"iban":1}},"after":{"id":1,"mail":"d@b.c","doc":{"no":1},"born":18262}}"#;
    let detail = &published(settings, data)[0];
    let before = json!({"id":1,"email":"x@x.x","doc":{"iban":"[REDACTED]"}});
    let after = json!({"id":1,"email":"x@x.x","doc":{"no":1},"born":"2020-01-01"});
    assert_eq!((&detail["before"], &detail["after"]), (&before, &after));
    assert_eq!(detail["metadata"]["redacted"], json!(["email", "doc", "born"]));
    assert_eq!(detail["changed"], json!(["email", "doc"]), "the values themselves are compared");
}

#[test]
fn a_ciphertext_is_the_events_own_and_the_same_on_redelivery() {
    let settings = "keys: none, include: [a], redact: [{fields: [a], method: encrypt, key: k}]";
    let pipeline = pipeline(settings);
    let of = |number, data: &str| {
        let prepared = prepare_with(&pipeline, vec![raw(number, "k", data.to_owned())]);
        let super::Work::Publish(events) = &prepared[0].units[0].work else { panic!("published") };
        let detail: Value = serde_json::from_str(events[0].event.detail.get()).unwrap();
        detail["after"]["a"].as_str().unwrap().to_owned()
    };
    let data = r#"{"table":"t","operation":"INSERT","after":{"a":"secret"}}"#;
    assert_eq!(of(1, data), of(1, data));
    assert_ne!(of(1, data), of(2, data), "another event");
}

#[test]
fn a_rule_that_cannot_be_applied_fails_the_change_and_names_the_field() {
    for (redact, row, expected) in [
        (
            "{fields: [phone], method: tokenize, key: k}",
            r#"{"phone":"12 34"}"#,
            "TRANSFORMATION_ERROR: the rule for \"phone\" could not be applied: it has fewer than 6 \
             characters of the alphabet, too few for a token that nobody can guess",
        ),
        (
            "doc.ssn",
            r#"{"doc":"plain 000-12-3456"}"#,
            "TRANSFORMATION_ERROR: the rule for \"doc\" could not be applied: a path of the rules leads \
             into it, and it is plain text",
        ),
        (
            "doc.a.ssn",
            r#"{"doc":{"a":{"ssn":1,"\u0073sn":2}}}"#,
            "VALIDATION_ERROR: the rule for \"doc.a\" could not be applied: the member \"ssn\" stands twice \
             in it",
        ),
    ] {
        let settings = format!("keys: none, include: [phone, doc], redact: [{redact}]");
        let data = format!(r#"{{"table":"t","operation":"INSERT","after":{row}}}"#);
        let prepared = prepare_with(&pipeline(&settings), vec![raw(1, "k", data)]);
        assert_eq!(told(&prepared[0].units[0].work), expected);
    }
}

#[test]
fn what_is_named_like_a_value_before_is_withheld_as_its_column() {
    let settings = "keys: none, include: ['*'], redact: [email, doc.ssn], exclude: [pin]";
    let data = r#"{"table":"t","operation":"INSERT","after":{"BI_email":"a","BI_doc":{"ssn":1},"BI_pin":2,"x":3}}"#;
    let after = &published(settings, data)[0]["after"];
    assert_eq!(*after, json!({"BI_email":"[REDACTED]","BI_doc":{"ssn":"[REDACTED]"},"x":3}));
}
