//! Seeded worlds: random messages, random answers, a queue whose calls fail, and a model of what may
//! happen next.
//!
//! The model knows each receipt by what was answered for it, and each group by what of it is in
//! flight. In the end every message is deleted or in the dead-letter queue. `SIMULATION_SEED` in the
//! code below runs one seed again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Mutex,
    time::Duration,
};

use bytes::Bytes;
use cdc_core::ports::Clock;
use cdc_esm::{
    Control, Ended, Function, FunctionError, StartPosition,
    sqs::{
        Deletion, Depth, Event, Mapping, Plan, Ports, Queue, QueueError, QueueKind, ReceiptHandle,
        Received, Settings, Until, run,
    },
    virtual_time::{Chance, VirtualClock},
};
use jiff::Timestamp;

use super::world::{Seen, VirtualQueue, bodies, queues, seen};
use crate::{
    simulation::Seed,
    world::{clock, report},
};

const SEEDS: u64 = 400;
/// Set to a seed that failed, to run that one alone.
const SIMULATION_SEED: Option<u64> = None;
const DAY: Duration = Duration::from_secs(86_400);

#[derive(Default)]
struct Model {
    /// By receipt: the message, and when its visibility timeout is over.
    in_flight: HashMap<String, (String, Timestamp)>,
    /// Receipts whose message an answer settled.
    settled_receipts: HashSet<String>,
    /// Messages that are settled or dead: nothing of their group before them may be neither.
    done: HashSet<String>,
    running: BTreeSet<String>,
    deleted: BTreeMap<String, usize>,
    dead: HashSet<String>,
    bodies_by_id: HashMap<String, String>,
}

/// A message's body is `group/number`.
fn place(body: &str) -> (&str, u64) {
    let (group, number) = body.split_once('/').unwrap();
    (group, number.parse().unwrap())
}

struct World {
    clock: VirtualClock,
    queue: VirtualQueue,
    kind: QueueKind,
    visibility: Duration,
    chance: Mutex<Chance>,
    model: Mutex<Model>,
}

impl World {
    fn below(&self, end: u64) -> u64 {
        self.chance.lock().unwrap().below(end)
    }

    fn one_in(&self, n: u64) -> bool {
        self.below(n) == 0
    }

    async fn pause(&self, at_most_ms: u64) {
        let millis = self.below(at_most_ms + 1);
        self.clock.sleep(Duration::from_millis(millis)).await;
    }

    async fn call(&self) -> Result<(), QueueError> {
        self.pause(10).await;
        if self.one_in(5) { Err(QueueError::Transient("throttled".into())) } else { Ok(()) }
    }

    fn send(&self, group: u64, number: u64) {
        let body = format!("{group}/{number}");
        let name = format!("g{group}");
        let sent = match self.kind {
            QueueKind::Standard => self.queue.send(&body, None, None),
            QueueKind::Fifo => self.queue.send(&body, Some(&name), Some(&body)),
        };
        let id = sent.unwrap().id.to_string();
        self.model.lock().unwrap().bodies_by_id.insert(id, body);
    }

    /// Nothing of a group is received while another receive of it is in flight.
    fn expect_received(&self, received: &Received) {
        let (now, mut model) = (self.clock.now(), self.model.lock().unwrap());
        model.in_flight.retain(|_, (_, until)| *until > now);
        for taken in &received.messages {
            let (group, _) = place(&taken.message.body);
            let mut others = model.in_flight.values().map(|(body, _)| body.as_str());
            let clash = others.any(|body| match self.kind {
                QueueKind::Standard => body == &*taken.message.body,
                QueueKind::Fifo => place(body).0 == group,
            });
            assert!(!clash, "{} is received twice at once", taken.message.body);
        }
        for taken in &received.messages {
            let held = (taken.message.body.to_string(), now + self.visibility);
            model.in_flight.insert(taken.receipt.as_str().to_owned(), held);
        }
    }

    /// Of a group that is being delivered nothing is delivered, unless its time was over.
    fn expect_delivery(&self, batch: &[Seen]) {
        let (now, mut model) = (self.clock.now(), self.model.lock().unwrap());
        let lives = |model: &Model, receipt: &str| {
            model.in_flight.get(receipt).is_some_and(|(_, until)| *until > now)
        };
        for seen in batch {
            assert!(lives(&model, &seen.receipt), "{} is not ours any more", seen.body);
        }
        if self.kind == QueueKind::Fifo {
            let mut last = HashMap::new();
            for seen in batch {
                let (group, number) = place(&seen.body);
                let before = last.insert(group, number);
                assert!(before < Some(number), "{} out of order", seen.body);
            }
            let running = model.running.iter().filter(|receipt| lives(&model, receipt));
            let groups: Vec<_> =
                running.map(|receipt| place(&model.in_flight[receipt].0)).collect();
            let clash = groups.iter().any(|(group, _)| last.contains_key(group));
            assert!(!clash, "a group is delivered twice at once: {groups:?}");
        }
        model.running.extend(batch.iter().map(|seen| seen.receipt.clone()));
    }

    /// What a careful consumer reports of a batch: of a FIFO group all behind its first failure.
    fn failures<'a>(&self, batch: &'a [Seen]) -> Vec<&'a Seen> {
        let mut broken = HashSet::new();
        let failed = batch.iter().filter(|seen| {
            let (group, _) = place(&seen.body);
            let fails = self.one_in(4) || self.kind == QueueKind::Fifo && broken.contains(group);
            if fails {
                broken.insert(group);
            }
            fails
        });
        failed.collect()
    }

    fn settle(&self, batch: &[Seen], failed: &[&Seen]) {
        let mut model = self.model.lock().unwrap();
        for seen in batch.iter().filter(|seen| failed.iter().all(|failed| failed.id != seen.id)) {
            model.settled_receipts.insert(seen.receipt.clone());
            let (group, number) = place(&seen.body);
            for before in 0..number * u64::from(self.kind == QueueKind::Fifo) {
                let before = format!("{group}/{before}");
                assert!(model.done.contains(&before), "{} settled before {before}", seen.body);
            }
            model.done.insert(seen.body.clone());
        }
    }

    fn answer(&self, batch: &[Seen]) -> Result<Bytes, FunctionError> {
        match self.below(10) {
            0 => Err(FunctionError::Failed("crashed".into())),
            1 => Err(FunctionError::NotInvoked("throttled".into())),
            2 => Ok(r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#.into()),
            3 => Ok(report(&[&batch[0].id, "unknown"])),
            4..=7 => {
                let failed = self.failures(batch);
                self.settle(batch, &failed);
                Ok(report(&failed.iter().map(|seen| seen.id.as_str()).collect::<Vec<_>>()))
            }
            said => {
                self.settle(batch, &[]);
                Ok(["null", ""][usize::try_from(said - 8).unwrap()].into())
            }
        }
    }

    fn observe(&self, event: &Event) {
        let mut model = self.model.lock().unwrap();
        match event {
            Event::Deleted(ids) => {
                for id in ids {
                    *model.deleted.entry(id.to_string()).or_default() += 1;
                }
            }
            Event::Redriven(ids) => {
                for id in ids {
                    let body = model.bodies_by_id[id.as_str()].clone();
                    model.done.insert(body.clone());
                    model.dead.insert(body);
                }
            }
            _ => {}
        }
    }
}

impl Function for World {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let batch = seen(&event);
        self.expect_delivery(&batch);
        let running = Running(self, batch);
        // Now and then longer than the function may take.
        self.pause(1_100).await;
        self.answer(&running.1)
    }
}

/// A batch under way, until it is answered or given up.
struct Running<'a>(&'a World, Vec<Seen>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Ok(mut model) = self.0.model.lock() {
            for seen in &self.1 {
                model.running.remove(&seen.receipt);
            }
        }
    }
}

impl Queue for World {
    async fn receive(&self, max: usize, wait: Duration) -> Result<Received, QueueError> {
        self.call().await?;
        let received = self.queue.receive(max, wait).await?;
        assert!(received.messages.len() <= max);
        self.expect_received(&received);
        Ok(received)
    }

    async fn delete(&self, receipts: &[ReceiptHandle]) -> Result<Vec<Deletion>, QueueError> {
        self.call().await?;
        let settled = |receipt: &ReceiptHandle| {
            self.model.lock().unwrap().settled_receipts.contains(receipt.as_str())
        };
        assert!(receipts.iter().all(settled), "deleted, and was not settled");
        let mut deletions = Vec::new();
        for receipt in receipts {
            if self.one_in(6) {
                deletions.push(Deletion::Failed);
                continue;
            }
            deletions.extend(self.queue.delete(std::slice::from_ref(receipt)).await?);
            self.model.lock().unwrap().in_flight.remove(receipt.as_str());
        }
        if self.one_in(10) {
            // Done, and nobody is told.
            return Err(QueueError::Transient("connection lost".into()));
        }
        Ok(deletions)
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        self.call().await?;
        self.queue.depth().await
    }

    async fn redeliver(&self, start: StartPosition) -> Result<usize, QueueError> {
        self.call().await?;
        self.queue.redeliver(start).await
    }
}

fn settings(chance: &mut Chance, kind: QueueKind) -> Settings {
    let gathers = kind == QueueKind::Standard && chance.one_in(2);
    Settings {
        batch_size: 1 + chance.below(if gathers { 25 } else { 10 }) as u32,
        batch_window: Duration::from_millis(if gathers { 1 + chance.below(500) } else { 0 }),
        maximum_concurrency: 1 + chance.below(6) as u32,
        function_timeout: Duration::from_secs(1),
        ..Settings::default()
    }
}

/// How many deliveries it took, and when it was over.
fn simulate(seed: u64) -> (u64, Timestamp) {
    let mut chance = Chance::new(seed);
    let clock = clock(seed);
    let kind = if chance.one_in(3) { QueueKind::Standard } else { QueueKind::Fifo };
    let visibility = Duration::from_millis(1_500 + chance.below(6_000));
    let settings = settings(&mut chance, kind);
    let (queue, dead) = queues(kind, visibility, 1 + chance.below(5) as u32, &clock);
    let (groups, messages) = (1 + chance.below(5), 1 + chance.below(60));
    let (chance, model) = (Mutex::new(chance), Mutex::default());
    let world =
        World { clock: clock.clone(), queue: queue.clone(), kind, visibility, chance, model };
    let mut numbers = HashMap::new();
    for _ in 0..messages {
        let group = world.below(groups);
        let number = numbers.entry(group).or_insert(0);
        world.send(group, *number);
        *number += 1;
    }
    let checked = settings.check(queue.facts()).unwrap();
    let plan = Plan { until: Until::Empty, redeliver: vec![] };
    let mapping = Mapping::new(checked, plan, clock.now());
    let ports = Ports { queue: &world, function: &world, clock: &clock };
    let observe = |event: &Event| world.observe(event);
    let ended = clock.run(run(mapping, ports, &Control::default(), observe), DAY).unwrap();
    let (ended, summary) = ended.unwrap();
    assert_eq!((ended, bodies(&queue).as_str()), (Ended::Settled, ""));
    let model = world.model.lock().unwrap();
    let in_dead: HashSet<_> = dead.look().iter().map(|message| message.body.to_string()).collect();
    assert_eq!(in_dead, model.dead, "the dead-letter queue, and what was told of it");
    assert_eq!(model.done.len() as u64, messages, "settled or dead");
    assert!(model.deleted.values().all(|times| *times == 1), "deleted once");
    assert_eq!(summary.deleted, model.deleted.len() as u64);
    assert_eq!(summary.received, summary.deleted + summary.returned);
    assert_eq!(summary.redriven, in_dead.len() as u64);
    (summary.deliveries, clock.now())
}

#[test]
fn every_message_ends_deleted_or_dead_and_groups_keep_their_order() {
    let seeds = SIMULATION_SEED.map_or(0..SEEDS, |seed| seed..seed + 1);
    let deliveries: u64 = seeds
        .map(|seed| {
            let _named = Seed(seed);
            simulate(seed).0
        })
        .sum();
    assert!(SIMULATION_SEED.is_some() || deliveries > 10 * SEEDS, "{deliveries}: worlds too small");
}

#[test]
fn a_seed_replays() {
    assert_eq!(simulate(3), simulate(3));
}
