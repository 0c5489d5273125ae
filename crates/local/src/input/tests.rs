//! Shapes of input as tables: what is put for each, and under which partition key.

use cdc_core::rules::Rules;

use super::*;

const USER: &str = r#"{"table":"users","operation":"INSERT","after":{"id":"u-1","name":"Ada"}}"#;

fn rules() -> Rules {
    Rules::compiled_in().unwrap().rules
}

fn records(content: impl AsRef<[u8]>) -> Vec<InputRecord> {
    read("in.ndjson", content.as_ref(), &rules()).unwrap()
}

fn base64(data: impl AsRef<[u8]>) -> String {
    base64_simd::STANDARD.encode_to_string(data)
}

fn hash(data: impl AsRef<[u8]>) -> String {
    content_key(data.as_ref())
}

/// What is put, as pairs of partition key and data.
fn check(name: &str, content: impl AsRef<[u8]>, expected: &[(&str, &[u8])]) {
    let read = records(content);
    let put: Vec<_> = read.iter().map(|it| (it.partition_key.as_str(), &*it.data)).collect();
    assert_eq!(put, expected, "{name}");
}

#[test]
fn each_line_that_is_not_blank_is_a_record_byte_for_byte() {
    let deep = "[".repeat(10_000);
    check("nothing", "", &[]);
    check("blank", "\n \t\r\n\n", &[]);
    check("spaces", " {} ", &[(&hash(" {} "), b" {} ")]);
    check(
        "line ends",
        "a\r\nb\n\nc",
        &[(&hash("a"), b"a"), (&hash("b"), b"b"), (&hash("c"), b"c")],
    );
    check(
        "no UTF-8",
        b"\xFF\xFE{\n[1]",
        &[(&hash(b"\xFF\xFE{"), b"\xFF\xFE{"), (&hash("[1]"), b"[1]")],
    );
    check("deep", &deep, &[(&hash(&deep), deep.as_bytes())]);
    check("byte order mark", format!("\u{feff}{USER}"), &[("users:u-1", USER.as_bytes())]);
    check("null is a tombstone of its own", "null", &[(&hash("null"), b"null")]);
}

#[test]
fn a_partition_key_is_table_and_keys_as_far_as_the_rules_tell_them() {
    let table = [
        (USER, Some("users:u-1")),
        (r#"{"table":"users","operation":"INSERT","after":{"ID":"\u0075-1"}}"#, Some("users:u-1")),
        (
            r#"{"table":"users","operation":"UPDATE","before":{"id":1},"after":{"id":2}}"#,
            Some("users:2"),
        ),
        (
            r#"{"table":"users","operation":"DELETE","before":{"id":null},"keys":{"id":3}}"#,
            Some("users:3"),
        ),
        (
            r#"{"table":"preferences","operation":"DELETE","keys":{"name":"x","user_id":7}}"#,
            Some("preferences:7:x"),
        ),
        (
            r#"{"data":{"id":5},"metadata":{"record-type":"data","operation":"load","table-name":"agents"}}"#,
            Some("agents:5"),
        ),
        (
            r#"{"op":"d","before":{"id":9},"after":null,"source":{"table":"chats"}}"#,
            Some("chats:9"),
        ),
        (r#"{"table":"users","operation":"INSERT","after":{"name":"no key"}}"#, None),
        (r#"{"table":"users","operation":"INSERT","after":{"id":1,"id":2}}"#, None),
        (r#"{"table":"nobody","operation":"INSERT","after":{"id":1},"keys":{"id":1}}"#, None),
        (r#"{"table":"queue_metrics","operation":"INSERT","after":{"queue_id":1}}"#, None),
        (r#"{"control":{},"metadata":{"record-type":"control","table-name":"agents"}}"#, None),
        (r#"{"ts_ms":1}"#, None),
    ];
    for (line, expected) in table {
        let expected = expected.map_or_else(|| hash(line), str::to_owned);
        check(line, line, &[(&expected, line.as_bytes())]);
    }
}

#[test]
fn a_kinesis_line_is_put_as_what_its_base64_stands_for() {
    let data = base64(USER);
    let escaped = base64(b"\xFF\xFF\xFF").replace('/', "\\/");
    let zipped = gzip(USER.as_bytes());
    let table: [(String, &str, &[u8]); 8] = [
        (format!(r#"{{"kinesis":{{"data":"{data}","partitionKey":"p"}}}}"#), "p", USER.as_bytes()),
        (format!(r#"{{"kinesis":{{"data":"{data}"}}}}"#), "users:u-1", USER.as_bytes()),
        (
            format!(r#"{{"kinesis":{{"data":"{data}","partitionKey":""}}}}"#),
            "users:u-1",
            USER.as_bytes(),
        ),
        (
            format!(r#"{{"kinesis":{{"data":"{data}","partitionKey":null}}}}"#),
            "users:u-1",
            USER.as_bytes(),
        ),
        (
            format!(r#"{{"eventID":"1","kinesis":{{"data":"{data}","sequenceNumber":"1"}}}}"#),
            "users:u-1",
            USER.as_bytes(),
        ),
        (format!(r#"{{"kinesis":{{"data":"{}"}}}}"#, base64(&zipped)), "users:u-1", &zipped),
        (
            format!(r#"{{"kinesis":{{"data":"{escaped}"}}}}"#),
            &hash(b"\xFF\xFF\xFF"),
            b"\xFF\xFF\xFF",
        ),
        (r#"{"kinesis":{"data":"","partitionKey":"t"}}"#.to_owned(), "t", b""),
    ];
    for (line, key, data) in table {
        check(&line, &line, &[(key, data)]);
    }
}

#[test]
fn what_only_looks_like_a_kinesis_record_is_put_as_it_is() {
    let data = base64(USER);
    for line in [
        format!(r#"{{"kinesis":{{"data":"{data}"}},"table":"users"}}"#),
        format!(r#"{{"kinesis":{{"data":"{data}"}},"kinesis":{{"data":"{data}"}}}}"#),
        format!(r#"{{"kinesis":{{"data":"{data}","data":"{data}"}}}}"#),
        format!(r#"{{"kinesis":{{"data":"{data}","partitionKey":5}}}}"#),
        r#"{"kinesis":{"data":5}}"#.to_owned(),
        r#"{"kinesis":{"partitionKey":"p"}}"#.to_owned(),
        r#"{"kinesis":"!"}"#.to_owned(),
        r#"{"Records":[{"kinesis":{"data":"!"}},{"Sns":{}}]}"#.to_owned(),
        r#"{"Records":[{"kinesis":{"data":"!"}}],"more":1}"#.to_owned(),
        r#"{"Records":{}}"#.to_owned(),
    ] {
        check(&line, &line, &[(&hash(&line), line.as_bytes())]);
    }
}

#[test]
fn a_file_that_is_one_json_object_is_one_event_or_one_envelope() {
    let record = |key: &str| {
        let data = base64(USER);
        format!(r#"{{ "kinesis": {{"partitionKey": {key}, "data": "{data}"}}, "awsRegion": "x" }}"#)
    };
    let (first, second) = (record("\"a\""), record("null"));
    let user = USER.as_bytes();
    let event = format!("\n{{\n \"Records\": [\n{first},\n{second}\n]\n}}\n");
    check("pretty-printed event", event, &[("a", user), ("users:u-1", user)]);
    check("event on a line", format!(r#"{{"Records":[{first}]}}"#), &[("a", user)]);
    check("event of nothing", r#"{"Records":[]}"#, &[]);
    let indented = USER.replace(",\"", ",\n  \"");
    check("indented envelope", format!("{indented}\n"), &[("users:u-1", indented.as_bytes())]);
    let lines = format!("{{\"Records\":[]}}\n{USER}");
    let first = r#"{"Records":[]}"#;
    check("an event among lines", lines, &[(&hash(first), first.as_bytes()), ("users:u-1", user)]);
    check("an array over lines", "[1,\n2]", &[(&hash("[1,"), b"[1,"), (&hash("2]"), b"2]")]);
}

#[test]
fn partition_keys_have_1_to_256_characters() {
    let (fits, long) = ("é".repeat(256), "é".repeat(257));
    for (given, expected) in [(&fits, fits.clone()), (&long, hash(&long))] {
        let line = format!(r#"{{"kinesis":{{"data":"","partitionKey":"{given}"}}}}"#);
        check("given", line, &[(&expected, b"")]);
    }
    let line = format!(r#"{{"table":"users","operation":"DELETE","keys":{{"id":"{long}"}}}}"#);
    check("of a row", &line, &[(&hash(format!("users:{long}")), line.as_bytes())]);
}

#[test]
fn what_cannot_be_put_is_an_error_that_says_where_and_what_to_do() {
    let over = "x".repeat(RECORD_BYTES_MAX + 1);
    let inside = format!(r#"{{"kinesis":{{"data":"{}"}}}}"#, base64(&over));
    let bad = r#"{"kinesis":{"data":"secret!"}}"#;
    let table = [
        (format!("{{}}\n\n{bad}"), "in\\n.ndjson, line 3: kinesis.data is not base64"),
        (format!(r#"{{"Records":[{bad}]}}"#), "in\\n.ndjson, record 1 of the event: kinesis.data"),
        (
            r#"{"kinesis":{"data":"YQ"}}"#.to_owned(),
            "in\\n.ndjson, line 1: kinesis.data is not base64",
        ),
        (over, "in\\n.ndjson, line 1: the record has 10485761 bytes and Kinesis takes 10485760"),
        (inside, "in\\n.ndjson, line 1: the record has 10485761 bytes"),
    ];
    for (content, expected) in table {
        let error = read("in\n.ndjson", content.as_bytes(), &rules()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let largest = vec![b'x'; RECORD_BYTES_MAX];
    assert_eq!(records(largest).len(), 1);
    let missing = load("/no/such/file").unwrap_err();
    assert!(missing.to_string().starts_with("/no/such/file: cannot be read"));
}

#[test]
fn a_file_is_loaded_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert_eq!(load(path).unwrap(), std::fs::read(path).unwrap());
}

/// A gzip stream of one stored block: no compressor is needed to write one.
fn gzip(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(content);
    out.extend(crc32(content).to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

fn crc32(content: &[u8]) -> u32 {
    !content.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}
