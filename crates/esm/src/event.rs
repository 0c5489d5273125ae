//! The Lambda event of a Kinesis batch, written as AWS writes it.
//!
//! Owns the shape and its size: a batch is cut by an upper bound of its JSON, so that what is
//! written always fits an invocation.

use std::io::Write as _;

use base64_simd::STANDARD as BASE64;
use bytes::Bytes;

use crate::{ShardId, StreamRecord};

/// Lambda refuses a synchronous invocation above 6 MB, and the same of its answer.
pub const INVOCATION_BYTES_MAX: usize = 6 * 1024 * 1024;

pub(crate) const OPEN: &str = r#"{"Records":["#;
pub(crate) const CLOSE: &str = "]}";
/// What an event needs besides its records.
pub(crate) const FRAME_BYTES: usize = OPEN.len() + CLOSE.len();

const PARTITION_KEY: &str = r#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"#;
const SEQUENCE: &str = r#","sequenceNumber":""#;
const DATA: &str = r#"","data":""#;
const ARRIVAL: &str = r#"","approximateArrivalTimestamp":"#;
const EVENT_ID: &str = r#"},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":""#;
const ROLE: &str = r#"","eventName":"aws:kinesis:record","invokeIdentityArn":"#;
const REGION: &str = r#","awsRegion":"#;
const STREAM: &str = r#","eventSourceARN":"#;

// A comma, the closing brace, and 24 characters for the time: seconds of 64 bits and milliseconds.
const ROOM_BYTES: usize = 2 + 24;

/// Where the records come from: what every record of the event repeats.
#[derive(Debug, Clone)]
pub struct EventSource {
    stream_arn: String,
    function_arn: String,
    constant_bytes: usize,
    /// Everything behind `"invokeIdentityArn":`, but for the closing brace.
    constants: Vec<u8>,
}

impl EventSource {
    /// A stream and a function by their ARNs, the role the mapping invokes the function with, and the
    /// region.
    #[must_use]
    pub fn new(
        stream_arn: &str,
        function_arn: &str,
        invoke_identity_arn: &str,
        region: &str,
    ) -> Self {
        let mut constants = Vec::new();
        write_json_text(&mut constants, invoke_identity_arn);
        put(&mut constants, &[REGION]);
        write_json_text(&mut constants, region);
        put(&mut constants, &[STREAM]);
        write_json_text(&mut constants, stream_arn);
        let parts = [PARTITION_KEY, SEQUENCE, DATA, ARRIVAL, EVENT_ID, ROLE];
        let parts = parts.iter().map(|part| part.len()).sum::<usize>();
        let constant_bytes = parts + constants.len() + ROOM_BYTES;
        let (stream_arn, function_arn) = (stream_arn.to_owned(), function_arn.to_owned());
        Self { stream_arn, function_arn, constant_bytes, constants }
    }

    /// The function that the records are for.
    #[must_use]
    pub fn function_arn(&self) -> &str {
        &self.function_arn
    }

    /// The stream.
    #[must_use]
    pub fn stream_arn(&self) -> &str {
        &self.stream_arn
    }

    /// At least as many bytes as the record takes in an event, and few more.
    pub(crate) fn record_bytes(&self, shard: &ShardId, record: &StreamRecord) -> usize {
        self.constant_bytes
            + json_text_bytes(&record.partition_key)
            + BASE64.encoded_length(record.data.len())
            + 2 * record.sequence.as_str().len()
            + shard.as_str().len()
            + ":".len()
    }

    /// The event that delivers these records of one shard.
    #[must_use]
    pub fn event(&self, shard: &ShardId, records: &[StreamRecord]) -> Bytes {
        let sizes = records.iter().map(|record| self.record_bytes(shard, record));
        let mut out = Vec::with_capacity(FRAME_BYTES + sizes.sum::<usize>());
        out.extend_from_slice(OPEN.as_bytes());
        for (index, record) in records.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.write_record(&mut out, shard, record);
        }
        out.extend_from_slice(CLOSE.as_bytes());
        out.into()
    }

    fn write_record(&self, out: &mut Vec<u8>, shard: &ShardId, record: &StreamRecord) {
        let sequence = record.sequence.as_str();
        put(out, &[PARTITION_KEY]);
        write_json_text(out, &record.partition_key);
        put(out, &[SEQUENCE, sequence, DATA]);
        BASE64.encode_append(&record.data[..], out);
        put(out, &[ARRIVAL]);
        write_seconds(out, record.arrival.as_millisecond());
        put(out, &[EVENT_ID, shard.as_str(), ":", sequence]);
        put(out, &[ROLE]);
        out.extend_from_slice(&self.constants);
        out.push(b'}');
    }
}

pub(crate) fn put(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// A JSON string with its quotes.
pub(crate) fn write_json_text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text)
        .expect("a string is always JSON, and a vector takes every byte");
}

/// At least as many bytes as [`write_json_text`] writes; exact but for control characters.
pub(crate) fn json_text_bytes(text: &str) -> usize {
    let escaped = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => r"\u0000".len(),
        _ => 1,
    });
    2 + escaped.sum::<usize>()
}

/// Seconds with milliseconds, trailing zeros left out as a double prints: 1480641523.9, never .900.
fn write_seconds(out: &mut Vec<u8>, millis: i64) {
    let (seconds, rest) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
    let digits = format!("{rest:03}");
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    write!(out, "{seconds}.{digits}").expect("a vector takes every byte");
}

#[cfg(test)]
mod tests {
    use cdc_core::record::SequenceNumber;
    use jiff::Timestamp;

    use super::{EventSource, FRAME_BYTES, ROOM_BYTES, ShardId, StreamRecord, write_seconds};

    #[test]
    fn the_size_of_a_record_is_never_less_than_it_takes_and_hardly_more() {
        let (source, shard) =
            (EventSource::new("arn", "f", "role \"r\"", "eu"), ShardId::new("s-0"));
        for (key, bytes) in [("", 0), ("k", 1), ("\"\\", 2), ("schlüssel", 3), ("key", 100_000)] {
            let record = StreamRecord {
                sequence: SequenceNumber::from(123_456),
                partition_key: key.into(),
                data: vec![0; bytes].into(),
                arrival: Timestamp::MAX,
            };
            let bound = FRAME_BYTES + source.record_bytes(&shard, &record);
            let taken = source.event(&shard, &[record]).len();
            assert!((taken..=taken + ROOM_BYTES).contains(&bound), "{key:?}: {bound} for {taken}");
        }
    }

    #[test]
    fn arrival_prints_as_a_double_does() {
        for (millis, text) in [
            (1_480_641_523_477, "1480641523.477"),
            (1_480_641_523_900, "1480641523.9"),
            (1_480_641_523_050, "1480641523.05"),
            (1_480_641_523_000, "1480641523.0"),
            (7, "0.007"),
        ] {
            let mut out = Vec::new();
            write_seconds(&mut out, millis);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
