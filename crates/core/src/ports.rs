//! The ports: what the domain asks of the outside, each contract in its doc comment.

use std::{collections::HashMap, fmt, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    delivery::{CallError, CallErrorKind, Delivery},
    ledger::{ClaimQuery, ClaimWrite},
    objects::{BucketName, Listing, NewObject},
    on_failure::{Attempt, Tried},
    outbound::OutboundEvent,
    record::{RawRecord, SequenceNumber},
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

/// No ledger: what a replay of dead letters has (R14). It is never asked; were it asked, its answer
/// would be an error, after which nothing is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLedger;

impl NoLedger {
    fn answer() -> CallError {
        CallError::new("Ledger", CallErrorKind::Denied, Some("NoLedger"))
    }
}

impl Ledger for NoLedger {
    async fn load(&self, _: ClaimQuery) -> Result<Vec<Bytes>, CallError> {
        Err(Self::answer())
    }

    async fn claim(&self, _: ClaimWrite) -> Result<(), CallError> {
        Err(Self::answer())
    }
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

/// A message of the dead-letter queue: a letter, or whatever else somebody sent there.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// The queue's id of the message.
    pub message_id: Box<str>,
    /// What it is deleted or given back by: another one each time that it is received.
    pub receipt: Box<str>,
    /// The body, byte for byte.
    pub body: String,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({} bytes)", self.body.len())
    }
}

/// What became of one message of a call: done, or refused with the queue's error code.
pub type MessageDone = Result<(), Box<str>>;

/// The dead-letter queue from its other end. Each call is a single attempt.
pub trait LetterQueue: Send + Sync {
    /// Up to `at_most` messages (and [`LETTERS_MAX`]), which nobody else receives for that long
    /// unless they are given back before. None says that a look into all of the queue found none to
    /// be received. A message may be received twice, and in any order.
    fn receive(
        &self,
        at_most: usize,
        hidden: Duration,
    ) -> impl Future<Output = Result<Vec<Received>, CallError>> + Send;

    /// Deletes up to [`LETTERS_MAX`] messages by their receipts. The answer tells, in their order,
    /// what became of each; repeating it is harmless.
    fn delete(
        &self,
        receipts: &[Box<str>],
    ) -> impl Future<Output = Result<Vec<MessageDone>, CallError>> + Send;

    /// Makes up to [`LETTERS_MAX`] messages receivable again at once, unchanged. The answer is as for
    /// [`LetterQueue::delete`].
    fn give_back(
        &self,
        receipts: &[Box<str>],
    ) -> impl Future<Output = Result<Vec<MessageDone>, CallError>> + Send;

    /// About how many messages the queue holds, those that somebody has received too.
    fn depth(&self) -> impl Future<Output = Result<u64, CallError>> + Send;
}

/// The configured stream, to read in again what a letter only points to.
pub trait StreamReader: Send + Sync {
    /// The record at `number` in `shard`, perhaps an aggregate; `None` once retention has taken it.
    fn read_one(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> impl Future<Output = Result<Option<RawRecord>, CallError>> + Send;

    /// The ids of all shards that the stream still knows, closed ones too.
    fn shards(&self) -> impl Future<Output = Result<Vec<String>, CallError>> + Send;
}

/// The configured stream, to read in again what the range of an on-failure document covers.
pub trait RangeReader: Send + Sync {
    /// Up to `at_most` records of `shard` in their order, perhaps aggregates, from that number on, its own
    /// record first.
    ///
    /// What retention has taken is passed over: then the first record has a higher number. An empty
    /// page that is not the end may come, and is to be asked for again.
    fn read_on(
        &self,
        shard: &str,
        from: &SequenceNumber,
        at_most: usize,
    ) -> impl Future<Output = Result<StreamPage, CallError>> + Send;
}

/// Some records of a shard.
#[derive(Clone, Debug, Default)]
pub struct StreamPage {
    /// In their order.
    pub records: Vec<RawRecord>,
    /// Whether the shard has nothing behind these, so far or for ever.
    pub ended: bool,
}

/// How often on-failure documents were tried.
pub trait Attempts: Send + Sync {
    /// The tries of all documents of a partition, by [`Attempt::document`]. Those that were never tried
    /// are missing; so may be what can't be read.
    fn counted(
        &self,
        partition: &str,
    ) -> impl Future<Output = Result<HashMap<String, Tried>, CallError>> + Send;

    /// Counts a try and tells how many there are with it. Done means durable; an error may leave it
    /// counted. Two at once are two.
    fn count(&self, attempt: Attempt) -> impl Future<Output = Result<u32, CallError>> + Send;

    /// Forgets the tries of a document. Repeating it is harmless.
    fn forget(
        &self,
        partition: &str,
        document: &str,
    ) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// Where objects are stored. Each call is a single attempt, bounded in time.
pub trait ObjectStore: Send + Sync {
    /// Stores an object under its key, whole or not at all; what had that key before is replaced.
    ///
    /// Done means durable. An error says that no usable answer came: the object may lie there or not.
    /// Repeating it is harmless. A missing bucket is [`CallErrorKind::Denied`].
    fn put(&self, object: NewObject) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// No object store: where no bucket is configured, nothing is to be stored. It is never asked; were
/// it asked, its answer would be an error, and the record would wait.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObjects;

impl NoObjects {
    fn answer() -> CallError {
        CallError::new("PutObject", CallErrorKind::Denied, Some("NoObjects"))
    }
}

impl ObjectStore for NoObjects {
    async fn put(&self, _: NewObject) -> Result<(), CallError> {
        Err(Self::answer())
    }
}

/// Reads single objects. Each call is a single attempt, bounded in time.
pub trait ObjectReader: Send + Sync {
    /// The bytes of an object; `None` where the bucket has none under that key.
    ///
    /// One that is longer than `bytes_max` is refused as [`CallErrorKind::Invalid`], with the code
    /// [`OBJECT_TOO_LARGE`], and no more of it than that is read. Where reading is allowed and listing
    /// is not, S3 answers for a missing object as for a missing right: [`CallErrorKind::Denied`].
    fn get(
        &self,
        bucket: &BucketName,
        key: &str,
        bytes_max: usize,
    ) -> impl Future<Output = Result<Option<Bytes>, CallError>> + Send;
}

/// Our own code for an object that is longer than the caller takes.
pub const OBJECT_TOO_LARGE: &str = "ObjectTooLarge";

impl ObjectReader for NoObjects {
    async fn get(&self, _: &BucketName, _: &str, _: usize) -> Result<Option<Bytes>, CallError> {
        Err(Self::answer())
    }
}

/// Most objects of one page of a listing (S3).
pub const LISTING_MAX: usize = 1000;

/// What lies in a bucket: listed, read, and taken away. Each call is a single attempt, bounded in
/// time.
pub trait ObjectFolder: ObjectReader {
    /// Up to `at_most` objects (and [`LISTING_MAX`]) whose keys begin with `prefix`, from the first key
    /// behind `after` on. What was stored before the call is in it.
    fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> impl Future<Output = Result<Listing, CallError>> + Send;

    /// Deletes an object; done, too, where there was none.
    fn delete(
        &self,
        bucket: &BucketName,
        key: &str,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// Gives an object another key in its bucket: copied first, then deleted, so that an end in
    /// between leaves it under both keys and never under none. `false` where there is none (any more)
    /// under `from`. Repeating it is harmless. Both keys must differ.
    fn move_to(
        &self,
        bucket: &BucketName,
        from: &str,
        to: &str,
    ) -> impl Future<Output = Result<bool, CallError>> + Send;
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
