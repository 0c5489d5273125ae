//! One lane of a shard: its queue, and the batch in hand.
//!
//! A batch stays in hand, in order, until its last record is settled or given up; nothing overtakes
//! it. What is left of it after a partial answer is delivered again as it is, not topped up, and so
//! are the halves of one that was split.

use std::{collections::VecDeque, time::Duration};

use cdc_core::record::SequenceNumber;
use jiff::Timestamp;

use super::batch::Batch;
use crate::{
    Cause, CheckedSettings, Condition, INVOCATION_BYTES_MAX, Outcome, StreamRecord,
    backoff::{Jitter, later},
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
    /// What splitting has put behind the batch in hand, in order.
    behind: VecDeque<Batch>,
    /// Since when a batch is being gathered.
    window_from: Option<Timestamp>,
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

    /// What lies in the queue: records, and their bytes in an event.
    pub(super) fn queued(&self) -> (usize, usize) {
        (self.queue.len(), self.queue_bytes)
    }

    /// A full batch lies in the queue.
    fn is_full(&self, settings: &CheckedSettings) -> bool {
        self.queue.len() >= settings.batch_size
            || FRAME_BYTES + self.queue_bytes > INVOCATION_BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.batch.is_none()
    }

    /// An answer, or the end of a give-up, is awaited.
    pub(super) fn is_under_way(&self) -> bool {
        self.batch.as_ref().is_some_and(Batch::is_under_way)
    }

    /// The first record that is neither settled nor given up.
    pub(super) fn head(&self) -> Option<&SequenceNumber> {
        let queued = self.queue.front().map(|(record, _)| &record.sequence);
        self.batch.as_ref().and_then(Batch::head).or(queued)
    }

    /// Nothing up to this number is unsettled here.
    pub(super) fn is_past(&self, end: &SequenceNumber) -> bool {
        self.head().is_none_or(|head| head > end)
    }

    /// The batch in hand.
    pub(super) fn in_hand(&self) -> Option<&Batch> {
        self.batch.as_ref()
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
        self.batch = Some(Batch::new(records, now));
    }

    /// The invocation under way was answered.
    pub(super) fn answered(
        &mut self,
        verdict: Verdict,
        now: Timestamp,
        settings: &CheckedSettings,
        jitter: Jitter<'_>,
    ) -> Option<Outcome> {
        let batch = self.batch.as_mut().filter(|batch| batch.is_invoked())?;
        Some(match verdict {
            Verdict::Settled => {
                self.finish(now);
                Outcome::Settled
            }
            Verdict::FirstFailure(index) => {
                let from = batch.records[index].sequence.clone();
                batch.function_error = false;
                batch.settle_head(index);
                // AWS: with bisecting on, the batch is split at the record reported, and splitting
                // costs no retry. Where it is the first there is nothing to split.
                let split = settings.bisect && index > 0;
                batch.retry(!split, now, settings, jitter);
                Outcome::Partial { settled: index, from }
            }
            Verdict::Failed(cause) => self.failed(cause, now, settings, jitter)?,
        })
    }

    /// The batch in hand is delivered again whole, or split in two.
    fn failed(
        &mut self,
        cause: Cause,
        now: Timestamp,
        settings: &CheckedSettings,
        jitter: Jitter<'_>,
    ) -> Option<Outcome> {
        let batch = self.batch.as_mut()?;
        batch.function_error = cause.is_function_error();
        let half = if settings.bisect && cause.ran() { batch.split() } else { None };
        batch.retry(cause.ran() && half.is_none(), now, settings, jitter);
        let Some(half) = half else { return Some(Outcome::Failed(cause)) };
        self.behind.push_front(half);
        Some(Outcome::Bisected(cause))
    }

    /// The give-up under way is taken care of: what it covered leaves the lane.
    pub(super) fn given_up(&mut self, now: Timestamp) {
        if self.batch.as_mut().is_some_and(|batch| !batch.given_up(now)) {
            self.finish(now);
        }
    }

    /// The destination did not take what is given up.
    pub(super) fn not_kept(&mut self, now: Timestamp, jitter: Jitter<'_>) {
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
