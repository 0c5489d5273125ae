//! The event's JSON against a real one.

use std::path::PathBuf;

use bytes::Bytes;
use cdc_core::record::SequenceNumber;
use cdc_esm::{EventSource, ShardId, StreamRecord};
use jiff::Timestamp;
use serde_json::Value;

use crate::world::{record, source};

/// The folder of real samples, which is not part of the project.
#[expect(clippy::disallowed_methods, reason = "where the samples lie is the machine's business")]
fn fixtures() -> Option<PathBuf> {
    std::env::var_os("CDC_FIXTURES").map(PathBuf::from)
}

/// A record of an event back into what the stream held.
fn parse(record: &Value) -> StreamRecord {
    let kinesis = &record["kinesis"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let millis = kinesis["approximateArrivalTimestamp"].as_f64().unwrap() * 1e3;
    StreamRecord {
        sequence: SequenceNumber::parse(&text(&kinesis["sequenceNumber"])).unwrap(),
        partition_key: text(&kinesis["partitionKey"]),
        data: base64_simd::STANDARD.decode_to_vec(text(&kinesis["data"])).unwrap().into(),
        arrival: Timestamp::from_millisecond(millis.round() as i64).unwrap(),
    }
}

#[test]
fn the_event_is_the_one_that_aws_sends() {
    let Some(folder) = fixtures() else {
        println!("skipped: CDC_FIXTURES does not name the folder of real samples");
        return;
    };
    let file = folder.join("lambda_events/rust-runtime/example-kinesis-event.json");
    let real: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let records = real["Records"].as_array().unwrap();
    let text = |name: &str| records[0][name].as_str().unwrap();
    let source =
        EventSource::new(text("eventSourceARN"), "f", text("invokeIdentityArn"), text("awsRegion"));
    let shard = ShardId::new(text("eventID").split_once(':').unwrap().0);
    let written = source.event(&shard, &records.iter().map(parse).collect::<Vec<_>>());
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), real);
}

#[test]
fn every_partition_key_is_escaped() {
    for key in ["", "a\"b\\c", "line\nbreak\u{1}", "schlüssel 🔑", "</script>"] {
        let record = StreamRecord { partition_key: key.into(), ..record(1, 0, 3) };
        let event = source().event(&ShardId::new("s"), &[record]);
        let event: Value = serde_json::from_slice(&event).unwrap();
        assert_eq!(event["Records"][0]["kinesis"]["partitionKey"], key);
    }
}

#[test]
fn an_aggregated_record_passes_whole() {
    let data = Bytes::from_static(b"\xf3\x89\x9a\xc2 an aggregate's bytes \x00\xff");
    let record = StreamRecord { data: data.clone(), ..record(1, 0, 0) };
    let event = source().event(&ShardId::new("s"), &[record]);
    let event: Value = serde_json::from_slice(&event).unwrap();
    assert_eq!(event["Records"].as_array().unwrap().len(), 1);
    assert_eq!(parse(&event["Records"][0]).data, data);
}
