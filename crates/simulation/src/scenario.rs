//! A scenario: the stream, the mapping's settings, the pipeline's, and what may go wrong, all drawn
//! from one seed.

use std::time::Duration;

use cdc_core::ledger::LedgerKeep;
use cdc_esm::{EventFilter, Settings, Shard, ShardId, StreamRecord, virtual_time::Chance};
use jiff::Timestamp;

use crate::{
    change::{Change, FILTERED, Produced},
    fault::Fault,
};

/// When every schedule begins.
pub(crate) const BEGIN_MS: i64 = 1_767_225_600_000;

/// Most changes that a small schedule has; more make it slower, not stranger.
const RECORDS_MAX: u64 = 9;

/// What a schedule is drawn from besides its seed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which faults may strike.
    pub faults: Vec<Fault>,
    /// ParallelizationFactor; drawn from 1, 2 and 10 where none is given.
    pub factor: Option<u32>,
    /// Whether full successes are claimed too; drawn where nothing is given.
    pub keep: Option<LedgerKeep>,
}

impl Default for Options {
    fn default() -> Self {
        Self { faults: Fault::ALL.to_vec(), factor: None, keep: None }
    }
}

/// Where on-failure documents go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Queue,
    Bucket,
}

/// A shard with what was put into it.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) shard: Shard,
    pub(crate) produced: Vec<Produced>,
}

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) shards: Vec<Filled>,
    pub(crate) settings: Settings,
    pub(crate) destination: Destination,
    pub(crate) keep: LedgerKeep,
    pub(crate) attempts_max: u32,
    pub(crate) in_flight_max: usize,
    pub(crate) faults: Vec<Fault>,
    pub(crate) budget: u64,
}

/// How a stream's shards follow each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    One,
    Split,
    Merge,
}

impl Scenario {
    pub(crate) fn draw(options: &Options, chance: &mut Chance) -> Self {
        let factor = options.factor.unwrap_or_else(|| [1, 1, 2, 2, 10][pick(chance, 5)]);
        let refactored = options.faults.contains(&Fault::Refactored) && chance.one_in(4);
        // Lambda takes aggregates apart for lanes only where it reads by enhanced fan-out; elsewhere an
        // aggregate has to keep to one partition key, or its rows are in two lanes.
        let enhanced_fan_out = factor > 1 && chance.below(10) < 4;
        let one_key = (factor > 1 || refactored) && !enhanced_fan_out;
        let faults = options.faults.iter().filter(|fault| match fault {
            Fault::Refactored => refactored && !enhanced_fan_out,
            Fault::Takeover | Fault::Rewind | Fault::Forgotten => chance.below(10) < 3,
            _ => chance.below(10) < 6,
        });
        let faults: Vec<Fault> = faults.copied().collect();
        let shape =
            [Shape::One, Shape::One, Shape::One, Shape::Split, Shape::Merge][pick(chance, 5)];
        let mut scenario = Self {
            shards: shards(shape),
            settings: settings(chance, factor, enhanced_fan_out),
            destination: match factor == 1 && !refactored && chance.one_in(2) {
                true => Destination::Queue,
                false => Destination::Bucket,
            },
            keep: options.keep.unwrap_or(if chance.one_in(2) {
                LedgerKeep::All
            } else {
                LedgerKeep::Failures
            }),
            attempts_max: 1 + chance.below(3) as u32,
            in_flight_max: 1 + pick(chance, 4),
            faults,
            budget: [0, 1, 2, 3, 4, 6, 8, 12][pick(chance, 8)],
        };
        if scenario.destination == Destination::Queue {
            // A pointer says nothing of a filter: what was left out would be read with the rest.
            scenario.settings.filter = None;
            scenario.settings.maximum_retry_attempts = [0, 0, 1][pick(chance, 3)];
        }
        scenario.produce(chance, shape, one_key, enhanced_fan_out);
        scenario
    }

    /// Draws the records of all shards, in the order of production.
    fn produce(&mut self, chance: &mut Chance, shape: Shape, one_key: bool, taken_apart: bool) {
        // Numbers are sparse, and cross from one digit to two and from two to three.
        let mut number = [1, 7, 96][pick(chance, 3)];
        let records = 3 + chance.below(RECORDS_MAX - 2);
        let spread_ms = [0, 0, 2_000, 8_000][pick(chance, 4)];
        let (mut changes, mut arrival_ms) = (0, 0);
        for index in 0..records {
            let late = index >= records / 2;
            number += 1 + chance.below(4);
            arrival_ms += chance.below(spread_ms / records + 1);
            let row = random_row(chance);
            let shard = home(shape, row, late);
            let subs = if chance.one_in(2) { 1 } else { [1, 1, 2, 3, 5][pick(chance, 5)] };
            let mut unit: Vec<Change> = Vec::new();
            for sub in 0..subs {
                let mates: Vec<char> = ('a'..='e')
                    .filter(|mate| home(shape, *mate, late) == shard)
                    .filter(|mate| {
                        *mate == row
                            || !one_key
                            || Change::partition_key(*mate) == Change::partition_key(row)
                    })
                    .collect();
                let of = if sub == 0 { row } else { mates[pick(chance, mates.len())] };
                // A key moves only to a row of the same partition key: R1 asks that all changes of a
                // row stand under one.
                let to = mates.iter().copied().find(|mate| {
                    *mate != of && Change::partition_key(*mate) == Change::partition_key(of)
                });
                let mut change = Change::draw(chance, of, to, changes);
                let unfiltered = subs > 1 || self.settings.filter.is_none();
                if unfiltered && change.kind == crate::change::Kind::Filtered {
                    // The filter sees whole records only.
                    change = Change { kind: crate::change::Kind::Good, ..change };
                    change.data = change.data.replace(FILTERED, "0");
                }
                // The same bytes once more; taken apart by Lambda they would count as one record.
                if sub == 2 && !taken_apart && chance.below(10) < 3 {
                    change = unit[0].clone();
                }
                unit.push(change);
                changes += 1;
            }
            let arrival = Timestamp::from_millisecond(BEGIN_MS + arrival_ms as i64);
            let arrival = arrival.expect("within this century");
            let produced = Produced::new(unit, number, arrival, subs == 1);
            self.shards[shard].produced.push(produced);
        }
    }
}

fn settings(chance: &mut Chance, factor: u32, enhanced_fan_out: bool) -> Settings {
    let filter = |record: &StreamRecord| {
        !std::str::from_utf8(&record.data).is_ok_and(|data| data.contains(FILTERED))
    };
    Settings {
        batch_size: 1 + chance.below(6) as u32,
        batch_window: Duration::from_millis([0, 0, 300, 1_000][pick(chance, 4)]),
        parallelization_factor: factor,
        maximum_retry_attempts: [0, 1, 2, 5, -1][pick(chance, 5)],
        maximum_record_age_s: [-1, -1, -1, 5, 60][pick(chance, 5)],
        bisect_batch_on_function_error: chance.below(10) < 6,
        enhanced_fan_out,
        filter: Some(EventFilter::new(filter)),
        ..Settings::default()
    }
}

fn shards(shape: Shape) -> Vec<Filled> {
    let shard = |number: usize, parents: &[usize]| Filled {
        shard: Shard {
            id: shard_id(number),
            parents: parents.iter().copied().map(shard_id).collect(),
        },
        produced: Vec::new(),
    };
    match shape {
        Shape::One => vec![shard(0, &[])],
        Shape::Split => vec![shard(0, &[]), shard(1, &[0]), shard(2, &[0])],
        Shape::Merge => vec![shard(0, &[]), shard(1, &[]), shard(2, &[0, 1])],
    }
}

fn shard_id(number: usize) -> ShardId {
    ShardId::new(&format!("shardId-{number:012}"))
}

/// The shard of a row, by its partition key, before and after the split or the merge.
fn home(shape: Shape, row: char, late: bool) -> usize {
    let first = Change::partition_key(row) == Change::partition_key('a');
    match (shape, late) {
        (Shape::One, _) | (Shape::Split, false) => 0,
        (Shape::Split, true) => {
            if first {
                1
            } else {
                2
            }
        }
        (Shape::Merge, false) => usize::from(!first),
        (Shape::Merge, true) => 2,
    }
}

/// Of five rows, one of them hot.
fn random_row(chance: &mut Chance) -> char {
    ['a', 'a', 'a', 'b', 'c', 'd', 'e'][pick(chance, 7)]
}

pub(crate) fn pick(chance: &mut Chance, choices: usize) -> usize {
    chance.below(choices as u64) as usize
}
