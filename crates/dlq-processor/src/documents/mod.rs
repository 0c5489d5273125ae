//! One run through the on-failure documents: those in the bucket, then those in the queue.
//!
//! A document is a batch that another mapping delivers (R13): the same machine, the same ledger, read and
//! written. It is deleted only when all of it is settled. Else it stays, its claims stand in the ledger,
//! and the next run goes on from there; after so many tries it is put aside. Documents of a shard are
//! taken in the order in which they were given up, and none behind one that is not settled.

mod away;
mod deliver;
mod hold;
mod range;
mod refused;
mod replay;
mod told;
mod verify;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use cdc_aws::{
    config::{LEDGER_TIMEOUT, READ_TIMEOUT},
    function::{Invocation, Refusal, settings::ConfiguredStream},
};
use cdc_core::{
    delivery::CallError,
    on_failure::{OnFailure, Tried, attempts_partition},
    ports::{Attempts as _, LETTERS_MAX},
};

use crate::{
    answer::{Stopped, Tally},
    calls::{Hand, Pace, RESERVE},
    handler::{DlqProcessor, Documents, Wiring},
    refusals,
    request::{Action, Request},
    run::{LOOKED_THROUGH_MAX, Ran, shards},
};
use hold::{Held, Taken};
use refused::Refused;
use replay::{NotAll, Unsettled};
pub(crate) use told::DocumentTold;
pub use told::RecordCounts;

/// A run.
struct Run<'r, W: Wiring> {
    processor: &'r DlqProcessor<W>,
    documents: &'r Documents<W>,
    source: Source<'r, W>,
    request: &'r Request,
    request_id: &'r str,
    /// The shards that the stream lists, where it was asked.
    shards: Option<HashSet<String>>,
    /// Tries of documents before this run.
    tries: HashMap<String, Tried>,
    pace: Pace<'r, W::Clock>,
    /// What was received of the queue.
    hand: Option<Hand<'r, W::Queue>>,
    /// Documents that count against the limit.
    acted: usize,
    /// Batches so far: each claims under a name of its own.
    batches: u32,
    /// Whether the stream was read.
    has_read: bool,
    /// Shards with a document that is not settled.
    behind: HashSet<Box<str>>,
    /// Objects that were found and are still there.
    in_bucket: u64,
    tally: Tally,
    refused: BTreeMap<&'static str, usize>,
}

/// The stream whose mapping leaves documents.
pub(crate) struct Source<'r, W: Wiring> {
    stream: &'r ConfiguredStream,
    reader: &'r W::Stream,
}

impl<'r, W: Wiring> Source<'r, W> {
    /// None where no stream is a source.
    pub(crate) fn of(processor: &'r DlqProcessor<W>) -> Option<Self> {
        let stream = processor.sources.stream.as_ref()?;
        Some(Self { stream, reader: processor.ports.stream.as_ref()? })
    }
}

/// Does what is asked.
///
/// # Errors
/// A [`Refusal`] where nothing could be done at all.
pub(crate) async fn run<W: Wiring>(
    processor: &DlqProcessor<W>,
    documents: &Documents<W>,
    source: Source<'_, W>,
    request: &Request,
    invocation: &Invocation,
) -> Result<Ran, Refusal> {
    let changes_by_replay = request.action == Action::Replay;
    let mut run = Run::new(processor, documents, source, request, invocation);
    match shards(processor, request.action).await {
        Ok(shards) => run.shards = shards,
        Err(error) if changes_by_replay => return Err(refusals::stream(&error)),
        // A look needs nothing of the stream: it goes on, and leaves the shards unjudged.
        Err(error) => run.pace.failed(&error),
    }
    let partition = attempts_partition(run.source.stream.name());
    match run.pace.tries(|| documents.attempts.counted(&partition)).await {
        Ok(tries) => run.tries = tries,
        Err(error) if changes_by_replay => return Err(refusals::attempts(&error)),
        Err(error) => run.pace.failed(&error),
    }
    let stopped = run.places().await;
    // Nothing may stand between the two: what was received is given back in any case.
    if let Some(hand) = &mut run.hand {
        hand.give_back(&mut run.pace).await;
    }
    match stopped {
        Some(Stop::Unreadable(refusal, _)) if run.tally.counts.scanned == 0 => Err(refusal),
        stopped => Ok(run.ran(stopped.map(Stop::told)).await),
    }
}

/// Why no further document is taken.
enum Stop {
    Told(Stopped),
    /// A destination could not be read.
    Unreadable(Refusal, Stopped),
}

impl Stop {
    fn told(self) -> Stopped {
        match self {
            Self::Told(stopped) | Self::Unreadable(_, stopped) => stopped,
        }
    }
}

impl<'r, W: Wiring> Run<'r, W> {
    fn new(
        processor: &'r DlqProcessor<W>,
        documents: &'r Documents<W>,
        source: Source<'r, W>,
        request: &'r Request,
        invocation: &'r Invocation,
    ) -> Self {
        let clock = &documents.delivery.clock;
        let attempts_max = documents.batch.attempts_max;
        Self {
            processor,
            documents,
            source,
            request,
            request_id: &invocation.request_id,
            shards: None,
            tries: HashMap::new(),
            pace: Pace::new(clock, invocation.deadline, attempts_max, request.rate),
            hand: documents.queue.as_ref().map(Hand::new),
            acted: 0,
            batches: 0,
            has_read: false,
            behind: HashSet::new(),
            in_bucket: 0,
            tally: Tally::of_documents(),
            refused: BTreeMap::new(),
        }
    }

    async fn ran(mut self, stopped: Option<Stopped>) -> Ran {
        let mut remaining = self.in_bucket;
        if let Some(hand) = &self.hand {
            remaining += hand.remaining(&mut self.pace).await;
        }
        let Self { tally, pace, refused, .. } = self;
        Ran { tally, remaining, stopped, calls_failed: pace.calls_failed, refused }
    }

    async fn places(&mut self) -> Option<Stop> {
        match self.bucket().await {
            None if !self.is_full() => self.queue().await,
            stop => stop,
        }
    }

    /// The objects, by their keys: shard by shard, and each in the order of time.
    async fn bucket(&mut self) -> Option<Stop> {
        let unreadable =
            |error: &CallError| Some(Stop::Unreadable(refusals::bucket(error), Stopped::Bucket));
        let (keys, more) = match self.keys().await {
            Ok(found) => found,
            Err(error) => return unreadable(&error),
        };
        self.in_bucket = keys.len() as u64;
        for key in keys {
            if self.is_full() {
                return None;
            }
            if self.time_is_up() {
                return Some(Stop::Told(Stopped::Deadline));
            }
            if !self.request.filter.can_take_key(&key) {
                self.tally.counts.scanned += 1;
                continue;
            }
            match self.fetch(key).await {
                Ok(Some(taken)) => {
                    if let Some(stopped) = self.one(taken).await {
                        return Some(Stop::Told(stopped));
                    }
                }
                // Somebody else settled it meanwhile.
                Ok(None) => self.in_bucket = self.in_bucket.saturating_sub(1),
                Err(error) => return unreadable(&error),
            }
        }
        more.then_some(Stop::Told(Stopped::Bound))
    }

    /// The messages, page by page.
    async fn queue(&mut self) -> Option<Stop> {
        while !self.is_full() {
            let hand = self.hand.as_mut()?;
            if hand.received >= LOOKED_THROUGH_MAX {
                return Some(Stop::Told(Stopped::Bound));
            }
            if self.time_is_up() {
                return Some(Stop::Told(Stopped::Deadline));
            }
            let hand = self.hand.as_mut()?;
            let page = match hand.receive(&mut self.pace, LETTERS_MAX).await {
                Ok(page) if page.is_empty() => return None,
                Ok(page) => page,
                Err(error) => {
                    let refusal = refusals::queue(&error, "ON_FAILURE_QUEUE_URL");
                    return Some(Stop::Unreadable(refusal, Stopped::Queue));
                }
            };
            if let Some(stopped) = self.page(page).await {
                return Some(Stop::Told(stopped));
            }
        }
        None
    }

    async fn one(&mut self, taken: Taken) -> Option<Stopped> {
        self.tally.counts.scanned += 1;
        if !self.takes(&taken) {
            self.keep(taken.held);
            return None;
        }
        self.tally.counts.matched += 1;
        match self.request.action {
            Action::List | Action::Show => self.look(taken),
            Action::Replay => self.replay(taken).await,
            Action::Park => self.park(taken).await,
            Action::Purge => self.purge(taken).await,
        }
    }

    /// Whether it is asked for. What is no document has neither shard nor time; one of another version
    /// is not thrown away with the rest: after a rollback it is as good as any.
    fn takes(&self, taken: &Taken) -> bool {
        if let (Some(before), Some(last)) = (self.request.tried_before, taken.last_try)
            && last.as_second() >= before.as_second()
        {
            return false;
        }
        match &taken.document {
            Ok(document) => self.request.filter.takes_document(document),
            Err(error) if error.other_version && self.request.action == Action::Purge => false,
            Err(_) => self.request.filter.takes_all(),
        }
    }

    fn look(&mut self, taken: Taken) -> Option<Stopped> {
        self.acted += 1;
        let mut told = self.told(&taken);
        if self.request.action == Action::Show && taken.document.is_ok() {
            told = told.showing(self.changes(&taken));
        }
        let has_room = self.tally.tell_document(&told);
        self.keep(taken.held);
        (!has_room).then_some(Stopped::Size)
    }

    fn is_full(&self) -> bool {
        self.acted >= self.request.limit
    }

    /// Whether there is no time for another document, with all that has to follow it.
    fn time_is_up(&self) -> bool {
        let give_back = self.hand.as_ref().map_or(Duration::ZERO, Hand::give_back_time);
        let needed = READ_TIMEOUT + self.batch_time() + RESERVE + give_back;
        self.pace.left() <= needed + self.pace.wait()
    }

    /// What a document takes at least once it is read: its try is counted, then its batch begins.
    fn batch_time(&self) -> Duration {
        let batch = &self.documents.batch;
        match self.request.action {
            Action::List | Action::Show => Duration::ZERO,
            Action::Park | Action::Purge => READ_TIMEOUT,
            Action::Replay => LEDGER_TIMEOUT * 2 + batch.request_timeout + batch.reserve,
        }
    }

    /// The records that a document carries; none where they have to be read from the stream. What a
    /// message carries is not asked for: who may send to a queue could have written it.
    fn payload<'d>(&self, taken: &'d Taken) -> Option<&'d [u8]> {
        let document: &OnFailure = taken.document.as_ref().ok()?;
        match taken.held {
            Held::Object(_) => document.payload.as_deref(),
            Held::Message { .. } => None,
        }
    }
}
