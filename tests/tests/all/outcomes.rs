//! Every kind of bad record gets its own outcome, and its neighbours are published.

use base64_simd::STANDARD as BASE64;
use serde_json::json;

use crate::world::World;

const TABLES: &str = "  t: {keys: [id], include: [id, v, ssn, big], redact: [ssn]}\n";

/// A record between two good ones.
struct Case {
    name: &'static str,
    data: Vec<u8>,
    /// What becomes of it, besides the two neighbours.
    expected: &'static str,
    /// A text that its event or its letter must show.
    shows: &'static str,
}

fn case(
    name: &'static str,
    data: impl Into<Vec<u8>>,
    expected: &'static str,
    shows: &'static str,
) -> Case {
    Case { name, data: data.into(), expected, shows }
}

fn insert(after: &str) -> String {
    format!(r#"{{"table":"t","operation":"INSERT","after":{{{after}}}}}"#)
}

fn line(data: &[u8]) -> String {
    let data = BASE64.encode_to_string(data);
    json!({"kinesis": {"partitionKey": "k", "data": data}}).to_string()
}

#[test]
fn bad_records_have_their_own_outcome_and_good_ones_pass_by() {
    let deep = format!(
        r#"{{"table":"t","operation":"INSERT","after":{}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let cases = [
        case("no JSON", "{not json", "dead PARSE_ERROR 1", "not valid JSON at byte 1"),
        case("an empty body", "", "skipped tombstone 1", ""),
        case("nested 10,000 deep", deep, "dead PARSE_ERROR 1", "nested deeper than 128 levels"),
        case(
            "a table without rules",
            r#"{"table":"nobody","operation":"INSERT","after":{"id":1,"name":"Ada"}}"#,
            "dead VALIDATION_ERROR 1",
            "\"originalEvent\":null",
        ),
        case(
            "a row without its key",
            insert(r#""v":1"#),
            "dead VALIDATION_ERROR 1",
            "key column \\\"id\\\" is not in the row",
        ),
        case(
            "a duplicate member",
            insert(r#""id":7,"ssn":"1","ssn":"2""#),
            "dead VALIDATION_ERROR 1",
            "member \\\"ssn\\\" stands twice",
        ),
        case("an escaped name", insert(r#""id":7,"\u0073sn":"078-05-1120""#), "", "[REDACTED]"),
        case(
            "a number beyond a double",
            insert(r#""id":7,"v":{"a":1e400}"#),
            "",
            "\"v\":{\"a\":1e400}",
        ),
        case(
            "20 digits",
            insert(r#""id":7,"v":12345678901234567890"#),
            "",
            "\"v\":12345678901234567890",
        ),
        case(
            "40 digits",
            insert(r#""id":7,"v":1234567890123456789012345678901234567890"#),
            "",
            "\"v\":1234567890123456789012345678901234567890",
        ),
        case("a bare number", "1e400", "dead PARSE_ERROR 1", "a JSON object is expected"),
        case("invalid UTF-8", b"{\"table\":\"t\xff\"}".to_vec(), "dead PARSE_ERROR 1", "not UTF-8"),
        case(
            "a control character in a name",
            "{\"table\":\"t\\u001b[31m\",\"operation\":\"INSERT\",\"after\":{\"id\":1}}",
            "dead VALIDATION_ERROR 1",
            "t\\\\u{1b}[31m",
        ),
    ];
    for case in cases {
        check(&case);
    }
}

#[test]
fn a_record_too_large_for_the_bus_goes_to_the_bucket_or_to_the_queue() {
    let large = |bytes: usize| insert(&format!(r#""id":7,"big":"{}""#, "x".repeat(bytes)));
    let key = insert(&format!(r#""id":"{}""#, "7".repeat(1_000_000)));
    let pointing = "\"claimCheck\":{\"bucket\":\"cdc-claim-check\"";
    for case in [
        case("1 MB that fits", large(990_000), "", "\"big\":\"xxxx"),
        case("1 MB that does not", large(1_000_000), "", pointing),
        case("a key of 1 MB", key, "dead VALIDATION_ERROR 1", "without its images"),
    ] {
        check(&case);
    }
}

fn check(case: &Case) {
    let records =
        [insert(r#""id":1"#).into_bytes(), case.data.clone(), insert(r#""id":2"#).into_bytes()];
    let lines: Vec<String> = records.iter().map(|data| line(data)).collect();
    let ran =
        World { shards: 1, ..World::new(TABLES) }.run(case.name, lines.join("\n").into_bytes());
    let published = if case.expected.is_empty() { 3 } else { 2 };
    let mut expected = format!("records 3, published {published}");
    if !case.expected.is_empty() {
        expected = format!("{expected}, {}", case.expected);
    }
    assert_eq!(ran.outcome(), expected, "{}", case.name);
    let all = [ran.finished.events.join("\n"), ran.finished.dead_letters.join("\n")].join("\n");
    assert!(
        all.contains(case.shows),
        "{}: {} in {}",
        case.name,
        case.shows,
        &all[..all.len().min(3000)]
    );
    assert!(!ran.finished.events.join("").contains("078-05-1120"), "{}", case.name);
}

#[test]
fn an_unlisted_table_is_not_copied_into_the_queue() {
    let data = r#"{"table":"nobody","operation":"INSERT","after":{"id":1,"name":"Grace Hopper"}}"#;
    let ran = World::new(TABLES).run("unlisted", line(data.as_bytes()).into_bytes());
    let letters = ran.letters();
    assert_eq!(letters.len(), 1);
    assert!(!ran.finished.dead_letters[0].contains("Grace"));
    let pointer = &letters[0]["originalPointer"];
    assert_eq!(pointer["partitionKey"], "k");
    assert_eq!(pointer, &letters[0]["position"]);
}
