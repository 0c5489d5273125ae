//! Records in, details and outcomes out.

use serde_json::{Value, json};

use super::{Pipeline, Prepared, Preparer, Work};
use crate::{
    outbound::PUT_EVENTS_BYTES_MAX,
    record::{RawRecord, expand},
    testing::{self, aggregate, pipeline_of, raw},
};

fn prepare_with(pipeline: &Pipeline, delivery: Vec<RawRecord>) -> Vec<Prepared> {
    let shard = testing::shard();
    let mut preparer = Preparer::new(pipeline, &shard);
    expand(delivery).records.iter().map(|record| preparer.prepare(record)).collect()
}

/// The outcome of one record in a few words: operations, skip reason or failure.
fn outcome(data: &[u8]) -> String {
    let prepared = prepare_with(&testing::pipeline(), vec![raw(1, "k", data.to_vec())]);
    let units: Vec<String> = prepared[0].units.iter().map(|unit| told(&unit.work)).collect();
    units.join(", ")
}

fn told(work: &Work) -> String {
    match work {
        Work::Publish(events) => {
            let operation = |text: &String| {
                let detail: Value = serde_json::from_str(text).unwrap();
                detail["operation"].as_str().unwrap().to_owned()
            };
            let operations: Vec<String> =
                events.iter().map(|event| operation(event.detail.get())).collect();
            operations.join("+")
        }
        Work::Skip(reason) => format!("skip {}", reason.as_str()),
        Work::Bury(failure) => {
            format!("{failure}{}", if failure.by_pointer { " (pointer)" } else { "" })
        }
    }
}

/// The details of one record.
fn details(pipeline: &Pipeline, data: &str) -> Vec<String> {
    let prepared = prepare_with(pipeline, vec![raw(42, "k", data.to_owned())]);
    let mut out = Vec::new();
    for unit in &prepared[0].units {
        match &unit.work {
            Work::Publish(events) => {
                out.extend(events.iter().map(|event| event.detail.get().clone()));
            }
            Work::Skip(_) | Work::Bury(_) => panic!("{}", told(&unit.work)),
        }
    }
    out
}

fn detail(data: &str) -> Value {
    serde_json::from_str(&details(&testing::pipeline(), data)[0]).unwrap()
}

type Cases<'a> = &'a [(&'a [u8], &'a str)];

fn check_outcomes(cases: Cases<'_>) {
    for (data, expected) in cases {
        let shown = String::from_utf8_lossy(&data[..data.len().min(200)]);
        assert_eq!(outcome(data), *expected, "{shown}");
    }
}

#[test]
fn what_is_no_known_envelope_is_a_parse_error() {
    let deep = format!(
        r#"{{"table":"t","operation":"INSERT","after":{}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    check_outcomes(&[
        (
            b"{not json",
            "PARSE_ERROR: the record is not valid JSON at byte 1: a member name in quotes is expected",
        ),
        (b"\xff\xfe", "PARSE_ERROR: the record is not valid JSON at byte 0: not UTF-8"),
        (
            b"{\"table\":\"t\",\"operation\":\"INSERT\",\"after\":{\"id\":\"\xc3\x28\"}}",
            "PARSE_ERROR: the record is not valid JSON at byte 49: not UTF-8",
        ),
        (
            deep.as_bytes(),
            "PARSE_ERROR: the record is not valid JSON at byte 169: nested deeper than 128 levels",
        ),
        (b"[1]", "PARSE_ERROR: not a known envelope: a JSON object is expected"),
        (
            br#"{"a":1e400}"#,
            "PARSE_ERROR: not a known envelope: expected the members of native (table, operation), DMS (metadata.record-type), Debezium (op, source) or a Debezium CloudEvent (specversion, type)",
        ),
        (
            br#"{"table":"t","operation":"UPSERT","after":{}}"#,
            r#"PARSE_ERROR: operation is "UPSERT"; expected INSERT, UPDATE, DELETE or TRUNCATE"#,
        ),
    ]);
}

#[test]
fn what_breaks_the_rules_is_a_validation_error() {
    check_outcomes(&[
        (
            br#"{"table":"nobody","operation":"INSERT","after":{"id":1}}"#,
            r#"VALIDATION_ERROR: table "nobody" has no rules: list it under config/tables, or set unlisted_tables to skip (pointer)"#,
        ),
        (
            b"{\"table\":\"a\\u0007b\\u202e\",\"operation\":\"INSERT\",\"after\":{\"id\":1}}",
            r#"VALIDATION_ERROR: table "a\u{7}b\u{202e}" has no rules: list it under config/tables, or set unlisted_tables to skip (pointer)"#,
        ),
        (
            br#"{"table":"t","operation":"INSERT","after":{"v":1}}"#,
            r#"VALIDATION_ERROR: key column "id" is not in the row; set the table's keys to what its producer sends, or to none"#,
        ),
        (
            br#"{"table":"t","operation":"INSERT","after":{"id":null}}"#,
            r#"VALIDATION_ERROR: key column "id" is null; set the table's keys to what its producer sends, or to none"#,
        ),
        (
            br#"{"table":"t","operation":"INSERT","after":{"id":1,"ssn":1,"ssn":2}}"#,
            r#"VALIDATION_ERROR: member "ssn" stands twice in after"#,
        ),
        (
            br#"{"table":"t","operation":"INSERT","after":{"id":1,"ssn":1,"\u0073sn":2}}"#,
            r#"VALIDATION_ERROR: member "ssn" stands twice in after"#,
        ),
        (
            br#"{"table":"t","table":"log","operation":"INSERT","after":{"id":1}}"#,
            r#"VALIDATION_ERROR: member "table" stands twice in envelope"#,
        ),
        (
            br#"{"table":"t","operation":"INSERT"}"#,
            "VALIDATION_ERROR: INSERT without an after image",
        ),
        (
            br#"{"table":"log","operation":"DELETE"}"#,
            "VALIDATION_ERROR: a DELETE with neither key nor before image names no row; let the source send its key (PostgreSQL: REPLICA IDENTITY)",
        ),
    ]);
}

#[test]
fn the_rest_is_published_or_left_out_and_counted() {
    check_outcomes(&[
        (b"", "skip tombstone"),
        (b" \n", "skip tombstone"),
        (b"null", "skip tombstone"),
        (br#"{"table":"slim","operation":"DELETE","before":{"id":1}}"#, "skip operation"),
        (br#"{"op":"r","after":{"id":1},"source":{"table":"slim"}}"#, "skip snapshot"),
        (br#"{"ts_ms":1}"#, "skip heartbeat"),
        (br#"{"table":"t","operation":"delete","keys":{"ID":7}}"#, "DELETE"),
        (
            br#"{"table":"t","operation":"UPDATE","before":{"id":1},"after":{"id":2}}"#,
            "DELETE+INSERT",
        ),
    ]);
}

#[test]
fn a_native_update_becomes_the_documented_event() {
    let data = r#"{"table":"t","operation":"UPDATE","timestamp":"2024-01-15T10:30:00.123456Z","database":"coredb","schema":"public","before":{"id":"u1","v":1,"ssn":"078-05-1120","secret":1},"after":{"id":"u1","v":2,"ssn":"078-05-1121","secret":2},"metadata":{"transactionId":"txn-456","sequenceNumber":"12345678901234567890"}}"#;
    let mut detail = detail(data);
    let id = detail["metadata"]["eventId"].take();
    assert_eq!(id.as_str().unwrap().len(), 32);
    let expected = json!({
        "version": "1.0", "database": "coredb", "schema": "public", "table": "t",
        "operation": "UPDATE", "eventType": "t.changed", "timestamp": "2024-01-15T10:30:00.123456Z",
        "keys": {"id": "u1"},
        "before": {"id": "u1", "v": 1, "ssn": "[REDACTED]"},
        "after": {"id": "u1", "v": 2, "ssn": "[REDACTED]"},
        "changed": ["v", "ssn"],
        "metadata": {
            "eventId": null, "order": "shard:002:42:000000:000000", "transactionId": "txn-456",
            "sequenceNumber": "42", "subSequence": 0, "stream": "coredb",
            "shard": "shardId-000000000003", "sourcePosition": "12345678901234567890",
            "envelope": "native", "timestampFrom": "source", "snapshot": false, "replay": false,
            "redacted": ["ssn"], "unchanged": [], "raw": [],
        },
    });
    assert_eq!(detail, expected);
}

#[test]
fn untouched_columns_are_copied_byte_for_byte() {
    let row = r#"{"id" : 12345678901234567890,"a":1e400,"b":1.10,"c":1234567890123456789012345678901234567890,"d":{ "x" : [ 1 , 2 ] },"e":"\u00e9\/","f":-0.0,"g":null}"#;
    let data = format!(r#"{{"table":"log","operation":"INSERT","after":{row}}}"#);
    let detail = &details(&testing::pipeline(), &data)[0];
    for value in [
        r#""id":12345678901234567890,"#,
        r#""a":1e400,"#,
        r#""b":1.10,"#,
        r#""c":1234567890123456789012345678901234567890,"#,
        r#""d":{ "x" : [ 1 , 2 ] },"#,
        r#""e":"\u00e9\/","#,
        r#""f":-0.0,"#,
        r#""g":null}"#,
    ] {
        assert!(detail.contains(value), "{value} in {detail}");
    }
}

#[test]
fn names_are_matched_unescaped_and_in_any_case() {
    for name in ["ssn", "SSN", "\\u0073sn", "Ss\\u004e"] {
        let data = format!(
            r#"{{"table":"t","operation":"INSERT","after":{{"ID":1,"{name}":"078-05-1120"}}}}"#
        );
        let text = &details(&testing::pipeline(), &data)[0];
        assert!(text.contains("[REDACTED]") && !text.contains("078-05"), "{text}");
        let detail: Value = serde_json::from_str(text).unwrap();
        assert_eq!(detail["keys"], json!({"ID": 1}));
        assert_eq!(detail["metadata"]["redacted"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn changed_says_what_is_known_of_both_images() {
    let changed = |before: &str| {
        let data = format!(
            r#"{{"table":"t","operation":"UPDATE","before":{before},"after":{{"id":1,"v":2,"ssn":3,"x":4}}}}"#
        );
        detail(&data)["changed"].clone()
    };
    assert_eq!(changed(r#"{"id":1,"v":1,"ssn":3,"x":5}"#), json!(["v"]), "x is not included");
    assert_eq!(changed(r#"{"id":1,"v":2,"ssn":3}"#), json!([]));
    assert_eq!(changed(r#"{"v":1}"#), json!(["v"]), "changed columns only");
    assert_eq!(changed(r#"{"id":1}"#), json!(null), "the key only");
    assert_eq!(changed("null"), json!(null));
}

#[test]
fn null_stays_null_and_unlisted_columns_stay_out() {
    let detail =
        detail(r#"{"table":"t","operation":"INSERT","after":{"id":1,"ssn":null,"new":"x"}}"#);
    assert_eq!(detail["after"], json!({"id": 1, "ssn": null}));
    assert_eq!(detail["metadata"]["redacted"], json!([]));
}

#[test]
fn a_dms_before_image_is_redacted_in_either_form() {
    let metadata = r#""metadata":{"timestamp":"2024-05-01T00:00:00Z","record-type":"data","operation":"update","schema-name":"public","table-name":"t","commit-timestamp":"2024-04-30T23:59:59.5Z","transaction-id":7,"stream-position":"mysql-bin.000003:570"}"#;
    let flat = format!(
        r#"{{"data":{{"id":1,"v":2,"ssn":"b","BI_id":1,"BI_v":1,"BI_ssn":"a"}},{metadata}}}"#
    );
    let object = format!(
        r#"{{"data":{{"id":1,"v":2,"ssn":"b"}},"before-image":{{"id":1,"v":1,"ssn":"a"}},{metadata}}}"#
    );
    let inside = format!(
        r#"{{"data":{{"before-image":{{"id":1,"v":1,"ssn":"a"}},"id":1,"v":2,"ssn":"b"}},{metadata}}}"#
    );
    for data in [flat, object, inside] {
        let detail = detail(&data);
        assert_eq!(detail["before"], json!({"id": 1, "v": 1, "ssn": "[REDACTED]"}), "{data}");
        assert_eq!(detail["after"], json!({"id": 1, "v": 2, "ssn": "[REDACTED]"}));
        assert_eq!(detail["changed"], json!(["v", "ssn"]));
        assert_eq!(detail["timestamp"], "2024-04-30T23:59:59.5Z");
        let metadata = &detail["metadata"];
        assert_eq!(
            (&metadata["timestampFrom"], &metadata["transactionId"]),
            (&json!("commit"), &json!("7"))
        );
        assert_eq!(metadata["sourcePosition"], "mysql-bin.000003:570");
    }
}

#[test]
fn debezium_wrapped_and_bare_say_the_same() {
    let payload = r#"{"before":{"id":1,"v":1,"ssn":"a"},"after":{"id":1,"v":"__debezium_unavailable_value","ssn":"b"},"source":{"connector":"postgresql","name":"core","ts_ms":1700000000000,"ts_us":1700000000000123,"ts_ns":1700000000000123000,"snapshot":"false","db":"coredb","schema":"public","table":"t","txId":556,"lsn":24023128},"op":"u","ts_ms":1700000000999,"transaction":null}"#;
    let wrapped = format!(r#"{{"schema":{{"type":"struct"}},"payload":{payload}}}"#);
    let (bare, wrapped) = (detail(payload), detail(&wrapped));
    assert_eq!(bare, wrapped);
    assert_eq!(bare["after"], json!({"id": 1, "ssn": "[REDACTED]"}));
    assert_eq!(bare["metadata"]["unchanged"], json!(["v"]));
    assert_eq!(bare["timestamp"], "2023-11-14T22:13:20.000123Z");
    assert_eq!(bare["metadata"]["order"], "lsn:00000000000024023128");
    assert_eq!(bare["metadata"]["transactionId"], "556");
    assert_eq!(bare["changed"], json!(["ssn"]));
}

#[test]
fn an_event_id_is_the_same_however_often_a_source_sends_and_never_of_two_changes() {
    let change = |lsn: u64, id: u64, op: &str| {
        format!(
            r#"{{"before":null,"after":{{"id":{id}}},"source":{{"connector":"postgresql","name":"core","table":"t","lsn":{lsn}}},"op":"{op}"}}"#
        )
    };
    let id = |number: u64, data: &str| {
        let prepared = prepare_with(&testing::pipeline(), vec![raw(number, "k", data.to_owned())]);
        prepared[0].units[0].event_id.clone().unwrap()
    };
    assert_eq!(id(1, &change(5, 1, "c")), id(2, &change(5, 1, "c")), "sent twice by the source");
    let snapshot: std::collections::HashSet<_> =
        (0..9).map(|row| id(1, &change(5, row, "r"))).collect();
    assert_eq!(snapshot.len(), 9, "nine rows of one LSN");
    let native = testing::update("a", 1);
    assert_eq!(id(1, &native), id(1, &native));
    assert_ne!(id(1, &native), id(2, &native));
    let moved = r#"{"table":"t","operation":"UPDATE","before":{"id":1},"after":{"id":2}}"#;
    let both = details(&testing::pipeline(), moved);
    let ids: Vec<Value> = both
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).unwrap()["metadata"]["eventId"].clone())
        .collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_moved_key_links_its_two_events() {
    let moved =
        r#"{"table":"t","operation":"UPDATE","before":{"id":"a","v":1},"after":{"id":"b","v":2}}"#;
    let both: Vec<Value> = details(&testing::pipeline(), moved)
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    assert_eq!(
        (&both[0]["operation"], &both[0]["keys"], &both[0]["after"]),
        (&json!("DELETE"), &json!({"id": "a"}), &json!(null))
    );
    assert_eq!(
        (&both[1]["operation"], &both[1]["keys"], &both[1]["before"]),
        (&json!("INSERT"), &json!({"id": "b"}), &json!(null))
    );
    assert_eq!(both[0]["metadata"]["movedTo"], json!({"id": "b"}));
    assert_eq!(both[1]["metadata"]["movedFrom"], json!({"id": "a"}));
}

#[test]
fn strings_of_one_meaning_are_one_row_and_numbers_are_another() {
    let row = |id: &str| {
        let data = format!(r#"{{"table":"t","operation":"INSERT","after":{{"id":{id}}}}}"#);
        prepare_with(&testing::pipeline(), vec![raw(1, "k", data)])[0].units[0].rows[0].unwrap()
    };
    assert_eq!(row(r#""a""#), row(r#""\u0061""#));
    assert_ne!(row("1"), row(r#""1""#));
}

#[test]
fn an_event_that_cannot_fit_becomes_a_pointer() {
    let of = |bytes: usize| {
        let data = format!(
            r#"{{"table":"log","operation":"INSERT","after":{{"x":"{}"}}}}"#,
            "x".repeat(bytes)
        );
        outcome(data.as_bytes())
    };
    assert_eq!(of(PUT_EVENTS_BYTES_MAX - 2000), "INSERT");
    let too_large = of(PUT_EVENTS_BYTES_MAX);
    assert!(too_large.starts_with("VALIDATION_ERROR: the finished event has 1000"), "{too_large}");
    assert!(too_large.ends_with("(pointer)"), "{too_large}");
}

#[test]
fn a_forged_time_gives_way_to_the_arrival() {
    let detail = detail(
        r#"{"table":"t","operation":"INSERT","timestamp":"2999-01-01T00:00:00Z","after":{"id":1}}"#,
    );
    assert_eq!(detail["timestamp"], "2024-06-01T00:00:00.000Z");
    assert_eq!(detail["metadata"]["timestampFrom"], "arrival");
}

#[test]
fn unlisted_tables_can_be_skipped() {
    let pipeline = pipeline_of(&testing::CONFIG.replace("reject", "skip"));
    let data = r#"{"table":"nobody","operation":"INSERT","after":{"id":1}}"#;
    let prepared = prepare_with(&pipeline, vec![raw(1, "k", data)]);
    assert_eq!(told(&prepared[0].units[0].work), "skip unlisted");
}

#[test]
fn aggregates_and_compression_are_looked_through() {
    use std::io::Write as _;
    let gzip = |data: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(data).unwrap();
        out.finish().unwrap()
    };
    let text = testing::update("a", 1);
    let zstd = ruzstd::encoding::compress_to_vec(
        text.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    for data in [gzip(text.as_bytes()), gzip(&gzip(text.as_bytes())), zstd.clone(), gzip(&zstd)] {
        assert_eq!(outcome(&data), "UPDATE");
    }
    let thrice = gzip(&gzip(&gzip(text.as_bytes())));
    assert_eq!(outcome(&thrice), "PARSE_ERROR: the record is compressed more than 2 times over");
    let cut = &gzip(text.as_bytes())[..20];
    assert_eq!(outcome(cut), "PARSE_ERROR: the record starts like gzip and is broken");
    assert_eq!(
        outcome(&zstd[..zstd.len() - 3]),
        "PARSE_ERROR: the record starts like zstd and is broken"
    );
    let bomb = gzip(&vec![b' '; crate::record::INFLATED_RECORD_BYTES_MAX + 1]);
    assert_eq!(outcome(&bomb), "PARSE_ERROR: the record inflates to more than 33554432 bytes");

    let inside = aggregate(&[("a", &text), ("b", "")]);
    let prepared = prepare_with(&testing::pipeline(), vec![raw(9, "outer", inside.clone())]);
    let told: Vec<String> = prepared.iter().map(|record| told(&record.units[0].work)).collect();
    assert_eq!(told, ["UPDATE", "skip tombstone"]);
    let mut wrong_digest = inside;
    *wrong_digest.last_mut().unwrap() ^= 1;
    assert!(outcome(&wrong_digest).starts_with("PARSE_ERROR: the record is not valid JSON"));
    assert!(prepare_with(&testing::pipeline(), vec![raw(9, "outer", aggregate(&[]))]).is_empty());
}
