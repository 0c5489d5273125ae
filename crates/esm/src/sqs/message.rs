//! A message of a queue: what it is, and what it is while somebody has received it.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

/// A message's name, the same at every receive and in the dead-letter queue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Arc<str>);

/// What one receive of a message is deleted by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptHandle(Arc<str>);

/// The kinds of queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueKind {
    /// No order; a message may come more than once.
    Standard,
    /// In order inside a message group, of which one receive at a time is in flight.
    Fifo,
}

/// Where a message stands among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: a standard queue.
    Standard,
    /// In a group of a FIFO queue.
    Fifo {
        /// `MessageGroupId`.
        group: Arc<str>,
        /// `MessageDeduplicationId`.
        deduplication_id: Arc<str>,
        /// `SequenceNumber`, 20 digits, rising inside the group.
        sequence: Arc<str>,
    },
}

/// A message as it was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// What was sent.
    pub body: Arc<str>,
    /// The body's MD5, in hexadecimal.
    pub body_md5: Arc<str>,
    /// When the queue took it, to the millisecond.
    pub sent: Timestamp,
    /// Who sent it: the IAM identity's own id.
    pub sender_id: Arc<str>,
    /// Where it stands.
    pub place: Place,
}

/// A message that was received, and is hidden from others until its visibility timeout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// The message.
    pub message: Message,
    /// What this receive is deleted by.
    pub receipt: ReceiptHandle,
    /// How often it was received, this time included (`ApproximateReceiveCount`).
    pub receive_count: u32,
    /// When it was received first, to the millisecond.
    pub first_received: Timestamp,
}

impl MessageId {
    /// A message's name as the queue gives it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ReceiptHandle {
    /// A receipt as the queue gives it.
    #[must_use]
    pub fn new(handle: &str) -> Self {
        Self(handle.into())
    }

    /// The receipt.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Message {
    /// The group, in a FIFO queue.
    #[must_use]
    pub fn group(&self) -> Option<&Arc<str>> {
        match &self.place {
            Place::Standard => None,
            Place::Fifo { group, .. } => Some(group),
        }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ReceiptHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {} bytes)", self.id, self.body.len())
    }
}
