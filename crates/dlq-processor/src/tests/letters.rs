//! Letters to fill a queue with.

use cdc_core::{
    claim_check::Buckets,
    dead_letter::{Letter, write, write_pointing_to},
    failure::{Failure, FailureCode},
    objects::BucketName,
    pipeline::IdKey,
    record::{RawRecord, RecordKey, Shard, expand},
};

pub(crate) const STREAM: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";
pub(crate) const SHARD: &str = "shardId-000000000003";
pub(crate) const EVENT_ID: &str = "0123456789abcdef0123456789abcdef";

/// What a letter says.
pub(crate) struct LetterText<'a> {
    pub(crate) data: &'a str,
    pub(crate) number: u64,
    pub(crate) table: Option<&'a str>,
    pub(crate) code: FailureCode,
    /// Whether it points to the record in place of carrying it.
    pub(crate) pointer: bool,
    /// The bucket in which its record lies.
    pub(crate) bucket: Option<&'a str>,
    pub(crate) pipeline: &'a str,
    pub(crate) stream: &'a str,
    pub(crate) shard: &'a str,
    pub(crate) last_attempt: &'a str,
    /// Whether under the pipeline's own key.
    pub(crate) sealed: bool,
}

impl Default for LetterText<'_> {
    fn default() -> Self {
        Self {
            data: r#"{"table":"t","operation":"UPDATE","after":{"id":"a","v":1,"ssn":"078-05-1120"}}"#,
            number: 1,
            table: Some("t"),
            code: FailureCode::Validation,
            pointer: false,
            bucket: None,
            pipeline: "test",
            stream: STREAM,
            shard: SHARD,
            last_attempt: "2026-01-15T10:30:00Z",
            sealed: true,
        }
    }
}

/// The record that a letter is about.
pub(crate) fn record(letter: &LetterText<'_>) -> RawRecord {
    RawRecord {
        data: letter.data.to_owned().into(),
        partition_key: "ada".into(),
        number: letter.number.into(),
        arrived: "2026-01-15T10:00:00Z".parse().unwrap(),
    }
}

/// Settings with that bucket for records.
pub(crate) fn buckets(records: &str) -> Buckets {
    let bucket = |name: &str| Some(BucketName::parse(name).unwrap());
    Buckets::new(bucket("events"), bucket(records)).unwrap()
}

/// The letter as the queue holds it.
pub(crate) fn body(letter: &LetterText<'_>) -> String {
    let record = &expand(vec![record(letter)]).records[0];
    let bucket = letter.bucket;
    let failure = match letter.code {
        FailureCode::Parse => Failure::parse("not a known envelope"),
        FailureCode::EventBridge => Failure::event_bridge("refused"),
        _ => Failure::validation("table \"t\" has no rules"),
    };
    let letter = Letter {
        pipeline: letter.pipeline,
        shard: &Shard { stream_arn: letter.stream.into(), id: letter.shard.into() },
        record,
        key: RecordKey::of(record),
        part: 0,
        half: None,
        whole: false,
        table: letter.table,
        event_id: Some(EVENT_ID),
        carried: None,
        failure: &if letter.pointer { failure.by_pointer() } else { failure },
        attempts: 3,
        last_attempt: letter.last_attempt.parse().unwrap(),
        id_key: &IdKey::new(if letter.sealed { &[7; 32] } else { &[8; 32] }).unwrap(),
    };
    match bucket {
        None => write(&letter),
        Some(bucket) => {
            let bucket = BucketName::parse(bucket).unwrap();
            let buckets = Buckets::new(None, Some(bucket)).unwrap();
            let checked = buckets.checked_record(&letter.record.data).unwrap();
            write_pointing_to(&letter, &checked.check)
        }
    }
}

/// An update of a row of `t`: `a1` is version 1 of row `a`. `?` is no JSON.
pub(crate) fn update(word: &str) -> String {
    if word == "?" {
        return "{no json".to_owned();
    }
    let (id, v) = word.split_at(1);
    format!(r#"{{"table":"t","operation":"UPDATE","after":{{"id":"{id}","v":{v},"ssn":"x"}}}}"#)
}

/// A letter for each of these words, numbered from 1.
pub(crate) fn bodies(words: &str) -> Vec<String> {
    let numbered = (1..).zip(words.split_whitespace());
    numbered
        .map(|(number, word)| {
            body(&LetterText { data: &update(word), number, ..LetterText::default() })
        })
        .collect()
}
