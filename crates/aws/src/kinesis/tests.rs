use cdc_core::{
    delivery::CallErrorKind,
    ports::{RangeReader as _, StreamReader as _},
    record::SequenceNumber,
};
use serde_json::json;

use super::KinesisReader;
use crate::{
    canned::{Answer, Canned},
    endpoint::Region,
    function::settings::ConfiguredStream,
};

const STREAM: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";
const SHARD: &str = "shardId-000000000003";

type Found = Result<Option<String>, CallErrorKind>;

/// Reads record 4959 and expects this outcome after so many calls.
async fn check(name: &str, answers: Vec<Answer>, expected: Found, calls: usize) {
    let iterator = Answer::ok(r#"{"ShardIterator":"i"}"#);
    let canned = Canned::new([iterator].into_iter().chain(answers));
    let reader = by_arn(&canned);
    let found = reader.read_one(SHARD, &SequenceNumber::parse("4959").unwrap()).await;
    let shown = found
        .map_err(|error| error.kind)
        .map(|record| record.map(|r| format!("{:?} {} {}", r.data, r.partition_key, r.arrived)));
    assert_eq!(shown, expected, "{name}");
    assert_eq!(canned.requests().len(), calls, "{name}");
}

fn by_arn(canned: &Canned) -> KinesisReader {
    let region = Region::parse("eu-west-1").unwrap();
    let stream = ConfiguredStream::exactly(STREAM, &region).unwrap();
    KinesisReader::new(&canned.connection(), &stream)
}

fn by_name(canned: &Canned) -> KinesisReader {
    let region = Region::parse("eu-west-1").unwrap();
    let stream = ConfiguredStream::named("coredb", &region).unwrap();
    KinesisReader::new(&canned.connection(), &stream)
}

fn page(number: &str, arrived: &str) -> Answer {
    Answer::ok(format!(
        r#"{{"Records":[{{"SequenceNumber":"{number}","PartitionKey":"k","Data":"e30=",
           "ApproximateArrivalTimestamp":{arrived}}}],"MillisBehindLatest":5}}"#
    ))
}

fn empty(behind: u64) -> Answer {
    Answer::ok(format!(r#"{{"Records":[],"NextShardIterator":"j","MillisBehindLatest":{behind}}}"#))
}

#[tokio::test]
async fn the_record_itself_or_none() {
    let found = |arrived: &str| Ok(Some(format!(r#"b"{{}}" k {arrived}"#)));
    let end = Answer::ok(r#"{"Records":[],"MillisBehindLatest":7}"#);
    for (name, answers, expected, calls) in [
        ("found", vec![page("4959", "1700000000.123")], found("2023-11-14T22:13:20.123Z"), 2),
        (".9", vec![page("4959", "1700000000.9")], found("2023-11-14T22:13:20.9Z"), 2),
        ("whole", vec![page("4959", "1700000000")], found("2023-11-14T22:13:20Z"), 2),
        ("later", vec![empty(5), page("4959", "1")], found("1970-01-01T00:00:01Z"), 3),
        ("trimmed", vec![page("5000", "1700000000")], Ok(None), 2),
        ("at the tip", vec![empty(0)], Ok(None), 2),
        ("closed shard", vec![end], Ok(None), 2),
        ("always empty", vec![empty(5)], Err(CallErrorKind::Unavailable), 6),
    ] {
        check(name, answers, expected, calls).await;
    }
}

#[tokio::test]
async fn the_pointer_names_the_place() {
    let canned = Canned::new([Answer::Status(400, r#"{"__type":"X"}"#.into())]);
    let reader = by_arn(&canned);
    let found = reader.read_one(SHARD, &SequenceNumber::parse("4959").unwrap()).await;
    assert_eq!(
        found.unwrap_err().to_string(),
        "GetShardIterator failed: the request was refused as invalid (X)"
    );
    let requests = canned.requests();
    assert_eq!(requests[0].target, "Kinesis_20131202.GetShardIterator");
    let expected = json!({"StreamARN": STREAM, "ShardId": SHARD,
        "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "4959"});
    assert_eq!(requests[0].body, expected);
}
#[tokio::test]
async fn a_stream_without_its_arn_is_known_by_its_name() {
    let canned = Canned::new([
        Answer::ok(r#"{"ShardIterator":"i"}"#),
        Answer::ok(r#"{"Records":[],"MillisBehindLatest":0}"#),
    ]);
    let number = SequenceNumber::parse("4959").unwrap();
    assert!(by_name(&canned).read_one(SHARD, &number).await.unwrap().is_none());
    let requests = canned.requests();
    assert_eq!(requests[0].body["StreamName"], "coredb");
    assert_eq!(
        (&requests[0].body["StreamARN"], &requests[1].body["StreamARN"]),
        (&json!(null), &json!(null))
    );
}

#[tokio::test]
async fn shards_are_listed_page_by_page() {
    let shards = |ids: &[&str], next: &str| {
        let ids: Vec<String> = ids
            .iter()
            .map(|id| {
                format!(
                    r#"{{"ShardId":"{id}","HashKeyRange":{{"StartingHashKey":"0","EndingHashKey":"1"}},
                       "SequenceNumberRange":{{"StartingSequenceNumber":"1"}}}}"#
                )
            })
            .collect();
        Answer::ok(format!(r#"{{"Shards":[{}]{next}}}"#, ids.join(",")))
    };
    let canned = Canned::new([shards(&["a", "b"], r#","NextToken":"t""#), shards(&["c"], "")]);
    assert_eq!(by_arn(&canned).shards().await.unwrap(), ["a", "b", "c"]);
    let requests = canned.requests();
    assert_eq!(requests[0].body, json!({"StreamARN": STREAM}));
    assert_eq!(requests[1].body, json!({"NextToken": "t"}));

    let canned = Canned::new([shards(&[], r#","NextToken":"t""#)]);
    let error = by_name(&canned).shards().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Unavailable);
    assert_eq!(canned.requests()[0].body, json!({"StreamName": "coredb"}));

    let canned =
        Canned::new([Answer::Status(400, r#"{"__type":"ResourceNotFoundException"}"#.into())]);
    assert_eq!(by_arn(&canned).shards().await.unwrap_err().kind, CallErrorKind::Denied);
}

#[tokio::test]
async fn a_range_is_read_page_by_page_from_a_place_on() {
    let iterator = || Answer::ok(r#"{"ShardIterator":"i"}"#);
    let records = r#"{"SequenceNumber":"4960","PartitionKey":"k","Data":"e30=","ApproximateArrivalTimestamp":1700000000.9},
        {"SequenceNumber":"4999","PartitionKey":"l","Data":"W10=","ApproximateArrivalTimestamp":1700000001}"#;
    let page =
        |records: &str, rest: &str| Answer::ok(format!(r#"{{"Records":[{records}]{rest}}}"#));
    let more = r#","NextShardIterator":"j","MillisBehindLatest":7"#;
    for (name, answer, found, ended) in [
        ("some", page(records, more), "4960 4999", false),
        ("none yet", page("", more), "", false),
        (
            "to the tip",
            page(records, r#","NextShardIterator":"j","MillisBehindLatest":0"#),
            "4960 4999",
            true,
        ),
        ("to the end", page(records, r#","MillisBehindLatest":7"#), "4960 4999", true),
    ] {
        let canned = Canned::new([iterator(), answer]);
        let number = SequenceNumber::parse("4959").unwrap();
        let page = by_arn(&canned).read_on(SHARD, &number, 20_000).await.unwrap();
        let numbers: Vec<&str> = page.records.iter().map(|record| record.number.as_str()).collect();
        assert_eq!((numbers.join(" ").as_str(), page.ended), (found, ended), "{name}");
        let requests = canned.requests();
        assert_eq!(requests[0].body["ShardIteratorType"], "AT_SEQUENCE_NUMBER");
        assert_eq!(requests[0].body["StartingSequenceNumber"], "4959");
        assert_eq!(requests[1].body["Limit"], 10_000);
    }
    let number = SequenceNumber::parse("4959").unwrap();
    for (answer, kind) in [
        (page(&records.replace("4960", "0x1"), more), CallErrorKind::Unavailable),
        (
            Answer::Status(400, r#"{"__type":"ProvisionedThroughputExceededException"}"#.into()),
            CallErrorKind::Throttled,
        ),
        (
            Answer::Status(400, r#"{"__type":"ResourceNotFoundException"}"#.into()),
            CallErrorKind::Denied,
        ),
    ] {
        let throttled = kind == CallErrorKind::Throttled;
        // The SDK tries again what was throttled.
        let answers =
            if throttled { vec![answer.clone(), answer.clone(), answer] } else { vec![answer] };
        let canned = Canned::new([iterator()].into_iter().chain(answers));
        let error = by_arn(&canned).read_on(SHARD, &number, 10).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert_eq!(canned.requests()[0].body["ShardIteratorType"], "AT_SEQUENCE_NUMBER");
    }
}
