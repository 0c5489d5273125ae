//! Everything that stands while a schedule runs: the services, the clock, the pool, and how an
//! invocation is put together over them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cdc_aws::{endpoint::Region, function::settings::ConfiguredStream};
use cdc_core::{
    batch::BatchSettings,
    claim_check::Buckets,
    drive,
    ledger::{LedgerKeep, LedgerScope},
    pipeline::{IdKey, Pipeline},
    ports::{Attempts, Clock, DeadLetters, Ledger, LetterQueue, NoObjects, ObjectFolder, Sink},
    rules::{ConfigFile, Rules},
};
use cdc_processor::Processor;

use crate::{
    actors::destination::LastPointer,
    change::{RULES, mended_rules},
    life::Life,
    memory::Stream,
    pool::Pool,
    ports::{FaultyLedger, FaultyLetters, FaultySink, REQUEST_TIMEOUT},
    scenario::Scenario,
    world::World,
};

pub(crate) const STREAM_ARN: &str = "arn:aws:kinesis:eu-west-1:000000000000:stream/coredb";
pub(crate) const FUNCTION_ARN: &str =
    "arn:aws:lambda:eu-west-1:000000000000:function:cdc-processor";
pub(crate) const ROLE_ARN: &str = "arn:aws:iam::000000000000:role/cdc-processor";
pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const BUS: &str = "bus";
pub(crate) const EVENT_SOURCE: &str = "cdc-pipeline";

/// Kept for the ledger and the answer.
pub(crate) const RESERVE: Duration = Duration::from_millis(500);

/// How long a claim is kept; a schedule is shorter.
const CLAIM_TTL: Duration = Duration::from_secs(7 * 24 * 3600);

/// The services that an invocation works with.
pub trait Services: Clone + Send + Sync + 'static {
    /// The bus.
    type Sink: Sink + Clone + 'static;
    /// The ledger.
    type Ledger: Ledger + Clone + 'static;
    /// The dead-letter queue.
    type DeadLetters: DeadLetters + Clone + 'static;
    /// The dead-letter queue from its other end.
    type Queue: LetterQueue + 'static;
    /// The on-failure bucket.
    type Folder: ObjectFolder + 'static;
    /// The tries of on-failure documents.
    type Attempts: Attempts + 'static;
    /// Time.
    type Clock: Clock + Clone + 'static;

    /// The bus.
    fn sink(&self) -> Self::Sink;
    /// The ledger.
    fn ledger(&self) -> Self::Ledger;
    /// The dead-letter queue.
    fn dead_letters(&self) -> Self::DeadLetters;
    /// The dead-letter queue from its other end.
    fn queue(&self) -> Self::Queue;
    /// The on-failure bucket.
    fn folder(&self) -> Self::Folder;
    /// The queue of on-failure documents, where there can be one.
    fn document_queue(&self) -> Option<Self::Queue>;
    /// The tries of on-failure documents.
    fn attempts(&self) -> Self::Attempts;
    /// Keeps an on-failure document in the bucket.
    fn keep_object(&self, key: String, body: String) -> impl Future<Output = ()> + Send;
    /// Sends an on-failure document to the queue; merged with the one before, if both are given and
    /// nobody has taken that one. Tells its number there, for the next to be merged with.
    fn send_pointer(
        &self,
        pointer: String,
        merged: Option<(usize, String)>,
    ) -> impl Future<Output = (usize, bool)> + Send;
    /// Forgets all claims, as time to live does; whether that was done.
    fn forget_claims(&self) -> impl Future<Output = bool> + Send;
    /// Time.
    fn clock(&self) -> Self::Clock;
}

/// What stands.
#[derive(Clone)]
pub(crate) struct Stand<V: Services> {
    pub(crate) world: World,
    pub(crate) pool: Pool,
    pub(crate) services: V,
    pub(crate) stream: Stream<V::Clock>,
    pub(crate) pipeline: Pipeline,
    pub(crate) mended: Pipeline,
    pub(crate) scenario: Arc<Scenario>,
    last_pointer: Arc<Mutex<Option<LastPointer>>>,
}

type FaultyPorts<V> = drive::Ports<
    FaultySink<<V as Services>::Sink, <V as Services>::Clock>,
    FaultyLedger<<V as Services>::Ledger, <V as Services>::Clock>,
    FaultyLetters<<V as Services>::DeadLetters, <V as Services>::Clock>,
    <V as Services>::Clock,
>;

pub(crate) type FaultyProcessor<V> = Processor<
    FaultySink<<V as Services>::Sink, <V as Services>::Clock>,
    FaultyLedger<<V as Services>::Ledger, <V as Services>::Clock>,
    FaultyLetters<<V as Services>::DeadLetters, <V as Services>::Clock>,
    <V as Services>::Clock,
>;

impl<V: Services> Stand<V> {
    pub(crate) fn new(
        world: World,
        services: V,
        pipelines: (Pipeline, Pipeline),
        scenario: Scenario,
    ) -> Self {
        let (pipeline, mended) = pipelines;
        Self {
            world,
            pool: Pool::default(),
            stream: Stream::new(scenario.shards.clone(), &services.clock()),
            services,
            pipeline,
            mended,
            scenario: Arc::new(scenario),
            last_pointer: Arc::default(),
        }
    }

    pub(crate) fn last_pointer(&self) -> MutexGuard<'_, Option<LastPointer>> {
        self.last_pointer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ports(&self, life: &Life) -> FaultyPorts<V> {
        let clock = self.services.clock();
        drive::Ports {
            sink: FaultySink {
                inner: self.services.sink(),
                clock: clock.clone(),
                pool: self.pool.clone(),
                life: life.clone(),
            },
            ledger: FaultyLedger {
                inner: self.services.ledger(),
                clock: clock.clone(),
                life: life.clone(),
            },
            dead_letters: FaultyLetters {
                inner: self.services.dead_letters(),
                clock: clock.clone(),
                life: life.clone(),
            },
            clock,
            objects: NoObjects,
        }
    }

    pub(crate) fn processor(&self, life: &Life) -> FaultyProcessor<V> {
        let pipeline = self.pipeline.clone();
        Processor::new(stream(), self.batch_settings(life), pipeline, self.ports(life))
    }

    pub(crate) fn batch_settings(&self, life: &Life) -> BatchSettings {
        let Scenario { keep, attempts_max, in_flight_max, .. } = *self.scenario;
        batch_settings(keep, attempts_max, in_flight_max, life.epoch())
    }
}

fn batch_settings(
    keep: LedgerKeep,
    attempts_max: u32,
    in_flight_max: usize,
    epoch: u32,
) -> BatchSettings {
    BatchSettings {
        attempts_max,
        in_flight_max,
        request_timeout: REQUEST_TIMEOUT,
        reserve: RESERVE,
        keep,
        scope: scope(epoch),
        claim_ttl: CLAIM_TTL,
    }
}

pub(crate) fn scope(epoch: u32) -> LedgerScope {
    LedgerScope { epoch, bus: BUS.into(), event_source: EVENT_SOURCE.into() }
}

pub(crate) fn stream() -> ConfiguredStream {
    let region = Region::parse(REGION).expect("a region");
    ConfiguredStream::exactly(STREAM_ARN, &region).expect("a stream of that region")
}

/// The pipeline, and the one of mended rules.
pub(crate) fn pipelines() -> (Pipeline, Pipeline) {
    (pipeline(RULES), pipeline(&mended_rules()))
}

fn pipeline(rules: &str) -> Pipeline {
    let file = ConfigFile { path: "simulation.yaml".into(), text: rules.into() };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
    Pipeline {
        rules: Arc::new(rules),
        id_key: IdKey::new(&[7; 32]).expect("32 bytes are enough"),
        event_source: EVENT_SOURCE.into(),
        buckets: Buckets::default(),
        replay: false,
    }
}
