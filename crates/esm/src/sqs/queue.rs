//! The queue as the mapping sees it: what is known of it, and the port over it.

use std::{future::Future, sync::Arc, time::Duration};

use crate::{
    BoxError, StartPosition,
    sqs::message::{InFlight, MessageId, QueueKind, ReceiptHandle},
};

/// AWS: one receive brings at most 10 messages.
pub const RECEIVE_MESSAGES_MAX: usize = 10;
/// AWS: a message, and a batch of ten, has at most 1 MiB.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// AWS: a long poll waits at most 20 s.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

/// What a mapping has to know of its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueFacts {
    /// The ARN; its fourth part is the region.
    pub arn: Arc<str>,
    /// The kind.
    pub kind: QueueKind,
    /// How long a received message is hidden from others.
    pub visibility_timeout: Duration,
}

/// What one receive brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Messages, now in flight; inside a group in the order in which they were sent.
    pub messages: Vec<InFlight>,
    /// What went to the dead-letter queue instead, as far as the queue tells (SQS does not).
    pub redriven: Vec<MessageId>,
}

/// What became of one deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The message is gone.
    Deleted,
    /// The receipt holds no longer: the message may come again.
    ReceiptExpired,
    /// Not this time: ask again.
    Failed,
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Not in flight; in a FIFO queue also those that wait for others of their group.
    pub waiting: usize,
    /// Received, neither deleted nor visible again.
    pub in_flight: usize,
}

impl Depth {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.waiting == 0 && self.in_flight == 0
    }
}

/// A queue.
///
/// Delivery is at least once: a message that was received and not deleted is received again once its
/// visibility timeout is over, with a new receipt and a higher receive count, until the queue's own
/// redrive policy takes it away. In a FIFO queue no message of a group is received while another
/// receive of that group is in flight.
///
/// Throttling is the queue's to wait out or to report as [`QueueError::Transient`].
pub trait Queue: Send + Sync {
    /// Up to `max` messages (1 to 10), of at most 1 MiB of bodies together; returns as soon as there
    /// is one, or something was redriven, and with nothing after `wait`.
    ///
    /// Dropping the future gives up the waiting. What it may have received comes again.
    fn receive(
        &self,
        max: usize,
        wait: Duration,
    ) -> impl Future<Output = Result<Received, QueueError>> + Send;

    /// Deletes any number of received messages: one [`Deletion`] for each, in their order.
    fn delete(
        &self,
        receipts: &[ReceiptHandle],
    ) -> impl Future<Output = Result<Vec<Deletion>, QueueError>> + Send;

    /// How many messages there are. Whether the count is exact is the queue's matter: a run until
    /// the queue is empty ends by it.
    fn depth(&self) -> impl Future<Output = Result<Depth, QueueError>> + Send;

    /// Makes deleted messages visible again, as never received: all, or those sent at a time or
    /// later; says how many. A queue that keeps nothing of them, as SQS, has none.
    fn redeliver(
        &self,
        start: StartPosition,
    ) -> impl Future<Output = Result<usize, QueueError>> + Send;
}

/// A call that did nothing.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Throttling, a lost connection: call again after a pause.
    #[error("the queue could not be reached for now")]
    Transient(#[source] BoxError),
    /// No such queue, no right to it: the run ends.
    #[error("the queue cannot be used")]
    Fatal(#[source] BoxError),
}
