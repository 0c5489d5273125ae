//! One lane, of a shard's or of a consumer's records: its queue, and the batch in hand.
//!
//! A batch stays in hand, in order, until its last record is settled or given up; nothing overtakes
//! it. What is left of it after a partial answer is delivered again as it is, not topped up, and so
//! are the halves of one that was split.

mod batch;

use std::{collections::VecDeque, time::Duration};

use jiff::Timestamp;

pub(crate) use self::batch::Batch;
use crate::{
    Cause, Condition,
    backoff::{Jitter, later},
};

/// What a lane delivers.
pub(crate) trait LaneRecord {
    /// What is in order with itself alone: a lane holds one or several side by side.
    type Order: Ord + Clone;

    /// Which one this record belongs to.
    fn order(&self) -> &Self::Order;

    /// From when on its age counts.
    fn arrival(&self) -> Timestamp;
}

/// What a lane goes by.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Records of a batch.
    pub(crate) batch_size: usize,
    /// Their bytes in an event, unless it is one record alone.
    pub(crate) batch_bytes_max: usize,
    /// How long a batch is gathered.
    pub(crate) batch_window: Duration,
    /// A batch that fails whole is split.
    pub(crate) bisect: bool,
    /// `None`: retries have no end.
    pub(crate) retries_max: Option<u32>,
    /// `None`: age does not matter.
    pub(crate) record_age_max: Option<Duration>,
}

/// What a lane wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LaneStep {
    /// Deliver the batch in hand.
    Invoke,
    /// Leave this many records behind, from the head.
    GiveUp { condition: Condition, records: usize },
    /// Nothing before then; `None`: nothing until something comes in.
    Wait(Option<Timestamp>),
}

/// How an invocation was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Settled,
    /// Of each record of the batch, whether it is delivered again; at least one is.
    Partial(Vec<bool>),
    Failed(Cause),
}

/// How an answer left the batch in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    Rest,
    Whole(Cause),
    Halves(Cause),
}

#[derive(Debug)]
pub(crate) struct Lane<R> {
    queue: VecDeque<(R, usize)>,
    queue_bytes: usize,
    batch: Option<Batch<R>>,
    /// What splitting has put behind the batch in hand, in order.
    behind: VecDeque<Batch<R>>,
    /// Since when a batch is being gathered.
    window_from: Option<Timestamp>,
}

impl<R> Default for Lane<R> {
    fn default() -> Self {
        let (queue, behind) = (VecDeque::new(), VecDeque::new());
        Self { queue, queue_bytes: 0, batch: None, behind, window_from: None }
    }
}

impl<R: LaneRecord> Lane<R> {
    /// Queues a record that takes `bytes` in an event.
    pub(crate) fn push(&mut self, record: R, bytes: usize, now: Timestamp, window: Duration) {
        // A window that ran out over an empty queue is over: the next begins with this record.
        if self.queue.is_empty() && self.window_from.is_none_or(|from| later(from, window) <= now) {
            self.window_from = Some(now);
        }
        self.queue_bytes += bytes;
        self.queue.push_back((record, bytes));
    }

    /// What lies in the queue: records, and their bytes in an event.
    pub(crate) fn queued(&self) -> (usize, usize) {
        (self.queue.len(), self.queue_bytes)
    }

    /// A full batch lies in the queue.
    pub(crate) fn is_full(&self, limits: &Limits) -> bool {
        self.queue.len() >= limits.batch_size || self.queue_bytes > limits.batch_bytes_max
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.batch.is_none()
    }

    /// An answer, or the end of a give-up, is awaited.
    pub(crate) fn is_under_way(&self) -> bool {
        self.batch.as_ref().is_some_and(Batch::is_under_way)
    }

    /// What is neither settled nor given up, in the order in which it is delivered.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = &R> {
        let batches = self.batch.iter().chain(&self.behind);
        let queued = self.queue.iter().map(|(record, _)| record);
        batches.flat_map(|batch| &batch.records).chain(queued)
    }

    /// The batch in hand.
    pub(crate) fn in_hand(&self) -> Option<&Batch<R>> {
        self.batch.as_ref()
    }

    /// The next thing to do; `flush`: no more records will come, so no window is waited for.
    pub(crate) fn next(&mut self, now: Timestamp, flush: bool, limits: &Limits) -> LaneStep {
        if self.batch.is_none() {
            match self.gathered_at(now, flush, limits) {
                Some(at) if at <= now => self.cut(now, limits),
                waiting => return LaneStep::Wait(waiting),
            }
        }
        self.batch.as_mut().map_or(LaneStep::Wait(None), |batch| batch.next(now, limits))
    }

    /// When the queue makes a batch.
    fn gathered_at(&self, now: Timestamp, flush: bool, limits: &Limits) -> Option<Timestamp> {
        if self.queue.is_empty() {
            return None;
        }
        if flush || self.is_full(limits) {
            return Some(now);
        }
        Some(later(self.window_from.unwrap_or(now), limits.batch_window))
    }

    /// Takes a batch off the queue: as many records as batch size and payload allow, at least one.
    fn cut(&mut self, now: Timestamp, limits: &Limits) {
        let (mut records, mut total) = (Vec::new(), 0);
        while let Some((_, bytes)) = self.queue.front() {
            let fits = records.is_empty() || total + bytes <= limits.batch_bytes_max;
            if !fits || records.len() == limits.batch_size {
                break;
            }
            let Some((record, bytes)) = self.queue.pop_front() else { break };
            total += bytes;
            self.queue_bytes -= bytes;
            records.push(record);
        }
        self.batch = Some(Batch::new(records, now));
    }

    /// The invocation under way was answered.
    pub(crate) fn answered(
        &mut self,
        verdict: &Verdict,
        now: Timestamp,
        limits: &Limits,
        jitter: Jitter<'_>,
    ) -> Option<Left> {
        let batch = self.batch.as_mut().filter(|batch| batch.is_invoked())?;
        Some(match verdict {
            Verdict::Settled => {
                self.finish(now);
                Left::Nothing
            }
            Verdict::Partial(stays) => {
                batch.function_error = false;
                // AWS: with bisecting on, the batch is split at the record reported, and splitting
                // costs no retry. Where it is the first there is nothing to split.
                let split = batch.settle(stays) && limits.bisect;
                batch.retry(!split, now, limits, jitter);
                Left::Rest
            }
            Verdict::Failed(cause) => self.failed(*cause, now, limits, jitter)?,
        })
    }

    /// The batch in hand is delivered again whole, or split in two.
    fn failed(
        &mut self,
        cause: Cause,
        now: Timestamp,
        limits: &Limits,
        jitter: Jitter<'_>,
    ) -> Option<Left> {
        let batch = self.batch.as_mut()?;
        batch.function_error = cause.is_function_error();
        let half = if limits.bisect && cause.ran() { batch.split() } else { None };
        batch.retry(cause.ran() && half.is_none(), now, limits, jitter);
        let Some(half) = half else { return Some(Left::Whole(cause)) };
        self.behind.push_front(half);
        Some(Left::Halves(cause))
    }

    /// The give-up under way is taken care of: what it covered leaves the lane.
    pub(crate) fn given_up(&mut self, now: Timestamp) {
        if self.batch.as_mut().is_some_and(|batch| !batch.given_up(now)) {
            self.finish(now);
        }
    }

    /// The destination did not take what is given up.
    pub(crate) fn not_kept(&mut self, now: Timestamp, jitter: Jitter<'_>) {
        if let Some(batch) = &mut self.batch {
            batch.not_kept(now, jitter);
        }
    }

    // AWS: the next window begins as soon as the previous invocation completes.
    fn finish(&mut self, now: Timestamp) {
        self.batch = self.behind.pop_front();
        if let Some(batch) = &mut self.batch {
            batch.is_due(now);
        }
        self.window_from = Some(now);
    }
}
