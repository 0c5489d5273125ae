//! Seeded worlds: a random stream, random answers, and a model of what may be delivered next.
//!
//! The model knows, shard by shard, how many records are settled. Each delivery must begin exactly
//! there and leave nothing out; a child may come only when its parents are settled; in the end
//! nothing is left. `SIMULATION_SEED` in the code below runs one seed again.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use bytes::Bytes;
use cdc_core::ports::Clock;
use cdc_esm::{
    Control, Ended, Event, Function, FunctionError, GivenUp, Mapping, NoDestination, Page, Plan,
    Ports, ReadError, ReadFrom, Settings, Shard, ShardId, StartPosition, StreamReader,
    StreamRecord, Until, run,
    virtual_time::{Chance, VirtualClock},
};

use crate::world::{HOUR, Manners, TestShard, TestStream, clock, numbers, record, report, source};

const SEEDS: u64 = 400;
/// Set to a seed that failed, to run that one alone.
const SIMULATION_SEED: Option<u64> = None;

struct World {
    clock: VirtualClock,
    stream: TestStream,
    chance: Mutex<Chance>,
    /// How many of the shard's records are settled or given up in this pass.
    settled: Mutex<HashMap<String, usize>>,
    deliveries: Mutex<u64>,
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

    fn shard(&self, name: &str) -> &TestShard {
        self.stream.shards.iter().find(|shard| shard.id.as_str() == name).unwrap()
    }

    fn settled(&self, name: &str) -> usize {
        self.settled.lock().unwrap().get(name).copied().unwrap_or(0)
    }

    fn settle(&self, name: &str, records: usize) {
        *self.settled.lock().unwrap().entry(name.into()).or_default() += records;
    }

    fn is_settled(&self, shard: &TestShard) -> bool {
        self.settled(shard.id.as_str()) == shard.records.len()
    }

    fn expect_delivery(&self, name: &str, delivered: &[String]) {
        let shard = self.shard(name);
        for parent in &shard.parents {
            assert!(self.is_settled(self.shard(parent.as_str())), "{name} before {parent}");
        }
        let from = self.settled(name);
        let due = &shard.records[from..(from + delivered.len()).min(shard.records.len())];
        let due: Vec<_> = due.iter().map(|record| record.sequence.to_string()).collect();
        assert_eq!(delivered, due, "{name}: delivered, and due");
        *self.deliveries.lock().unwrap() += 1;
    }

    fn give_up(&self, gone: &GivenUp) {
        let name = gone.lane.shard.as_str();
        assert_eq!(self.shard(name).records[self.settled(name)].sequence, gone.first);
        self.settle(name, gone.records);
        assert_eq!(self.shard(name).records[self.settled(name) - 1].sequence, gone.last);
    }

    fn observe(&self, event: &Event) {
        match event {
            Event::PassStarted { .. } => self.settled.lock().unwrap().clear(),
            Event::GivenUp(gone) => self.give_up(gone),
            _ => {}
        }
    }

    /// A random answer, whose effect is settled in the model: what AWS makes of it.
    fn answer(&self, name: &str, batch: &[String]) -> Result<Bytes, FunctionError> {
        match self.below(12) {
            0 => Err(FunctionError::Failed("crashed".into())),
            1 => Err(FunctionError::NotInvoked("throttled".into())),
            2 => Err(FunctionError::TimedOut),
            3 => Ok("{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}".into()),
            4 => Ok(report(&[&batch[0], "1000000"])),
            5..=8 => {
                let reported: Vec<_> = (0..=self.below(3))
                    .map(|_| usize::try_from(self.below(batch.len() as u64)).unwrap())
                    .collect();
                self.settle(name, *reported.iter().min().unwrap());
                Ok(report(&reported.iter().map(|at| batch[*at].as_str()).collect::<Vec<_>>()))
            }
            said => {
                self.settle(name, batch.len());
                Ok(["{}", "null", ""][usize::try_from(said - 9).unwrap()].into())
            }
        }
    }
}

impl StreamReader for World {
    async fn shards(&self) -> Result<Vec<Shard>, ReadError> {
        self.pause(20).await;
        if self.one_in(4) {
            return Err(ReadError::Transient("throttled".into()));
        }
        self.stream.shards().await
    }

    async fn read(&self, shard: &ShardId, from: &ReadFrom) -> Result<Page, ReadError> {
        self.pause(20).await;
        match self.below(8) {
            0 => Err(ReadError::Transient("throttled".into())),
            1 => Ok(Page { millis_behind_latest: 1, ..Page::default() }),
            _ => self.stream.read(shard, from).await,
        }
    }
}

impl Function for World {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let (shard, batch) = numbers(&event);
        self.expect_delivery(&shard, &batch);
        self.pause(300).await;
        self.answer(&shard, &batch)
    }
}

/// One to four shards, with or without a split and a merge; records that come over some seconds.
fn random_stream(chance: &mut Chance, clock: &VirtualClock, spread_ms: u64) -> TestStream {
    let shapes: [&[(&str, &[&str])]; 4] = [
        &[("a", &[])],
        &[("a", &[]), ("b", &[]), ("c", &[])],
        &[("a", &[]), ("b", &["a"]), ("c", &["a"])],
        &[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b", "c"])],
    ];
    let mut number = 1 + chance.below(98);
    let shape = shapes[usize::try_from(chance.below(4)).unwrap()];
    let mut shards = Vec::new();
    for (name, parents) in shape {
        let parents = parents.iter().map(|parent| ShardId::new(parent)).collect();
        let records = random_records(chance, &mut number, spread_ms);
        shards.push(TestShard { id: ShardId::new(name), parents, records });
    }
    let manners = Manners {
        page: 1 + usize::try_from(chance.below(12)).unwrap(),
        empty_pages: chance.one_in(2),
        always_at_tip: chance.one_in(2),
        hides_children: chance.one_in(2),
        ..Manners::default()
    };
    TestStream { clock: clock.clone(), shards, manners, state: Mutex::default() }
}

fn random_records(chance: &mut Chance, number: &mut u64, spread_ms: u64) -> Vec<StreamRecord> {
    let mut arrivals = Vec::new();
    for _ in 0..chance.below(30) {
        arrivals.push(i64::try_from(chance.below(spread_ms + 1)).unwrap());
    }
    arrivals.sort_unstable();
    let next = |arrival| {
        *number += 1 + chance.below(3);
        record(*number, arrival, 1)
    };
    arrivals.into_iter().map(next).collect()
}

fn random_settings(chance: &mut Chance) -> Settings {
    Settings {
        batch_size: 1 + u32::try_from(chance.below(9)).unwrap(),
        batch_window: Duration::from_millis([0, 0, 500, 3_000][chance.below(4) as usize]),
        maximum_retry_attempts: [-1, -1, 0, 2][chance.below(4) as usize],
        maximum_record_age_s: [-1, -1, 2, 30][chance.below(4) as usize],
        ..Settings::default()
    }
}

fn simulate(seed: u64) -> u64 {
    let mut chance = Chance::new(seed);
    let clock = clock(seed);
    let to_the_tip = chance.one_in(2);
    let stream = random_stream(&mut chance, &clock, if to_the_tip { 0 } else { 8_000 });
    let until = if to_the_tip { Until::Tip } else { Until::Reached(stream.ends()) };
    let redeliver = vec![StartPosition::TrimHorizon; usize::try_from(chance.below(3)).unwrap()];
    let passes = redeliver.len() as u32 + 1;
    let settings = random_settings(&mut chance).check().unwrap();
    let mapping = Mapping::new(settings, source(), Plan { until, redeliver }, clock.now());
    let (settled, deliveries) = (Mutex::default(), Mutex::default());
    let world =
        World { clock: clock.clone(), stream, chance: Mutex::new(chance), settled, deliveries };
    let ports =
        Ports { reader: &world, function: &world, on_failure: &NoDestination, clock: &clock };
    let observe = |event: &Event| world.observe(event);
    let ended = clock.run(run(mapping, ports, &Control::default(), observe), HOUR);
    let (ended, summary) = ended.expect("goes on until all is settled").unwrap();
    assert_eq!((ended, summary.passes), (Ended::Settled, passes));
    assert!(world.stream.shards.iter().all(|shard| world.is_settled(shard)), "something is left");
    let deliveries = *world.deliveries.lock().unwrap();
    assert_eq!(deliveries, summary.deliveries);
    deliveries
}

/// Says which seed it was when the simulation panics.
pub(crate) struct Seed(pub(crate) u64);

impl Drop for Seed {
    #[expect(clippy::print_stderr, reason = "a failing simulation says how to run it again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {}: set SIMULATION_SEED to it and run `cargo nextest run -p cdc-esm simulation`",
                self.0
            );
        }
    }
}

#[test]
fn in_every_world_all_is_delivered_in_order_and_nothing_behind_a_failure_is_skipped() {
    let seeds = SIMULATION_SEED.map_or(0..SEEDS, |seed| seed..seed + 1);
    let deliveries: u64 = seeds
        .map(|seed| {
            let _named = Seed(seed);
            simulate(seed)
        })
        .sum();
    assert!(SIMULATION_SEED.is_some() || deliveries > 10 * SEEDS, "{deliveries}: worlds too small");
}

#[test]
fn a_seed_replays() {
    assert_eq!(simulate(3), simulate(3));
}
