//! The handler: a payload in, an answer out, and what the log is told.

use std::{collections::BTreeMap, fmt};

use cdc_aws::function::{Invocation, Refusal, settings::ConfiguredStream};
use cdc_core::{
    batch::DeliverySettings,
    drive,
    pipeline::Pipeline,
    ports::{
        Clock, DeadLetters, LetterQueue, NoLedger, ObjectReader, ObjectStore, Sink, StreamReader,
    },
};

use crate::{
    answer::{Counts, Stopped},
    refusals,
    request::{Action, Request},
    run::{self, Ran},
};

/// Which adapters a processor works with: one name for all of them.
pub trait Wiring {
    /// The dead-letter queue, to take from.
    type Queue: LetterQueue;
    /// The dead-letter queue, and the parked one, to send to.
    type DeadLetters: DeadLetters;
    /// The stream.
    type Stream: StreamReader;
    /// The bus.
    type Sink: Sink;
    /// Time and chance.
    type Clock: Clock;
    /// The buckets, to store what is too large and to read what lies there.
    type Objects: ObjectStore + ObjectReader;
}

/// The ports in one bundle.
pub struct Ports<W: Wiring> {
    /// The dead-letter queue.
    pub queue: W::Queue,
    /// The queue of parked letters, where there is one.
    pub parked: Option<W::DeadLetters>,
    /// The stream.
    pub stream: W::Stream,
    /// What a replay publishes through.
    pub delivery: drive::Ports<W::Sink, NoLedger, W::DeadLetters, W::Clock, W::Objects>,
}

/// The processor over its ports.
pub struct DlqProcessor<W: Wiring> {
    pub(crate) stream: ConfiguredStream,
    pub(crate) pipeline: Pipeline,
    pub(crate) delivery: DeliverySettings,
    pub(crate) ports: Ports<W>,
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
    /// How many letters came to what.
    pub counts: Counts,
    /// Why it ended early.
    pub stopped: Option<Stopped>,
    /// Calls that failed, in words and counted.
    pub calls_failed: BTreeMap<String, usize>,
    /// Why letters were refused, by code and counted.
    pub refused: BTreeMap<&'static str, usize>,
    /// What was changed, and for whom.
    pub audit: Option<Audit>,
}

/// Who changed what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The invocation.
    pub request_id: String,
    /// Which letters it was about, in words.
    pub filter: String,
    /// Whether more was allowed than usual.
    pub force: bool,
}

impl<W: Wiring> DlqProcessor<W> {
    /// A processor of that stream's letters. (The pipeline's events are marked as replays, whatever
    /// it says itself.)
    pub fn new(
        stream: ConfiguredStream,
        pipeline: Pipeline,
        delivery: DeliverySettings,
        ports: Ports<W>,
    ) -> Self {
        Self { stream, pipeline: Pipeline { replay: true, ..pipeline }, delivery, ports }
    }

    /// Handles one invocation.
    pub async fn handle(&self, payload: &[u8], invocation: &Invocation) -> Handled {
        let request = match Request::parse(payload) {
            Ok(request) => request,
            Err(refusal) => return Handled::refused(refusal, None),
        };
        if request.action == Action::Park && self.ports.parked.is_none() {
            return Handled::refused(refusals::no_parked_queue(), Some(request.action));
        }
        match run::run(self, &request, invocation.deadline).await {
            Ok(ran) => Handled::done(&request, ran, invocation),
            Err(refusal) => Handled::refused(refusal, Some(request.action)),
        }
    }
}

impl<W: Wiring> fmt::Debug for Ports<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports")
    }
}

impl<W: Wiring> fmt::Debug for DlqProcessor<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DlqProcessor({})", self.stream.name())
    }
}

impl Handled {
    fn refused(refusal: Refusal, action: Option<Action>) -> Self {
        Self {
            answer: refusal.answer(),
            refusal: Some(refusal),
            action,
            counts: Counts::default(),
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
            counts: ran.tally.counts,
            stopped: ran.stopped,
            calls_failed: ran.calls_failed,
            refused: ran.refused,
            audit,
        }
    }
}
