//! The replayer: `dlq-processor`, with mended rules, beside the running stream.

use std::{marker::PhantomData, sync::Mutex, time::Duration};

use cdc_aws::{
    endpoint::Region,
    function::{Invocation, settings::ConfiguredFunction},
};
use cdc_core::{
    batch::{BatchSettings, DeliverySettings},
    drive,
    ledger::LedgerKeep,
    objects::BucketName,
    on_failure::DOCUMENTS_PREFIX,
    ports::{Clock as _, LetterQueue as _, NoLedger, NoObjects, ObjectFolder as _},
};
use dlq_processor::{DlqProcessor, Documents, Ports, Wiring};
use futures_util::future::join;
use jiff::Timestamp;

use crate::{
    fault::Fault,
    life::{Life, Lived, Work},
    memory::Stream,
    ports::{FaultyLedger, FaultyLetters, FaultySink, WatchedFolder, WatchedQueue},
    stand::{REGION, Services, Stand, stream},
};

/// Time for one replay.
const TIME: Duration = Duration::from_secs(300);

/// The function whose mapping leaves the documents.
const FUNCTION: &str = "cdc-processor";

/// The on-failure bucket.
pub const BUCKET: &str = "cdc-on-failure";

struct Replaying<V>(PhantomData<V>);

impl<V: Services> Wiring for Replaying<V> {
    type Queue = WatchedQueue<V::Queue, V::Clock>;
    type DeadLetters = FaultyLetters<V::DeadLetters, V::Clock>;
    type Stream = Stream<V::Clock>;
    type Sink = FaultySink<V::Sink, V::Clock>;
    type Ledger = FaultyLedger<V::Ledger, V::Clock>;
    type Folder = WatchedFolder<V::Folder, V::Clock>;
    type Attempts = V::Attempts;
    type Objects = NoObjects;
    type Clock = V::Clock;
}

impl<V: Services> Stand<V> {
    /// One replay of all letters there are.
    pub(crate) async fn replay_letters(&self, number: u64) {
        let request = br#"{"action":"replay","limit":100,"rate":1000}"#;
        self.replay(number, Work::Letters, request).await;
    }

    /// One replay of all on-failure documents there are.
    pub(crate) async fn replay_documents(&self, number: u64) {
        self.excuse_surplus().await;
        let request = br#"{"action":"replay","from":"documents","limit":100,"rate":1000,
            "maxAttempts":100}"#;
        self.replay(number, Work::Documents, request).await;
    }

    /// Two replays of documents beside each other: what either has not claimed, both may publish.
    pub(crate) async fn replay_at_once(&self, number: u64) {
        {
            let mut world = self.world.state();
            let (items, epoch) = (0..world.items.len(), world.epoch);
            let given_up: Vec<usize> = items.filter(|item| world.items[*item].given_up).collect();
            world.excuse_unclaimed(given_up, epoch, "two replays at once");
        }
        join(self.replay_documents(number), self.replay_documents(number + 1)).await;
    }

    async fn replay(&self, number: u64, work: Work, request: &[u8]) {
        let killed = self.world.strikes(Fault::ReplayKilled);
        let epoch = self.world.state().epoch;
        let life = Life::new(&self.world, epoch, work, killed);
        let clock = self.services.clock();
        let deadline = clock.now().checked_add(TIME).unwrap_or(Timestamp::MAX);
        let invocation =
            Invocation { request_id: format!("replay-{number}"), deadline, alias: None };
        self.world.log(format_args!("replay {number} of {work:?}"));
        let processor = self.dlq_processor(&life);
        match life.run(processor.handle(request, &invocation)).await {
            Lived::Ended(handled) => {
                let answer = handled.answer;
                self.world.log(format_args!("replay {number} answers {answer}"));
            }
            Lived::Killed => self.world.log(format_args!("replay {number} killed")),
        }
    }

    fn dlq_processor(&self, life: &Life) -> DlqProcessor<Replaying<V>> {
        let clock = self.services.clock();
        let drive::Ports { sink, dead_letters, .. } = self.ports(life);
        let ports = Ports {
            queue: self.watched(self.services.queue(), life),
            parked: None,
            stream: Some(self.stream.clone()),
            delivery: drive::Ports {
                sink,
                ledger: NoLedger,
                dead_letters,
                clock,
                objects: NoObjects,
            },
        };
        let BatchSettings { attempts_max, in_flight_max, request_timeout, reserve, .. } =
            self.batch_settings(life);
        let delivery = DeliverySettings { attempts_max, in_flight_max, request_timeout, reserve };
        DlqProcessor::new(stream(), self.mended.clone(), delivery, ports)
            .with_documents(self.documents(life))
    }

    fn documents(&self, life: &Life) -> Documents<Replaying<V>> {
        let region = Region::parse(REGION).expect("a region");
        let queue = self.services.document_queue();
        Documents {
            function: ConfiguredFunction::named(FUNCTION, &region).expect("a function"),
            // Pointers are used with one lane and without a filter only (R1).
            whole_ranges: true,
            batch: BatchSettings { keep: LedgerKeep::All, ..self.batch_settings(life) },
            bucket: Some(BucketName::parse(BUCKET).expect("a bucket")),
            folder: WatchedFolder {
                inner: self.services.folder(),
                clock: self.services.clock(),
                life: life.clone(),
            },
            queue: queue.map(|queue| self.watched(queue, life)),
            attempts: self.services.attempts(),
            delivery: self.ports(life),
        }
    }

    fn watched(&self, inner: V::Queue, life: &Life) -> WatchedQueue<V::Queue, V::Clock> {
        let clock = self.services.clock();
        WatchedQueue { inner, clock, life: life.clone(), held: Mutex::default() }
    }

    /// How many documents there are.
    pub(crate) async fn documents_left(&self) -> u64 {
        let bucket = BucketName::parse(BUCKET).expect("a bucket");
        let listed = self.services.folder().list(&bucket, DOCUMENTS_PREFIX, None, 1000).await;
        let objects = listed.map_or(0, |listing| listing.objects.len() as u64);
        match self.services.document_queue() {
            Some(queue) => objects + queue.depth().await.unwrap_or(0),
            None => objects,
        }
    }

    /// A pointer may cover more than what failed, where neighbours were merged: what was settled in
    /// between comes again.
    async fn excuse_surplus(&self) {
        if !self.world.state().merged || self.documents_left().await == 0 {
            return;
        }
        let mut world = self.world.state();
        let epoch = world.epoch;
        let others: Vec<usize> =
            (0..world.items.len()).filter(|item| !world.items[*item].given_up).collect();
        let settled = |item: &usize| {
            let item = &world.items[*item];
            item.published > 0 || item.letters > 0
        };
        let settled: Vec<usize> = others.into_iter().filter(settled).collect();
        world.excuse_unclaimed(settled, epoch, "pointer covers more");
    }
}
