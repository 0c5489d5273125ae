//! The handler: a payload in, an answer out, and what the log is told.

use std::{collections::BTreeMap, fmt};

use cdc_aws::function::{
    Invocation, Refusal,
    settings::{ConfiguredFunction, ConfiguredSources},
};
use cdc_core::{
    batch::{BatchSettings, DeliverySettings},
    drive,
    objects::BucketName,
    pipeline::Pipeline,
    ports::{
        Attempts, Clock, DeadLetters, Ledger, LetterQueue, NoLedger, ObjectFolder, ObjectReader,
        ObjectStore, RangeReader, Sink, StreamReader,
    },
};

use crate::{
    answer::{Counts, Stopped},
    documents::{self, RecordCounts, Source},
    refusals,
    request::{Action, From, Request},
    run::{self, Ran},
};

/// Which adapters a processor works with: one name for all of them.
pub trait Wiring {
    /// The dead-letter queue, to take from.
    type Queue: LetterQueue;
    /// The dead-letter queue, and the parked one, to send to.
    type DeadLetters: DeadLetters;
    /// The stream.
    type Stream: StreamReader + RangeReader;
    /// The bus.
    type Sink: Sink;
    /// The ledger.
    type Ledger: Ledger;
    /// The on-failure bucket.
    type Folder: ObjectFolder;
    /// The tries of documents.
    type Attempts: Attempts;
    /// Time and chance.
    type Clock: Clock;
    /// The buckets, to store what is too large and to read what lies there.
    type Objects: ObjectStore + ObjectReader;
}

/// What is published through, with that ledger.
pub type DeliveryPorts<W, L> = drive::Ports<
    <W as Wiring>::Sink,
    L,
    <W as Wiring>::DeadLetters,
    <W as Wiring>::Clock,
    <W as Wiring>::Objects,
>;

/// The ports in one bundle.
pub struct Ports<W: Wiring> {
    /// The dead-letter queue.
    pub queue: W::Queue,
    /// The queue of parked letters, where there is one.
    pub parked: Option<W::DeadLetters>,
    /// The stream, where that is a source.
    pub stream: Option<W::Stream>,
    /// What a replay publishes through.
    pub delivery: DeliveryPorts<W, NoLedger>,
}

/// What a replay of on-failure documents works with.
pub struct Documents<W: Wiring> {
    /// The function whose mapping leaves them.
    pub function: ConfiguredFunction,
    /// Whether the range of a pointer holds nothing but what the mapping gave up, perhaps in several
    /// batches: one batch of a shard at a time, and no filter.
    pub whole_ranges: bool,
    /// How their batches are delivered. Every batch is claimed: nobody else keeps a place inside a
    /// document.
    pub batch: BatchSettings,
    /// The bucket, where that is the mapping's destination.
    pub bucket: Option<BucketName>,
    /// Where it lies.
    pub folder: W::Folder,
    /// The queue, where that is the mapping's destination.
    pub queue: Option<W::Queue>,
    /// Their tries.
    pub attempts: W::Attempts,
    /// What they are published through.
    pub delivery: DeliveryPorts<W, W::Ledger>,
}

/// The processor over its ports.
pub struct DlqProcessor<W: Wiring> {
    pub(crate) sources: ConfiguredSources,
    pub(crate) pipeline: Pipeline,
    pub(crate) delivery: DeliverySettings,
    pub(crate) ports: Ports<W>,
    pub(crate) documents: Option<Documents<W>>,
}

/// What became of an invocation.
#[derive(Debug)]
pub struct Handled {
    /// The answer, as JSON text; a refusal is one too.
    pub answer: String,
    /// Why nothing was done, where nothing was.
    pub refusal: Option<Refusal>,
    /// What was asked for.
    pub action: Option<Action>,
    /// With what.
    pub from: From,
    /// How many letters or documents came to what.
    pub counts: Counts,
    /// What came of the records of documents.
    pub records: Option<RecordCounts>,
    /// Why it ended early.
    pub stopped: Option<Stopped>,
    /// Calls that failed, in words and counted.
    pub calls_failed: BTreeMap<String, usize>,
    /// Why letters or documents were refused, by code and counted.
    pub refused: BTreeMap<&'static str, usize>,
    /// What was changed, and for whom.
    pub audit: Option<Audit>,
}

/// Who changed what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The invocation.
    pub request_id: String,
    /// Which letters or documents it was about, in words.
    pub filter: String,
    /// Whether more was allowed than usual.
    pub force: bool,
}

impl<W: Wiring> DlqProcessor<W> {
    /// A processor of these sources' letters. (The pipeline's events are marked as replays, whatever
    /// it says itself.)
    pub fn new(
        sources: impl Into<ConfiguredSources>,
        pipeline: Pipeline,
        delivery: DeliverySettings,
        ports: Ports<W>,
    ) -> Self {
        let pipeline = Pipeline { replay: true, ..pipeline };
        Self { sources: sources.into(), pipeline, delivery, ports, documents: None }
    }

    /// With on-failure documents, which have at least one destination.
    #[must_use]
    pub fn with_documents(self, documents: Documents<W>) -> Self {
        Self { documents: Some(documents), ..self }
    }

    /// Handles one invocation.
    pub async fn handle(&self, payload: &[u8], invocation: &Invocation) -> Handled {
        let request = match Request::parse(payload) {
            Ok(request) => request,
            Err(refusal) => return Handled::refused(refusal, None),
        };
        match self.run(&request, invocation).await {
            Ok(ran) => Handled::done(&request, ran, invocation),
            Err(refusal) => Handled::refused(refusal, Some(request.action)),
        }
    }

    async fn run(&self, request: &Request, invocation: &Invocation) -> Result<Ran, Refusal> {
        let parks_messages = match (request.from, &self.documents) {
            (From::Letters, _) => true,
            // Objects are put aside in their bucket.
            (From::Documents, documents) => {
                documents.as_ref().is_some_and(|documents| documents.bucket.is_none())
            }
        };
        if request.action == Action::Park && parks_messages && self.ports.parked.is_none() {
            return Err(refusals::no_parked_queue());
        }
        match (request.from, &self.documents) {
            (From::Letters, _) => run::run(self, request, invocation.deadline).await,
            (From::Documents, None) => Err(refusals::no_documents()),
            (From::Documents, Some(documents)) => {
                let source = Source::of(self).ok_or_else(refusals::no_documents)?;
                documents::run(self, documents, source, request, invocation).await
            }
        }
    }
}

impl<W: Wiring> fmt::Debug for Documents<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Documents")
    }
}

impl<W: Wiring> fmt::Debug for Ports<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports")
    }
}

impl<W: Wiring> fmt::Debug for DlqProcessor<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DlqProcessor")
    }
}

impl Handled {
    fn refused(refusal: Refusal, action: Option<Action>) -> Self {
        Self {
            answer: refusal.answer(),
            refusal: Some(refusal),
            action,
            from: From::Letters,
            counts: Counts::default(),
            records: None,
            stopped: None,
            calls_failed: BTreeMap::new(),
            refused: BTreeMap::new(),
            audit: None,
        }
    }

    fn done(request: &Request, ran: Ran, invocation: &Invocation) -> Self {
        let audit = request.changes().then(|| Audit {
            request_id: invocation.request_id.clone(),
            filter: request.filter.to_string(),
            force: request.force,
        });
        Self {
            answer: ran.tally.answer(request, ran.remaining, ran.stopped),
            refusal: None,
            action: Some(request.action),
            from: request.from,
            counts: ran.tally.counts,
            records: ran.tally.records,
            stopped: ran.stopped,
            calls_failed: ran.calls_failed,
            refused: ran.refused,
            audit,
        }
    }
}
