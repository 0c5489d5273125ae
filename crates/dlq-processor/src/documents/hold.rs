//! What lies in a destination: found, read, kept, deleted, put aside.

use std::sync::Arc;

use cdc_core::{
    delivery::CallError,
    on_failure::{
        Attempt, DOCUMENT_BYTES_MAX, DOCUMENTS_PREFIX, NotADocument, OnFailure, attempts_partition,
        parked_key, read,
    },
    ports::{
        Attempts as _, Burial, DeadLetters as _, LISTING_MAX, OBJECT_TOO_LARGE, ObjectFolder as _,
        ObjectReader as _, Received,
    },
    record::SequenceNumber,
};
use jiff::{SignedDuration, Timestamp};

use super::{Run, Wiring};
use crate::{
    answer::Stopped,
    run::{LOOKED_THROUGH_MAX, Why},
};

/// How long tries are remembered: as long as the bucket keeps documents, and longer than a queue can.
const TRIES_KEPT: SignedDuration = SignedDuration::from_hours(31 * 24);

/// A document, or what lies in its place.
pub(super) struct Taken {
    pub(super) held: Held,
    pub(super) document: Result<OnFailure, NotADocument>,
    pub(super) bytes: usize,
    /// Tries before this run.
    pub(super) tries: u32,
    /// The last of them.
    pub(super) last_try: Option<Timestamp>,
}

/// Where it lies.
pub(super) enum Held {
    /// In the bucket, under that key.
    Object(Box<str>),
    /// In the queue.
    Message { id: Box<str>, receipt: Box<str>, body: String },
}

impl Held {
    /// The destination's name in answers.
    pub(super) fn place(&self) -> &'static str {
        match self {
            Self::Object(_) => "bucket",
            Self::Message { .. } => "queue",
        }
    }

    /// Its name there.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Object(key) => key,
            Self::Message { id, .. } => id,
        }
    }

    /// What its tries are counted under.
    fn name(&self) -> String {
        format!("{}|{}", self.place(), self.id())
    }

    fn stopped(&self) -> Stopped {
        match self {
            Self::Object(_) => Stopped::Bucket,
            Self::Message { .. } => Stopped::Queue,
        }
    }
}

impl Taken {
    /// Its place among others of a page.
    fn order(&self) -> Option<(Box<str>, SequenceNumber)> {
        let document = self.document.as_ref().ok()?;
        Some((document.shard.clone(), document.first.clone()))
    }
}

impl<W: Wiring> Run<'_, W> {
    /// The keys of the first objects, and whether there are more.
    pub(super) async fn keys(&mut self) -> Result<(Vec<Box<str>>, bool), CallError> {
        let Some(bucket) = &self.documents.bucket else { return Ok((Vec::new(), false)) };
        let objects = &self.documents.folder;
        let mut keys: Vec<Box<str>> = Vec::new();
        loop {
            let after = keys.last().map(|key| &**key);
            let list = || objects.list(bucket, DOCUMENTS_PREFIX, after, LISTING_MAX);
            let page = self.pace.tries(list).await;
            let page = self.pace.noted(page)?;
            keys.extend(page.objects.into_iter().map(|object| object.key));
            if !page.more || keys.len() >= LOOKED_THROUGH_MAX {
                return Ok((keys, page.more));
            }
        }
    }

    /// The object under that key, read; none where it is gone.
    pub(super) async fn fetch(&mut self, key: Box<str>) -> Result<Option<Taken>, CallError> {
        let Some(bucket) = &self.documents.bucket else { return Ok(None) };
        let objects = &self.documents.folder;
        let body = self.pace.tries(|| objects.get(bucket, &key, DOCUMENT_BYTES_MAX)).await;
        let (document, bytes) = match body {
            Ok(Some(body)) => (read(&body), body.len()),
            Ok(None) => return Ok(None),
            // Longer than any document.
            Err(error) if error.code.as_deref() == Some(OBJECT_TOO_LARGE) => {
                (Err(NotADocument::too_long()), DOCUMENT_BYTES_MAX)
            }
            Err(error) => return self.pace.noted(Err(error)),
        };
        Ok(Some(self.taken(Held::Object(key), document, bytes)))
    }

    /// A page of messages in the order of their shards. What there is no room or time for is held.
    pub(super) async fn page(&mut self, page: Vec<Received>) -> Option<Stopped> {
        let mut taken = Vec::with_capacity(page.len());
        for message in page {
            if !self.hand.as_mut()?.is_first(&message) {
                continue;
            }
            let Received { message_id: id, receipt, body } = message;
            let (document, bytes) = (read(body.as_bytes()), body.len());
            taken.push(self.taken(Held::Message { id, receipt, body }, document, bytes));
        }
        taken.sort_by_cached_key(Taken::order);
        let mut stopped = None;
        for taken in taken {
            if stopped.is_none() && self.time_is_up() {
                stopped = Some(Stopped::Deadline);
            }
            if stopped.is_some() || self.is_full() {
                self.keep(taken.held);
            } else {
                stopped = self.one(taken).await;
            }
        }
        stopped
    }

    fn taken(&self, held: Held, document: Result<OnFailure, NotADocument>, bytes: usize) -> Taken {
        let tried = self.tries.get(&held.name());
        let (tries, last_try) = (tried.map_or(0, |it| it.count), tried.map(|it| it.last));
        Taken { held, document, bytes, tries, last_try }
    }

    /// Leaves it where it is.
    pub(super) fn keep(&mut self, held: Held) {
        if let (Held::Message { receipt, .. }, Some(hand)) = (held, &mut self.hand) {
            hand.keep(receipt);
        }
    }

    /// Deletes it; why not, where it could not be.
    pub(super) async fn delete(&mut self, held: &Held) -> Result<(), Stopped> {
        let deleted = match held {
            Held::Object(key) => self.delete_object(key).await,
            Held::Message { receipt, .. } => self.delete_message(receipt.clone()).await,
        };
        if deleted { Ok(()) } else { Err(held.stopped()) }
    }

    async fn delete_object(&mut self, key: &str) -> bool {
        let Some(bucket) = &self.documents.bucket else { return false };
        let objects = &self.documents.folder;
        let answer = self.pace.tries(|| objects.delete(bucket, key)).await;
        let deleted = self.pace.noted(answer).is_ok();
        self.in_bucket = self.in_bucket.saturating_sub(u64::from(deleted));
        deleted
    }

    async fn delete_message(&mut self, receipt: Box<str>) -> bool {
        let Some(hand) = &mut self.hand else { return false };
        hand.delete(&mut self.pace, vec![receipt]).await == [true]
    }

    /// Puts it aside: an object under another prefix, a message into the parked queue, where it lies
    /// before it is deleted here. Its tries are forgotten, so that it can be brought back.
    pub(super) async fn put_aside(&mut self, held: &Held) -> Result<(), (Why, Stopped)> {
        match held {
            Held::Object(key) => self.move_object(key).await?,
            Held::Message { receipt, body, .. } => self.move_message(receipt, body).await?,
        }
        self.forget_tries(held).await;
        Ok(())
    }

    /// Forgets how often it was tried; where that fails, the count expires.
    pub(super) async fn forget_tries(&mut self, held: &Held) {
        let partition = attempts_partition(self.source.stream.name());
        let forgotten = self.documents.attempts.forget(&partition, &held.name()).await;
        let _ = self.pace.noted(forgotten);
    }

    async fn move_object(&mut self, key: &str) -> Result<(), (Why, Stopped)> {
        let Some(bucket) = &self.documents.bucket else { return Ok(()) };
        let (objects, to) = (&self.documents.folder, parked_key(key));
        let answer = self.pace.tries(|| objects.move_to(bucket, key, &to)).await;
        match self.pace.noted(answer) {
            Ok(_) => {
                self.in_bucket = self.in_bucket.saturating_sub(1);
                Ok(())
            }
            Err(error) => {
                let why = Why::new("BUCKET_ERROR", format!("it could not be moved: {error}"));
                Err((why, Stopped::Bucket))
            }
        }
    }

    async fn move_message(&mut self, receipt: &str, body: &str) -> Result<(), (Why, Stopped)> {
        let failed = |why: String| (Why::new("QUEUE_ERROR", why), Stopped::Queue);
        let Some(parked) = &self.processor.ports.parked else {
            return Err(failed("there is no queue to park it in (PARKED_QUEUE_URL)".to_owned()));
        };
        let body: Arc<str> = body.into();
        let answer = self.pace.tries(|| parked.bury(vec![Arc::clone(&body)])).await;
        let answer = self.pace.noted(answer);
        match answer.as_deref() {
            Ok([Burial::Confirmed]) => {}
            Ok([Burial::Refused(code)]) => {
                return Err(failed(format!("the parked queue did not take it: {code}")));
            }
            Ok(_) => return Err(failed("the parked queue did not answer for it".to_owned())),
            Err(error) => return Err(failed(format!("the parked queue did not take it: {error}"))),
        }
        if self.delete_message(receipt.into()).await {
            return Ok(());
        }
        Err(failed("it lies in the parked queue, and could not be deleted here".to_owned()))
    }

    /// Counts a try, or takes one back; how many there are now.
    pub(super) async fn count(&mut self, held: &Held, by: i32) -> Result<u32, CallError> {
        let now = self.pace.now();
        let attempt = Attempt {
            partition: attempts_partition(self.source.stream.name()),
            document: held.name(),
            by,
            at: now,
            expires: now.checked_add(TRIES_KEPT).unwrap_or(now),
        };
        // A repetition would count: one call, whatever it answers.
        let counted = self.documents.attempts.count(attempt).await;
        self.pace.noted(counted)
    }
}
