//! Dead letters: a change given up on, with its failure and everything needed to try again.
//!
//! Exactly one of three originals is set: the producer's JSON, its bytes, or only the position to
//! read it from. A letter always fits the queue. A table nobody listed is never copied into it.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::{
    failure::Failure,
    json::{Document, write_string},
    ports::LETTERS_BYTES_MAX,
    record::{Inflater, Record, RecordKey, Shard},
};

/// The version of the letter's shape.
const VERSION: u32 = 1;

/// Room for everything in a letter that is not the original: names and messages are bounded, and a
/// partition key has at most 256 characters.
const FRAME_BYTES_MAX: usize = 16 * 1024;

/// What a letter says.
#[derive(Debug)]
pub struct Letter<'a> {
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// Where the record came from.
    pub shard: &'a Shard,
    /// The record.
    pub record: &'a Record,
    /// The record's key.
    pub key: RecordKey,
    /// The unit within the record: a replay takes only that one.
    pub part: u32,
    /// The table, where known.
    pub table: Option<&'a str>,
    /// The id of the event, where known.
    pub event_id: Option<&'a str>,
    /// Why it was given up on.
    pub failure: &'a Failure,
    /// Tries in all.
    pub attempts: u32,
    /// The time of the last.
    pub last_attempt: Timestamp,
}

/// The letter as JSON text of at most [`LETTERS_BYTES_MAX`] bytes.
#[must_use]
pub fn write(letter: &Letter<'_>) -> String {
    let mut out = String::with_capacity(letter.record.data.len() + 1024);
    let _ = write!(out, "{{\"version\":{VERSION}");
    original(&mut out, letter);
    out.push_str(",\"error\":{\"message\":");
    write_string(&mut out, &letter.failure.message);
    let code = letter.failure.code.as_str();
    let _ = write!(out, ",\"code\":\"{code}\",\"stack\":null}}");
    let (attempts, at) = (letter.attempts, letter.last_attempt);
    let _ = write!(out, ",\"attempts\":{attempts},\"lastAttempt\":\"{at:.3}\"");
    text_or_null(&mut out, "eventId", letter.event_id);
    text_or_null(&mut out, "table", letter.table);
    text_or_null(&mut out, "pipeline", Some(letter.pipeline));
    out.push_str(",\"position\":");
    position(&mut out, letter);
    out.push('}');
    out
}

fn original(out: &mut String, letter: &Letter<'_>) {
    let room = LETTERS_BYTES_MAX - FRAME_BYTES_MAX;
    let data = &letter.record.data;
    if letter.failure.by_pointer {
        return pointer(out, letter);
    }
    let content = Inflater::default().inflate(data).unwrap_or_default();
    if content.len() <= room
        && let Ok(document) = Document::parse(&content, Vec::new())
    {
        out.push_str(",\"originalEvent\":");
        out.push_str(document.text());
        out.push_str(",\"originalData\":null,\"originalPointer\":null");
    } else if base64_simd::STANDARD.encoded_length(data.len()) <= room {
        out.push_str(",\"originalEvent\":null,\"originalData\":{\"encoding\":\"base64\",\"data\":\"");
        base64_simd::STANDARD.encode_append(data, out);
        out.push_str("\"},\"originalPointer\":null");
    } else {
        pointer(out, letter);
    }
}

fn pointer(out: &mut String, letter: &Letter<'_>) {
    out.push_str(",\"originalEvent\":null,\"originalData\":null,\"originalPointer\":");
    position(out, letter);
}

fn position(out: &mut String, letter: &Letter<'_>) {
    let (shard, record) = (letter.shard, letter.record);
    out.push_str("{\"stream\":");
    write_string(out, &shard.stream_arn);
    text_or_null(out, "shard", Some(&shard.id));
    text_or_null(out, "sequenceNumber", Some(record.position.number.as_str()));
    let (sub, part) = (record.position.sub_sequence, letter.part);
    let _ = write!(out, ",\"subSequence\":{sub},\"part\":{part}");
    text_or_null(out, "recordKey", Some(&letter.key.to_hex()));
    text_or_null(out, "partitionKey", Some(&record.partition_key));
    let _ = write!(out, ",\"arrivedAt\":\"{:.3}\"}}", record.arrived);
}

fn text_or_null(out: &mut String, member: &str, text: Option<&str>) {
    let _ = write!(out, ",\"{member}\":");
    match text {
        Some(text) => write_string(out, text),
        None => out.push_str("null"),
    }
}
