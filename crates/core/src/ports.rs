//! The ports: what the domain asks of the outside, each contract in its doc comment.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    delivery::{CallError, Delivery},
    ledger::{ClaimQuery, ClaimWrite},
    outbound::OutboundEvent,
};

/// Where events go.
pub trait Sink: Send + Sync {
    /// Publishes one request's worth of events ([`crate::outbound::PUT_EVENTS_ENTRIES_MAX`],
    /// [`crate::outbound::PUT_EVENTS_BYTES_MAX`]) in a single attempt: no retries of its own.
    ///
    /// The answer has one [`Delivery`] per event, in their order. An error says that no usable
    /// answer came: each event may have been accepted or not.
    fn publish(
        &self,
        events: Vec<Arc<OutboundEvent>>,
    ) -> impl Future<Output = Result<Vec<Delivery>, CallError>> + Send;
}

/// The ledger's storage.
pub trait Ledger: Send + Sync {
    /// The key lists of all live claim items from a sort key on, by one strongly consistent read.
    ///
    /// Items that cannot be read are left out: forgetting is safe. An error means that nothing is
    /// known, and the batch must not go on.
    fn load(&self, query: ClaimQuery)
    -> impl Future<Output = Result<Vec<Bytes>, CallError>> + Send;

    /// Adds claims and puts the note, in one call. Done means that every claim item is durable; an
    /// error may leave some written, which is harmless. Repeating it is harmless too.
    fn claim(&self, write: ClaimWrite) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// The dead-letter queue.
pub trait DeadLetters: Send + Sync {
    /// Sends the bodies of up to [`LETTERS_MAX`] letters of together at most
    /// [`LETTERS_BYTES_MAX`], in a single attempt.
    ///
    /// The answer tells, in their order, whether each is confirmed. An error says that no usable
    /// answer came: each may lie in the queue or not.
    fn bury(
        &self,
        letters: Vec<Arc<str>>,
    ) -> impl Future<Output = Result<Vec<Burial>, CallError>> + Send;
}

/// Most letters in one call: SQS refuses an eleventh.
pub const LETTERS_MAX: usize = 10;

/// Most bytes of one letter, and of all letters of one call (SQS, 1 MiB).
pub const LETTERS_BYTES_MAX: usize = 1 << 20;

/// What became of one letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Burial {
    /// It lies in the queue.
    Confirmed,
    /// The queue refused it, with its error code.
    Refused(Box<str>),
}

/// Time and chance. The only source of either for the delivery of a batch, so that a simulation
/// can replay a schedule from its seed.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Completes once `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// A duration drawn evenly from zero to `at_most` (full jitter).
    fn jitter(&self, at_most: Duration) -> Duration;
}
