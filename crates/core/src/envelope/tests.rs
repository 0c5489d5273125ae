//! Which envelope is which, and what is no row change.

mod bounds;
mod mutations;
mod shapes;

use super::*;

/// The most that decoding may hold at once: see [`super`].
fn memory_max(record_bytes: usize, units: usize) -> usize {
    64 * record_bytes + 1024 * units + (16 << 10)
}

fn check(text: &str, expected: &str) {
    let arena = Arena::default();
    let context = Context::documented(&arena);
    let document = Document::parse(text.as_bytes(), Vec::new()).unwrap();
    let told = match decode(Some(&document), context) {
        Err(failure) => failure.to_string(),
        Ok(units) => units.iter().map(told).collect::<Vec<_>>().join(", "),
    };
    assert_eq!(told, expected, "{text}");
}

fn told(unit: &Unit<'_>) -> String {
    match unit {
        Unit::Change(event) => {
            let snapshot = if event.snapshot { " snapshot" } else { "" };
            let operation = event.change.operation().as_str();
            format!("{} {operation} {}{snapshot}", event.envelope.as_str(), event.table)
        }
        Unit::Other(other) => {
            let envelope = other.envelope.map_or("-", Envelope::as_str);
            format!(
                "{envelope} {} {}",
                other.kind.as_str(),
                other.about.table.as_deref().unwrap_or("-")
            )
        }
    }
}

#[test]
fn envelopes_are_told_by_their_shape() {
    check(r#"{"table":"t","operation":"INSERT","data":{"id":1}}"#, "native INSERT t");
    check(r#"{"table":"t","operation":"delete","data":{"id":1}}"#, "native DELETE t");
    check(
        r#"{"data":{"id":1},"metadata":{"record-type":"data","operation":"load","table-name":"t"}}"#,
        "dms INSERT t snapshot",
    );
    check(
        r#"{"control":{},"metadata":{"record-type":"control","operation":"drop-table","table-name":"t"}}"#,
        "dms control t",
    );
    check(
        r#"{"data":{"a":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"","table-name":"awsdms_status"}}"#,
        "dms control awsdms_status",
    );
    check(
        r#"{"op":"c","after":{"id":1},"source":{"table":"t","snapshot":"true"}}"#,
        "debezium INSERT t snapshot",
    );
    check(
        r#"{"op":"c","after":{"id":1},"source":{"table":"t","snapshot":false}}"#,
        "debezium INSERT t",
    );
    check(r#"{"schema":null,"payload":{"op":"t","source":{"table":"t"}}}"#, "debezium TRUNCATE t");
    check(r#"{"schema":{},"payload":null}"#, "debezium tombstone -");
    check(
        r#"{"op":"m","source":{"table":""},"message":{"prefix":"p","content":"x"}}"#,
        "debezium message -",
    );
    check(r#"{"status":"BEGIN","id":"5","ts_ms":1,"event_count":null}"#, "debezium transaction -");
    check(
        r#"{"source":{},"databaseName":"d","ddl":"CREATE TABLE t","tableChanges":[]}"#,
        "debezium schema -",
    );
    check(
        r#"{"specversion":"1.0","type":"io.debezium.connector.mysql.DataChangeEvent","iodebeziumop":"u","iodebeziumtable":"t","data":{"before":null,"after":{"id":1}}}"#,
        "cloudevents UPDATE t",
    );
    check(
        r#"{"specversion":"1.0","type":"com.example.thing","data":{}}"#,
        "PARSE_ERROR: a CloudEvent whose type is not Debezium's (io.debezium.…)",
    );
}

#[test]
fn broken_envelopes_say_what_is_missing() {
    check(
        r#"{"metadata":{"record-type":"data","operation":"load","table-name":""},"data":{}}"#,
        "PARSE_ERROR: metadata.table-name must name the table",
    );
    check(
        r#"{"metadata":{"record-type":"event"}}"#,
        r#"PARSE_ERROR: metadata.record-type must be "data" or "control""#,
    );
    check(
        r#"{"metadata":{"record-type":"data","operation":"merge","table-name":"t"},"data":{}}"#,
        r#"PARSE_ERROR: metadata.operation is an unknown text of 5 characters; expected load, insert, update or delete"#,
    );
    check(
        r#"{"op":"x","source":{"table":"t"}}"#,
        r#"PARSE_ERROR: op is an unknown text of 1 characters; expected c, u, d, r, t or m"#,
    );
    check(
        r#"{"op":"c","after":"{\"_id\":1}","source":{"collection":"t","connector":"mysql"}}"#,
        "PARSE_ERROR: after must be a JSON object or null",
    );
    check(
        r#"{"op":"u","before":{"id":1},"source":{"table":"t"}}"#,
        "VALIDATION_ERROR: a create, update or read without an after image",
    );
    check(r#"{"schema":{},"payload":[1]}"#, "PARSE_ERROR: payload must be a JSON object or null");
    check(
        r#"{"table":7,"operation":"INSERT","after":{}}"#,
        "PARSE_ERROR: table must name the table",
    );
    check(
        r#"{"table":"t","operation":"INSERT","after":[]}"#,
        "PARSE_ERROR: after must be a JSON object or null",
    );
}

#[test]
fn a_before_image_column_cannot_hide_behind_escapes() {
    let data = |name: &str| {
        format!(
            r#"{{"data":{{"id":1,"{name}":2}},"metadata":{{"record-type":"data","operation":"update","table-name":"t"}}}}"#
        )
    };
    check(&data("BI_id"), "dms UPDATE t");
    check(&data("BI_\\u0069d"), "dms UPDATE t");
    check(
        &data("\\u0042I_id"),
        "VALIDATION_ERROR: the BI_… of a before-image column is written with escapes",
    );
}

#[test]
fn the_number_of_members_is_bounded() {
    let insert = |columns: usize| {
        let columns: Vec<String> = (0..columns).map(|number| format!("\"c{number}\":0")).collect();
        format!(r#"{{"table":"t","operation":"INSERT","after":{{{}}}}}"#, columns.join(","))
    };
    check(&insert(MEMBERS_MAX), "native INSERT t");
    check(&insert(MEMBERS_MAX + 1), "VALIDATION_ERROR: after has more than 8192 members");
}

#[test]
fn a_row_that_looks_like_a_control_message_is_not_skipped() {
    for row in [
        r#"{"id":7,"email":"a@b","ts_ms":5}"#,
        r#"{"ts_ms":"5"}"#,
        r#"{"id":7,"ddl":"x"}"#,
        r#"{"databaseName":"d","ddl":"x"}"#,
        r#"{"source":{},"ddl":"x","name":"Ada"}"#,
        r#"{"id":"9","status":"active","event_count":3}"#,
        r#"{"id":"9","status":"END","event_count":3,"name":"x"}"#,
        r#"{"table":"oak","operation":"none","id":1}"#,
    ] {
        check(row, &format!("PARSE_ERROR: {UNKNOWN}"));
        let payload = format!(r#"{{"schema":{{}},"payload":{row}}}"#);
        check(&payload, "PARSE_ERROR: a Debezium payload without op");
    }
    check(r#"{"ts_ms":1,"ts_us":1000,"ts_ns":1000000}"#, "debezium heartbeat -");
}

#[test]
fn the_unavailable_placeholder_is_known_in_all_its_forms() {
    let bytes: Vec<String> =
        b"__debezium_unavailable_value".iter().map(ToString::to_string).collect();
    let list = format!("[{}]", bytes.join(","));
    let forms = [
        (r#""__debezium_unavailable_value""#, true),
        (r#""X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==""#, true),
        (r#""5f5f646562657a69756d5f756e617661696c61626c655f76616c7565""#, true),
        (r#""b68a35a7-17ad-35b3-af2a-ae46edb4545a""#, true),
        (r#"["__debezium_unavailable_value"]"#, true),
        (r#"{"__debezium_unavailable_value":"__debezium_unavailable_value"}"#, true),
        (&list, true),
        (r#"["__debezium_unavailable_value","x"]"#, true),
        (r#"{"a":[{"b":"__debezium_unavailable_value"}]}"#, true),
        (r#"{"a":"__debezium_unavailable"}"#, false),
        ("[95,95]", false),
        ("[]", false),
        ("{}", false),
        (r#""__debezium""#, false),
        ("95", false),
    ];
    let arena = Arena::default();
    let context = Context::documented(&arena);
    for (form, unavailable) in forms {
        let text = format!(r#"{{"op":"c","after":{{"bio":{form}}},"source":{{"table":"t"}}}}"#);
        let document = Document::parse(text.as_bytes(), Vec::new()).unwrap();
        let units = decode(Some(&document), context).unwrap();
        let Unit::Change(event) = &units[0] else { panic!("{form}") };
        let value = event.change.after().unwrap().columns()[0].value;
        assert_eq!(value == ColumnValue::Unchanged, unavailable, "{form}");
    }
}
