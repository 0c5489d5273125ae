//! What comes in: messages, answers, deletions, failed calls, and what people ask for.

use bytes::Bytes;
use jiff::Timestamp;

use super::{BatchId, FRAME_BYTES, Gathering, Held, Known, Mapping, Phase, Turn};
use crate::{
    Cause, FunctionError, INVOCATION_BYTES_MAX, StartPosition,
    backoff::{Jitter, later},
    sqs::{
        answer,
        message::{InFlight, MessageId},
        queue::{Deletion, Depth, Received},
        report::{Call, Delivery, Event, Outcome, ReturnReason},
    },
};

impl Mapping {
    /// A receive was answered.
    pub fn received(&mut self, received: Received, now: Timestamp) {
        self.receive = Turn::Due(now);
        self.receive_backoff.reset();
        // What the queue gives out again was left to it before.
        self.return_expired(now);
        let Received { messages, redriven } = received;
        if !(messages.is_empty() && redriven.is_empty()) || self.depth == Known::NotEmpty {
            self.depth_changed();
        }
        if !redriven.is_empty() {
            self.summary.redriven += redriven.len() as u64;
            self.reports.push_back(Event::Redriven(redriven));
        }
        if messages.is_empty() {
            return;
        }
        self.summary.received += messages.len() as u64;
        let ids = messages.iter().map(|taken| taken.message.id.clone()).collect();
        self.reports.push_back(Event::Received(ids));
        for taken in messages {
            self.gather(taken, now);
        }
        self.end_window(now);
    }

    fn gather(&mut self, taken: InFlight, now: Timestamp) {
        let bytes = self.writer.message_bytes(&taken);
        let over = |gathering: &Gathering| gathering.bytes + bytes > INVOCATION_BYTES_MAX;
        if self.gathering.as_ref().is_some_and(over) {
            self.cut(now);
        }
        let visible_at = later(now, self.settings.queue.visibility_timeout);
        let ends = later(now, self.settings.batch_window);
        let gathering = self.gathering.get_or_insert_with(|| Gathering {
            held: Vec::new(),
            bytes: FRAME_BYTES,
            ends,
        });
        gathering.bytes += bytes;
        gathering.held.push(Held { taken, visible_at });
        if gathering.held.len() >= self.settings.batch_size {
            self.cut(now);
        }
    }

    /// An invocation was answered, or failed.
    pub fn answered(
        &mut self,
        id: BatchId,
        answer: Result<Bytes, FunctionError>,
        now: Timestamp,
        jitter: impl Fn(std::time::Duration) -> std::time::Duration,
    ) {
        let Some(failed) = self.failed_messages(id, answer) else { return };
        self.delivered(id, &failed);
        match failed {
            Err(Cause::NotInvoked) => self.try_again(id, now, &jitter),
            Err(cause) => {
                let gone = self.take_out(id, |_| true);
                self.hand_back(gone, ReturnReason::Failed(cause));
            }
            Ok(failed) => {
                let gone = self.take_out(id, |index| failed.get(index).copied().unwrap_or(false));
                self.hand_back(gone, ReturnReason::Reported);
                if let Some(batch) = self.batches.get_mut(&id) {
                    batch.phase = Phase::ToDelete;
                }
            }
        }
        self.depth_changed();
        self.forget_if_empty(id);
    }

    /// Which messages of a batch failed, one by one, or why all did.
    fn failed_messages(
        &self,
        id: BatchId,
        answer: Result<Bytes, FunctionError>,
    ) -> Option<Result<Vec<bool>, Cause>> {
        let batch = self.batches.get(&id)?;
        Some(match answer {
            Err(error) => Err(Cause::from(&error)),
            Ok(_) if !self.settings.report_batch_item_failures => Ok(vec![false; batch.held.len()]),
            Ok(body) => {
                let ids = batch.taken().map(|taken| taken.message.id.as_str());
                answer::failed(&body, ids).map_err(Cause::Answer)
            }
        })
    }

    fn delivered(&mut self, id: BatchId, failed: &Result<Vec<bool>, Cause>) {
        let Some(batch) = self.batches.get(&id) else { return };
        let messages = batch.ids();
        let outcome = match failed {
            Err(cause) => Outcome::Failed(*cause),
            Ok(failed) => {
                let failed = messages.iter().zip(failed).filter(|(_, failed)| **failed);
                let failed: Vec<_> = failed.map(|(id, _)| id.clone()).collect();
                if failed.is_empty() { Outcome::Settled } else { Outcome::Partial { failed } }
            }
        };
        let pass = self.pass();
        let attempt = batch.attempts;
        self.summary.deliveries += 1;
        let delivery = Delivery { batch: id, pass, messages, attempt, outcome };
        self.reports.push_back(Event::Delivered(delivery));
    }

    fn try_again(&mut self, id: BatchId, now: Timestamp, jitter: Jitter<'_>) {
        if let Some(batch) = self.batches.get_mut(&id) {
            batch.phase = Phase::Ready(later(now, batch.backoff.pause(jitter)));
        }
    }

    fn take_out(&mut self, id: BatchId, out: impl Fn(usize) -> bool) -> Vec<MessageId> {
        self.batches.get_mut(&id).map(|batch| batch.take_out(out)).unwrap_or_default()
    }

    /// A batch's deletion was answered: one [`Deletion`] for each receipt; a missing one failed.
    pub fn deleted(
        &mut self,
        id: BatchId,
        deletions: &[Deletion],
        now: Timestamp,
        jitter: impl Fn(std::time::Duration) -> std::time::Duration,
    ) {
        let Some(batch) = self.batches.get_mut(&id) else { return };
        let of = |index: usize| deletions.get(index).copied().unwrap_or(Deletion::Failed);
        let receipts = batch.held.len();
        let kept: Vec<_> = (0..receipts).filter(|index| of(*index) != Deletion::Deleted).collect();
        let gone = batch.take_out(|index| of(index) == Deletion::Deleted);
        let expired = batch.take_out(|index| {
            kept.get(index).is_some_and(|index| of(*index) == Deletion::ReceiptExpired)
        });
        batch.phase = Phase::ToDeleteAgain(later(now, batch.backoff.pause(&jitter)));
        self.hand_back(expired, ReturnReason::NotDeleted);
        if !gone.is_empty() {
            self.summary.deleted += gone.len() as u64;
            self.reports.push_back(Event::Deleted(gone));
        }
        self.depth_changed();
        self.forget_if_empty(id);
    }

    /// The queue told its depth.
    pub fn counted(&mut self, depth: Depth) {
        self.aside_backoff.reset();
        self.depth = match self.depth {
            Known::Asked if self.holds_any() => Known::Nothing,
            Known::Asked if depth.is_empty() => Known::Empty,
            Known::Asked => Known::NotEmpty,
            Known::Outdated => Known::Nothing,
            known @ (Known::Nothing | Known::NotEmpty | Known::Empty) => known,
        };
        if self.is_caught_up() {
            self.reports.push_back(Event::CaughtUp { pass: self.pass() });
        }
    }

    /// The redelivery was done.
    pub fn redelivered(&mut self) {
        self.aside_backoff.reset();
        self.redelivering = None;
        self.depth_changed();
    }

    /// A call failed for now, but for a deletion, of which [`Mapping::deleted`] is told.
    pub fn failed(
        &mut self,
        call: Call,
        now: Timestamp,
        jitter: impl Fn(std::time::Duration) -> std::time::Duration,
    ) {
        self.reports.push_back(Event::CallFailed(call));
        match call {
            Call::Receive => {
                self.receive = Turn::Due(later(now, self.receive_backoff.pause(&jitter)));
            }
            Call::Depth => {
                self.depth = Known::Nothing;
                self.count_due = later(now, self.aside_backoff.pause(&jitter));
            }
            Call::Redeliver => {
                let due = later(now, self.aside_backoff.pause(&jitter));
                self.redelivering = self.redelivering.map(|(start, _)| (start, Turn::Due(due)));
            }
            Call::Delete => {}
        }
    }

    /// Something was asked: a failed receive is made again at once, and the queue counted anew.
    pub fn wake(&mut self, now: Timestamp) {
        if let Turn::Due(_) = self.receive {
            self.receive = Turn::Due(now);
        }
        self.depth_changed();
    }

    /// Delivers what the queue keeps of its deleted messages once more when the pass is over.
    pub fn redeliver(&mut self, start: StartPosition) {
        self.redeliver.push_back(start);
    }

    /// Lets what is under way finish, starts nothing more, and ends the run.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// The pass under way, from 0.
    fn pass(&self) -> u32 {
        self.summary.passes.saturating_sub(1)
    }

    /// What was known of the depth holds no longer.
    fn depth_changed(&mut self) {
        self.depth = match self.depth {
            Known::Asked | Known::Outdated => Known::Outdated,
            Known::Nothing | Known::NotEmpty | Known::Empty => Known::Nothing,
        };
    }
}
