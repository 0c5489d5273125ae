//! A batch in hand: its records, its attempts, and when it is given up.

use std::{collections::BTreeSet, mem};

use jiff::Timestamp;

use super::{LaneRecord, LaneStep, Limits};
use crate::{
    Condition,
    backoff::{Backoff, Jitter, later},
};

#[derive(Debug)]
pub(crate) struct Batch<R> {
    pub(crate) records: Vec<R>,
    pub(crate) attempts: u32,
    retries: u32,
    backoff: Backoff,
    state: State,
    /// The last delivery ended in an error of the function.
    pub(crate) function_error: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Due(Timestamp),
    Invoked,
    Exhausted,
    /// The head is being given up.
    GivingUp(Condition, usize),
    /// That did not work, and is tried again then.
    GiveUpAgain(Timestamp, Condition, usize),
}

impl<R: LaneRecord> Batch<R> {
    pub(super) fn new(records: Vec<R>, now: Timestamp) -> Self {
        let (attempts, retries, backoff) = (0, 0, Backoff::default());
        Self { records, attempts, retries, backoff, state: State::Due(now), function_error: false }
    }

    pub(super) fn is_invoked(&self) -> bool {
        self.state == State::Invoked
    }

    /// An answer, or the end of a give-up, is awaited.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, State::Invoked | State::GivingUp(..))
    }

    pub(super) fn next(&mut self, now: Timestamp, limits: &Limits) -> LaneStep {
        match self.state {
            State::Invoked | State::GivingUp(..) => return LaneStep::Wait(None),
            State::GiveUpAgain(at, ..) if at > now => return LaneStep::Wait(Some(at)),
            State::GiveUpAgain(_, condition, records) => return self.give_up(condition, records),
            State::Exhausted => {
                return self.give_up(Condition::RetryAttemptsExhausted, self.records.len());
            }
            State::Due(at) if at > now => return LaneStep::Wait(Some(at)),
            State::Due(_) => {}
        }
        let too_old = self.too_old(now, limits);
        if too_old > 0 {
            return self.give_up(Condition::RecordAgeExceeded, too_old);
        }
        self.state = State::Invoked;
        self.attempts = self.attempts.saturating_add(1);
        LaneStep::Invoke
    }

    /// How many records are beyond the age at which one is still delivered and behind no younger one
    /// of their order. They are put at the head, which changes no order.
    fn too_old(&mut self, now: Timestamp, limits: &Limits) -> usize {
        let Some(age) = limits.record_age_max else { return 0 };
        let mut younger = BTreeSet::new();
        let is_old = |record: &R| {
            let old = later(record.arrival(), age) < now && !younger.contains(record.order());
            if !old {
                younger.insert(record.order().clone());
            }
            old
        };
        let (old, rest): (Vec<_>, Vec<_>) =
            mem::take(&mut self.records).into_iter().partition(is_old);
        let count = old.len();
        self.records = old;
        self.records.extend(rest);
        count
    }

    fn give_up(&mut self, condition: Condition, records: usize) -> LaneStep {
        self.state = State::GivingUp(condition, records);
        LaneStep::GiveUp { condition, records }
    }

    /// The give-up under way is taken care of; whether anything is left, as a batch of its own.
    pub(super) fn given_up(&mut self, now: Timestamp) -> bool {
        let State::GivingUp(_, records) = self.state else { return true };
        self.records.drain(..records);
        (self.attempts, self.retries, self.function_error) = (0, 0, false);
        self.backoff.reset();
        self.state = State::Due(now);
        !self.records.is_empty()
    }

    /// What is given up could not be kept: once more, after a pause.
    pub(super) fn not_kept(&mut self, now: Timestamp, jitter: Jitter<'_>) {
        let State::GivingUp(condition, records) = self.state else { return };
        let at = later(now, self.backoff.pause(jitter));
        self.state = State::GiveUpAgain(at, condition, records);
    }

    /// Leaves out the records that do not stay; whether there were any.
    pub(super) fn settle(&mut self, stays: &[bool]) -> bool {
        let before = self.records.len();
        let mut stays = stays.iter();
        self.records.retain(|_| stays.next().copied().unwrap_or(true));
        let settled = self.records.len() < before;
        if settled {
            self.backoff.reset();
        }
        settled
    }

    /// Takes the second half off, where there are two.
    pub(super) fn split(&mut self) -> Option<Self> {
        if self.records.len() < 2 {
            return None;
        }
        let records = self.records.split_off(self.records.len() / 2);
        let &mut Self { attempts, retries, backoff, state, function_error, .. } = self;
        Some(Self { records, attempts, retries, backoff, state, function_error })
    }

    /// Is delivered again after a pause, or given up if that was its last retry.
    pub(super) fn retry(
        &mut self,
        costs: bool,
        now: Timestamp,
        limits: &Limits,
        jitter: Jitter<'_>,
    ) {
        self.retries = self.retries.saturating_add(u32::from(costs));
        let exhausted = costs && limits.retries_max.is_some_and(|most| self.retries > most);
        self.state = if exhausted {
            State::Exhausted
        } else {
            State::Due(later(now, self.backoff.pause(jitter)))
        };
    }

    /// Comes after another batch, at once.
    pub(super) fn is_due(&mut self, now: Timestamp) {
        self.state = State::Due(now);
    }
}
