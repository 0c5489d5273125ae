//! One schedule from its seed to its verdict.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cdc_core::{
    batch::{Batch, BatchSettings},
    delivery::{CallError, Delivery},
    drive::{self, deliver},
    ledger::LedgerKeep,
    outbound::OutboundEvent,
    pipeline::Pipeline,
    ports::{Clock as _, NoObjects, Sink},
    record::Shard,
};
use cdc_esm::virtual_time::{Chance, VirtualClock};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::{
    Consumer,
    actors::operator::Operator,
    change::{Kind, raw},
    fault::Fault,
    memory::{Bucket, Bus, Queue, Table, Tries},
    scenario::{BEGIN_MS, Options, Scenario},
    stand::{STREAM_ARN, Services, Stand, pipelines},
    world::World,
};

/// Longer than any schedule that is not stuck takes, in virtual time.
const AT_MOST: Duration = Duration::from_secs(40_000);

/// How often the letters are replayed at the end before the schedule counts as stuck.
const LAST_REPLAYS_MAX: u64 = 40;

/// How long a killed replay hides its letters, at most.
const HIDDEN: Duration = Duration::from_secs(400);

/// Rules, parsed once for many schedules.
#[derive(Clone, Debug)]
pub struct Rules {
    pipeline: Pipeline,
    mended: Pipeline,
}

impl Default for Rules {
    fn default() -> Self {
        let (pipeline, mended) = pipelines();
        Self { pipeline, mended }
    }
}

/// What a schedule came to.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// What must not have happened, if anything did.
    pub violation: Option<String>,
    /// A hash of all that happened: the same for the same seed.
    pub hash: u128,
    /// All that happened, where it was asked for.
    pub trace: Option<String>,
    /// Events that were to be published.
    pub items: u64,
    /// Events that the bus accepted.
    pub accepted: u64,
    /// Of these, those that it had accepted before.
    pub duplicates: u64,
    /// Excuses that were given.
    pub excuses: u64,
    /// The same, by their reason.
    pub why: BTreeMap<&'static str, u64>,
    /// Faults that struck.
    pub faults: BTreeMap<Fault, u64>,
    /// Invocations of the processor.
    pub invocations: u64,
    /// Claims that named nothing that was produced.
    pub false_claims: u64,
    /// The details that the bus accepted, in its order.
    pub details: Vec<String>,
}

/// The services of a schedule, in memory.
#[derive(Clone)]
struct Memory {
    clock: VirtualClock,
    table: Table,
    queue: Queue,
    documents: Queue,
    bucket: Bucket,
    tries: Tries,
}

impl Services for Memory {
    type Sink = Bus;
    type Ledger = Table;
    type DeadLetters = Queue;
    type Queue = Queue;
    type Folder = Bucket;
    type Attempts = Tries;
    type Clock = VirtualClock;

    fn sink(&self) -> Bus {
        Bus
    }
    fn ledger(&self) -> Table {
        self.table.clone()
    }
    fn dead_letters(&self) -> Queue {
        self.queue.clone()
    }
    fn queue(&self) -> Queue {
        self.queue.clone()
    }
    fn folder(&self) -> Bucket {
        self.bucket.clone()
    }
    fn document_queue(&self) -> Option<Queue> {
        Some(self.documents.clone())
    }
    fn attempts(&self) -> Tries {
        self.tries.clone()
    }
    async fn keep_object(&self, key: String, body: String) {
        self.bucket.put(key, body.into());
    }
    async fn send_pointer(
        &self,
        pointer: String,
        merged: Option<(usize, String)>,
    ) -> (usize, bool) {
        if let Some((number, merged)) = merged
            && self.documents.replace(number, merged)
        {
            return (number, true);
        }
        (self.documents.send(pointer), false)
    }
    async fn forget_claims(&self) -> bool {
        self.table.clear();
        true
    }
    fn clock(&self) -> VirtualClock {
        self.clock.clone()
    }
}

/// Runs one schedule in memory and virtual time.
#[must_use]
pub fn simulate(seed: u64, options: &Options, rules: &Rules, traced: bool) -> Ran {
    let clock = VirtualClock::new(begin(), seed);
    let services = Memory {
        clock: clock.clone(),
        table: Table::default(),
        queue: Queue::new(&clock),
        documents: Queue::new(&clock),
        bucket: Bucket::default(),
        tries: Tries::default(),
    };
    let stand = stand(seed, options, rules, services, traced);
    if let Err(stuck) = clock.run(stand.pool.run(schedule(stand.clone())), AT_MOST) {
        stand.world.state().violate(format!("stuck: {stuck}"));
    }
    verdict(&stand)
}

/// Runs one schedule over services of the caller's, in the time of their clock.
pub async fn simulate_over<V: Services>(
    seed: u64,
    options: &Options,
    rules: &Rules,
    services: V,
) -> Ran {
    let stand = stand(seed, options, rules, services, true);
    stand.pool.run(schedule(stand.clone())).await;
    verdict(&stand)
}

fn begin() -> Timestamp {
    Timestamp::from_millisecond(BEGIN_MS).expect("within this century")
}

fn stand<V: Services>(
    seed: u64,
    options: &Options,
    rules: &Rules,
    services: V,
    traced: bool,
) -> Stand<V> {
    let mut chance = Chance::new(seed);
    let scenario = Scenario::draw(options, &mut chance);
    let world = World::new(&scenario, chance, traced);
    learn_event_ids(&world, &scenario, rules);
    let Rules { pipeline, mended } = rules.clone();
    Stand::new(world, services, (pipeline, mended), scenario)
}

/// The first poller, the operator's deeds and the replays, until all is settled.
async fn schedule<V: Services>(stand: Stand<V>) {
    let mut operator = Operator::start(&stand);
    let (ended, replays) = oneshot::channel();
    let replaying = stand.clone();
    stand.pool.spawn(async move {
        replay_now_and_then(&replaying).await;
        let _ = ended.send(());
    });
    operator.run().await;
    stand.world.state().over = true;
    let _ = replays.await;
    for number in 0..LAST_REPLAYS_MAX {
        if left(&stand.world) == 0 && stand.documents_left().await == 0 {
            return;
        }
        if number > 0 {
            stand.services.clock().sleep(until_visible(&stand.world)).await;
        }
        stand.replay_documents(1_000 + 2 * number).await;
        stand.replay_letters(1_001 + 2 * number).await;
    }
    stand.world.state().violate("stuck: letters or documents are left".to_owned());
}

/// How long whatever a replay held may be hidden: one that was killed has given nothing back.
fn until_visible(world: &World) -> Duration {
    let killed = world.state().faults.struck.contains_key(&Fault::ReplayKilled);
    if killed { HIDDEN } else { Duration::from_secs(1) }
}

async fn replay_now_and_then<V: Services>(stand: &Stand<V>) {
    let mut number = 0;
    while !stand.world.state().over {
        let millis = 1 + stand.world.below(4_000);
        stand.services.clock().sleep(Duration::from_millis(millis)).await;
        number += 2;
        match stand.world.below(8) {
            0 | 1 => stand.replay_letters(number).await,
            2 => stand.replay_documents(number).await,
            4 if stand.world.strikes(Fault::PutBack) => stand.put_back().await,
            3 if stand.world.strikes(Fault::TwoReplays) => stand.replay_at_once(number).await,
            _ => {}
        }
    }
}

/// How many items have a letter that a replay can publish.
fn left(world: &World) -> usize {
    let state = world.state();
    let open = state.items.iter().filter(|item| item.open_letters > 0);
    open.filter(|item| item.kind != Kind::Garbage).count()
}

/// What is promised, item by item, and what a consumer has in the end.
fn verdict<V: Services>(stand: &Stand<V>) -> Ran {
    let placed = !stand.scenario.settings.enhanced_fan_out;
    let mut state = stand.world.state();
    for index in 0..state.items.len() {
        let (name, item) = (state.name(index), &state.items[index]);
        let (published, allowed) = (item.published, 1 + item.excuses);
        let is_there = match item.kind {
            Kind::Good | Kind::Poison => published > 0,
            Kind::Garbage => item.letters > 0,
            Kind::Skipped | Kind::Filtered => true,
        };
        let again = state
            .rewound
            .is_some_and(|(at, first)| index >= first && published > 0 && item.last <= at);
        if !is_there {
            state.violate(format!("lost: {name}"));
        } else if published > allowed {
            state.violate(format!("twice: {name} published {published} times, {allowed} allowed"));
        } else if again {
            state.violate(format!("rewind: {name} not published again"));
        }
    }
    // Where Lambda takes aggregates apart, nobody knows in which order their parts were.
    if placed && consumed(state.details.iter().map(String::as_str)) != consumed(state.in_order()) {
        let (found, wanted) =
            (consumed(state.details.iter().map(String::as_str)), consumed(state.in_order()));
        state.violate(format!("consumer: {found:?} instead of {wanted:?}"));
    }
    let (hash, trace) = state.trace();
    let publishable = state.items.iter().filter(|item| item.published > 0);
    let items = publishable.count() as u64;
    Ran {
        violation: state.violation().map(str::to_owned),
        hash,
        trace,
        items,
        accepted: state.accepted,
        duplicates: state.accepted - items,
        excuses: state.items.iter().map(|item| item.excuses).sum(),
        why: state.why.clone(),
        faults: state.faults.struck.clone(),
        invocations: state.invocations,
        false_claims: state.false_claims,
        details: std::mem::take(&mut state.details),
    }
}

/// What a subscriber has in the end that does as `docs/delivery.md` says.
fn consumed<'a>(details: impl Iterator<Item = &'a str>) -> crate::State {
    let mut consumer = Consumer::default();
    for detail in details {
        consumer.take(detail).expect("what is published is an event");
    }
    consumer.state()
}

/// Keeps what it is given: the events as they would be without any fault.
#[derive(Clone, Default)]
struct Collected(Arc<std::sync::Mutex<Vec<Arc<OutboundEvent>>>>);

impl Sink for Collected {
    async fn publish(&self, events: Vec<Arc<OutboundEvent>>) -> Result<Vec<Delivery>, CallError> {
        let accepted = vec![Delivery::Accepted; events.len()];
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(events);
        Ok(accepted)
    }
}

/// Delivers every record once with nothing that goes wrong, to know which event is whose.
fn learn_event_ids(world: &World, scenario: &Scenario, rules: &Rules) {
    for filled in &scenario.shards {
        let clock = VirtualClock::new(begin(), 0);
        let sink = Collected::default();
        let ports = drive::Ports {
            sink: sink.clone(),
            ledger: Table::default(),
            dead_letters: Queue::new(&clock),
            clock: clock.clone(),
            objects: NoObjects,
        };
        let shard = Shard { stream_arn: STREAM_ARN.into(), id: filled.shard.id.as_str().into() };
        let delivery = filled.produced.iter().map(|produced| raw(&produced.record)).collect();
        let settings = BatchSettings {
            attempts_max: 1,
            in_flight_max: 1,
            request_timeout: Duration::from_secs(1),
            reserve: Duration::from_secs(1),
            keep: LedgerKeep::Failures,
            scope: crate::stand::scope(0),
            claim_ttl: Duration::from_secs(1),
        };
        let batch = Batch::new(shard, delivery, &rules.mended, settings, "none");
        let deadline = clock.now().checked_add(AT_MOST).unwrap_or(Timestamp::MAX);
        let run = clock.run(deliver(batch, &ports, deadline), AT_MOST);
        run.expect("nothing goes wrong");
        let events = sink.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for event in events.iter() {
            learn(world, filled, event.detail.get());
        }
    }
}

fn learn(world: &World, filled: &crate::scenario::Filled, text: &str) {
    let detail: Value = serde_json::from_str(text).expect("a detail is JSON");
    let metadata = &detail["metadata"];
    let number = metadata["sequenceNumber"].as_str().unwrap_or_default();
    let sub_sequence = metadata["subSequence"].as_u64().unwrap_or_default() as usize;
    let slot = u32::from(!metadata["movedFrom"].is_null());
    let place = filled.produced.iter().find(|produced| produced.record.sequence.as_str() == number);
    let key = place.expect("it was produced").keys()[sub_sequence].slot(slot);
    let id = metadata["eventId"].as_str().unwrap_or_default().to_owned();
    let mut state = world.state();
    let item = state.by_key[&key.0];
    state.by_event.insert(id, item);
    state.items[item].detail = Some(text.to_owned());
}
