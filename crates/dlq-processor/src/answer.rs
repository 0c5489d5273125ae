//! The answer: what was looked through, what became of it, and the letters worth telling of.

use cdc_core::{
    dead_letter::{NotALetter, OpenLetter, Original, Shown},
    failure::{shown, told},
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    documents::{DocumentTold, RecordCounts},
    request::{Action, Request},
    run::{NOT_A_LETTER, Refused, Why},
};

/// Longest name of a stream or pipeline in an answer, in characters: an ARN of a name of 128 has 200.
const NAME_CHARS_MAX: usize = 255;

/// Most bytes of all letters in one answer, as JSON. Lambda gives back 6 MB.
const LETTERS_BYTES_MAX: usize = 4 << 20;

/// Most letters in one answer.
const LETTERS_TOLD_MAX: usize = crate::request::LIMIT_MAX;

/// How many letters came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages looked at.
    pub scanned: usize,
    /// Those that the filter takes.
    pub matched: usize,
    /// Published, and their letters deleted.
    pub replayed: usize,
    /// Left out by the rules of today, and their letters deleted.
    pub skipped: usize,
    /// Moved to the parked queue.
    pub parked: usize,
    /// Deleted for good.
    pub purged: usize,
    /// Still in the queue: failed again, not settled, or its record is gone from the stream.
    pub failed: usize,
    /// Still in the queue: not a letter of this pipeline's stream, or not to be believed.
    pub refused: usize,
}

/// Why a run ended before it had seen all it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stopped {
    /// The function's deadline came near.
    Deadline,
    /// The bus did not take an event that is not at fault itself.
    Bus,
    /// A queue did not do what it was asked for.
    Queue,
    /// The on-failure bucket did not do what it was asked for.
    Bucket,
    /// The ledger's table did not do what it was asked for.
    Ledger,
    /// The stream could not be read.
    Stream,
    /// The bucket of records could not be read.
    Objects,
    /// As many messages were looked through as one run may.
    Bound,
    /// The answer is as large as it may get.
    Size,
    /// Only letters came that are newer than the run. Older ones may be behind them.
    New,
}

/// The answer in the making.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    letters: Vec<Box<RawValue>>,
    /// Set where it is about documents.
    documents: Option<Vec<Box<RawValue>>>,
    pub(crate) records: Option<RecordCounts>,
    bytes: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'static str>,
    dry_run: bool,
    #[serde(flatten)]
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<RecordCounts>,
    remaining_approx: u64,
    stopped: Option<Stopped>,
    letters: &'a [Box<RawValue>],
    #[serde(skip_serializing_if = "Option::is_none")]
    documents: Option<&'a [Box<RawValue>]>,
}

/// One letter as it is told. Texts out of it are bounded and escaped; neither the partition key nor
/// the record key, which are made of row values, are told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told {
    message_id: String,
    event_id: Option<String>,
    table: Option<String>,
    code: String,
    message: String,
    attempts: Option<u32>,
    last_attempt: Option<String>,
    pipeline: Option<String>,
    position: Option<PositionTold>,
    original: Option<OriginalTold>,
    /// Why a replay would not take it, or did not.
    pub(crate) refused: Option<String>,
    /// What became of it, or would.
    pub(crate) outcome: Option<&'static str>,
    /// Why that.
    pub(crate) why: Option<Why>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PositionTold {
    stream: String,
    shard: String,
    sequence_number: String,
    sub_sequence: u32,
    part: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    half: Option<u32>,
    arrived_at: String,
}

#[derive(Debug, Serialize)]
struct OriginalTold {
    kind: &'static str,
    bytes: Option<usize>,
}

impl Told {
    pub(crate) fn letter(message_id: &str, letter: &OpenLetter) -> Self {
        Self {
            event_id: letter.event_id.as_deref().map(shown),
            table: letter.table.as_deref().map(shown),
            code: shown(&letter.code),
            message: letter.message.to_string(),
            attempts: Some(letter.attempts),
            last_attempt: Some(format!("{:.3}", letter.last_attempt)),
            pipeline: Some(told(&letter.pipeline, NAME_CHARS_MAX)),
            position: Some(PositionTold::of(letter)),
            original: Some(OriginalTold::of(&letter.original)),
            ..Self::message(message_id, String::new())
        }
    }

    pub(crate) fn no_letter(message_id: &str, error: &NotALetter) -> Self {
        let refused = Refused::from(error);
        Self {
            code: refused.code().to_owned(),
            refused: Some(refused.to_string()),
            ..Self::message(message_id, error.to_string())
        }
    }

    fn message(message_id: &str, message: String) -> Self {
        Self {
            message_id: shown(message_id),
            event_id: None,
            table: None,
            code: NOT_A_LETTER.to_owned(),
            message,
            attempts: None,
            last_attempt: None,
            pipeline: None,
            position: None,
            original: None,
            refused: None,
            outcome: None,
            why: None,
            change: None,
        }
    }

    /// With the change that it holds.
    pub(crate) fn showing(mut self, change: &Shown) -> Self {
        self.change = RawValue::from_string(change.to_json()).ok();
        self
    }

    /// With what became of it.
    pub(crate) fn came_to(mut self, outcome: &'static str, why: Option<Why>) -> Self {
        self.outcome = Some(outcome);
        self.why = why;
        self
    }

    /// With what it failed of this time.
    pub(crate) fn failed_of(mut self, why: &Why) -> Self {
        self.code.clone_from(&why.code);
        self.message.clone_from(&why.message);
        self
    }
}

impl PositionTold {
    fn of(letter: &OpenLetter) -> Self {
        let place = &letter.place;
        Self {
            stream: told(&place.stream, NAME_CHARS_MAX),
            shard: told(&place.shard, NAME_CHARS_MAX),
            sequence_number: place.position.number.to_string(),
            sub_sequence: place.position.sub_sequence,
            part: place.part,
            half: place.half,
            arrived_at: format!("{:.3}", place.arrived),
        }
    }
}

impl OriginalTold {
    fn of(original: &Original) -> Self {
        let kind = match original {
            Original::Event(_) => "event",
            Original::Data(_) => "data",
            Original::Object(check) => return Self { kind: "object", bytes: Some(check.size) },
            Original::Pointer => "pointer",
        };
        Self { kind, bytes: original.bytes().map(|bytes| bytes.len()) }
    }
}

impl Tally {
    /// For documents in place of letters.
    pub(crate) fn of_documents() -> Self {
        let (documents, records) = (Some(Vec::new()), Some(RecordCounts::default()));
        Self { documents, records, ..Self::default() }
    }

    /// Adds a letter to those that are told of, while there is room; whether there was.
    pub(crate) fn tell(&mut self, letter: &Told) -> bool {
        let text = self.room_for(letter, self.letters.len());
        text.map(|text| self.letters.push(text)).is_some()
    }

    /// Adds a document to those that are told of, while there is room; whether there was.
    pub(crate) fn tell_document(&mut self, document: &DocumentTold) -> bool {
        let told = self.documents.as_ref().map_or(0, Vec::len);
        let text = self.room_for(document, told);
        text.zip(self.documents.as_mut()).map(|(text, told)| told.push(text)).is_some()
    }

    /// Adds what came of a document's records.
    pub(crate) fn add_records(&mut self, records: &RecordCounts) {
        self.records.get_or_insert_default().add(records);
    }

    fn room_for(&mut self, told: &impl Serialize, before: usize) -> Option<Box<RawValue>> {
        let text = serde_json::value::to_raw_value(told).expect("texts and numbers become JSON");
        let bytes = self.bytes + text.get().len();
        if before == LETTERS_TOLD_MAX || bytes > LETTERS_BYTES_MAX {
            return None;
        }
        self.bytes = bytes;
        Some(text)
    }

    /// The answer as JSON text.
    pub(crate) fn answer(
        &self,
        request: &Request,
        remaining_approx: u64,
        stopped: Option<Stopped>,
    ) -> String {
        let Request { action, dry_run, .. } = *request;
        let answer = Answer {
            action: Action::as_str(action),
            from: self.documents.is_some().then_some(request.from.as_str()),
            dry_run,
            counts: self.counts,
            records: self.records,
            remaining_approx,
            stopped,
            letters: &self.letters,
            documents: self.documents.as_deref(),
        };
        serde_json::to_string(&answer).expect("texts and numbers become JSON")
    }
}
