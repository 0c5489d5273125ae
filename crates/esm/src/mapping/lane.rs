//! One lane of a shard: its queue, and the batch in hand.
//!
//! A batch stays in hand, in order, until its last record is settled or given up; nothing overtakes
//! it. What is left of it after a partial answer is delivered again as it is, not topped up.

use std::{collections::VecDeque, time::Duration};

use cdc_core::record::SequenceNumber;
use jiff::Timestamp;

use crate::{
    Cause, CheckedSettings, Condition, INVOCATION_BYTES_MAX, Outcome, StreamRecord,
    backoff::{Backoff, Jitter, later},
    event::FRAME_BYTES,
};

/// What a lane wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LaneStep {
    /// Deliver the batch in hand.
    Invoke,
    /// Leave this many records behind, from the head.
    GiveUp { condition: Condition, records: usize },
    /// Nothing before then; `None`: nothing until something comes in.
    Wait(Option<Timestamp>),
}

/// How an answered invocation left the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Settled,
    FirstFailure(usize),
    Failed(Cause),
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    queue: VecDeque<(StreamRecord, usize)>,
    queue_bytes: usize,
    batch: Option<Batch>,
    /// Since when a batch is being gathered.
    window_from: Option<Timestamp>,
}

#[derive(Debug)]
struct Batch {
    records: Vec<StreamRecord>,
    attempts: u32,
    retries: u32,
    backoff: Backoff,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Due(Timestamp),
    Invoked,
    Exhausted,
    GivingUp(usize),
}

impl Lane {
    /// Queues a record that takes `bytes` in an event.
    pub(super) fn push(
        &mut self,
        record: StreamRecord,
        bytes: usize,
        now: Timestamp,
        window: Duration,
    ) {
        // A window that ran out over an empty queue is over: the next begins with this record.
        if self.queue.is_empty() && self.window_from.is_none_or(|from| later(from, window) <= now) {
            self.window_from = Some(now);
        }
        self.queue_bytes += bytes;
        self.queue.push_back((record, bytes));
    }

    /// A full batch lies in the queue: no need to read on.
    pub(super) fn is_full(&self, settings: &CheckedSettings) -> bool {
        self.queue.len() >= settings.batch_size
            || FRAME_BYTES + self.queue_bytes > INVOCATION_BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.batch.is_none()
    }

    /// An answer, or the end of a give-up, is awaited.
    pub(super) fn is_under_way(&self) -> bool {
        let state = self.batch.as_ref().map(|batch| batch.state);
        matches!(state, Some(State::Invoked | State::GivingUp(_)))
    }

    /// Nothing up to this number is unsettled here.
    pub(super) fn is_past(&self, end: &SequenceNumber) -> bool {
        let batch = self.batch.as_ref().and_then(|batch| batch.records.first());
        let head = batch.or_else(|| self.queue.front().map(|(record, _)| record));
        head.is_none_or(|record| record.sequence > *end)
    }

    /// The batch in hand, and how often it was delivered.
    pub(super) fn in_hand(&self) -> (&[StreamRecord], u32) {
        self.batch.as_ref().map_or((&[], 0), |batch| (&batch.records, batch.attempts))
    }

    /// The next thing to do; `flush`: no more records will come, so no window is waited for.
    pub(super) fn next(
        &mut self,
        now: Timestamp,
        flush: bool,
        settings: &CheckedSettings,
    ) -> LaneStep {
        if self.batch.is_none() {
            match self.gathered_at(now, flush, settings) {
                Some(at) if at <= now => self.cut(now, settings),
                waiting => return LaneStep::Wait(waiting),
            }
        }
        self.batch.as_mut().map_or(LaneStep::Wait(None), |batch| batch.next(now, settings))
    }

    /// When the queue makes a batch.
    fn gathered_at(
        &self,
        now: Timestamp,
        flush: bool,
        settings: &CheckedSettings,
    ) -> Option<Timestamp> {
        if self.queue.is_empty() {
            return None;
        }
        if flush || self.is_full(settings) {
            return Some(now);
        }
        Some(later(self.window_from.unwrap_or(now), settings.batch_window))
    }

    /// Takes a batch off the queue: as many records as batch size and payload allow, at least one.
    fn cut(&mut self, now: Timestamp, settings: &CheckedSettings) {
        let (mut records, mut total) = (Vec::new(), FRAME_BYTES);
        while let Some((_, bytes)) = self.queue.front() {
            let fits = records.is_empty() || total + bytes <= INVOCATION_BYTES_MAX;
            if !fits || records.len() == settings.batch_size {
                break;
            }
            let Some((record, bytes)) = self.queue.pop_front() else { break };
            total += bytes;
            self.queue_bytes -= bytes;
            records.push(record);
        }
        let (attempts, retries, backoff, state) = (0, 0, Backoff::default(), State::Due(now));
        self.batch = Some(Batch { records, attempts, retries, backoff, state });
    }

    /// The invocation under way was answered.
    pub(super) fn answered(
        &mut self,
        verdict: Verdict,
        now: Timestamp,
        settings: &CheckedSettings,
        jitter: Jitter<'_>,
    ) -> Option<Outcome> {
        let batch = self.batch.as_mut().filter(|batch| batch.state == State::Invoked)?;
        Some(match verdict {
            Verdict::Settled => {
                self.finish(now);
                Outcome::Settled
            }
            Verdict::FirstFailure(index) => {
                let from = batch.records[index].sequence.clone();
                batch.records.drain(..index);
                if index > 0 {
                    batch.backoff.reset();
                }
                batch.retry(true, now, settings, jitter);
                Outcome::Partial { settled: index, from }
            }
            Verdict::Failed(cause) => {
                batch.retry(cause.costs_a_retry(), now, settings, jitter);
                Outcome::Failed(cause)
            }
        })
    }

    /// The give-up under way is taken care of: what it covered leaves the lane.
    pub(super) fn given_up(&mut self, now: Timestamp) {
        let Some(batch) = &mut self.batch else { return };
        let State::GivingUp(records) = batch.state else { return };
        batch.records.drain(..records);
        if batch.records.is_empty() {
            return self.finish(now);
        }
        // What is young enough is a batch of its own.
        (batch.attempts, batch.retries) = (0, 0);
        batch.backoff.reset();
        batch.state = State::Due(now);
    }

    // AWS: the next window begins as soon as the previous invocation completes.
    fn finish(&mut self, now: Timestamp) {
        self.batch = None;
        self.window_from = Some(now);
    }
}

impl Batch {
    fn next(&mut self, now: Timestamp, settings: &CheckedSettings) -> LaneStep {
        match self.state {
            State::Invoked | State::GivingUp(_) => return LaneStep::Wait(None),
            State::Exhausted => {
                return self.give_up(Condition::RetryAttemptsExhausted, self.records.len());
            }
            State::Due(at) if at > now => return LaneStep::Wait(Some(at)),
            State::Due(_) => {}
        }
        let too_old = self.too_old(now, settings);
        if too_old > 0 {
            return self.give_up(Condition::RecordAgeExceeded, too_old);
        }
        self.state = State::Invoked;
        self.attempts = self.attempts.saturating_add(1);
        LaneStep::Invoke
    }

    /// How many records at the head are beyond the age at which one is still delivered.
    fn too_old(&self, now: Timestamp, settings: &CheckedSettings) -> usize {
        let Some(age) = settings.record_age_max else { return 0 };
        self.records.iter().take_while(|record| later(record.arrival, age) < now).count()
    }

    fn give_up(&mut self, condition: Condition, records: usize) -> LaneStep {
        self.state = State::GivingUp(records);
        LaneStep::GiveUp { condition, records }
    }

    fn retry(
        &mut self,
        costs: bool,
        now: Timestamp,
        settings: &CheckedSettings,
        jitter: Jitter<'_>,
    ) {
        self.retries = self.retries.saturating_add(u32::from(costs));
        let exhausted = costs && settings.retries_max.is_some_and(|most| self.retries > most);
        self.state = if exhausted {
            State::Exhausted
        } else {
            State::Due(later(now, self.backoff.pause(jitter)))
        };
    }
}
