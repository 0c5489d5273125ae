use cdc_core::{
    record::SequenceNumber,
    state::{Document, Expected, ProcessorName},
};

use super::{Request, Reset, Whose};

fn processor(name: &str) -> ProcessorName {
    ProcessorName::parse(name).unwrap()
}

fn reset(expected: Option<&str>) -> Request {
    Request::Reset(Reset {
        shard: "shardId-000000000003".to_owned(),
        expected: expected.map(|digits| SequenceNumber::parse(digits).unwrap()),
        reason: "bad deploy".to_owned(),
    })
}

#[test]
fn every_action_is_read() {
    let save = |expected| Request::Save {
        processor: processor("wallboards"),
        document: Document::parse(r#"{"n":1.50}"#).unwrap(),
        expected,
    };
    let shard = r#""shard":"shardId-000000000003","reason":" bad deploy ""#;
    for (request, expected) in [
        (r#"{"action":"status"}"#.to_owned(), Request::Status(Whose::Everybody)),
        (r#"{"action":"status","processor":null}"#.to_owned(), Request::Status(Whose::Everybody)),
        (
            r#"{"action":"status","processor":"cdc-processor"}"#.to_owned(),
            Request::Status(Whose::Pipeline),
        ),
        (
            r#"{"action":"status","processor":"wallboards"}"#.to_owned(),
            Request::Status(Whose::Processor(processor("wallboards"))),
        ),
        (
            r#"{"action":"get","processor":"wallboards"}"#.to_owned(),
            Request::Get(processor("wallboards")),
        ),
        (
            r#"{"action":"save","processor":"wallboards","state":{"n":1.50}}"#.to_owned(),
            save(Expected::Anything),
        ),
        (
            r#"{"action":"save","processor":"wallboards","state":{"n":1.50},"expected":""}"#
                .to_owned(),
            save(Expected::Nothing),
        ),
        (
            r#"{"action":"save","processor":"wallboards","state":{"n":1.50},"expected":"r7"}"#
                .to_owned(),
            save(Expected::Exactly("r7".to_owned())),
        ),
        (format!(r#"{{"action":"reset","expected":"4959",{shard}}}"#), reset(Some("4959"))),
        (format!(r#"{{"action":"reset","expected":"none",{shard}}}"#), reset(None)),
        (
            format!(
                r#"{{"action":"reset","processor":"cdc-processor","expected":"0","state":null,{shard}}}"#
            ),
            reset(Some("0")),
        ),
    ] {
        assert_eq!(Request::parse(request.as_bytes()), Ok(expected), "{request}");
    }
}

/// Refused with this member at fault, and this in the message.
fn check(request: &str, field: Option<&str>, says: &str) {
    let refusal = Request::parse(request.as_bytes()).unwrap_err();
    assert_eq!((refusal.code, refusal.field.as_deref()), ("VALIDATION_ERROR", field), "{request}");
    assert!(refusal.message.contains(says), "{refusal} should say {says}");
}

#[test]
fn what_is_no_request_is_refused() {
    check("", None, "ends too early");
    check("[]", None, "an object");
    check("null", None, "an object");
    check(r#"{"action":"status""#, None, "byte 18");
    check(&" ".repeat((1 << 20) + 1), None, "longer than 1048576 bytes");
    check("{}", Some("action"), "status, get, save or reset");
    check(r#"{"action":"erase"}"#, Some("action"), "status, get, save or reset");
    check(r#"{"action":7}"#, Some("action"), "a text");
    check(r#"{"action":"get","action":"save"}"#, Some("action"), "twice");
    check(r#"{"action":"get","\u0061ction":"save"}"#, Some("action"), "twice");
}

#[test]
fn an_action_takes_its_own_members_only() {
    check(r#"{"action":"status","shard":"s"}"#, Some("shard"), "status takes no such member");
    check(r#"{"action":"get","processor":"a","state":{}}"#, Some("state"), "get takes");
    check(r#"{"action":"save","processor":"a","state":{},"expect":"r7"}"#, Some("expect"), "save");
    check(r#"{"action":"save","processor":"a","state":{},"expect":null}"#, Some("expect"), "save");
    check(r#"{"action":"reset","state":{}}"#, Some("state"), "reset takes");
    check("{\"action\":\"get\",\"a\\nb\":1}", Some("a\\nb"), "get takes");
}

#[test]
fn members_are_bounded_and_checked() {
    let long = "x".repeat(257);
    let get = |name: &str| format!(r#"{{"action":"get","processor":"{name}"}}"#);
    check(r#"{"action":"get"}"#, Some("processor"), "missing");
    check(&get("a b"), Some("processor"), "1 to 128");
    check(&get(&long), Some("processor"), "1 to 128");
    check(&get("cdc-processor"), Some("processor"), "never saved by hand");

    let save = |rest: &str| format!(r#"{{"action":"save","processor":"a"{rest}}}"#);
    check(&save(""), Some("state"), "missing");
    check(&save(r#","state":[]"#), Some("state"), "an object");
    check(&save(r#","state":{"a":1,"a":2}"#), Some("state"), "twice");
    let count = r#","state":{"processedCount":-1}"#;
    check(&save(count), Some("state.processedCount"), "whole number");
    check(&save(&format!(r#","state":{{}},"expected":"{long}""#)), Some("expected"), "256");
    check(&save(r#","state":{},"expected":7"#), Some("expected"), "a text");
    let pipeline = r#"{"action":"save","processor":"cdc-processor","state":{}}"#;
    check(pipeline, Some("processor"), "never saved by hand");
}

#[test]
fn a_reset_needs_shard_expected_and_reason() {
    let reset = |members: &str| format!(r#"{{"action":"reset",{members}}}"#);
    let (shard, expected) = (r#""shard":"shardId-000000000003""#, r#""expected":"4959""#);
    check(&reset(expected), Some("shard"), "missing");
    check(&reset(shard), Some("expected"), "missing");
    check(&reset(&format!("{shard},{expected}")), Some("reason"), "missing");
    let with = |reason: &str| reset(&format!(r#"{shard},{expected},"reason":"{reason}""#));
    check(&with(" "), Some("reason"), "1 to 256");
    check(&with(&"x".repeat(257)), Some("reason"), "1 to 256");
    check(&reset(r#""shard":"a|b""#), Some("shard"), "shard's id");
    check(&reset(&format!(r#"{shard},"expected":"""#)), Some("expected"), "sequenceNumber");
    check(&reset(&format!(r#"{shard},"expected":"r7""#)), Some("expected"), "sequenceNumber");
    check(&reset(r#""processor":"wallboards""#), Some("processor"), "for cdc-processor");
}
