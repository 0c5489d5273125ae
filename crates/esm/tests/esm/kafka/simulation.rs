//! Seeded worlds: random topics, random answers, and a model of what may be delivered next.
//!
//! The model knows of each partition how many records are settled: a delivery must begin exactly
//! there and leave nothing out, so nothing committed comes again and nothing is overtaken. What the
//! mapping commits must be what the model has settled. `SIMULATION_SEED` runs one seed again.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
    time::Duration,
};

use bytes::Bytes;
use cdc_core::ports::Clock;
use cdc_esm::{
    BoxError, Control, Ended, Function, FunctionError, OnFailure, ReadError, StartPosition,
    kafka::{
        Event, FailureDocument, GivenUp, ListedPartition, Mapping, Page, Plan, Ports, Settings,
        TopicPartition, TopicReader, TopicRecord, Until, run,
    },
    virtual_time::{Chance, VirtualClock},
};

use super::world::{TestTopics, delivered, partition, record, report, source};
use crate::{
    simulation::Seed,
    world::{HOUR, clock},
};

const SEEDS: u64 = 400;
/// Set to a seed that failed, to run that one alone.
const SIMULATION_SEED: Option<u64> = None;

struct World {
    clock: VirtualClock,
    topics: TestTopics,
    chance: Mutex<Chance>,
    /// How many of the partition's records are settled or given up in this pass.
    settled: Mutex<HashMap<TopicPartition, usize>>,
    deliveries: Mutex<u64>,
}

impl World {
    fn below(&self, end: u64) -> u64 {
        self.chance.lock().unwrap().below(end)
    }

    async fn pause(&self, at_most_ms: u64) {
        let millis = self.below(at_most_ms + 1);
        self.clock.sleep(Duration::from_millis(millis)).await;
    }

    fn settled(&self, id: &TopicPartition) -> usize {
        self.settled.lock().unwrap().get(id).copied().unwrap_or(0)
    }

    fn settle(&self, name: &str, records: usize) {
        *self.settled.lock().unwrap().entry(partition(name)).or_default() += records;
    }

    fn due(&self, id: &TopicPartition) -> &[TopicRecord] {
        &self.topics.partitions[id][self.settled(id)..]
    }

    fn expect_delivery(&self, batch: &[(String, Vec<u64>)]) {
        for (name, offsets) in batch {
            let due = self.due(&partition(name)).iter().take(offsets.len());
            let due: Vec<_> = due.map(|record| record.offset).collect();
            assert_eq!(*offsets, due, "{name}: delivered, and due");
        }
        *self.deliveries.lock().unwrap() += 1;
    }

    fn observe(&self, event: &Event) {
        match event {
            Event::PassStarted { .. } => self.settled.lock().unwrap().clear(),
            Event::GivenUp(gone) => self.give_up(gone),
            Event::Committed { partition, position } => {
                let next = self.due(partition).first().map(|record| record.offset);
                assert!(next.is_none_or(|next| *position <= next), "{partition} at {position}");
            }
            _ => {}
        }
    }

    fn give_up(&self, gone: &GivenUp) {
        for (id, range) in &gone.ranges {
            let head = &self.due(id)[..range.records];
            assert_eq!((head[0].offset, head[range.records - 1].offset), (range.first, range.last));
            self.settle(&id.to_string(), range.records);
        }
    }

    /// A random answer, whose effect is settled in the model: what AWS makes of it.
    fn answer(&self, batch: &[(String, Vec<u64>)]) -> Result<Bytes, FunctionError> {
        match self.below(12) {
            0 => Err(FunctionError::Failed("crashed".into())),
            1 => Err(FunctionError::NotInvoked("throttled".into())),
            2 => Err(FunctionError::TimedOut),
            3 => Ok("{\"batchItemFailures\":[{\"itemIdentifier\":null}]}".into()),
            4 => Ok(report(&[&format!("{}:{}", batch[0].0, batch[0].1[0]), "t-0:1000000"])),
            5..=8 => Ok(self.partial(batch)),
            said => {
                for (name, offsets) in batch {
                    self.settle(name, offsets.len());
                }
                Ok(["{}", "null", ""][usize::try_from(said - 9).unwrap()].into())
            }
        }
    }

    /// Reports one to three records, wherever they are.
    fn partial(&self, batch: &[(String, Vec<u64>)]) -> Bytes {
        let mut lowest: BTreeMap<&str, usize> = BTreeMap::new();
        let mut reported = Vec::new();
        for _ in 0..=self.below(3) {
            let (name, offsets) = &batch[usize::try_from(self.below(batch.len() as u64)).unwrap()];
            let at = usize::try_from(self.below(offsets.len() as u64)).unwrap();
            let first = lowest.entry(name).or_insert(at);
            *first = at.min(*first);
            reported.push(format!("{name}:{}", offsets[at]));
        }
        for (name, offsets) in batch {
            self.settle(name, lowest.get(name.as_str()).copied().unwrap_or(offsets.len()));
        }
        report(&reported.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

impl TopicReader for World {
    async fn partitions(&self) -> Result<Vec<ListedPartition>, ReadError> {
        self.pause(20).await;
        match self.below(4) {
            0 => Err(ReadError::Transient("no coordinator".into())),
            _ => self.topics.partitions().await,
        }
    }

    async fn read(&self, id: &TopicPartition, from: u64, most: usize) -> Result<Page, ReadError> {
        self.pause(20).await;
        match self.below(8) {
            0 => Err(ReadError::Transient("not the leader".into())),
            1 => Ok(Page { records: vec![], next: from, end: u64::MAX }),
            2 => self.topics.read(id, from, most.div_ceil(2)).await,
            _ => self.topics.read(id, from, most).await,
        }
    }
}

impl Function for World {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let batch = delivered(&event);
        self.expect_delivery(&batch);
        self.pause(300).await;
        self.answer(&batch)
    }
}

impl OnFailure<FailureDocument> for World {
    async fn keep(&self, document: &FailureDocument) -> Result<(), BoxError> {
        self.pause(50).await;
        let records: usize = delivered(&document.event).iter().map(|(_, o)| o.len()).sum();
        assert_eq!(records, document.given_up.records);
        if self.below(3) == 0 { Err("unavailable".into()) } else { Ok(()) }
    }
}

/// One to six partitions of two topics; offsets with gaps, records that come over some seconds.
fn random_topics(chance: &mut Chance, clock: &VirtualClock, spread_ms: u64) -> TestTopics {
    let mut topics = TestTopics::parse("", clock);
    for number in 0..=chance.below(6) {
        let topic = if number.is_multiple_of(2) { "t" } else { "u-1" };
        let id = TopicPartition::new(topic, u32::try_from(number / 2).unwrap());
        let mut times: Vec<_> =
            (0..chance.below(25)).map(|_| chance.below(spread_ms + 1)).collect();
        times.sort_unstable();
        let mut offset = chance.below(3);
        let records = times.into_iter().map(|time| {
            offset += 1 + chance.below(20) / 19;
            record(&id, offset, i64::try_from(time).unwrap(), 1)
        });
        let records = records.collect();
        topics.partitions.insert(id, records);
    }
    topics
}

fn random_settings(chance: &mut Chance) -> Settings {
    Settings {
        batch_size: 1 + u32::try_from(chance.below(9)).unwrap(),
        batch_window: Duration::from_millis([0, 0, 500, 3_000][chance.below(4) as usize]),
        consumers: 1 + u32::try_from(chance.below(4)).unwrap(),
        maximum_retry_attempts: [-1, -1, 0, 2][chance.below(4) as usize],
        maximum_record_age_s: [-1, -1, 2, 30][chance.below(4) as usize],
        bisect_batch_on_function_error: chance.one_in(3),
        ..Settings::default()
    }
}

fn simulate(seed: u64) -> u64 {
    let mut chance = Chance::new(seed);
    let clock = clock(seed);
    let to_the_tip = chance.one_in(2);
    let topics = random_topics(&mut chance, &clock, if to_the_tip { 0 } else { 8_000 });
    let ends = topics.ends();
    let until = if to_the_tip { Until::Tip } else { Until::Reached(ends.clone()) };
    let redeliver = vec![StartPosition::TrimHorizon; usize::try_from(chance.below(3)).unwrap()];
    let passes = redeliver.len() as u32 + 1;
    let settings = random_settings(&mut chance).check().unwrap();
    let mapping = Mapping::new(settings, source(), Plan { until, redeliver }, clock.now());
    let (settled, deliveries) = (Mutex::default(), Mutex::default());
    let world =
        World { clock: clock.clone(), topics, chance: Mutex::new(chance), settled, deliveries };
    let ports = Ports { reader: &world, function: &world, on_failure: &world, clock: &clock };
    let observe = |event: &Event| world.observe(event);
    let ended = clock.run(run(mapping, ports, &Control::default(), observe), HOUR);
    let (ended, summary) = ended.expect("goes on until all is settled").unwrap();
    assert_eq!((ended, summary.counts.passes), (Ended::Settled, passes));
    assert_eq!(summary.positions, ends, "something is left");
    let records: usize = world.topics.partitions.values().map(Vec::len).sum();
    let settled: usize = world.settled.lock().unwrap().values().sum();
    assert_eq!(settled, records, "the last pass settled all");
    let counts = summary.counts;
    assert_eq!(counts.settled + counts.given_up_records, records as u64 * u64::from(passes));
    let deliveries = *world.deliveries.lock().unwrap();
    assert_eq!(deliveries, counts.deliveries);
    deliveries
}

#[test]
fn in_every_world_all_is_settled_in_order_and_nothing_is_committed_past_what_is_not() {
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
