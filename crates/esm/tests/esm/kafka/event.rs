//! The event, byte for byte as AWS writes it.

use bytes::Bytes;
use cdc_esm::kafka::{EventSource, Header, TimestampType, TopicRecord};
use serde_json::{Value, json};

use super::world::{partition, record, source};

fn full() -> TopicRecord {
    TopicRecord {
        key: Some(Bytes::from_static(b"key")),
        value: Some(Bytes::from_static(b"Hello, this is a test.")),
        headers: vec![
            Header { name: "h".into(), value: Bytes::from_static("hë".as_bytes()) },
            Header { name: "h".into(), value: Bytes::new() },
        ],
        ..record(&partition("my-topic-0"), 15, 987, 0)
    }
}

fn check(source: &EventSource, records: &[TopicRecord], expected: &Value) {
    let found: Value = serde_json::from_slice(&source.event(records)).unwrap();
    assert_eq!(found, *expected);
}

#[test]
fn an_event_of_msk_is_written_as_aws_writes_it() {
    let text = concat!(
        r#"{"eventSource":"aws:kafka","#,
        r#""eventSourceArn":"arn:aws:kafka:eu-central-1:000000000000:cluster/c/1","#,
        r#""bootstrapServers":"b-1:9092,b-2:9092","records":{"my-topic-0":[{"topic":"my-topic","#,
        r#""partition":0,"offset":15,"timestamp":1767225600987,"timestampType":"CREATE_TIME","#,
        r#""key":"a2V5","value":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","#,
        r#""headers":[{"h":[104,-61,-85]},{"h":[]}]}]}}"#,
    );
    assert_eq!(source().event(&[full()]), text.as_bytes());
}

#[test]
fn a_tombstone_and_a_record_without_a_key_hold_null() {
    let bare = TopicRecord {
        value: None,
        timestamp_type: TimestampType::LogAppendTime,
        ..record(&partition("t-3"), 0, 0, 0)
    };
    let expected = json!({
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": "k:9092",
        "records": { "t-3": [{
            "topic": "t",
            "partition": 3,
            "offset": 0,
            "timestamp": 1_767_225_600_000_i64,
            "timestampType": "LOG_APPEND_TIME",
            "key": null,
            "value": null,
            "headers": [],
        }] },
    });
    check(&EventSource::self_managed("k:9092", "f"), &[bare], &expected);
}

#[test]
fn records_lie_under_their_partition_in_order() {
    let places = [("t-1", 4), ("t-0", 7), ("t-1", 5), ("t-10", 0), ("t-0", 9)];
    let records = places.map(|(name, offset)| record(&partition(name), offset, 0, 1));
    let delivered = super::world::delivered(&source().event(&records));
    let words = [("t-0", vec![7, 9]), ("t-1", vec![4, 5]), ("t-10", vec![0])];
    assert_eq!(delivered, words.map(|(name, offsets)| (name.to_owned(), offsets)));
}
