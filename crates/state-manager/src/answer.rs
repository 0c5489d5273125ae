//! The answers, as JSON text. Documents go in as the text they are, so that no number is bent.

use cdc_aws::state::{Listed, Listing, Stored};
use cdc_core::{ledger::Note, state::PIPELINE};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::reset::Audit;

/// A shard's checkpoint.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shard<'a> {
    shard: &'a str,
    sequence_number: &'a str,
    arrived_at: String,
    updated_at: String,
    settled: usize,
    unsettled: usize,
    age_seconds: u64,
}

/// The pipeline's own entry.
#[derive(Serialize)]
struct Pipeline<'a> {
    processor: &'static str,
    stream: &'a str,
    shards: Vec<Shard<'a>>,
}

/// The entry of a processor with a document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    processor: &'a str,
    revision: Option<String>,
    last_processed_sequence: Option<&'a str>,
    processed_count: Option<Box<RawValue>>,
    last_updated: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    Pipeline(Pipeline<'a>),
    Document(Summary<'a>),
}

#[derive(Serialize)]
struct Status<'a> {
    processors: Vec<Entry<'a>>,
    complete: bool,
}

#[derive(Serialize)]
struct Reset<'a> {
    reset: Forgotten<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Forgotten<'a> {
    shard: &'a str,
    claims_forgotten: usize,
    note_forgotten: bool,
    complete: bool,
}

/// How far everybody is, as far as it was asked for.
pub(crate) fn status(
    stream: &str,
    notes: Option<Vec<Note>>,
    documents: Option<Listing>,
    now: Timestamp,
) -> String {
    let notes = notes.map(|mut notes| {
        notes.sort_by(|one, other| one.shard.cmp(&other.shard));
        notes
    });
    let pipeline = notes.as_deref().map(|notes| {
        let shards = notes.iter().map(|note| shard(note, now)).collect();
        Entry::Pipeline(Pipeline { processor: PIPELINE, stream, shards })
    });
    let complete = documents.as_ref().is_none_or(|listing| listing.complete);
    let listed = documents.iter().flat_map(|listing| &listing.documents);
    let documents = listed.map(|listed| Entry::Document(summary(listed)));
    json(&Status { processors: pipeline.into_iter().chain(documents).collect(), complete })
}

/// A document, with its revision.
pub(crate) fn state(stored: &Stored) -> String {
    format!(r#"{{"state":{}}}"#, stored.document.to_json_at(stored.revision))
}

/// What a reset did.
pub(crate) fn reset(audit: &Audit) -> String {
    let Audit { shard, claims_forgotten, note_forgotten, complete, .. } = audit;
    json(&Reset {
        reset: Forgotten {
            shard,
            claims_forgotten: *claims_forgotten,
            note_forgotten: *note_forgotten,
            complete: *complete,
        },
    })
}

fn shard(note: &Note, now: Timestamp) -> Shard<'_> {
    Shard {
        shard: &note.shard,
        sequence_number: note.number.as_str(),
        arrived_at: format!("{:.3}", note.arrived),
        updated_at: format!("{:.0}", note.at),
        settled: note.settled,
        unsettled: note.unsettled,
        age_seconds: now.duration_since(note.at).as_secs().try_into().unwrap_or(0),
    }
}

fn summary(listed: &Listed) -> Summary<'_> {
    // Digits, as the document was checked for; of a foreign item perhaps no JSON at all.
    let number = |text: &String| RawValue::from_string(text.clone()).ok();
    let is_number = |text: &&String| text.bytes().all(|byte| byte.is_ascii_digit());
    Summary {
        processor: &listed.processor,
        revision: listed.revision.map(|revision| revision.to_string()),
        last_processed_sequence: listed.last_processed_sequence.as_deref(),
        processed_count: listed.processed_count.as_ref().filter(is_number).and_then(number),
        last_updated: listed.last_updated.as_deref(),
    }
}

fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("an answer has texts, numbers and JSON only")
}

#[cfg(test)]
mod tests {
    use cdc_aws::state::{Listed, Listing, Stored};
    use cdc_core::{
        ledger::Note,
        record::SequenceNumber,
        state::{Document, Revision},
    };
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{state, status};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn note(shard: &str) -> Note {
        Note {
            partition: "note|coredb".to_owned(),
            shard: shard.to_owned(),
            number: SequenceNumber::parse("4959").unwrap(),
            arrived: at("2024-01-15T10:29:00.9Z"),
            at: at("2024-01-15T10:29:30Z"),
            settled: 7,
            unsettled: 1,
        }
    }

    fn listed(processor: &str, count: Option<&str>) -> Listed {
        Listed {
            processor: processor.to_owned(),
            revision: Some(Revision::new(7)),
            last_processed_sequence: Some("42".to_owned()),
            processed_count: count.map(str::to_owned),
            last_updated: Some("noon".to_owned()),
        }
    }

    #[test]
    fn a_status_has_the_pipelines_shards_and_the_documents() {
        let count = "12345678901234567890123456789012345678";
        let documents = Listing {
            documents: vec![listed("a", Some(count)), listed("foreign", Some("x"))],
            complete: false,
        };
        let now = at("2024-01-15T10:30:00Z");
        let text = status("coredb", Some(vec![note("s1"), note("s0")]), Some(documents), now);
        assert!(text.contains(&format!(r#""processedCount":{count},"#)), "{text}");
        let found: Value = serde_json::from_str(&text.replace(count, "5")).unwrap();
        let shard = |shard: &str| {
            json!({"shard": shard, "sequenceNumber": "4959", "arrivedAt": "2024-01-15T10:29:00.900Z",
                "updatedAt": "2024-01-15T10:29:30Z", "settled": 7, "unsettled": 1,
                "ageSeconds": 30})
        };
        let document = |processor: &str, count: Value| {
            json!({"processor": processor, "revision": "r7", "lastProcessedSequence": "42",
                "processedCount": count, "lastUpdated": "noon"})
        };
        assert_eq!(
            found,
            json!({"complete": false, "processors": [
                {"processor": "cdc-processor", "stream": "coredb",
                    "shards": [shard("s0"), shard("s1")]},
                document("a", json!(5)), document("foreign", Value::Null)]})
        );
    }

    #[test]
    fn a_status_of_one_shows_that_one() {
        let now = at("2024-01-15T10:00:00Z");
        let pipeline = status("coredb", Some(vec![]), None, now);
        assert_eq!(
            pipeline,
            r#"{"processors":[{"processor":"cdc-processor","stream":"coredb","shards":[]}],"complete":true}"#
        );
        let none = Listing { documents: vec![], complete: true };
        assert_eq!(status("coredb", None, Some(none), now), r#"{"processors":[],"complete":true}"#);
        // The clocks of two machines differ: what was noted in the future is fresh.
        let fresh = status("coredb", Some(vec![note("s0")]), None, now);
        assert!(fresh.contains(r#""ageSeconds":0"#), "{fresh}");
    }

    #[test]
    fn a_document_keeps_its_digits() {
        let document = Document::parse(r#"{"n":1.50,"wide":123456789012345678901234567890}"#);
        let stored = Stored { document: document.unwrap(), revision: Revision::new(7) };
        assert_eq!(
            state(&stored),
            r#"{"state":{"n":1.50,"wide":123456789012345678901234567890,"revision":"r7"}}"#
        );
    }
}
