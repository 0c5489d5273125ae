//! Writing a letter.
//!
//! Exactly one of three originals is set: the producer's JSON, its bytes, or only the position to
//! read it from. Beside the position it can say in which object the bytes lie, where there is a bucket
//! for those that are too large. A letter always fits the queue. A table nobody listed is copied
//! nowhere; but a letter that takes another's place carries what that one carried, which may be the
//! only copy.
//!
//! A position alone is worth something where the record can be read there again. Of a source that is not
//! read again such a record goes to the bucket, and without one, of a queue, which forgets it, there is
//! no letter at all.

use std::{borrow::Cow, fmt::Write as _};

use jiff::Timestamp;

use super::seal::{Sealed, SealedOriginal};
use crate::{
    claim_check::{Buckets, Checked, ClaimCheck},
    failure::Failure,
    json::{Document, write_string},
    pipeline::IdKey,
    ports::LETTERS_BYTES_MAX,
    record::{Inflater, Record, RecordKey, Shard},
};

/// The version of the letter's shape.
pub(super) const VERSION: u32 = 1;

/// Room for everything in a letter that is not the original: names and messages are bounded, and a
/// partition key has at most 256 characters.
const FRAME_BYTES_MAX: usize = 16 * 1024;

/// Longest name in a letter, in characters: as long as a configured one may be.
const NAME_CHARS_MAX: usize = 255;

/// What JSON allows inside strings and SQS refuses in a message (API reference, SendMessage).
const NONCHARACTERS: [char; 2] = ['\u{fffe}', '\u{ffff}'];

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
    /// Which half of a changed key it is: 0 the deletion, 1 the insertion. A replay takes only it.
    pub half: Option<u32>,
    /// Whether the record as a whole is meant, since it could not be taken apart into units: a replay
    /// takes all that it says then.
    pub whole: bool,
    /// The table, where known.
    pub table: Option<&'a str>,
    /// The id of the event, where known.
    pub event_id: Option<&'a str>,
    /// How the letter in whose place it comes carried the record: so does this one, whatever the
    /// failure. None for a record that the stream delivered, or that a pointer named.
    pub carried: Option<Carried>,
    /// Why it was given up on.
    pub failure: &'a Failure,
    /// Tries in all.
    pub attempts: u32,
    /// The time of the last.
    pub last_attempt: Timestamp,
    /// The key that the letter is sealed under.
    pub id_key: &'a IdKey,
}

/// How a letter carries its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// As the producer's JSON; the record's data is that text.
    Event,
    /// As bytes.
    Data,
    /// As an object that it points to; the record's data are that object's bytes.
    Object,
    /// In one of these ways, and which is found anew: the record's data came from the stream.
    Either,
}

/// The letter as JSON text of at most [`LETTERS_BYTES_MAX`] bytes, where there is no bucket for what
/// is too large. (What another letter carried fitted before; should it not fit again, the queue refuses
/// this one and the other stays.)
#[must_use]
pub fn write(letter: &Letter<'_>) -> String {
    let original = original(letter).unwrap_or(Carries::Pointer);
    compose(letter, original)
}

/// The letter of a record that lies in this object.
#[must_use]
pub fn write_pointing_to(letter: &Letter<'_>, check: &ClaimCheck) -> String {
    compose(letter, Carries::Object(check))
}

/// As [`write`], with a bucket for what is too large: where the letter does not carry its record, the record's
/// bytes have to be stored first. `stored` is where they lie then.
pub(crate) fn write_or_store(
    letter: &Letter<'_>,
    buckets: &Buckets,
    stored: Option<&ClaimCheck>,
) -> Written {
    if let Some(check) = stored {
        return Written::Letter(write_pointing_to(letter, check));
    }
    let kind = letter.shard.kind();
    match original(letter) {
        Some(Carries::Pointer) if !kind.is_read_again() => {}
        Some(original) => return Written::Letter(compose(letter, original)),
        None => {}
    }
    match buckets.checked_record(&letter.record.data) {
        Some(checked) => Written::StoreFirst(checked),
        None if kind.keeps_records() => Written::Letter(compose(letter, Carries::Pointer)),
        None => Written::Unheld,
    }
}

/// A letter, or what has to be stored before there is one, or that there can be none.
pub(crate) enum Written {
    Letter(String),
    StoreFirst(Checked),
    /// All that the letter could say is where the record was.
    Unheld,
}

/// The original of a letter.
enum Carries<'a> {
    Event(Cow<'a, str>),
    Data,
    Object(&'a ClaimCheck),
    Pointer,
}

fn compose(letter: &Letter<'_>, original: Carries<'_>) -> String {
    let mut out = String::with_capacity(letter.record.data.len() + 1024);
    let _ = write!(out, "{{\"version\":{VERSION}");
    let seal = match original {
        Carries::Event(text) => event(&mut out, letter, &text),
        Carries::Data => bytes(&mut out, letter),
        Carries::Object(check) => object(&mut out, letter, check),
        Carries::Pointer => pointer(&mut out, letter),
    };
    out.push_str(",\"error\":{\"message\":");
    write_string(&mut out, &letter.failure.message);
    let code = letter.failure.code.as_str();
    let _ = write!(out, ",\"code\":\"{code}\",\"stack\":null}}");
    let (attempts, at) = (letter.attempts, letter.last_attempt);
    let _ = write!(out, ",\"attempts\":{attempts},\"lastAttempt\":\"{at:.3}\"");
    text_or_null(&mut out, "eventId", letter.event_id);
    text_or_null(&mut out, "table", letter.table.map(bounded).as_deref());
    text_or_null(&mut out, "pipeline", Some(letter.pipeline));
    out.push_str(",\"position\":");
    position(&mut out, letter);
    text_or_null(&mut out, "seal", Some(&seal));
    out.push('}');
    without_noncharacters(out)
}

/// A name as long as a name may get: a longer one is input gone wrong, and a letter has to fit.
fn bounded(name: &str) -> String {
    name.chars().take(NAME_CHARS_MAX).collect()
}

/// In names they are written as escapes; a record that holds them is carried as base64.
fn without_noncharacters(letter: String) -> String {
    if !letter.contains(NONCHARACTERS) {
        return letter;
    }
    letter.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

/// What the letter carries; none where its record is too large for it.
fn original<'a>(letter: &Letter<'a>) -> Option<Carries<'a>> {
    let room = LETTERS_BYTES_MAX - FRAME_BYTES_MAX;
    let data = &letter.record.data;
    match (letter.carried, std::str::from_utf8(data)) {
        (Some(Carried::Event), Ok(text)) => return Some(Carries::Event(text.into())),
        (Some(Carried::Event | Carried::Data), _) => return Some(Carries::Data),
        // Stored once more, so that the object lives as long as this letter.
        (Some(Carried::Object), _) => return None,
        (None, _) if letter.failure.by_pointer => return Some(Carries::Pointer),
        (None | Some(Carried::Either), _) => {}
    }
    let content = Inflater::default().inflate(data).unwrap_or_default();
    if content.len() <= room
        && let Ok(document) = Document::parse(&content, Vec::new())
        && can_be_inside(document.text())
    {
        return Some(Carries::Event(document.root().text().to_owned().into()));
    }
    let fits = base64_simd::STANDARD.encoded_length(data.len()) <= room;
    (letter.carried.is_some() || fits).then_some(Carries::Data)
}

fn seal(letter: &Letter<'_>, original: SealedOriginal<'_>) -> String {
    let Letter { shard, record, .. } = letter;
    let sealed = Sealed {
        pipeline: letter.pipeline,
        stream: &shard.stream_arn,
        shard: &shard.id,
        position: &record.position,
        part: letter.part,
        half: letter.half,
        whole: letter.whole,
        unplaced: record.unplaced,
        key: letter.key,
        partition_key: &record.partition_key,
        arrived: record.arrived,
        original,
    };
    sealed.seal(letter.id_key)
}

fn event(out: &mut String, letter: &Letter<'_>, text: &str) -> String {
    out.push_str(",\"originalEvent\":");
    out.push_str(text);
    out.push_str(",\"originalData\":null,\"originalPointer\":null");
    seal(letter, SealedOriginal::Event(text.as_bytes()))
}

fn bytes(out: &mut String, letter: &Letter<'_>) -> String {
    let data = &letter.record.data;
    out.push_str(",\"originalEvent\":null,\"originalData\":{\"encoding\":\"base64\",\"data\":\"");
    base64_simd::STANDARD.encode_append(data, out);
    out.push_str("\"},\"originalPointer\":null");
    seal(letter, SealedOriginal::Data(data))
}

/// Whether a JSON text can stand inside a letter: the queue takes its characters, and common parsers
/// (serde_json's limit is 127 levels) can still read it one level deeper.
fn can_be_inside(text: &str) -> bool {
    let two_deeper = format!("[[{text}]]");
    let readable = Document::parse(two_deeper.as_bytes(), Vec::new()).is_ok();
    readable && !text.contains(NONCHARACTERS)
}

fn pointer(out: &mut String, letter: &Letter<'_>) -> String {
    out.push_str(",\"originalEvent\":null,\"originalData\":null,\"originalPointer\":");
    position(out, letter);
    seal(letter, SealedOriginal::Pointer)
}

/// A pointer for whoever knows no claim check, and where a copy lies for whoever does.
fn object(out: &mut String, letter: &Letter<'_>, check: &ClaimCheck) -> String {
    pointer(out, letter);
    out.push_str(",\"claimCheck\":");
    check.write(out);
    seal(letter, SealedOriginal::Object(check))
}

fn position(out: &mut String, letter: &Letter<'_>) {
    let (shard, record) = (letter.shard, letter.record);
    out.push_str("{\"stream\":");
    write_string(out, &shard.stream_arn);
    text_or_null(out, "shard", Some(&shard.id));
    text_or_null(out, "sequenceNumber", Some(record.position.number.as_str()));
    let (sub, part) = (record.position.sub_sequence, letter.part);
    let _ = write!(out, ",\"subSequence\":{sub},\"part\":{part}");
    if let Some(half) = letter.half {
        let _ = write!(out, ",\"half\":{half}");
    }
    if letter.whole {
        out.push_str(",\"whole\":true");
    }
    if record.unplaced {
        out.push_str(",\"unplaced\":true");
    }
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{LETTERS_BYTES_MAX, Letter, write};
    use crate::{
        failure::Failure,
        record::{RecordKey, expand},
        testing::{arrived, pipeline, raw, shard},
    };

    /// The letter of a record, and which original it carries.
    fn letter(data: &[u8], table: &str, failure: &Failure) -> (String, &'static str) {
        let record = &expand(vec![raw(7, "key", data.to_vec())]).records[0];
        let text = write(&Letter {
            pipeline: "test",
            shard: &shard(),
            record,
            key: RecordKey::of(record),
            part: 0,
            half: None,
            whole: false,
            table: Some(table),
            event_id: None,
            carried: None,
            failure,
            attempts: 3,
            last_attempt: arrived(),
            id_key: &pipeline().id_key,
        });
        let value: Value = serde_json::from_str(&text).unwrap();
        let set: Vec<&str> = ["originalEvent", "originalData", "originalPointer"]
            .into_iter()
            .filter(|name| !value[*name].is_null())
            .collect();
        assert_eq!(set.len(), 1, "{set:?}");
        (text, set[0])
    }

    #[test]
    fn a_letter_carries_one_original_and_always_fits() {
        let failure = Failure::parse("x".repeat(500));
        let pointer = failure.clone().by_pointer();
        let long = "t".repeat(2_000_000);
        let json = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes)).into_bytes();
        for (data, failure, expected) in [
            (json(10), &failure, "originalEvent"),
            (json(10), &pointer, "originalPointer"),
            (json(1_000_000), &failure, "originalEvent"),
            (json(1_040_000), &failure, "originalPointer"),
            (b"{not json".to_vec(), &failure, "originalData"),
            ([b"[".repeat(127), b"]".repeat(127)].concat(), &failure, "originalData"),
            ([b"[".repeat(126), b"]".repeat(126)].concat(), &failure, "originalEvent"),
            (vec![0xff; 700_000], &failure, "originalData"),
            (vec![0xff; 1_000_000], &failure, "originalPointer"),
        ] {
            let (text, original) = letter(&data, &long, failure);
            assert_eq!(original, expected, "{} bytes", data.len());
            assert!(text.len() <= LETTERS_BYTES_MAX, "{} bytes", text.len());
        }
    }

    #[test]
    fn characters_that_sqs_refuses_are_not_sent() {
        let failure = Failure::parse("x");
        let row = "{\"a\":\"\u{ffff}\u{fffe}\"}";
        let (text, original) = letter(row.as_bytes(), "t\u{ffff}", &failure);
        assert_eq!(original, "originalData");
        assert!(text.contains(r#""table":"t\uffff""#), "{text}");
        assert!(!text.contains(['\u{fffe}', '\u{ffff}']), "{text}");
    }
}
