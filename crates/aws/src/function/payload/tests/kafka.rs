//! Kafka events: partitions, what may be missing, other clusters, real payloads.

use base64_simd::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{super::KafkaBatch, fixtures};
use crate::function::{
    payload::{PayloadError, RecordError},
    settings::{ConfiguredSources, Environment, Reader},
};

const ARN: &str = "arn:aws:kafka:eu-west-1:123456789012:cluster/rows/0a1b-2";
const NOW: &str = "2024-06-01T00:00:00Z";

/// The sources as settings tell them.
struct Sources(ConfiguredSources);

impl Environment for Sources {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.basics();
        reader.sources().map(Self)
    }
}

fn parse_with(
    payload: &str,
    cluster: (&str, &str),
    region: &str,
) -> Result<KafkaBatch, PayloadError> {
    let sources = Sources::from_env(|name| match name {
        "AWS_REGION" => Some(region.to_owned()),
        "KAFKA_TOPICS" => Some("core-users,orders,mytopic,AWSKafkaTopic".to_owned()),
        _ => (name == cluster.0).then(|| cluster.1.to_owned()),
    });
    let topics = sources.unwrap().0.topics.unwrap();
    KafkaBatch::parse(payload.as_bytes(), &topics, NOW.parse().unwrap())
}

fn parse(payload: &Value) -> Result<KafkaBatch, PayloadError> {
    parse_with(&payload.to_string(), ("KAFKA_CLUSTER_ARN", ARN), "eu-west-1")
}

fn record(topic: &str, partition: u32, offset: u64) -> Value {
    json!({"topic": topic, "partition": partition, "offset": offset, "timestamp": 1_545_084_650_987u64,
        "timestampType": "CREATE_TIME", "key": "azE=", "value": "e30=", "headers": [{"h": [1]}]})
}

fn payload(records: Value) -> Value {
    json!({"eventSource": "aws:kafka", "eventSourceArn": ARN, "bootstrapServers": "b-1.x:9092",
        "records": records})
}

/// A payload of one record, with the member changed.
fn with(member: &str, value: Value) -> Value {
    let mut record = record("core-users", 0, 7);
    record[member] = value;
    payload(json!({"core-users-0": [record]}))
}

#[test]
fn each_partition_is_a_shard_of_its_topic() {
    let batch = parse(&payload(json!({
        "orders-12": [record("orders", 12, 3), record("orders", 12, 5)],
        "core-users-0": [record("core-users", 0, 0)],
        "orders-13": [],
    })));
    let partitions = batch.unwrap().partitions;
    let told: Vec<_> = partitions
        .iter()
        .map(|partition| {
            let numbers: Vec<_> = partition.records.iter().map(|it| it.number.as_str()).collect();
            let shard = &partition.shard;
            (&*partition.name, shard.stream_name(), &*shard.id, numbers)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("core-users-0", "core-users", "0", vec!["0"]),
            ("orders-12", "orders", "12", vec!["3", "5"])
        ]
    );
    let first = &partitions[0].records[0];
    assert_eq!((&*first.partition_key, &*first.data), ("k1", &b"{}"[..]));
    assert_eq!(first.arrived.as_millisecond(), 1_545_084_650_987);
}

#[test]
fn what_may_be_missing_is_understood() {
    let one = |payload: &Value| parse(payload).unwrap().partitions.remove(0).records.remove(0);
    let tombstone = one(&with("value", Value::Null));
    assert_eq!((&*tombstone.data, &*tombstone.partition_key), (&b""[..], "k1"));
    assert_eq!(&*one(&with("key", Value::Null)).partition_key, "");
    assert_eq!(&*one(&with("key", json!("/w=="))).partition_key, "/w==");
    // No time, and one that the producer took from the future.
    for timestamp in [-1, 4_102_444_799_999i64] {
        assert_eq!(one(&with("timestamp", json!(timestamp))).arrived.to_string(), NOW);
    }
}

#[test]
fn a_wrong_record_is_named_by_its_partition_and_place_and_never_by_its_content() {
    use RecordError::{Base64, NoKafkaRecord, OtherPartition};
    let secret = "topsecret";
    let other_topic = RecordError::OtherTopic { found: "\"else\"".into() };
    for (member, value, expected) in [
        ("value", json!(secret), Base64),
        ("key", json!(secret), Base64),
        ("value", json!({secret: 1}), NoKafkaRecord),
        ("offset", json!(-1), NoKafkaRecord),
        ("partition", json!("0"), NoKafkaRecord),
        ("partition", json!(1), OtherPartition),
        ("topic", json!("orders"), OtherPartition),
        ("topic", json!("else"), other_topic),
        ("timestamp", json!(i64::MAX), RecordError::Timestamp),
    ] {
        let error = parse(&with(member, value)).unwrap_err();
        let name = "\"core-users-0\"".into();
        assert_eq!(error, PayloadError::Partition { name, index: 0, problem: expected });
        assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
    }
    for records in [json!([]), json!({"core-users-0": {}}), Value::Null] {
        assert_eq!(parse(&payload(records)).unwrap_err(), PayloadError::NoPartitions);
    }
    for records in [json!({}), json!({"core-users-0": []})] {
        assert_eq!(parse(&payload(records)).unwrap_err(), PayloadError::Empty);
    }
    let list = format!("\"core-users-0\":[{}]", record("core-users", 0, 7));
    let twice = payload(json!({})).to_string().replace("{}", &format!("{{{list},{list}}}"));
    let error = parse_with(&twice, ("KAFKA_CLUSTER_ARN", ARN), "eu-west-1").unwrap_err();
    assert_eq!(error, PayloadError::Repeated { name: "\"core-users-0\"".into() });
}

#[test]
fn only_the_configured_cluster_is_taken() {
    let servers = ("KAFKA_BOOTSTRAP_SERVERS", "b-1.x:9092,b-2.x:9092");
    let managed = ("KAFKA_CLUSTER_ARN", ARN);
    let records = json!({"orders-0": [record("orders", 0, 1)]});
    let own = |source: &str, servers: &str| {
        json!({"eventSource": source, "bootstrapServers": servers, "records": records}).to_string()
    };
    let other = payload(records.clone()).to_string().replace("0a1b-2", "0a1b-3");
    for (payload, cluster, taken) in [
        (payload(records.clone()).to_string(), managed, true),
        (other, managed, false),
        (payload(records.clone()).to_string(), servers, false),
        (own("SelfManagedKafka", "b-2.x:9092,b-1.x:9092"), servers, true),
        (own("aws:SelfManagedKafka", "b-1.x:9092"), servers, true),
        (own("SelfManagedKafka", "b-1.x:9092,evil:9092"), servers, false),
        (own("SelfManagedKafka", ""), servers, false),
        (own("SelfManagedKafka", "b-1.x:9092"), managed, false),
    ] {
        let read = parse_with(&payload, cluster, "eu-west-1");
        let refused = matches!(read, Err(PayloadError::OtherCluster { .. }));
        assert_eq!((read.is_ok(), refused), (taken, !taken), "{payload} {cluster:?}");
    }
}

/// Real payloads: every value is found again in what was read.
#[test]
fn real_payloads_are_read_without_loss() {
    let Some(folder) = fixtures() else {
        println!("skipped: CDC_FIXTURES is not set, so there are no real payloads to read");
        return;
    };
    for (file, setting) in [
        ("powertools/kafkaEventSelfManaged.json", "KAFKA_BOOTSTRAP_SERVERS"),
        ("rust-runtime/example-kafka-event.json", "KAFKA_CLUSTER_ARN"),
    ] {
        let payload = std::fs::read_to_string(folder.join("lambda_events").join(file)).unwrap();
        let written: Value = serde_json::from_str(&payload).unwrap();
        let said = written["eventSourceArn"].as_str().or(written["bootstrapServers"].as_str());
        let batch = parse_with(&payload, (setting, said.unwrap()), "us-west-2").unwrap();
        for partition in &batch.partitions {
            let written = written["records"][&*partition.name].as_array().unwrap();
            assert_eq!(partition.records.len(), written.len(), "{file}");
            for (read, written) in partition.records.iter().zip(written) {
                assert_eq!(written["value"], BASE64.encode_to_string(&read.data), "{file}");
                let key = BASE64.encode_to_string(read.partition_key.as_bytes());
                assert_eq!(written["key"], key, "{file}");
                assert_eq!(written["offset"].to_string(), read.number.as_str(), "{file}");
                assert_eq!(written["timestamp"], read.arrived.as_millisecond(), "{file}");
            }
        }
    }
}
