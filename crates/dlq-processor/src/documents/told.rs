//! A document as it is told. Texts out of it are bounded and escaped; rows are shown through the rules
//! alone.

use cdc_aws::function::payload::KinesisBatch;
use cdc_core::{
    batch::Counts, dead_letter::show_record, failure::told, on_failure::OnFailure,
    pipeline::Pipeline, record::expand,
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Refused, Run, Taken, Wiring};
use crate::run::Why;

/// Most changes of one document that are shown.
const CHANGES_SHOWN_MAX: usize = 10;

/// Longest key or id that is told, in characters: S3 allows 1,024 bytes.
const ID_CHARS_MAX: usize = 1024;

/// What came of records, in units: the changes in them, and what is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordCounts {
    /// Records of the stream, aggregates whole.
    pub read: usize,
    /// Confirmed by the bus.
    pub published: usize,
    /// Left out by a rule.
    pub skipped: usize,
    /// Settled before: the ledger says so.
    pub suppressed: usize,
    /// In the dead-letter queue.
    pub dead_lettered: usize,
    /// Not settled.
    pub unsettled: usize,
    /// Records that the mapping did not say it gave up.
    pub surplus: usize,
    /// Whether retention has taken some.
    pub gone: bool,
}

/// One document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentTold {
    place: &'static str,
    id: String,
    bytes: usize,
    /// Its tries in all.
    attempts: u32,
    given_up: Option<String>,
    condition: Option<Box<str>>,
    invocations: Option<u32>,
    request_id: Option<Box<str>>,
    function_error: Option<Box<str>>,
    function: Option<Box<str>>,
    position: Option<RangeTold>,
    batch_size: Option<u32>,
    carries: Option<&'static str>,
    refused: Option<String>,
    outcome: Option<&'static str>,
    why: Option<Why>,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<RecordCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Box<RawValue>>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RangeTold {
    stream: Box<str>,
    shard: Box<str>,
    first_sequence_number: String,
    last_sequence_number: String,
    first_arrived_at: Option<String>,
    last_arrived_at: Option<String>,
}

impl RecordCounts {
    pub(super) fn of(counts: &Counts, read: usize, surplus: usize, gone: bool) -> Self {
        Self {
            read,
            published: counts.published,
            skipped: counts.skipped.values().sum(),
            suppressed: counts.suppressed,
            dead_lettered: counts.dead_lettered.values().sum(),
            unsettled: counts.unsettled,
            surplus,
            gone,
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.published += other.published;
        self.skipped += other.skipped;
        self.suppressed += other.suppressed;
        self.dead_lettered += other.dead_lettered;
        self.unsettled += other.unsettled;
        self.surplus += other.surplus;
        self.gone |= other.gone;
    }
}

impl DocumentTold {
    fn of(taken: &Taken) -> Self {
        let mut document = Self {
            place: taken.held.place(),
            id: told(taken.held.id(), ID_CHARS_MAX),
            bytes: taken.bytes,
            attempts: taken.tries,
            given_up: None,
            condition: None,
            invocations: None,
            request_id: None,
            function_error: None,
            function: None,
            position: None,
            batch_size: None,
            carries: None,
            refused: None,
            outcome: None,
            why: None,
            records: None,
            changes: None,
        };
        match &taken.document {
            Ok(read) => document.fill(read),
            Err(error) => {
                let code = Refused::from(error).code();
                document.why = Some(Why::new(code, error.to_string()));
            }
        }
        document
    }

    fn fill(&mut self, document: &OnFailure) {
        let [first, last] = document.arrived.map(|at| at.map(|at| format!("{at:.3}")));
        self.given_up = Some(format!("{:.3}", document.given_up));
        self.condition.clone_from(&document.condition);
        self.invocations = document.invocations;
        self.request_id.clone_from(&document.request_id);
        self.function_error.clone_from(&document.function_error);
        self.function = Some(document.function.clone());
        self.batch_size = Some(document.batch_size);
        self.carries = Some(if document.payload.is_some() { "payload" } else { "pointer" });
        self.position = Some(RangeTold {
            stream: document.stream.clone(),
            shard: document.shard.clone(),
            first_sequence_number: document.first.to_string(),
            last_sequence_number: document.last.to_string(),
            first_arrived_at: first,
            last_arrived_at: last,
        });
    }

    pub(super) fn came_to(mut self, outcome: &'static str, why: Option<Why>) -> Self {
        self.outcome = Some(outcome);
        self.why = why.or(self.why);
        self
    }

    pub(super) fn refused(mut self, refused: &Refused) -> Self {
        self.refused = Some(refused.to_string());
        self
    }

    pub(super) fn with(mut self, records: RecordCounts) -> Self {
        self.records = Some(records);
        self
    }

    pub(super) fn showing(mut self, changes: Vec<Box<RawValue>>) -> Self {
        self.changes = Some(changes);
        self
    }
}

impl<W: Wiring> Run<'_, W> {
    /// A document as it is told, with why a replay would refuse it, if it would.
    pub(super) fn told(&self, taken: &Taken) -> DocumentTold {
        let mut told = DocumentTold::of(taken);
        if !self.request.action.moves_away() {
            told.refused = self.judge(taken).err().map(|refused| refused.to_string());
        }
        told
    }

    /// The first changes of what a document carries, by the rules; none where it only points.
    pub(super) fn changes(&self, taken: &Taken) -> Vec<Box<RawValue>> {
        let payload = self.payload(taken).unwrap_or_default();
        let Ok(batch) = KinesisBatch::parse(payload, self.source.stream) else {
            return Vec::new();
        };
        let first = batch.records.into_iter().take(CHANGES_SHOWN_MAX).collect();
        let Pipeline { rules, id_key, .. } = &self.processor.pipeline;
        let units = expand(first).records.into_iter();
        let shown = units.flat_map(|record| show_record(&record.data, rules, id_key));
        let shown = shown.take(CHANGES_SHOWN_MAX);
        shown.filter_map(|change| RawValue::from_string(change.to_json()).ok()).collect()
    }
}
