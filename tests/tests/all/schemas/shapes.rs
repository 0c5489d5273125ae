//! Good examples of each shape, and what a change of one member makes of them: whether consumers
//! accept it, and whether the program may print it.

use serde_json::{Value, json};

use cdc_processor::response::BatchResponse;

use super::{closed, conforms, open};

/// The example of docs and tests: an update of a user.
fn table_change() -> Value {
    json!({
        "version": "1.0", "database": "coredb", "schema": "public", "table": "users",
        "operation": "UPDATE", "eventType": "user.changed",
        "timestamp": "2024-01-15T10:30:00.123456Z", "keys": {"id": "user-123"},
        "before": {"id": "user-123", "email": "[REDACTED]", "status": "active"},
        "after": {"id": "user-123", "email": "[REDACTED]", "status": "inactive"},
        "changed": ["status"],
        "metadata": {
            "eventId": "6f9d", "order": "lsn:1", "transactionId": "txn-456",
            "sequenceNumber": "12345678901234567890", "subSequence": 0,
            "stream": "coredb-cdc-stream", "shard": "shardId-000000000003",
            "sourcePosition": "0/16B3748", "envelope": "dms", "timestampFrom": "commit",
            "snapshot": false, "replay": false, "redacted": ["email"], "unchanged": ["bio"],
            "raw": [],
        },
    })
}

fn dead_letter() -> Value {
    let position = json!({
        "stream": "arn:aws:kinesis:us-east-1:123456789012:stream/coredb-cdc-stream",
        "shard": "shardId-000000000003", "sequenceNumber": "12345678901234567890",
        "subSequence": 0, "part": 0, "recordKey": "0a1b", "partitionKey": "users:user-123",
        "arrivedAt": "2024-01-15T10:30:01.000Z",
    });
    json!({
        "version": 1, "originalEvent": {"table": "users"}, "originalData": null,
        "originalPointer": null,
        "error": {"message": "no key", "code": "VALIDATION_ERROR", "stack": null},
        "attempts": 3, "lastAttempt": "2024-01-15T10:35:00Z", "eventId": null, "table": "users",
        "pipeline": "coredb", "position": position,
    })
}

/// A letter whose record lies in a bucket.
fn stored_letter() -> Value {
    let mut letter = dead_letter();
    letter["originalEvent"] = Value::Null;
    letter["originalPointer"] = letter["position"].clone();
    letter["claimCheck"] =
        json!({"bucket": "records", "key": "records/a", "size": 7, "sha256": "a".repeat(64)});
    letter
}

#[test]
fn a_letter_says_where_its_record_lies_beside_its_place_alone() {
    check(
        "dead-letter-1",
        &stored_letter(),
        &[
            bad("/originalPointer", Value::Null),
            bad("/originalEvent", json!({"table": "users"})),
            bad("/claimCheck/bucket", json!("arn:aws:s3:::records")),
            bad("/claimCheck/sha256", json!("a")),
            bad("/claimCheck/size", json!(11 << 20)),
            bad("/claimCheck/key", json!("")),
            later("/claimCheck/more", json!(1)),
        ],
    );
    let points = stored_letter()["claimCheck"].clone();
    check("dead-letter-1", &dead_letter(), &[bad("/claimCheck", points)]);
}

fn decode_unit() -> Value {
    json!({
        "line": 1, "part": 0, "envelope": "dms", "kind": "change", "database": null,
        "schema": "public", "table": "users", "operation": "UPDATE", "snapshot": false,
        "keys": {"id": "user-123"}, "before": null, "after": null, "unchanged": [],
        "position": null, "transactionId": "txn-456", "error": null,
    })
}

fn local_summary() -> Value {
    json!({
        "records": 137, "units": 137, "published": 82, "skipped": {"control": 55},
        "suppressed": 0, "deadLettered": {}, "unsettled": 0, "duplicates": 0,
        "checkpoints": {"shardId-000000000000": "12345678901234567890"}, "seconds": 0.4,
    })
}

/// What a change of one member does to a good example.
struct Case {
    /// A JSON pointer to the member.
    at: &'static str,
    to: Value,
    /// Whether consumers accept it.
    open: bool,
    /// Whether the program may print it.
    closed: bool,
}

fn good(at: &'static str, to: Value) -> Case {
    Case { at, to, open: true, closed: true }
}

fn later(at: &'static str, to: Value) -> Case {
    Case { at, to, open: true, closed: false }
}

fn bad(at: &'static str, to: Value) -> Case {
    Case { at, to, open: false, closed: false }
}

/// Changes the example at each place in turn; a member that isn't there is added.
fn check(schema: &str, example: &Value, cases: &[Case]) {
    let (open, closed) = (open(schema), closed(schema));
    conforms(&open, example);
    conforms(&closed, example);
    for case in cases {
        let mut changed = example.clone();
        let (parent, member) = case.at.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[member] = case.to.clone();
        let told = format!("{schema}: {} as {}", case.at, case.to);
        assert_eq!(open.is_valid(&changed), case.open, "{told}, for consumers");
        assert_eq!(closed.is_valid(&changed), case.closed, "{told}, for the program");
    }
}

#[test]
fn a_table_change_may_gain_members_and_lose_none() {
    let (hash, long) = ("a".repeat(64), "9".repeat(129));
    let check_of =
        |key: &str| json!({"bucket": "big", "key": key, "size": 300_000, "sha256": hash});
    check(
        "table-change-1.0",
        &table_change(),
        &[
            good("/keys", json!(null)),
            good("/before", json!(null)),
            good("/changed", json!(null)),
            good("/changed", json!([])),
            good("/after", json!({})),
            good("/after/anything", json!({"of": ["the", "source"]})),
            good("/metadata/order", json!(null)),
            good("/metadata/sequenceNumber", json!(long)),
            good("/metadata/claimCheck", check_of("k")),
            bad("/metadata/claimCheck", check_of("")),
            later("/version", json!("1.1")),
            bad("/version", json!("2.0")),
            later("/more", json!(1)),
            later("/metadata/more", json!(1)),
            later("/metadata/envelope", json!("a-later-one")),
            bad("/operation", json!("UPSERT")),
            bad("/operation", json!("INSERT")),
            bad("/operation", json!("DELETE")),
            bad("/operation", json!("TRUNCATE")),
            bad("/metadata/movedTo", json!({"id": 1})),
            bad("/metadata/movedFrom", json!({"id": 1})),
            bad("/timestamp", json!("2024-01-15 10:30:00")),
            bad("/before", json!({})),
            bad("/after", json!([])),
            bad("/changed", json!(["a", "a"])),
            bad("/metadata", json!({"eventId": "6f9d"})),
            bad("/metadata/sequenceNumber", json!(12)),
            bad("/metadata/sequenceNumber", json!("012")),
            bad("/metadata/timestampFrom", json!("guess")),
        ],
    );
}

#[test]
fn a_dead_letter_has_exactly_one_original() {
    let data = json!({"encoding": "base64", "data": "e25vIGpzb24="});
    let pointer = dead_letter()["position"].clone();
    check(
        "dead-letter-1",
        &dead_letter(),
        &[
            good("/originalEvent", json!("any JSON")),
            good("/eventId", json!("6f9d")),
            good("/table", json!(null)),
            later("/more", json!(1)),
            later("/position/more", json!(1)),
            bad("/originalEvent", json!(null)),
            bad("/originalData", data.clone()),
            bad("/originalPointer", pointer.clone()),
            bad("/error/code", json!("STATE_ERROR")),
            bad("/attempts", json!(0)),
            bad("/version", json!(2)),
        ],
    );
    let mut bytes = dead_letter();
    bytes["originalEvent"] = json!(null);
    bytes["originalData"] = data;
    check(
        "dead-letter-1",
        &bytes,
        &[
            bad("/originalData/encoding", json!("hex")),
            bad("/originalData/data", json!("{no json")),
            bad("/originalPointer", pointer.clone()),
        ],
    );
    let mut pointed = dead_letter();
    pointed["originalEvent"] = json!(null);
    pointed["originalPointer"] = pointer;
    check("dead-letter-1", &pointed, &[bad("/originalPointer/stream", json!(null))]);
}

#[test]
fn command_line_outputs_have_their_shape() {
    check(
        "local-summary-1",
        &local_summary(),
        &[
            later("/more", json!(1)),
            bad("/units", json!(-1)),
            bad("/skipped/control", json!("55")),
            bad("/deadLettered/STATE_ERROR", json!(1)),
            bad("/checkpoints/shard", json!("TRIM_HORIZON")),
        ],
    );
    let error = json!({"code": "PARSE_ERROR", "message": "not a known envelope"});
    check(
        "decode-unit-1",
        &decode_unit(),
        &[
            good("/envelope", json!("maxwell")),
            good("/after", json!({"id": "user-123"})),
            later("/more", json!(1)),
            bad("/operation", json!(null)),
            bad("/table", json!(null)),
            bad("/kind", json!("control")),
            bad("/kind", json!("reject")),
            bad("/error", error.clone()),
            bad("/line", json!(0)),
        ],
    );
    let mut reject = decode_unit();
    for member in ["envelope", "table", "schema", "operation", "keys", "transactionId"] {
        reject[member] = json!(null);
    }
    reject["kind"] = json!("reject");
    reject["error"] = error;
    check("decode-unit-1", &reject, &[bad("/error", json!(null)), bad("/after", json!({"id": 1}))]);
}

#[test]
fn a_batch_response_reports_one_record_of_a_shard_at_most() {
    const MESSAGE: &str = "059f36b4-87a3-44ab-83d2-661975830a7d";
    let failure = |number: &str| json!({"itemIdentifier": number});
    let place =
        |offset: i64| json!({"itemIdentifier": {"partition": "core-users-0", "offset": offset}});
    check(
        "batch-response-1",
        &json!({"batchItemFailures": [failure("49590338271490256608559692538361571095921575989136588898")]}),
        &[
            good("/batchItemFailures", json!([])),
            bad("/batchItemFailures", json!(null)),
            bad("/batchItemFailures", json!([failure("1"), failure("2")])),
            bad("/batchItemFailures", json!([failure("")])),
            good("/batchItemFailures", json!([failure(MESSAGE), failure(MESSAGE)])),
            good("/batchItemFailures", json!([place(0), place(7)])),
            bad("/batchItemFailures", json!([place(0), failure(MESSAGE)])),
            bad("/batchItemFailures", json!([place(-1)])),
            bad("/batchItemFailure", json!([])),
        ],
    );
}

#[test]
fn what_the_processor_answers_is_a_batch_response() {
    let schema = closed("batch-response-1");
    let number = cdc_core::record::SequenceNumber::parse("495903382714902566085596925383").unwrap();
    for first_unsettled in [None, Some(&number)] {
        let response = BatchResponse::of_shard(first_unsettled);
        conforms(&schema, &serde_json::to_value(response).unwrap());
    }
    let offset = 7.into();
    for response in [
        BatchResponse::of_queue(["059f36b4-87a3-44ab-83d2-661975830a7d"]),
        BatchResponse::of_partitions([("core-users-0", &offset)]),
    ] {
        conforms(&schema, &serde_json::to_value(response).unwrap());
    }
}

#[test]
fn a_request_to_redact_says_what_and_by_what_and_a_null_is_none() {
    let record = json!({"id": 1});
    check(
        "redactor-request-1",
        &json!({"record": record, "table": "users"}),
        &[
            good("/fields", json!(null)),
            good("/fields", json!(["ssn"])),
            good("/replacement", json!(null)),
            good("/records", json!(null)),
            good("/action", json!(null)),
            bad("/action", json!("redact")),
            bad("/records", json!([record])),
            bad("/replacement", json!("x")),
            bad("/record", json!(null)),
            bad("/table", json!(null)),
            bad("/field", json!(null)),
        ],
    );
    check(
        "redactor-request-1",
        &json!({"records": [record], "fields": ["ssn"]}),
        &[
            good("/table", json!(null)),
            good("/record", json!(null)),
            good("/replacement", json!("x")),
            bad("/fields", json!([null])),
            bad("/fields", json!(null)),
            bad("/records", json!([null])),
        ],
    );
}

#[test]
fn a_request_to_reveal_says_whose_values_and_why() {
    check(
        "redactor-request-1",
        &json!({"action": "reveal", "table": "users", "column": "ssn", "values": ["k.1:x", null],
            "reason": "access request 4711"}),
        &[
            good("/version", json!(2)),
            good("/version", json!(null)),
            bad("/version", json!(0)),
            bad("/action", json!(null)),
            bad("/table", json!(null)),
            bad("/column", json!(["ssn"])),
            bad("/values", json!([])),
            bad("/reason", json!("")),
            bad("/reason", json!(" ")),
            bad("/reason", json!("two\nlines")),
            bad("/reason", json!("x".repeat(501))),
            bad("/record", json!({"id": 1})),
            bad("/fields", json!(null)),
        ],
    );
}
