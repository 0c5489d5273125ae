//! What the published detail says.

use serde_json::json;

use super::*;
use crate::{claim_check::Buckets, objects::BucketName};

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
fn images_too_large_for_the_bus_lie_in_an_object_and_all_else_stays() {
    let mut pipeline = testing::pipeline();
    let bucket = BucketName::parse("claim-check").unwrap();
    pipeline.buckets = Buckets::new(Some(bucket), None).unwrap();
    let row =
        |v: u32, big: &str| format!(r#"{{"id":"a","v":{v},"ssn":"078-05-1120","big":"{big}"}}"#);
    let large = "x".repeat(600_000);
    // An update, and both halves of a changed key, with names in it that look like the detail's own.
    for (before, after, events) in [
        (row(1, &large), row(2, &large), 1),
        (row(1, r#"\",\"after\":{}"#), row(2, &large.repeat(2)), 1),
        (row(1, &large.repeat(2)), row(1, &large.repeat(2)).replace(r#""a""#, r#""b""#), 2),
    ] {
        let data =
            format!(r#"{{"table":"t","operation":"UPDATE","before":{before},"after":{after}}}"#);
        let prepared = prepare_with(&pipeline, vec![raw(42, "k", data)]);
        let Work::Publish(published) = &prepared[0].units[0].work else { panic!() };
        assert_eq!(published.len(), events);
        for outgoing in published {
            let object = outgoing.object.as_ref().unwrap();
            let mut whole: Value = serde_json::from_slice(&object.body).unwrap();
            let detail = outgoing.event.detail.get();
            assert!(object.body.len() > PUT_EVENTS_BYTES_MAX && detail.len() < 2000);
            assert!(!detail.contains("xxx") && !detail.contains("078-05"));
            let detail: Value = serde_json::from_str(detail).unwrap();
            assert_eq!(detail["metadata"]["claimCheck"]["key"], *object.key);
            assert!(whole["before"]["id"] == "a" || whole["after"]["ssn"] == "[REDACTED]");
            whole["before"] = Value::Null;
            whole["after"] = Value::Null;
            whole["metadata"]["claimCheck"] = detail["metadata"]["claimCheck"].clone();
            assert_eq!(detail, whole);
            assert_eq!(detail["metadata"]["eventId"], outgoing.event_id.as_str());
        }
    }
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
fn an_image_of_which_nothing_is_included_is_null() {
    let config = "version: 1\npipeline: p\ntables:\n  t: {keys: [id], include: [v]}\n";
    let data = r#"{"table":"t","operation":"UPDATE","before":{"id":1},"after":{"id":1,"v":2}}"#;
    let text = &details(&pipeline_of(config), data)[0];
    let detail: Value = serde_json::from_str(text).unwrap();
    assert_eq!((&detail["before"], &detail["after"]), (&json!(null), &json!({"v": 2})));
}

#[test]
fn changes_are_found_however_the_images_are_ordered() {
    let config = "version: 1\npipeline: p\ntables:\n  t: {keys: [c0], include: [\"*\"]}\n";
    for columns in [3, 31, 32, 33, 200] {
        let image = |order: &mut dyn Iterator<Item = usize>, odd: &str| {
            let column = |at: usize| {
                let value = if at % 2 == 1 { odd } else { "0" };
                format!("\"c{at}\":{value}")
            };
            order.map(column).collect::<Vec<_>>().join(",")
        };
        let before = image(&mut (0..columns).rev(), "1");
        let after = image(&mut (0..columns), "2");
        let data = format!(
            r#"{{"table":"t","operation":"UPDATE","before":{{{before}}},"after":{{{after}}}}}"#
        );
        let text = &details(&pipeline_of(config), &data)[0];
        let detail: Value = serde_json::from_str(text).unwrap();
        let odd: Vec<String> = (1..columns).step_by(2).map(|at| format!("c{at}")).collect();
        assert_eq!(detail["changed"], json!(odd), "{columns} columns");
    }
}

#[test]
fn the_next_clock_is_asked_where_the_best_cannot_be_believed() {
    let data = r#"{"data":{"id":1},"metadata":{"record-type":"data","operation":"insert","table-name":"t","commit-timestamp":"2999-01-01T00:00:00Z","timestamp":"2024-05-01T00:00:00Z"}}"#;
    let detail = detail(data);
    assert_eq!(detail["timestamp"], "2024-05-01T00:00:00Z");
    assert_eq!(detail["metadata"]["timestampFrom"], "message");
}
