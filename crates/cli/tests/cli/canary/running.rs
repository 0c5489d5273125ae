//! The operator's commands against a running `cdc local` that was given planted records.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use base64_simd::STANDARD as BASE64;
use cdc_tests::canary::{Becomes, Seeded, failures, records};
use serde_json::json;

use super::Place;
use crate::operate::{Local, has_letters};

/// Whose signature nobody checks.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=cdc-local/20240115/us-east-1/kinesis/aws4_request, \
     SignedHeaders=host, Signature=0";

/// Puts a record on the stream of a running system, as a producer would.
fn put(endpoint: &str, record: &Seeded) {
    let host = endpoint.trim_start_matches("http://");
    let body = json!({"StreamName": "coredb-cdc-stream", "PartitionKey": record.partition_key,
        "Data": BASE64.encode_to_string(&record.data)})
    .to_string();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         X-Amz-Target: Kinesis_20131202.PutRecord\r\nX-Amz-Date: 20240115T103000Z\r\n\
         Authorization: {AUTHORIZATION}\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn operators_are_shown_no_values() {
    let mut place = Place::new("running");
    place.records = failures(&mut place.seeds);
    place.records.extend(records(&mut place.seeds));
    let input = place.input();
    let mut local = Local::start(&["--config", &place.rules, "--rate", "1"]);
    place.records.iter().for_each(|record| put(&local.endpoint, record));
    let letters = place.records.iter().filter(|record| record.becomes == Becomes::Letter);
    let letters = letters.count() as u64;
    local.until(|line| has_letters(line, letters));
    for (arguments, code) in [
        (&["dlq", "list", "--limit", "1000"][..], 3),
        (&["dlq", "show", "--limit", "1000"], 3),
        (&["--json", "dlq", "show", "--limit", "1000"], 3),
        (&["dlq", "replay", "--dry-run", "--all"], 3),
        (&["dlq", "replay", "--all", "--limit", "10"], 3),
        (&["checkpoint", "status"], 0),
        (&["--json", "checkpoint", "status"], 0),
    ] {
        let ran = local.run(arguments).ends_with(code);
        place.says(arguments, &ran);
    }
    let health = local.run(&["health"]);
    place.says(&["health"], &health);
    place.check(&input);
}
