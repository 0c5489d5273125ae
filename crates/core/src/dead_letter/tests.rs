//! Letters read, shown, and found again in the stream.

use serde_json::{Value, json};

use super::{Letter, OpenLetter, Original, read, show, write, write_pointing_to};
use crate::{
    claim_check::{Buckets, ClaimCheck},
    failure::Failure,
    objects::BucketName,
    pipeline::{IdKey, Pipeline},
    record::{RawRecord, Record, RecordKey, expand},
    testing::{aggregate, arrived, pipeline, raw, shard, update},
};

fn body(data: impl Into<bytes::Bytes>) -> String {
    letter_of(&expand(vec![raw(7, "ada", data)]).records[0], &Failure::validation("a \"b\""))
}

fn letter_of(record: &Record, failure: &Failure) -> String {
    with_letter(record, failure, write)
}

fn with_letter(
    record: &Record,
    failure: &Failure,
    write: impl FnOnce(&Letter<'_>) -> String,
) -> String {
    write(&Letter {
        pipeline: "test",
        shard: &shard(),
        record,
        key: RecordKey::of(record),
        part: 0,
        half: Some(1),
        whole: false,
        table: Some("t"),
        event_id: Some("0123456789abcdef0123456789abcdef"),
        carried: None,
        failure,
        attempts: 3,
        last_attempt: arrived(),
        id_key: &pipeline().id_key,
    })
}

#[test]
fn what_is_written_is_read() {
    let record = &expand(vec![raw(7, "ada", update("a", 1))]).records[0];
    let letter = read(&body(update("a", 1))).unwrap();
    assert_eq!(letter.original, Original::Event(update("a", 1).into()));
    assert_eq!((&*letter.pipeline, letter.attempts, letter.last_attempt), ("test", 3, arrived()));
    assert_eq!((&*letter.code, &*letter.message), ("VALIDATION_ERROR", "a \"b\""));
    assert_eq!(letter.event_id.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    assert_eq!(letter.table.as_deref(), Some("t"));
    let place = &letter.place;
    assert_eq!((&*place.stream, &*place.shard), (&*shard().stream_arn, &*shard().id));
    assert_eq!((&place.position, place.part, place.half), (&record.position, 0, Some(1)));
    assert_eq!((place.key, &*place.partition_key), (RecordKey::of(record), "ada"));
    assert_eq!(place.arrived, arrived());

    assert_eq!(read(&body("{no")).unwrap().original, Original::Data("{no".into()));
    let pointer = letter_of(record, &Failure::validation("x").by_pointer());
    assert_eq!(read(&pointer).unwrap().original, Original::Pointer);
}

/// A letter whose record lies in a bucket, and what points to it.
fn stored_body(data: impl Into<bytes::Bytes>) -> (String, ClaimCheck) {
    let record = &expand(vec![raw(7, "ada", data)]).records[0];
    let buckets = Buckets::new(None, Some(BucketName::parse("records").unwrap())).unwrap();
    let check = buckets.checked_record(&record.data).unwrap().check;
    let pointing = |letter: &Letter<'_>| write_pointing_to(letter, &check);
    (with_letter(record, &Failure::parse("x"), pointing), check.clone())
}

#[test]
fn a_letter_of_a_stored_record_is_read_and_takes_no_other_bytes() {
    let (body, check) = stored_body(update("a", 1));
    let letter = read(&body).unwrap();
    assert_eq!(letter.original, Original::Object(check));
    assert!(letter.is_sealed(&pipeline().id_key));
    let stream = &shard().stream_arn;
    assert!(letter.replayable(stream).is_none());
    assert!(letter.replayable_of(stream, update("a", 1).into()).is_ok());
    assert!(letter.replayable_of(stream, update("a", 2).into()).is_err());
    let carrying = read(&self::body(update("a", 1))).unwrap();
    assert!(carrying.replayable_of(stream, update("a", 1).into()).is_err(), "it names no object");
}

#[test]
fn a_claim_check_is_strict_and_sealed() {
    let (body, _) = stored_body("{no");
    let good: Value = serde_json::from_str(&body).unwrap();
    let changed = |at: &str, to: Value| {
        let mut letter = good.clone();
        *letter.pointer_mut(at).unwrap() = to;
        read(&letter.to_string())
    };
    let lengthy = "k".repeat(1025);
    for (at, to, expected) in [
        ("/claimCheck", json!(1), "claimCheck is no JSON object"),
        (
            "/claimCheck/bucket",
            json!("arn:aws:s3:::x"),
            "bucket in claimCheck is no name of a bucket",
        ),
        ("/claimCheck/key", json!(""), "key in claimCheck is empty or too long"),
        ("/claimCheck/key", json!(lengthy), "key in claimCheck is empty or too long"),
        ("/claimCheck/size", json!(11 << 20), "size in claimCheck is more than a record has"),
        ("/claimCheck/size", json!("3"), "size in claimCheck is no whole number that fits"),
        ("/claimCheck/sha256", json!("0"), "sha256 in claimCheck is no SHA-256"),
        ("/claimCheck/sha256", json!("A".repeat(64)), "sha256 in claimCheck is no SHA-256"),
        ("/originalPointer", Value::Null, "claimCheck stands beside another original"),
    ] {
        let error = changed(at, to.clone()).unwrap_err().to_string();
        assert!(error.contains(expected), "{at} {to}: {error}");
    }
    for (at, to) in [
        ("/claimCheck/bucket", json!("others")),
        ("/claimCheck/key", json!("records/other")),
        ("/claimCheck/size", json!(4)),
        ("/claimCheck/sha256", json!("0".repeat(64))),
        // What it is to a reader that knows no claim check.
        ("/claimCheck", Value::Null),
    ] {
        assert!(!changed(at, to).unwrap().is_sealed(&pipeline().id_key), "{at}");
    }
}

#[test]
fn an_original_stays_byte_for_byte() {
    for text in ["{\"a\": 1.50, \"b\":1e400 }", "12345678901234567890123", "\"\\u0041\"", "[1, 2]"]
    {
        assert_eq!(read(&body(text)).unwrap().original, Original::Event(text.into()), "{text}");
    }
}

#[test]
fn a_seal_holds_all_that_decides_about_the_event() {
    let key = pipeline().id_key;
    let good: Value = serde_json::from_str(&body("{}")).unwrap();
    let sealed = |letter: &Value| read(&letter.to_string()).unwrap().is_sealed(&key);
    assert!(sealed(&good));
    assert!(!read(&good.to_string()).unwrap().is_sealed(&IdKey::new(&[8; 32]).unwrap()));
    for (at, to) in [
        ("/pipeline", json!("other")),
        ("/position/stream", json!("arn:aws:kinesis:us-east-1:123456789012:stream/other")),
        ("/position/shard", json!("shardId-000000000004")),
        ("/position/sequenceNumber", json!("8")),
        ("/position/subSequence", json!(1)),
        ("/position/part", json!(1)),
        ("/position/half", json!(0)),
        ("/position/half", Value::Null),
        ("/position/recordKey", json!("0".repeat(32))),
        ("/position/partitionKey", json!("eve")),
        ("/position/arrivedAt", json!("2024-06-01T00:00:00.001Z")),
        ("/originalEvent", json!({"a": 1})),
        ("/seal", json!("0".repeat(32))),
        ("/seal", json!("")),
        ("/seal", Value::Null),
    ] {
        let mut letter = good.clone();
        *letter.pointer_mut(at).unwrap() = to;
        assert!(!sealed(&letter), "{at}");
    }
    let mut whole = good.clone();
    whole["position"]["whole"] = true.into();
    // The same bytes, carried another way.
    let mut data = good.clone();
    data["originalEvent"] = Value::Null;
    data["originalData"] = json!({"encoding": "base64", "data": "e30="});
    let mut without = good;
    without.as_object_mut().unwrap().remove("seal");
    assert!([whole, data, without].iter().all(|letter| !sealed(letter)));
}

#[test]
fn nothing_of_a_letter_is_in_its_debug() {
    let text = format!("{:?}", read(&body(update("secret", 1))).unwrap());
    assert!(!text.contains("secret") && !text.contains("ada"), "{text}");
}

/// Changes one member of a good letter, or takes it away, and expects this to be wrong with it.
fn check(at: &str, to: Option<Value>, expected: &str) {
    let mut letter: Value = serde_json::from_str(&body(update("a", 1))).unwrap();
    let (parent, member) = at.rsplit_once('/').unwrap();
    let object = letter.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match to.clone() {
        Some(value) => object.insert(member.to_owned(), value),
        None => object.remove(member),
    };
    let error = read(&letter.to_string()).unwrap_err().to_string();
    let expected = format!("no dead letter of this pipeline's: {expected}");
    assert_eq!(error, expected, "{at} as {to:?}");
}

#[test]
fn what_a_replay_depends_on_is_strict() {
    let one = "exactly one of originalEvent, originalData and originalPointer must be set";
    check("/version", Some(json!(2)), "its version is 2, and this program knows 1");
    check("/version", Some(json!("1")), "version in it is no whole number that fits");
    check("/version", None, "version in it is missing");
    check("/originalEvent", None, one);
    check("/originalEvent", Some(Value::Null), one);
    check("/originalData", Some(json!({"encoding": "base64", "data": ""})), one);
    check("/error", None, "error is no JSON object");
    check("/error/code", Some(json!(1)), "code in error is no text");
    check("/pipeline", Some(Value::Null), "pipeline in it is no text");
    check("/attempts", Some(json!(-1)), "attempts in it is no whole number that fits");
    check("/attempts", Some(json!("3")), "attempts in it is no whole number that fits");
    check("/lastAttempt", Some(json!("yesterday")), "lastAttempt in it is no time (RFC 3339)");
    check("/table", Some(json!(1)), "table in it is no text");
    check("/position", Some(json!([])), "position is no JSON object");
    check("/position/stream", None, "stream in position is missing");
    check("/position/shard", None, "shard in position is missing");
    check(
        "/position/sequenceNumber",
        Some(json!("007")),
        "sequenceNumber in position is not a sequence number: 1 to 129 decimal digits without leading zeros expected",
    );
    check("/position/subSequence", None, "subSequence in position is missing");
    check("/position/part", Some(json!(1.5)), "part in position is no whole number that fits");
    check("/position/part", Some(json!(u32::MAX)), "part in position is more than a record holds");
    check("/position/half", Some(json!(2)), "half in position is neither 0 nor 1");
    check("/position/recordKey", Some(json!("x")), "recordKey in position is no record key");
    check(
        "/position/partitionKey",
        Some(json!("x".repeat(1025))),
        "partitionKey in position is too long",
    );
    check("/position/arrivedAt", None, "arrivedAt in position is missing");
}

#[test]
fn what_is_no_letter_says_so_without_a_word_of_it() {
    for (text, expected) in [
        ("secret", "it is not valid JSON at byte 0: a value is expected"),
        ("[1]", "it is no JSON object"),
        ("{\"version\":1,\"version\":1}", "a member of it stands twice"),
        ("{}", "version in it is missing"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert_eq!(error, format!("no dead letter of this pipeline's: {expected}"));
    }
    let other = body("{no")
        .replace("\"encoding\":\"base64\",\"data\":\"", "$0\"encoding\":\"hex\",\"data\":\"");
    assert!(read(&other).is_err());
    let bad = body("{no").replace("e25v", "e25v!");
    assert!(read(&bad).unwrap_err().to_string().ends_with("originalData must be base64"));
    let record = &expand(vec![raw(7, "ada", update("a", 1))]).records[0];
    let pointer = letter_of(record, &Failure::validation("x").by_pointer());
    let elsewhere = pointer.replacen("\"sequenceNumber\":\"7\"", "\"sequenceNumber\":\"8\"", 1);
    let error = read(&elsewhere).unwrap_err().to_string();
    assert!(error.ends_with("originalPointer and position differ"), "{error}");
}

#[test]
fn texts_of_a_letter_are_bounded_and_escaped() {
    let mut letter: Value = serde_json::from_str(&body(update("a", 1))).unwrap();
    letter["error"]["message"] = format!("\u{1b}[31m{}", "x".repeat(5000)).into();
    letter["table"] = "t".repeat(5000).into();
    letter["unknown"] = json!({"a": [1, 2]});
    let read = read(&letter.to_string()).unwrap();
    assert!(read.message.starts_with("\\u{1b}[31mxxx") && read.message.len() < 1020);
    assert_eq!(read.table.as_deref().map(str::len), Some(255));
}

#[test]
fn a_change_is_shown_as_its_tables_rules_have_it() {
    let Pipeline { rules, id_key, .. } = pipeline();
    let shown = |body: &str| show(&read(body).unwrap(), &rules, &id_key).to_json();
    let whole = |data: &str| shown(&body(data.to_owned()).replace(",\"half\":1", ""));
    let row = r#"{"table":"t","operation":"UPDATE","before":{"id":"a","bio":"b"},"after":{"id":"a","v":1.0,"ssn":"078","pin":1}}"#;
    assert_eq!(
        whole(row),
        r#"{"kind":"change","envelope":"native","database":null,"schema":null,"table":"t","operation":"UPDATE","snapshot":false,"keys":null,"before":{"id":"a"},"after":{"id":"a","v":1.0,"ssn":"[REDACTED]"},"redacted":["ssn"],"unchanged":[],"raw":[]}"#
    );
    for (data, expected) in [
        (r#"{"ts_ms":1}"#, r#"{"kind":"other","is":"heartbeat"}"#),
        (
            r#"{"table":"nobody","operation":"INSERT","after":{"id":1,"name":"Grace"}}"#,
            r#"{"kind":"withheld","why":"unlisted","table":"nobody","bytes":71}"#,
        ),
        (
            "{no",
            r#"{"kind":"withheld","why":"undecodable","bytes":3,"fingerprint":"0c4ff6f9c96d34f29ef5a333e5f177f3","begins":"json","message":"the record is not valid JSON at byte 1: a member name in quotes is expected"}"#,
        ),
    ] {
        assert_eq!(whole(data), expected, "{data}");
    }
    let large = format!(
        r#"{{"table":"log","operation":"INSERT","after":{{"big":"{}"}}}}"#,
        "x".repeat(70_000)
    );
    assert!(whole(&large).starts_with(r#"{"kind":"withheld","why":"large","bytes":70"#));
    let record = &expand(vec![raw(7, "ada", update("a", 1))]).records[0];
    let pointer = letter_of(record, &Failure::validation("x").by_pointer());
    assert_eq!(shown(&pointer), r#"{"kind":"pointer"}"#);
}

#[test]
fn bytes_are_told_by_their_beginning() {
    use super::BytesClass as Class;
    let mut cut = "é".repeat(40).into_bytes();
    cut.insert(0, b'a');
    let kpl = aggregate(&[("k", "{}")]);
    let cases: [(&[u8], Class); 9] = [
        (b" \n", Class::Empty),
        (b" {no", Class::Json),
        (b"\x1f\x8b\x08", Class::Gzip),
        (b"\x28\xb5\x2f\xfd", Class::Zstd),
        (&kpl, Class::KplAggregate),
        (b"hello,world", Class::Text),
        (&cut, Class::Text),
        (b"\x00\x01", Class::Binary),
        (b"\xff\xfe", Class::Binary),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Class::of(bytes), expected, "{bytes:?}");
    }
}

/// A pointer to a record of this delivery, by its index, and what the stream has under its number.
fn pointer(delivery: Vec<RawRecord>, index: usize) -> OpenLetter {
    let record = &expand(delivery).records[index];
    read(&letter_of(record, &Failure::validation("x").by_pointer())).unwrap()
}

#[test]
fn a_pointer_finds_its_record_in_the_stream() {
    let arn = shard().stream_arn;
    let (a, b) = (update("a", 1), update("b", 1));
    let whole = || raw(7, "agg", aggregate(&[("k", &a), ("k", &b), ("k", &a)]));
    for (index, data) in [(0, &a), (1, &b), (2, &a)] {
        let found = pointer(vec![whole()], index).replayable_from(&arn, whole()).unwrap();
        assert_eq!(found.record.data, data.as_bytes());
        assert_eq!(found.record.position.sub_sequence as usize, index);
    }
    // Lambda took the aggregate apart: the sub-record came as a record of its own.
    let apart = pointer(vec![raw(7, "k", b.clone())], 0);
    let found = apart.replayable_from(&arn, whole()).unwrap();
    assert_eq!((&found.record.data[..], found.record.position.sub_sequence), (b.as_bytes(), 0));

    // The place in the aggregate is part of the order: nobody chooses it.
    let mut elsewhere = pointer(vec![whole()], 0);
    for place in [1, 2, 3, u32::MAX] {
        elsewhere.place.position.sub_sequence = place;
        assert!(elsewhere.replayable_from(&arn, whole()).is_err(), "{place}");
    }

    let other = pointer(vec![raw(7, "k", update("c", 1))], 0);
    assert!(other.replayable_from(&arn, whole()).is_err());
    assert!(apart.replayable_from(&arn, raw(8, "agg", aggregate(&[("k", &b)]))).is_err());
    assert!(apart.replayable(&arn).is_none());
}
