//! The Lambda event of a Kafka batch, written as AWS writes it.
//!
//! A batch is cut by an upper bound of its JSON, so that what is written always fits an invocation.

use std::{collections::BTreeMap, io::Write as _};

use base64_simd::STANDARD as BASE64;
use bytes::Bytes;

use crate::{
    event::{json_text_bytes, put, write_json_text},
    kafka::topic::{Header, TopicPartition, TopicRecord},
};

const TOPIC: &str = r#"{"topic":"#;
const PARTITION: &str = r#","partition":"#;
const OFFSET: &str = r#","offset":"#;
const TIMESTAMP: &str = r#","timestamp":"#;
const TIMESTAMP_TYPE: &str = r#","timestampType":""#;
const KEY: &str = r#"","key":"#;
const VALUE: &str = r#","value":"#;
const HEADERS: &str = r#","headers":["#;
const CLOSE_RECORD: &str = "]}";
const CLOSE: &str = "}}";

// Two partition numbers, an offset and a timestamp in full width, the longest type of a timestamp,
// "null" or quotes twice, and `"-":[],` with a comma behind the record: its partition may be its own.
const ROOM_BYTES: usize = 2 * 10 + 20 + 20 + "LOG_APPEND_TIME".len() + 2 * 4 + 8;
/// `-128,`: a byte of a header at its widest.
const HEADER_BYTE_BYTES: usize = 5;

/// Where the records come from: what the event says once.
#[derive(Debug, Clone)]
pub struct EventSource {
    cluster_arn: Option<String>,
    bootstrap_servers: String,
    function_arn: String,
    /// The event up to its first partition.
    head: Vec<u8>,
}

impl EventSource {
    /// An MSK cluster by its ARN and its brokers, `b-1:9092,b-2:9092`, and a function by its ARN.
    #[must_use]
    pub fn msk(cluster_arn: &str, bootstrap_servers: &str, function_arn: &str) -> Self {
        Self::new(Some(cluster_arn), bootstrap_servers, function_arn)
    }

    /// A self-managed cluster by its brokers, and a function by its ARN.
    #[must_use]
    pub fn self_managed(bootstrap_servers: &str, function_arn: &str) -> Self {
        Self::new(None, bootstrap_servers, function_arn)
    }

    fn new(cluster_arn: Option<&str>, bootstrap_servers: &str, function_arn: &str) -> Self {
        let mut head = Vec::new();
        match cluster_arn {
            Some(arn) => {
                put(&mut head, &[r#"{"eventSource":"aws:kafka","eventSourceArn":"#]);
                write_json_text(&mut head, arn);
            }
            None => put(&mut head, &[r#"{"eventSource":"SelfManagedKafka""#]),
        }
        put(&mut head, &[r#","bootstrapServers":"#]);
        write_json_text(&mut head, bootstrap_servers);
        put(&mut head, &[r#","records":{"#]);
        Self {
            cluster_arn: cluster_arn.map(str::to_owned),
            bootstrap_servers: bootstrap_servers.to_owned(),
            function_arn: function_arn.to_owned(),
            head,
        }
    }

    /// The MSK cluster; none of a self-managed one.
    #[must_use]
    pub fn cluster_arn(&self) -> Option<&str> {
        self.cluster_arn.as_deref()
    }

    /// The brokers.
    #[must_use]
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// The function that the records are for.
    #[must_use]
    pub fn function_arn(&self) -> &str {
        &self.function_arn
    }

    /// What an event needs besides its records.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.head.len() + CLOSE.len()
    }

    /// At least as many bytes as the record takes in an event, with its partition to itself.
    pub(crate) fn record_bytes(record: &TopicRecord) -> usize {
        const FRAME: [&str; 9] = [
            TOPIC,
            PARTITION,
            OFFSET,
            TIMESTAMP,
            TIMESTAMP_TYPE,
            KEY,
            VALUE,
            HEADERS,
            CLOSE_RECORD,
        ];
        let frame = FRAME.iter().map(|part| part.len()).sum::<usize>();
        let encoded = |bytes: &Option<Bytes>| {
            bytes.as_ref().map_or(0, |bytes| BASE64.encoded_length(bytes.len()))
        };
        let header = |header: &Header| {
            json_text_bytes(&header.name) + r"{:[]},".len() + HEADER_BYTE_BYTES * header.value.len()
        };
        frame
            + ROOM_BYTES
            + 2 * json_text_bytes(&record.partition.topic)
            + encoded(&record.key)
            + encoded(&record.value)
            + record.headers.iter().map(header).sum::<usize>()
    }

    /// The event that delivers these records: partition by partition, inside each in their order.
    #[must_use]
    pub fn event(&self, records: &[TopicRecord]) -> Bytes {
        let sizes = records.iter().map(Self::record_bytes).sum::<usize>();
        let mut out = Vec::with_capacity(self.frame_bytes() + sizes);
        let mut partitions: BTreeMap<&TopicPartition, Vec<&TopicRecord>> = BTreeMap::new();
        for record in records {
            partitions.entry(&record.partition).or_default().push(record);
        }
        out.extend_from_slice(&self.head);
        for (index, (partition, records)) in partitions.iter().enumerate() {
            put(&mut out, &[if index > 0 { "," } else { "" }]);
            write_json_text(&mut out, &partition.to_string());
            put(&mut out, &[":["]);
            for (index, record) in records.iter().enumerate() {
                put(&mut out, &[if index > 0 { "," } else { "" }]);
                write_record(&mut out, record);
            }
            put(&mut out, &["]"]);
        }
        put(&mut out, &[CLOSE]);
        out.into()
    }
}

fn write_record(out: &mut Vec<u8>, record: &TopicRecord) {
    put(out, &[TOPIC]);
    write_json_text(out, &record.partition.topic);
    put(out, &[PARTITION]);
    write_number(out, record.partition.partition);
    put(out, &[OFFSET]);
    write_number(out, record.offset);
    put(out, &[TIMESTAMP]);
    write_number(out, record.timestamp.as_millisecond());
    put(out, &[TIMESTAMP_TYPE, record.timestamp_type.as_str(), KEY]);
    write_base64(out, record.key.as_ref());
    put(out, &[VALUE]);
    write_base64(out, record.value.as_ref());
    put(out, &[HEADERS]);
    for (index, header) in record.headers.iter().enumerate() {
        put(out, &[if index > 0 { ",{" } else { "{" }]);
        write_json_text(out, &header.name);
        put(out, &[":["]);
        write_signed_bytes(out, &header.value);
        put(out, &["]}"]);
    }
    put(out, &[CLOSE_RECORD]);
}

fn write_number(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    write!(out, "{number}").expect("a vector takes every byte");
}

fn write_base64(out: &mut Vec<u8>, bytes: Option<&Bytes>) {
    let Some(bytes) = bytes else { return put(out, &["null"]) };
    out.push(b'"');
    BASE64.encode_append(&bytes[..], out);
    out.push(b'"');
}

/// Java's bytes, as Lambda's poller prints them: −61 for 195.
fn write_signed_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    for (index, byte) in bytes.iter().enumerate() {
        put(out, &[if index > 0 { "," } else { "" }]);
        write_number(out, byte.cast_signed());
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Bytes, EventSource, Header, TopicPartition, TopicRecord};
    use crate::kafka::topic::TimestampType;

    /// How many bytes more than it takes a record may be counted.
    const SLACK_BYTES: usize = 80;

    #[test]
    fn the_size_of_a_record_is_never_less_than_it_takes_and_hardly_more() {
        let source = EventSource::msk("arn", "b-1:9092", "f");
        for (text, bytes, offset) in [("", 0, 0), ("\"\\", 3, u64::MAX), ("schlüssel", 90_000, 7)]
        {
            let value = Bytes::from(vec![200; bytes]);
            let record = TopicRecord {
                partition: TopicPartition::new(text, u32::MAX),
                offset,
                timestamp: Timestamp::MIN,
                timestamp_type: TimestampType::LogAppendTime,
                key: (bytes > 0).then(|| value.clone()),
                value: Some(value),
                headers: vec![Header { name: text.into(), value: vec![128; 20].into() }],
            };
            let bound = source.frame_bytes() + EventSource::record_bytes(&record);
            let taken = source.event(&[record]).len();
            assert!(
                (taken..=taken + SLACK_BYTES).contains(&bound),
                "{text:?}: {bound} for {taken}"
            );
        }
    }
}
