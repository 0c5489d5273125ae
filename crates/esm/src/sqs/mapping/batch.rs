//! One batch: messages on their way from a receive to their deletion or back to the queue.

use jiff::Timestamp;

use crate::{
    backoff::Backoff,
    sqs::message::{InFlight, MessageId, ReceiptHandle},
};

/// A message in hand.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) taken: InFlight,
    /// When it is visible to others again, by the mapping's own clock.
    pub(super) visible_at: Timestamp,
}

/// What a batch waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its invocation, from then on.
    Ready(Timestamp),
    /// The function's answer.
    Invoking,
    /// Its first deletion.
    ToDelete,
    /// Another try at it, from then on.
    ToDeleteAgain(Timestamp),
    /// The deletion's answer.
    Deleting,
}

#[derive(Debug)]
pub(super) struct Batch {
    pub(super) held: Vec<Held>,
    pub(super) phase: Phase,
    pub(super) attempts: u32,
    pub(super) backoff: Backoff,
}

impl Batch {
    pub(super) fn new(held: Vec<Held>, now: Timestamp) -> Self {
        let (attempts, backoff) = (0, Backoff::default());
        Self { held, phase: Phase::Ready(now), attempts, backoff }
    }

    pub(super) fn ids(&self) -> Vec<MessageId> {
        ids(&self.held)
    }

    pub(super) fn receipts(&self) -> Vec<ReceiptHandle> {
        self.held.iter().map(|held| held.taken.receipt.clone()).collect()
    }

    pub(super) fn taken(&self) -> impl Iterator<Item = &InFlight> {
        self.held.iter().map(|held| &held.taken)
    }

    /// Takes out the messages for which `out` says so, by their place in the batch.
    pub(super) fn take_out(&mut self, out: impl Fn(usize) -> bool) -> Vec<MessageId> {
        let held = std::mem::take(&mut self.held).into_iter().enumerate();
        let (gone, kept): (Vec<_>, Vec<_>) = held.partition(|(index, _)| out(*index));
        self.held = kept.into_iter().map(|(_, held)| held).collect();
        gone.into_iter().map(|(_, held)| held.taken.message.id).collect()
    }

    /// Takes out what is visible to others again while the batch waits for another try.
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Vec<MessageId> {
        if !matches!(self.phase, Phase::Ready(_) | Phase::ToDeleteAgain(_)) {
            return Vec::new();
        }
        let over: Vec<bool> = self.held.iter().map(|held| held.visible_at <= now).collect();
        self.take_out(|index| over.get(index).copied().unwrap_or(false))
    }

    /// When something is due without anybody's answer. What is due already and was not done waits
    /// for another batch's end.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        match self.phase {
            Phase::Ready(at) | Phase::ToDeleteAgain(at) => {
                let at = Some(at).filter(|at| *at > now);
                self.held.iter().map(|held| held.visible_at).chain(at).min()
            }
            Phase::Invoking | Phase::ToDelete | Phase::Deleting => None,
        }
    }
}

pub(super) fn ids(held: &[Held]) -> Vec<MessageId> {
    held.iter().map(|held| held.taken.message.id.clone()).collect()
}
