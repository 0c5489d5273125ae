//! What a mapping of a queue tells: enough to know of each message, in each pass, what became of it.
//!
//! No bodies in here.

use crate::{
    Cause,
    sqs::{mapping::BatchId, message::MessageId},
};

/// Something that happened, told in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What the queue holds is delivered: the first time (pass 0), or once more.
    PassStarted {
        /// Counts redeliveries.
        pass: u32,
    },
    /// Messages were received.
    Received(Vec<MessageId>),
    /// An invocation was answered.
    Delivered(Delivery),
    /// Messages are settled and gone from the queue.
    Deleted(Vec<MessageId>),
    /// Messages were left to the queue: they come again when their visibility timeout is over.
    Returned {
        /// Which.
        messages: Vec<MessageId>,
        /// Why.
        reason: ReturnReason,
    },
    /// The queue moved messages to its dead-letter queue.
    Redriven(Vec<MessageId>),
    /// A call to the queue failed and will be made again.
    CallFailed(Call),
    /// The queue is empty, and nothing is in hand. Told on each change to it.
    CaughtUp {
        /// As in [`Event::PassStarted`].
        pass: u32,
    },
}

/// One invocation and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which batch it was.
    pub batch: BatchId,
    /// As in [`Event::PassStarted`].
    pub pass: u32,
    /// What was delivered, in the event's order.
    pub messages: Vec<MessageId>,
    /// Which attempt at this batch it was, from 1. Only an invocation that did not come about is
    /// attempted again: all else is the queue's to deliver again, in another batch.
    pub attempt: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// What an invocation settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The whole batch.
    Settled,
    /// All but the messages reported.
    Partial {
        /// Those, in the event's order.
        failed: Vec<MessageId>,
    },
    /// Nothing.
    Failed(Cause),
}

/// Why messages were left to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnReason {
    /// The function reported them.
    Reported,
    /// The invocation settled nothing.
    Failed(Cause),
    /// Their visibility timeout was over before the function could be invoked.
    VisibilityOver,
    /// They are settled, but could not be deleted in time: they come again all the same.
    NotDeleted,
    /// The mapping was told to stop before they were delivered.
    Stopped,
}

/// A call to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `ReceiveMessage`.
    Receive,
    /// `DeleteMessageBatch`, the whole call.
    Delete,
    /// `GetQueueAttributes`.
    Depth,
    /// [`Queue::redeliver`](crate::sqs::Queue::redeliver).
    Redeliver,
}

/// A run in numbers, all passes together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Passes begun; 1 without redelivery.
    pub passes: u32,
    /// Messages received, each time.
    pub received: u64,
    /// Invocations answered.
    pub deliveries: u64,
    /// Messages deleted.
    pub deleted: u64,
    /// Messages left to the queue, each time.
    pub returned: u64,
    /// Messages the queue moved to its dead-letter queue.
    pub redriven: u64,
}
