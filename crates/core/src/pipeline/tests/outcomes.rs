//! What becomes of each kind of record.

use super::*;

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
            "PARSE_ERROR: not a known envelope: expected the members of native (table, operation), DMS (metadata.record-type), Debezium (op, source), a Debezium CloudEvent (specversion, type), Maxwell or Canal (type, table, data), Oracle GoldenGate (op_type, table) or DynamoDB (eventName, dynamodb)",
        ),
        (
            br#"{"table":"t","operation":"UPSERT","after":{}}"#,
            r#"PARSE_ERROR: operation is an unknown text of 6 characters; expected INSERT, UPDATE, DELETE or TRUNCATE"#,
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
fn an_event_that_cannot_fit_says_what_would_help() {
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
    assert!(too_large.contains("set CLAIM_CHECK_BUCKET_NAME"), "{too_large}");
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

#[test]
fn what_is_wrong_with_an_unlisted_table_is_pointed_to_or_skipped() {
    let skipping = pipeline_of(&testing::CONFIG.replace("reject", "skip"));
    for data in [
        r#"{"table":"nobody","operation":"INSERT","after":{"card":"4111","card":"x"}}"#,
        r#"{"table":"nobody","operation":"UPSERT","after":{"card":"4111"}}"#,
        r#"{"table":"nobody","operation":"INSERT","keys":{}}"#,
        r#"{"data":[],"metadata":{"record-type":"data","operation":"insert","table-name":"nobody"}}"#,
        r#"{"op":"u","before":{"a":1},"source":{"table":"nobody"}}"#,
        r#"{"schema":{},"payload":{"op":"?","source":{"table":"nobody"}}}"#,
    ] {
        assert!(outcome(data.as_bytes()).ends_with("(pointer)"), "{data}");
        let prepared = prepare_with(&skipping, vec![raw(1, "k", data)]);
        assert_eq!(told(&prepared[0].units[0].work), "skip unlisted", "{data}");
    }
    let listed = r#"{"table":"t","operation":"UPSERT","after":{"id":1}}"#;
    let prepared = prepare_with(&testing::pipeline(), vec![raw(1, "k", listed)]);
    assert!(!told(&prepared[0].units[0].work).ends_with("(pointer)"));
    assert_eq!(prepared[0].units[0].table.as_deref(), Some("t"));
}

#[test]
fn what_is_wrong_with_a_table_listed_by_its_database_is_not_skipped() {
    let config = "version: 1\npipeline: p\nunlisted_tables: skip\ntables:\n  \
        core.t: {keys: [id], include: [id]}\n";
    for data in [
        r#"{"source":"core","table":"t","operation":"UPSERT","after":{"id":1}}"#,
        r#"{"database":"core","source":{"x":1},"table":"t","operation":"UPSERT","after":{"id":1}}"#,
        r#"{"op":"c","source":{"db":"core","table":"t"}}"#,
    ] {
        let prepared = prepare_with(&pipeline_of(config), vec![raw(1, "k", data)]);
        let told = told(&prepared[0].units[0].work);
        assert!(told.contains("_ERROR") && !told.ends_with("(pointer)"), "{data}: {told}");
    }
}

fn canal(kind: &str, table: &str, rows: usize) -> Vec<u8> {
    let rows = vec![r#"{"id":"1"}"#; rows].join(",");
    format!(r#"{{"data":[{rows}],"type":"{kind}","database":"d","table":"{table}"}}"#).into_bytes()
}

#[test]
fn a_message_with_many_rows_takes_memory_by_its_length_and_its_rows() {
    let (message, pipeline) = (canal("INSERT", "log", 5000), testing::pipeline());
    let bound = 64 * message.len() + 4096 * 5000;
    let allocated = allocation_counter::measure(|| {
        assert_eq!(prepare_with(&pipeline, vec![raw(1, "k", message)])[0].units.len(), 5000);
    });
    assert!(allocated.bytes_max <= bound as u64, "{allocated:?} of {bound}");
}

#[test]
fn what_is_behind_too_many_rows_waits_for_another_delivery() {
    let (pipeline, shard) = (testing::pipeline(), testing::shard());
    let mut preparer = Preparer::new(&pipeline, &shard);
    let message = canal("DELETE", "slim", 1 << 16);
    let delivery = (0..5).map(|number| raw(number, "k", message.clone())).collect();
    let records = expand(delivery).records;
    let mut prepared = records.iter().map(|record| preparer.prepare(record).is_some());
    assert!(prepared.by_ref().take(4).all(|it| it));
    assert_eq!(prepared.next(), Some(false));
}
