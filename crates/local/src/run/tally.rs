//! Counting: every unit once a pass, under the final outcome of that pass.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use cdc_core::{
    batch::{Counts, Outcome, Report, UnitOutcome},
    record::SequenceNumber,
};
use jiff::Timestamp;

use super::Summary;

/// Different failures that are kept in words.
const FAILURES_TOLD_MAX: usize = 10;

/// Event ids remembered to count duplicates; beyond it the memory starts anew.
const EVENT_IDS_MAX: usize = 2_000_000;

/// One unit: shard, sequence number, the record's place under that number, part.
type UnitId = (Arc<str>, SequenceNumber, u32, u32);

/// Whether the mapping hears what an invocation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It does, and goes on from there.
    Yes,
    /// It does not, and delivers all of the batch again.
    No,
}

/// What has been seen.
#[derive(Debug, Default)]
pub(super) struct Tally {
    records: u64,
    /// How many records had been put when, as far as some of them may be waiting.
    puts: VecDeque<(u64, Timestamp)>,
    units: u64,
    counts: Counts,
    /// Units that will be delivered again in this pass.
    open: HashMap<UnitId, Outcome>,
    event_ids: HashSet<Box<str>>,
    events: u64,
    duplicates: u64,
    tables: BTreeMap<String, u64>,
    failures: BTreeSet<String>,
    troubles: BTreeMap<String, u64>,
}

impl Tally {
    /// Records were put on the stream.
    pub(super) fn put(&mut self, records: usize, now: Timestamp) {
        self.records += records as u64;
        self.puts.push_back((self.records, now));
    }

    /// A batch was delivered. Where the mapping hears it, what lies before the first unsettled record
    /// is final.
    pub(super) fn delivered(&mut self, shard: &Arc<str>, report: &Report, heard: Heard) {
        self.trouble(report);
        for (_, _, failure) in &report.failures {
            if self.failures.len() < FAILURES_TOLD_MAX {
                self.failures.insert(failure.to_string());
            }
        }
        let open = Open::of(report, heard);
        for (index, unit) in report.units.iter().enumerate() {
            let id = unit_id(shard, unit);
            let outcome = merge(self.open.remove(&id), unit.outcome);
            if open.has(index, unit) {
                self.open.insert(id, outcome);
            } else {
                self.count(outcome);
            }
        }
    }

    /// The mapping gave records of a shard up. Of those that no report told of, by an invocation that
    /// came to its end, nothing is known but that: each counts as one unit.
    pub(super) fn given_up(
        &mut self,
        shard: &str,
        records: usize,
        is_gone: impl Fn(&SequenceNumber) -> bool,
    ) {
        let open = self.open.keys().filter(|(of, number, ..)| &**of == shard && is_gone(number));
        let told = open.map(|(_, number, ..)| number).collect::<HashSet<_>>().len();
        for _ in told..records {
            self.count(Outcome::Unsettled);
        }
    }

    /// Calls that failed and entries that were refused: few kinds, since codes are bounded.
    fn trouble(&mut self, report: &Report) {
        for (what, count) in &report.calls_failed {
            *self.troubles.entry(what.clone()).or_default() += *count as u64;
        }
        for (code, count) in &report.refusals {
            *self.troubles.entry(format!("entry refused: {code}")).or_default() += *count as u64;
        }
        for error in [&report.ledger_read_failed, &report.ledger_write_failed].into_iter().flatten()
        {
            *self.troubles.entry(error.to_string()).or_default() += 1;
        }
    }

    /// What went wrong around the records, so far, and how often.
    pub(super) fn troubles(&self) -> &BTreeMap<String, u64> {
        &self.troubles
    }

    /// A pass is over: what is still open stayed so.
    pub(super) fn pass_is_over(&mut self) {
        for (_, outcome) in std::mem::take(&mut self.open) {
            self.count(outcome);
        }
    }

    /// The subscriber received these events.
    pub(super) fn received(&mut self, bodies: &[String]) {
        for body in bodies {
            let Ok(event) = serde_json::from_str::<Received<'_>>(body) else { continue };
            self.events += 1;
            *self.tables.entry(event.detail.table.into_owned()).or_default() += 1;
            if self.event_ids.len() >= EVENT_IDS_MAX {
                self.event_ids.clear();
            }
            if !self.event_ids.insert(event.detail.metadata.event_id.into()) {
                self.duplicates += 1;
            }
        }
    }

    /// Records put, events received, and how many of them of each table.
    pub(super) fn flow(&self) -> (u64, u64, &BTreeMap<String, u64>) {
        (self.records, self.events, &self.tables)
    }

    /// Records of which nothing is settled yet. (Units stand for records here: an aggregate with
    /// several counts as that many.)
    pub(super) fn waiting(&self) -> u64 {
        let settled = self.open.values().filter(|outcome| **outcome != Outcome::Unsettled).count();
        self.records.saturating_sub(self.units + settled as u64)
    }

    /// How long the oldest record has waited of which nothing is settled yet. (Records are taken to
    /// be settled in the order in which they were put, which holds but for shards that lag.)
    pub(super) fn lag(&mut self, now: Timestamp) -> Duration {
        let settled = self.records - self.waiting();
        while self.puts.front().is_some_and(|(count, _)| *count <= settled) {
            self.puts.pop_front();
        }
        let oldest = self.puts.front().map(|(_, at)| now.duration_since(*at));
        oldest.and_then(|age| age.try_into().ok()).unwrap_or_default()
    }

    /// The units by outcome, so far.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What became of everything.
    pub(super) fn summary(
        &mut self,
        checkpoints: BTreeMap<String, String>,
        seconds: f64,
    ) -> Summary {
        self.pass_is_over();
        let named = |counts: &BTreeMap<&'static str, usize>| {
            counts.iter().map(|(name, count)| ((*name).to_owned(), *count as u64)).collect()
        };
        Summary {
            records: self.records,
            units: self.units,
            published: self.counts.published as u64,
            skipped: named(&self.counts.skipped),
            suppressed: self.counts.suppressed as u64,
            dead_lettered: named(&self.counts.dead_lettered),
            unsettled: self.counts.unsettled as u64,
            duplicates: self.duplicates,
            checkpoints,
            seconds,
            failures: std::mem::take(&mut self.failures).into_iter().collect(),
            troubles: self.troubles.clone(),
            injected: Vec::new(),
        }
    }

    fn count(&mut self, outcome: Outcome) {
        self.units += 1;
        self.counts.add(outcome);
    }
}

/// Which units of a report are delivered again.
enum Open<'r> {
    /// Those from this one on.
    From(usize),
    /// Those of these messages: a queue delivers nothing else again.
    Messages(HashSet<&'r SequenceNumber>),
}

impl<'r> Open<'r> {
    fn of(report: &'r Report, heard: Heard) -> Self {
        match (heard, &report.failed_from) {
            (Heard::No, _) => Self::From(0),
            (Heard::Yes, Some(number)) => {
                let mut units = report.units.iter();
                Self::From(units.position(|unit| unit.position.number == *number).unwrap_or(0))
            }
            (Heard::Yes, None) => {
                let units = report.units.iter();
                let unsettled = units.filter(|unit| unit.outcome == Outcome::Unsettled);
                Self::Messages(unsettled.map(|unit| &unit.position.number).collect())
            }
        }
    }

    fn has(&self, index: usize, unit: &UnitOutcome) -> bool {
        match self {
            Self::From(first) => index >= *first,
            Self::Messages(numbers) => numbers.contains(&unit.position.number),
        }
    }
}

fn unit_id(shard: &Arc<str>, unit: &UnitOutcome) -> UnitId {
    let position = &unit.position;
    (Arc::clone(shard), position.number.clone(), position.sub_sequence, unit.part)
}

/// What a retry found suppressed was settled by an earlier try of the same pass: that one counts.
fn merge(earlier: Option<Outcome>, later: Outcome) -> Outcome {
    match (earlier, later) {
        (Some(settled @ (Outcome::Published | Outcome::DeadLettered(_))), Outcome::Suppressed) => {
            settled
        }
        (Some(settled @ (Outcome::Published | Outcome::DeadLettered(_))), Outcome::Unsettled) => {
            // The ledger could not be read: the fact stands all the same.
            settled
        }
        _ => later,
    }
}

#[derive(serde::Deserialize)]
struct Received<'a> {
    #[serde(borrow)]
    detail: Detail<'a>,
}

#[derive(serde::Deserialize)]
struct Detail<'a> {
    #[serde(borrow)]
    table: std::borrow::Cow<'a, str>,
    metadata: Metadata<'a>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    event_id: &'a str,
}
