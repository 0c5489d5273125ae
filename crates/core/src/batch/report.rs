//! What became of a batch: for the log line, the metrics and the answer. Never a row value.

use std::collections::{BTreeMap, BTreeSet};

use super::items::State;
use crate::{
    delivery::{BusCode, CallError, CallErrorKind},
    failure::{Failure, FailureCode},
    pipeline::{Drifted, PreparedUnit, SkipReason, Work},
    record::{Position, Record, SequenceNumber},
};

/// Most failures that a report keeps in words; all are counted.
const FAILURES_TOLD_MAX: usize = 10;

/// Most drifted columns that a report tells apart; whoever writes the rows chooses their names.
const DRIFTED_TOLD_MAX: usize = 50;

/// What became of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The bus confirmed it.
    Published,
    /// A rule left it out.
    Skipped(SkipReason),
    /// The ledger says that it was settled before.
    Suppressed,
    /// It lies in the dead-letter queue.
    DeadLettered(FailureCode),
    /// None of these yet: it will be delivered again.
    Unsettled,
}

/// One unit's place and outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitOutcome {
    /// The record's place in the shard.
    pub position: Position,
    /// The record's place in the batch.
    pub record: usize,
    /// The unit's place in the record.
    pub part: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a batch.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Records, aggregates taken apart.
    pub records: usize,
    /// Every unit in stream order.
    pub units: Vec<UnitOutcome>,
    /// Calls of `PutEvents`.
    pub requests: usize,
    /// Events that the bus confirmed in this run.
    pub accepted: usize,
    /// Objects that the store confirmed in this run.
    pub stored: usize,
    /// Refusals of single entries, by code.
    pub refusals: BTreeMap<String, usize>,
    /// Calls that failed, in words and counted.
    pub calls_failed: BTreeMap<String, usize>,
    /// A call failed for a reason that any event would have met: throttling, an outage, missing
    /// rights.
    pub outage: bool,
    /// Events that were to be buried and are not: the queue did not confirm their letters.
    pub unburied: usize,
    /// The first failures of records, in words: position, part and what is wrong.
    pub failures: Vec<(Position, u32, Failure)>,
    /// Columns that are not as the configuration has them, and in how many changes.
    pub drifted: BTreeMap<Drifted, usize>,
    /// Units, by their place among all, whose letter the queue refused as invalid although it came
    /// alone: it can be larger than the queue takes.
    pub letters_refused: BTreeSet<usize>,
    /// The ledger could not be read: nothing was done.
    pub ledger_read_failed: Option<CallError>,
    /// The ledger could not be written: what this run settled may come again.
    pub ledger_write_failed: Option<CallError>,
    /// Failures that no letter could be written for, since it would only have said where the record
    /// stood in a queue that then forgets it; there is no bucket for the record. They stay unsettled.
    pub unheld: usize,
    /// The function's deadline came before all was settled.
    pub stopped_at_deadline: bool,
    /// The first record that is not settled: from it on the mapping delivers again.
    pub failed_from: Option<SequenceNumber>,
    /// Of a queue: the messages that are not settled, by their place in the delivery, and those behind
    /// them in their message groups.
    pub unsettled_messages: Vec<usize>,
}

/// The units of a batch by outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Confirmed by the bus.
    pub published: usize,
    /// Left out, by reason.
    pub skipped: BTreeMap<&'static str, usize>,
    /// Settled before.
    pub suppressed: usize,
    /// In the dead-letter queue, by failure code.
    pub dead_lettered: BTreeMap<&'static str, usize>,
    /// Not settled.
    pub unsettled: usize,
}

impl Counts {
    /// Counts one outcome.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Published => self.published += 1,
            Outcome::Skipped(reason) => *self.skipped.entry(reason.as_str()).or_default() += 1,
            Outcome::Suppressed => self.suppressed += 1,
            Outcome::DeadLettered(code) => {
                *self.dead_lettered.entry(code.as_str()).or_default() += 1;
            }
            Outcome::Unsettled => self.unsettled += 1,
        }
    }
}

impl Report {
    /// The units by outcome.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.units.iter().for_each(|unit| counts.add(unit.outcome));
        counts
    }

    pub(crate) fn add(&mut self, record: &Record, index: usize, units: &[PreparedUnit]) {
        self.records += 1;
        for unit in units {
            unit.drifted.iter().for_each(|column| self.drifted(column));
            let outcome = match &unit.work {
                Work::Skip(reason) => Outcome::Skipped(*reason),
                // Settled until an item of it says otherwise.
                Work::Publish(_) | Work::Bury(_) => Outcome::Suppressed,
            };
            if let Work::Bury(failure) = &unit.work
                && self.failures.len() < FAILURES_TOLD_MAX
            {
                self.failures.push((record.position.clone(), unit.part, failure.clone()));
            }
            let position = record.position.clone();
            self.units.push(UnitOutcome { position, record: index, part: unit.part, outcome });
        }
    }

    fn drifted(&mut self, column: &Drifted) {
        if let Some(count) = self.drifted.get_mut(column) {
            *count += 1;
        } else if self.drifted.len() < DRIFTED_TOLD_MAX {
            self.drifted.insert(column.clone(), 1);
        }
    }

    pub(super) fn refused(&mut self, code: BusCode) {
        *self.refusals.entry(code.to_string()).or_default() += 1;
    }

    pub(super) fn call_failed(&mut self, error: CallError) {
        self.outage |= error.kind != CallErrorKind::Invalid;
        *self.calls_failed.entry(error.to_string()).or_default() += 1;
    }

    /// Adds what became of one item to its unit: the worst of them counts.
    pub(super) fn settle(&mut self, unit: usize, state: State, code: Option<FailureCode>) {
        let outcome = &mut self.units[unit].outcome;
        let new = match state {
            State::Waiting | State::InFlight | State::GivenUp => Outcome::Unsettled,
            State::Published => Outcome::Published,
            State::Suppressed => Outcome::Suppressed,
            State::Buried => Outcome::DeadLettered(code.unwrap_or(FailureCode::EventBridge)),
        };
        if rank(new) > rank(*outcome) {
            *outcome = new;
        }
    }
}

/// Which outcome of its items a unit takes.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Skipped(_) => 0,
        Outcome::Suppressed => 1,
        Outcome::Published => 2,
        Outcome::DeadLettered(_) => 3,
        Outcome::Unsettled => 4,
    }
}
