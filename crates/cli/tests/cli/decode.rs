//! `cdc decode`.

use serde_json::Value;

use crate::{cdc, file, folder};

/// Lines in, and the whole lines out that `--json` and the options give.
#[track_caller]
fn check(options: &[&str], input: &str, code: i32, expected: &[&str]) {
    let arguments = [&["--json", "decode"][..], options, &["-"]].concat();
    let ran = cdc(&arguments, input.as_bytes()).ends_with(code);
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), expected, "stderr:\n{}", ran.err);
}

const NATIVE: &str = r#"{"database":"coredb","schema":"public","table":"gadgets","operation":"UPDATE","timestamp":"2024-01-15T10:30:00Z","before":{"id":12345678901234567890123,"price":1.10},"after":{"id":12345678901234567890123,"price":1e400},"keys":{"id":12345678901234567890123},"metadata":{"transactionId":"txn-456","sequenceNumber":"77"}}"#;
const DMS: &str = r#"{"data":{"id":7,"name":"Ada"},"metadata":{"timestamp":"2024-01-15T10:30:00Z","record-type":"data","operation":"load","partition-key-type":"schema-table","schema-name":"public","table-name":"gadgets"}}"#;
const DEBEZIUM: &str = r#"{"payload":{"before":{"id":1,"bio":"__debezium_unavailable_value"},"after":null,"source":{"connector":"postgresql","name":"x","db":"coredb","schema":"public","table":"gadgets","txId":557,"lsn":24023201,"snapshot":"false"},"op":"d","ts_ms":1}}"#;
const TOMBSTONE: &str = r#"{"kinesis":{"data":"","partitionKey":"k"}}"#;

#[test]
fn each_envelope_is_one_object_a_unit() {
    let input = [NATIVE, "", DMS, "  ", DEBEZIUM, TOMBSTONE].join("\n");
    check(
        &[],
        &input,
        0,
        &[
            r#"{"line":1,"part":0,"envelope":"native","kind":"change","database":"coredb","schema":"public","table":"gadgets","operation":"UPDATE","snapshot":false,"keys":{"id":12345678901234567890123},"before":null,"after":null,"unchanged":[],"position":"77","transactionId":"txn-456","error":null}"#,
            r#"{"line":3,"part":0,"envelope":"dms","kind":"change","database":null,"schema":"public","table":"gadgets","operation":"INSERT","snapshot":true,"keys":null,"before":null,"after":null,"unchanged":[],"position":null,"transactionId":null,"error":null}"#,
            r#"{"line":5,"part":0,"envelope":"debezium","kind":"change","database":"coredb","schema":"public","table":"gadgets","operation":"DELETE","snapshot":false,"keys":null,"before":null,"after":null,"unchanged":["bio"],"position":"24023201","transactionId":"557","error":null}"#,
            r#"{"line":6,"part":0,"envelope":null,"kind":"tombstone","database":null,"schema":null,"table":null,"operation":null,"snapshot":false,"keys":null,"before":null,"after":null,"unchanged":[],"position":null,"transactionId":null,"error":null}"#,
        ],
    );
}

#[test]
fn images_come_with_values_and_numbers_keep_their_digits() {
    check(
        &["--values"],
        &[NATIVE, DEBEZIUM].join("\r\n"),
        0,
        &[
            r#"{"line":1,"part":0,"envelope":"native","kind":"change","database":"coredb","schema":"public","table":"gadgets","operation":"UPDATE","snapshot":false,"keys":{"id":12345678901234567890123},"before":{"id":12345678901234567890123,"price":1.10},"after":{"id":12345678901234567890123,"price":1e400},"unchanged":[],"position":"77","transactionId":"txn-456","error":null}"#,
            r#"{"line":2,"part":0,"envelope":"debezium","kind":"change","database":"coredb","schema":"public","table":"gadgets","operation":"DELETE","snapshot":false,"keys":null,"before":{"id":1},"after":null,"unchanged":["bio"],"position":"24023201","transactionId":"557","error":null}"#,
        ],
    );
}

#[test]
fn listed_tables_get_their_keys_and_their_redactions() {
    let rules = "version: 1\npipeline: test\ntables:\n  gadgets: {keys: [ID], include: [id], redact: [name, phone]}\n";
    let rules = file(&folder("decode-rules"), "rules.yaml", rules);
    check(
        &["--values", "--config", &rules],
        DMS,
        0,
        &[
            r#"{"line":1,"part":0,"envelope":"dms","kind":"change","database":null,"schema":"public","table":"gadgets","operation":"INSERT","snapshot":true,"keys":{"id":7},"before":null,"after":{"id":7,"name":"[REDACTED]"},"unchanged":[],"position":null,"transactionId":null,"error":null}"#,
        ],
    );
    let own = r#"{"table":"gadgets","operation":"DELETE","keys":{"id":1,"\u0070hone":"555"},"before":{"Phone":null}}"#;
    check(
        &["--values", "--config", &rules],
        own,
        0,
        &[
            r#"{"line":1,"part":0,"envelope":"native","kind":"change","database":null,"schema":null,"table":"gadgets","operation":"DELETE","snapshot":false,"keys":{"id":1},"before":{"Phone":null},"after":null,"unchanged":[],"position":null,"transactionId":null,"error":null}"#,
        ],
    );
}

#[test]
fn every_bad_line_is_a_reject_and_the_rest_goes_on() {
    let deep = "[".repeat(10_000);
    let lines: &[&[u8]] = &[
        b"no json",
        b"{\"table\":\"caf\xe9\",\"operation\":\"DELETE\"}",
        deep.as_bytes(),
        br#"{"table":"t","operation":"INSERT","after":{"ssn":"123-45-6789","ssn":"987-65-4321"}}"#,
        br#"{"kinesis":{"data":"not base64!"}}"#,
        br#"{"kinesis":{"data":12}}"#,
        br#"{"kinesis":{"data":"bm8ganNvbg=="}}"#,
        br#"{"Records":[{"body":"123-45-6789"}]}"#,
        br#"{"hello":"world"}"#,
        br#"{"table":"t","operation":"TRUNCATE"}"#,
    ];
    let ran = cdc(&["--json", "decode", "-"], &lines.join(&b'\n')).ends_with(3);
    let units: Vec<Value> = ran.out.lines().map(|line| line.parse().unwrap()).collect();
    let told: Vec<_> = units
        .iter()
        .map(|unit| (unit["line"].as_u64().unwrap(), unit["kind"].as_str().unwrap()))
        .collect();
    let expected: Vec<_> = (1..=9).map(|line| (line, "reject")).chain([(10, "change")]).collect();
    assert_eq!(told, expected);
    for unit in &units[..9] {
        let code = if unit["line"] == 4 { "VALIDATION_ERROR" } else { "PARSE_ERROR" };
        assert_eq!(unit["error"]["code"], code, "{unit}");
        assert!(unit["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert_eq!((&unit["envelope"], &unit["keys"]), (&Value::Null, &Value::Null));
    }
    assert!(!ran.out.contains("6789") && !ran.err.contains("6789"), "a message holds a value");
}

#[test]
fn a_kinesis_record_is_decoded_and_a_row_with_a_member_of_that_name_stays_one() {
    // {"table":"t","operation":"TRUNCATE"}
    let record = r#"{"kinesis":{"data":"eyJ0YWJsZSI6InQiLCJvcGVyYXRpb24iOiJUUlVOQ0FURSJ9","partitionKey":"k"}}"#;
    let row = r#"{"table":"t","operation":"TRUNCATE","kinesis":{"data":"x"}}"#;
    let unit = |line| {
        format!(
            r#"{{"line":{line},"part":0,"envelope":"native","kind":"change","database":null,"schema":null,"table":"t","operation":"TRUNCATE","snapshot":false,"keys":null,"before":null,"after":null,"unchanged":[],"position":null,"transactionId":null,"error":null}}"#
        )
    };
    check(&[], &[record, row].join("\n"), 0, &[&unit(1), &unit(2)]);
}

#[test]
fn a_lambda_event_is_one_document_over_several_lines_or_on_one() {
    let event = r#"{
  "Records": [
    {"kinesis": {"data": "eyJ0YWJsZSI6InQiLCJvcGVyYXRpb24iOiJUUlVOQ0FURSJ9", "partitionKey": "k", "sequenceNumber": "1"},
     "eventSource": "aws:kinesis", "eventID": "shardId-000000000000:1"},
    {"kinesis": {"data": "", "partitionKey": "k", "sequenceNumber": "2"}}
  ]
}
"#;
    for text in [event.to_owned(), event.replace('\n', " "), format!("\u{feff}\n{event}")] {
        let ran = cdc(&["--json", "decode", "-"], text.as_bytes()).ends_with(0);
        let units: Vec<Value> = ran.out.lines().map(|line| line.parse().unwrap()).collect();
        let told: Vec<_> =
            units.iter().map(|unit| (unit["part"].as_u64(), unit["kind"].as_str())).collect();
        assert_eq!(told, [(Some(0), Some("change")), (Some(1), Some("tombstone"))], "{text:?}");
    }
}

#[test]
fn a_first_line_that_is_cut_short_is_a_reject_of_its_own() {
    let ran =
        cdc(&["--json", "decode", "-"], format!("{{\"table\":\n{DMS}\n").as_bytes()).ends_with(3);
    let kinds: Vec<Value> =
        ran.out.lines().map(|line| line.parse::<Value>().unwrap()["kind"].clone()).collect();
    assert_eq!(kinds, ["reject", "change"]);
}

#[test]
fn an_aggregate_is_taken_apart() {
    // A KPL aggregate of two records: a TRUNCATE of t, and an empty one.
    let data = aggregate(&[br#"{"table":"t","operation":"TRUNCATE"}"#, b""]);
    let line = format!(r#"{{"kinesis":{{"data":"{data}","partitionKey":"k"}}}}"#);
    let ran = cdc(&["--json", "decode", "-"], line.as_bytes()).ends_with(0);
    let parts: Vec<_> = ran
        .out
        .lines()
        .map(|line| line.parse::<Value>().unwrap())
        .map(|unit| (unit["part"].as_u64(), unit["kind"].clone()))
        .collect();
    assert_eq!(parts, [(Some(0), "change".into()), (Some(1), "tombstone".into())]);
}

#[test]
fn names_cannot_command_a_terminal() {
    let line = r#"{"table":"a\u001b[2Jb\u009bc\u202ed","operation":"INSERT","after":{"\u001b[31m":"\u001b"},"keys":{"k\n":"v\u0007"}}"#;
    let line = line.replace("\\u009b", "\u{9b}").replace("\\u202e", "\u{202e}");
    for arguments in [&["decode", "--values", "-"][..], &["--json", "decode", "--values", "-"]] {
        let ran = cdc(arguments, line.as_bytes()).ends_with(0);
        let bare: Vec<char> = ran
            .out
            .chars()
            .filter(|it| (it.is_control() && *it != '\n') || *it == '\u{202e}')
            .collect();
        assert_eq!(bare, [], "{}", ran.out);
    }
    let ran = cdc(&["decode", "-"], line.as_bytes());
    assert!(ran.out.contains(r"a\u{1b}[2Jb\u{9b}c\u{202e}d"), "{}", ran.out);
    assert!(ran.out.contains(r"k\n=v\u{7}"), "{}", ran.out);
    let ran = cdc(&["--json", "decode", "-"], line.as_bytes());
    let unit = ran.out.parse::<Value>().unwrap();
    assert_eq!(unit["table"], "a\u{1b}[2Jb\u{9b}c\u{202e}d", "the same name for a machine");
}

#[test]
fn a_person_gets_an_aligned_table_and_a_summary() {
    let input = [NATIVE, DMS, "no json", TOMBSTONE].join("\n");
    let path = file(&folder("decode-table"), "changes.ndjson", &input);
    let ran = cdc(&["decode", &path], b"").ends_with(3);
    let expected = "\
LINE  ENVELOPE  KIND       TABLE                  OPERATION          KEYS                        COLUMNS            POSITION
1     native    change     coredb.public.gadgets  UPDATE             id=12345678901234567890123  before 2, after 2  77
2     dms       change     public.gadgets         INSERT (snapshot)                              after 2
3               reject                                                                                              PARSE_ERROR: the line is not valid JSON at byte 0: a value is expected
4               tombstone
";
    assert_eq!(ran.out, expected);
    assert_eq!(ran.err, "lines 4, units 4: 2 change, 1 reject, 1 tombstone\n");
}

#[test]
fn quiet_shows_rejects_alone() {
    let input = [NATIVE, "no json", DMS].join("\n");
    let ran = cdc(&["decode", "--quiet", "-"], input.as_bytes()).ends_with(3);
    assert_eq!(ran.out.lines().count(), 2, "head and reject: {}", ran.out);
    assert_eq!(ran.err, "lines 3, units 3: 2 change, 1 reject\n");
    let ran = cdc(&["decode", "--quiet", "-"], NATIVE.as_bytes()).ends_with(0);
    assert_eq!(ran.out, "");
}

#[test]
fn an_unreadable_file_is_told_and_the_others_are_decoded() {
    let folder = folder("decode-files");
    let good = file(&folder, "good.ndjson", NATIVE);
    let bad = file(&folder, "bad.ndjson", "no json");
    let missing = folder.join("missing.ndjson");
    let ran = cdc(&["decode", missing.to_str().unwrap(), &good, &bad], b"").ends_with(1);
    assert!(ran.err.contains("missing.ndjson: cannot be read"), "{}", ran.err);
    assert!(ran.out.contains("coredb.public.gadgets"), "{}", ran.out);
    assert!(ran.out.contains(&good) && ran.out.contains(&bad), "files are told apart: {}", ran.out);
}

/// A KPL aggregate in base64: magic, protobuf message, MD5 of the message.
fn aggregate(records: &[&[u8]]) -> String {
    let field = |tag: u8, body: &[u8]| {
        let length = u8::try_from(body.len()).unwrap();
        assert!(length < 128, "one byte of varint");
        [&[tag << 3 | 2, length][..], body].concat()
    };
    let mut message = field(1, b"k");
    for record in records {
        message.extend(field(3, &[&[1 << 3, 0][..], &field(3, record)].concat()));
    }
    let digest = md5(&message);
    base64_simd::STANDARD
        .encode_to_string([&[0xF3, 0x89, 0x9A, 0xC2][..], &message, &digest].concat())
}

fn md5(message: &[u8]) -> Vec<u8> {
    use md5::Digest as _;
    md5::Md5::digest(message).to_vec()
}

/// PostgreSQL's TOAST, MySQL's days, and a decimal whose scale nobody tells.
const STATES: &str = r#"{"schema":{"type":"struct","fields":[{"field":"after","fields":[{"field":"born","name":"io.debezium.time.Date"},{"field":"span","name":"io.debezium.time.MicroDuration"}]}]},"payload":{"op":"c","after":{"id":1,"born":18262,"bio":"__debezium_unavailable_value","span":5},"source":{"connector":"postgresql","lsn":7,"table":"t"}}}"#;

#[test]
fn the_state_of_each_column_is_told() {
    let ran = cdc(&["decode", "-"], STATES.as_bytes()).ends_with(0);
    assert!(ran.out.contains("after 4, unchanged: bio, raw: span"), "{}", ran.out);
    let ran = cdc(&["--json", "decode", "--values", "-"], STATES.as_bytes()).ends_with(0);
    let unit = ran.out.parse::<Value>().unwrap();
    assert_eq!(unit["after"], serde_json::json!({"id": 1, "born": "2020-01-01", "span": 5}));
    assert_eq!(unit["unchanged"], serde_json::json!(["bio"]));
    assert_eq!(unit["raw"], serde_json::json!(["span"]));
}

#[test]
fn columns_are_as_the_types_of_their_table_tell() {
    let config = "{version: 1, pipeline: p, tables: {t: {keys: [id], include: [id, p], types: {p: decimal(2)}}}}";
    let config = file(&folder("decode-types"), "rules.yaml", config);
    let line =
        r#"{"op":"c","after":{"id":1,"p":"bg=="},"source":{"connector":"postgresql","table":"t"}}"#;
    let ran = cdc(&["--config", &config, "--json", "decode", "--values", "-"], line.as_bytes());
    assert!(ran.out.contains(r#""after":{"id":1,"p":1.10}"#), "{}", ran.out);
}
