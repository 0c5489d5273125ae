//! The mapping of a queue as a state machine: no I/O, no clock, no chance.
//!
//! The caller asks [`Mapping::next`] until it says [`Step::Wait`], does each step in its own time,
//! and hands back what came of it: [`received`](Mapping::received), [`answered`](Mapping::answered),
//! [`deleted`](Mapping::deleted), [`counted`](Mapping::counted), [`redelivered`](Mapping::redelivered),
//! or [`failed`](Mapping::failed). A kill is not going on: what was in hand comes again by itself.
//!
//! One receive is under way at a time; each that brings something makes a batch, or with a window
//! goes on filling one. AWS polls five times over, which the function cannot tell.
//!
//! Order inside a FIFO group is the queue's: it gives no second batch of a group while the first is
//! in flight, and a FIFO batch is one receive, never cut.

mod batch;
mod inputs;
mod step;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;

use self::batch::{Batch, Held, Phase};
pub use self::step::{BatchId, Plan, Step, Until};
use crate::{
    Ended, StartPosition,
    backoff::{Backoff, earlier, until},
    event::FRAME_BYTES,
    sqs::{
        event::EventWriter,
        message::{MessageId, ReceiptHandle},
        queue::RECEIVE_MESSAGES_MAX,
        report::{Event, ReturnReason, Summary},
        settings::CheckedSettings,
    },
};

/// A call of which one is under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Due(Timestamp),
    UnderWay,
}

/// What is known of the queue's depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    /// It was asked, and something has changed since.
    Outdated,
    Asked,
    NotEmpty,
    Empty,
}

/// A batch being filled, until its window's end.
#[derive(Debug)]
struct Gathering {
    held: Vec<Held>,
    bytes: usize,
    ends: Timestamp,
}

/// A mapping between one queue and one function.
#[derive(Debug)]
pub struct Mapping {
    settings: CheckedSettings,
    writer: EventWriter,
    until: Until,
    redeliver: VecDeque<StartPosition>,
    /// The redelivery that began the pass, until it was done.
    redelivering: Option<(StartPosition, Turn)>,
    receive: Turn,
    receive_backoff: Backoff,
    depth: Known,
    /// When the queue may be asked for its depth again after it failed to say.
    count_due: Timestamp,
    /// Of counts and redeliveries.
    aside_backoff: Backoff,
    gathering: Option<Gathering>,
    batches: BTreeMap<BatchId, Batch>,
    batches_cut: u64,
    reports: VecDeque<Event>,
    stopping: bool,
    summary: Summary,
}

impl Mapping {
    /// A mapping about to start its first pass.
    #[must_use]
    pub fn new(settings: CheckedSettings, plan: Plan, now: Timestamp) -> Self {
        let writer = EventWriter::new(&settings.queue.arn);
        let mut mapping = Self {
            settings,
            writer,
            until: plan.until,
            redeliver: plan.redeliver.into(),
            redelivering: None,
            receive: Turn::Due(now),
            receive_backoff: Backoff::default(),
            depth: Known::Nothing,
            count_due: now,
            aside_backoff: Backoff::default(),
            gathering: None,
            batches: BTreeMap::new(),
            batches_cut: 0,
            reports: VecDeque::new(),
            stopping: false,
            summary: Summary::default(),
        };
        mapping.start_pass();
        mapping
    }

    fn start_pass(&mut self) {
        self.reports.push_back(Event::PassStarted { pass: self.summary.passes });
        self.summary.passes += 1;
    }

    /// The next thing to do.
    pub fn next(&mut self, now: Timestamp) -> Step {
        self.end_window(now);
        self.return_expired(now);
        if self.stopping {
            self.put_down();
        }
        if let Some(event) = self.reports.pop_front() {
            return Step::Report(event);
        }
        if self.stopping {
            return self.drain();
        }
        if self.is_caught_up()
            && let Some(step) = self.pass_over(now)
        {
            return step;
        }
        self.work(now)
    }

    /// The pass is over: the next one, or the end; `None`: the mapping waits for more.
    fn pass_over(&mut self, now: Timestamp) -> Option<Step> {
        let Some(start) = self.redeliver.pop_front() else {
            return (self.until == Until::Empty).then_some(Step::Done(Ended::Settled));
        };
        self.depth = Known::Nothing;
        self.redelivering = Some((start, Turn::Due(now)));
        self.start_pass();
        Some(self.next(now))
    }

    /// Starts nothing but the deletion of what is settled.
    fn drain(&mut self) -> Step {
        if let Some(id) = self.find(|batch| batch.phase == Phase::ToDelete) {
            return self.delete(id);
        }
        if self.batches.is_empty() { Step::Done(Ended::Stopped) } else { Step::Wait(None) }
    }

    fn work(&mut self, now: Timestamp) -> Step {
        let due = |phase| matches!(phase, Phase::ToDeleteAgain(at) if at <= now);
        if let Some(id) = self.find(|batch| batch.phase == Phase::ToDelete || due(batch.phase)) {
            return self.delete(id);
        }
        if let Some(id) = self.invocable(now) {
            return self.invoke(id);
        }
        match self.redelivering {
            Some((start, Turn::Due(at))) if at <= now => {
                self.redelivering = Some((start, Turn::UnderWay));
                return Step::Redeliver(start);
            }
            None if self.may_count() && self.count_due <= now => {
                self.depth = Known::Asked;
                return Step::Count;
            }
            _ => {}
        }
        if self.may_receive(now) {
            return self.receive(now);
        }
        Step::Wait(self.due(now))
    }

    fn invocable(&self, now: Timestamp) -> Option<BatchId> {
        let running = self.batches.values().filter(|batch| batch.phase == Phase::Invoking).count();
        if running >= self.settings.batches_max {
            return None;
        }
        self.find(|batch| matches!(batch.phase, Phase::Ready(at) if at <= now))
    }

    fn may_receive(&self, now: Timestamp) -> bool {
        let due = matches!(self.receive, Turn::Due(at) if at <= now);
        due && self.batches.len() < self.settings.batches_max
    }

    /// Whether the depth would tell whether the pass is over.
    fn may_count(&self) -> bool {
        self.depth == Known::Nothing && !self.holds_any()
    }

    fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let mut due = self.gathering.as_ref().map(|gathering| gathering.ends);
        for batch in self.batches.values() {
            due = earlier(due, batch.due(now));
        }
        match self.redelivering {
            Some((_, Turn::Due(at))) => due = earlier(due, Some(at)),
            None if self.may_count() => due = earlier(due, Some(self.count_due)),
            _ => {}
        }
        // A receive that is due and was not made waits for a batch's end.
        match self.receive {
            Turn::Due(at) if at > now => earlier(due, Some(at)),
            Turn::Due(_) | Turn::UnderWay => due,
        }
    }

    fn receive(&mut self, now: Timestamp) -> Step {
        self.receive = Turn::UnderWay;
        let gathered = self.gathering.as_ref().map_or(0, |gathering| gathering.held.len());
        let max = RECEIVE_MESSAGES_MAX.min(self.settings.batch_size.saturating_sub(gathered));
        let wait = match &self.gathering {
            Some(gathering) => until(now, gathering.ends).min(self.settings.poll_wait),
            None => self.settings.poll_wait,
        };
        Step::Receive { max, wait }
    }

    fn invoke(&mut self, id: BatchId) -> Step {
        if let Some(batch) = self.batches.get_mut(&id) {
            batch.phase = Phase::Invoking;
            batch.attempts += 1;
        }
        Step::Invoke(id)
    }

    fn delete(&mut self, id: BatchId) -> Step {
        if let Some(batch) = self.batches.get_mut(&id) {
            batch.phase = Phase::Deleting;
        }
        Step::Delete(id)
    }

    /// What is visible to others again is theirs.
    fn return_expired(&mut self, now: Timestamp) {
        let ids: Vec<_> = self.batches.keys().copied().collect();
        for id in ids {
            let Some(batch) = self.batches.get_mut(&id) else { continue };
            let reason = match batch.phase {
                Phase::ToDeleteAgain(_) => ReturnReason::NotDeleted,
                _ => ReturnReason::VisibilityOver,
            };
            let over = batch.take_expired(now);
            self.hand_back(over, reason);
            self.forget_if_empty(id);
        }
    }

    fn end_window(&mut self, now: Timestamp) {
        if self.gathering.as_ref().is_some_and(|gathering| gathering.ends <= now) {
            self.cut(now);
        }
    }

    /// The batch being filled is full, or its time is over.
    fn cut(&mut self, now: Timestamp) {
        let Some(gathering) = self.gathering.take() else { return };
        self.batches_cut += 1;
        self.batches.insert(BatchId(self.batches_cut), Batch::new(gathering.held, now));
    }

    /// Told to stop: what is not under way stays with the queue.
    fn put_down(&mut self) {
        let mut down = self.gathering.take().map(|g| batch::ids(&g.held)).unwrap_or_default();
        self.batches.retain(|_, batch| {
            let waits = matches!(batch.phase, Phase::Ready(_) | Phase::ToDeleteAgain(_));
            if waits {
                down.extend(batch.ids());
            }
            !waits
        });
        self.hand_back(down, ReturnReason::Stopped);
    }

    fn hand_back(&mut self, messages: Vec<MessageId>, reason: ReturnReason) {
        if !messages.is_empty() {
            self.summary.returned += messages.len() as u64;
            self.reports.push_back(Event::Returned { messages, reason });
        }
    }

    fn forget_if_empty(&mut self, id: BatchId) {
        if self.batches.get(&id).is_some_and(|batch| batch.held.is_empty()) {
            self.batches.remove(&id);
        }
    }

    fn find(&self, wanted: impl Fn(&Batch) -> bool) -> Option<BatchId> {
        self.batches.iter().find(|(_, batch)| wanted(batch)).map(|(id, _)| *id)
    }

    fn holds_any(&self) -> bool {
        self.gathering.is_some() || !self.batches.is_empty()
    }

    /// The event that delivers a batch.
    #[must_use]
    pub fn event(&self, id: BatchId) -> Bytes {
        self.writer.event(self.batches.get(&id).into_iter().flat_map(Batch::taken))
    }

    /// What a batch is deleted by.
    #[must_use]
    pub fn receipts(&self, id: BatchId) -> Vec<ReceiptHandle> {
        self.batches.get(&id).map(Batch::receipts).unwrap_or_default()
    }

    /// How long an invocation may take.
    #[must_use]
    pub fn function_timeout(&self) -> Duration {
        self.settings.function_timeout
    }

    /// Whether the queue was empty when it was last asked, and nothing came since.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.depth == Known::Empty
    }

    /// The run so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary
    }
}
