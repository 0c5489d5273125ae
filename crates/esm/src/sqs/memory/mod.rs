//! A queue in memory, standard or FIFO, that keeps SQS's promises on the clock it is given.
//!
//! Built: long polls, visibility timeouts, receipts that expire, receive counts, redrive to another
//! such queue, message groups, deduplication by id, sequence numbers; and, which SQS has not, deleted
//! messages that are kept and made visible again.
//!
//! A standard queue here gives messages in the order in which they were sent, and none twice without
//! reason: allowed of it, and not to be relied on.
//!
//! Missing: retention (nothing expires), delays, deduplication by content or by group, fair queues.

mod arrival;
mod checks;
mod lanes;
mod state;

use std::{
    fmt,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cdc_core::ports::Clock;
use futures_util::future::select;
use jiff::Timestamp;

pub use self::checks::{
    GROUP_AND_DEDUPLICATION_CHARACTERS_MAX, InvalidQueue, RECEIVE_COUNT_MAX, SendError,
    VISIBILITY_TIMEOUT_MAX,
};
use self::{
    arrival::Arrival,
    state::{State, Taken},
};
use crate::{
    StartPosition,
    backoff::{earlier, later, until},
    sqs::{
        message::{Message, MessageId, ReceiptHandle},
        queue::{Deletion, Depth, Queue, QueueError, QueueFacts, RECEIVE_MESSAGES_MAX, Received},
    },
};

/// What a queue is made of.
#[derive(Debug, Clone)]
pub struct QueueSettings<C> {
    /// Its ARN, its kind, and how long a receive hides a message: at most 12 hours.
    pub facts: QueueFacts,
    /// Where messages go that were received too often; nowhere: they come again for ever.
    pub redrive: Option<Redrive<C>>,
    /// Keeps deleted messages, to be made visible again: as long as the queue lives.
    pub keep_deleted: bool,
}

/// A redrive policy.
#[derive(Debug, Clone)]
pub struct Redrive<C> {
    /// `maxReceiveCount`, 1 to 1,000: a message that would be received once more than that moves.
    pub receive_count_max: u32,
    /// The dead-letter queue, of the same kind.
    pub queue: MemoryQueue<C>,
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its name; of a duplicate, that of the first.
    pub id: MessageId,
    /// Whether its deduplication id was sent within the last 5 minutes: then nothing is added.
    pub duplicate: bool,
}

/// The queue; clones are the same one.
pub struct MemoryQueue<C>(Arc<Inner<C>>);

struct Inner<C> {
    clock: C,
    facts: QueueFacts,
    redrive: Option<Redrive<C>>,
    state: Mutex<State>,
}

impl<C: Clock> MemoryQueue<C> {
    /// An empty queue.
    ///
    /// # Errors
    /// [`InvalidQueue`] with the first thing wrong with the settings.
    pub fn new(settings: QueueSettings<C>, clock: C) -> Result<Self, InvalidQueue> {
        checks::queue(&settings)?;
        let QueueSettings { facts, redrive, keep_deleted } = settings;
        let state = Mutex::new(State::new(&facts, keep_deleted));
        Ok(Self(Arc::new(Inner { clock, facts, redrive, state })))
    }

    /// What a mapping has to know of it.
    #[must_use]
    pub fn facts(&self) -> &QueueFacts {
        &self.0.facts
    }

    /// Takes a message. A FIFO queue needs a group and a deduplication id, a standard one refuses
    /// both. An empty body is taken, which SQS refuses: producers write one for a tombstone.
    ///
    /// # Errors
    /// [`SendError`] for what SQS refuses.
    pub fn send(
        &self,
        body: &str,
        group: Option<&str>,
        deduplication_id: Option<&str>,
    ) -> Result<Sent, SendError> {
        let place = checks::message(self.0.facts.kind, body, group, deduplication_id)?;
        let now = self.now();
        Ok(self.change(|state| state.send(body, place, now)))
    }

    /// Makes deleted messages visible again, as never received: all that are kept, or those sent at a
    /// time or later. [`StartPosition::Latest`] is none of them. Says how many.
    pub fn make_visible_again(&self, start: StartPosition) -> usize {
        let since = match start {
            StartPosition::TrimHorizon => Timestamp::MIN,
            StartPosition::AtTimestamp(at) => at,
            StartPosition::Latest => return 0,
        };
        self.change(|state| state.put_back(since))
    }

    /// How many messages there are.
    #[must_use]
    pub fn count(&self) -> Depth {
        let now = self.now();
        self.change_quietly(|state| state.depth(now))
    }

    /// Every message there is, in flight or not, in the order in which they came: a look, no receive.
    #[must_use]
    pub fn look(&self) -> Vec<Message> {
        self.state().messages()
    }

    fn take(&self, max: usize, now: Timestamp) -> Received {
        let room = max.clamp(1, RECEIVE_MESSAGES_MAX);
        let visible_at = later(now, self.0.facts.visibility_timeout);
        let redrive = self.0.redrive.as_ref();
        let count_max = redrive.map_or(u32::MAX, |redrive| redrive.receive_count_max);
        // The other queue is locked inside this one's lock, so that no message is in neither. A queue
        // is made after its dead-letter queue: no circle.
        let mut state = self.state();
        let Taken { messages, dead } = state.take(room, count_max, now, visible_at);
        let redriven = dead.iter().map(|message| message.id.clone()).collect();
        if let Some(redrive) = redrive
            && !dead.is_empty()
        {
            redrive.queue.change(|state| dead.into_iter().for_each(|dead| state.accept(dead)));
        }
        Received { messages, redriven }
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// A change after which a receive may find something.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        let wakers = state.waiters.changed();
        drop(state);
        wakers.into_iter().for_each(std::task::Waker::wake);
        result
    }

    fn change_quietly<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state())
    }
}

impl<C> MemoryQueue<C> {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way through a change.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock> Queue for MemoryQueue<C> {
    async fn receive(&self, max: usize, wait: Duration) -> Result<Received, QueueError> {
        let end = later(self.now(), wait);
        loop {
            let seen = self.state().waiters.version();
            let now = self.now();
            let received = self.take(max, now);
            if received != Received::default() || now >= end {
                return Ok(received);
            }
            let visible_again = self.state().next_visible();
            let pause = until(now, earlier(visible_again, Some(end)).unwrap_or(end));
            let time = pin!(self.0.clock.sleep(pause));
            select(time, pin!(Arrival::new(&self.0.state, seen))).await;
        }
    }

    async fn delete(&self, receipts: &[ReceiptHandle]) -> Result<Vec<Deletion>, QueueError> {
        let (now, kind) = (self.now(), self.0.facts.kind);
        // A group may be free now.
        Ok(self.change(|state| {
            receipts.iter().map(|receipt| state.delete(receipt, kind, now)).collect()
        }))
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        Ok(self.count())
    }

    async fn redeliver(&self, start: StartPosition) -> Result<usize, QueueError> {
        Ok(self.make_visible_again(start))
    }
}

impl<C> Clone for MemoryQueue<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> fmt::Debug for MemoryQueue<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryQueue({})", self.0.facts.arn)
    }
}
