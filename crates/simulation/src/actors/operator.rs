//! The operator, and what AWS does by itself: takeovers, another factor, rewinds, an emptied ledger.

use std::time::Duration;

use cdc_core::{ledger::LedgerKeep, ports::Clock as _};
use cdc_esm::{Checkpoints, ReadFrom, Settings};

use super::poller::{self, Poller};
use crate::{
    fault::Fault,
    scenario::{Filled, pick},
    stand::{Services, Stand},
};

/// How long the operator waits between two deeds.
const PAUSE_MS_MAX: u64 = 1_500;

/// How far back a takeover may begin, in records.
const BACK_MAX: u64 = 3;

pub(crate) struct Operator<V: Services> {
    stand: Stand<V>,
    pollers: Vec<Poller>,
}

impl<V: Services> Operator<V> {
    /// Starts the first poller.
    pub(crate) fn start(stand: &Stand<V>) -> Self {
        let settings = stand.scenario.settings.clone();
        let first = poller::start(stand, settings, Checkpoints::default());
        Self { stand: stand.clone(), pollers: vec![first] }
    }

    /// Acts until no poller is left.
    pub(crate) async fn run(&mut self) {
        while self.stand.world.state().pollers > 0 {
            self.pause().await;
            if self.stand.world.state().pollers == 0 {
                break;
            }
            let world = self.stand.world.clone();
            if world.strikes(Fault::Takeover) {
                self.take_over();
            } else if world.state().pollers == 1 && world.strikes(Fault::Refactored) {
                self.refactor().await;
            } else if world.state().rewound.is_none() && world.strikes(Fault::Rewind) {
                self.rewind();
            } else if world.strikes(Fault::Forgotten) {
                self.forget().await;
            }
        }
    }

    async fn pause(&self) {
        let millis = 1 + self.stand.world.below(PAUSE_MS_MAX);
        self.stand.services.clock().sleep(Duration::from_millis(millis)).await;
    }

    fn newest(&self) -> Poller {
        self.pollers.last().cloned().expect("there was a first one")
    }

    /// A second poller from an older place; the first one may be gone, or not know of it yet.
    fn take_over(&mut self) {
        let old = self.newest();
        let world = self.stand.world.clone();
        let mut from = old.control.checkpoints();
        let shards = &self.stand.scenario.shards;
        let filled = &shards[world.below(shards.len() as u64) as usize];
        if let Some(place) = from.place(&filled.shard.id).cloned() {
            let first = first_record(filled, Some(&place));
            let back = first.saturating_sub(world.below(BACK_MAX + 1) as usize);
            if let Some(produced) = filled.produced.get(back) {
                let at = ReadFrom::At(produced.record.sequence.clone());
                from = from.back_to(filled.shard.id.clone(), at);
            }
        }
        world.log(format_args!("a second poller"));
        self.excuse_from(&from, "delivered again by a second poller");
        if world.below(2) == 0 {
            old.abort.abort();
        }
        self.next(old.settings, from);
    }

    /// ParallelizationFactor is changed: the mapping ends what is under way, and goes on with other
    /// lanes at the oldest record that is not settled.
    async fn refactor(&mut self) {
        let old = self.newest();
        let world = self.stand.world.clone();
        old.control.stop();
        while world.state().pollers > 0 {
            self.pause().await;
        }
        let from = old.control.checkpoints();
        let factors = [1, 2, 10].into_iter();
        let others: Vec<u32> =
            factors.filter(|factor| *factor != old.settings.parallelization_factor).collect();
        let factor = others[pick(&mut world.state().chance, 2)];
        world.log(format_args!("ParallelizationFactor {factor}"));
        // What other lanes had settled comes again: claimed, if successes are.
        if self.stand.scenario.keep == LedgerKeep::Failures {
            self.excuse_from(&from, "delivered again by other lanes");
        }
        self.next(Settings { parallelization_factor: factor, ..old.settings }, from);
    }

    /// Everything from some record on again, under a raised epoch; never from after the oldest
    /// unsettled one.
    fn rewind(&mut self) {
        let world = self.stand.world.clone();
        let unsettled = self.undelivered(&self.newest().control.checkpoints());
        let first = {
            let mut state = world.state();
            let low = unsettled.into_iter().min().unwrap_or(state.items.len());
            pick(&mut state.chance, low + 1)
        };
        let from = self.places_from(first);
        let again = self.undelivered(&from);
        let mut state = world.state();
        state.epoch += 1;
        state.rewound = Some((state.accepted, first));
        state.log(format_args!("the operator rewinds to {first}"));
        let claimed = |item: &usize| (0..state.epoch).any(|epoch| state.is_claimed(*item, epoch));
        let claimed: Vec<usize> = (0..state.items.len()).filter(claimed).collect();
        state.excuse(claimed, "rewound");
        state.excuse(again, "rewound");
        drop(state);
        for poller in &self.pollers {
            poller.abort.abort();
        }
        let settings = self.newest().settings;
        self.next(settings, from);
    }

    /// The places from which an item and all that was produced later are delivered.
    fn places_from(&self, first: usize) -> Checkpoints {
        let state = self.stand.world.state();
        let mut from = Checkpoints::default();
        for filled in &self.stand.scenario.shards {
            let later = state.items.iter().skip(first);
            let of_shard = later.filter(|item| item.shard == filled.shard.id);
            if let Some(place) = place_of(filled, of_shard.map(|item| item.record).min()) {
                from = from.back_to(filled.shard.id.clone(), place);
            }
        }
        from
    }

    /// Time to live took all claims, or somebody reset them.
    async fn forget(&mut self) {
        if !self.stand.services.forget_claims().await {
            return;
        }
        let mut state = self.stand.world.state();
        let keys: Vec<_> = std::mem::take(&mut state.claimed).into_iter().collect();
        let items: Vec<usize> =
            keys.iter().filter_map(|(_, key)| state.by_key.get(key).copied()).collect();
        state.log(format_args!("the ledger is emptied"));
        for _ in 0..=state.pollers {
            state.excuse(items.iter().copied(), "ledger emptied");
        }
    }

    fn next(&mut self, settings: Settings, from: Checkpoints) {
        let next = poller::start(&self.stand, settings, from);
        self.pollers.push(next);
    }

    /// Whatever is delivered from there may have been published, and nobody may know.
    fn excuse_from(&self, from: &Checkpoints, why: &'static str) {
        let items = self.undelivered(from);
        let mut state = self.stand.world.state();
        let epoch = state.epoch;
        state.excuse_unclaimed(items, epoch, why);
    }

    /// The items that a mapping from there delivers.
    fn undelivered(&self, from: &Checkpoints) -> Vec<usize> {
        let state = self.stand.world.state();
        let shards = self.stand.scenario.shards.iter();
        let items = shards.filter(|filled| !from.has_ended(&filled.shard.id)).flat_map(|filled| {
            let first = first_record(filled, from.place(&filled.shard.id));
            state.items_from(&filled.shard.id, first)
        });
        items.collect()
    }
}

/// The first record of a shard that is read from there.
fn first_record(filled: &Filled, from: Option<&ReadFrom>) -> usize {
    let before = |produced: &&crate::change::Produced| match from {
        None | Some(ReadFrom::TrimHorizon) => false,
        Some(ReadFrom::AtTimestamp(at)) => produced.record.arrival < *at,
        Some(ReadFrom::At(number)) => produced.record.sequence < *number,
        Some(ReadFrom::After(number)) => produced.record.sequence <= *number,
    };
    filled.produced.iter().take_while(before).count()
}

/// The place of a record of a shard; behind the last one where none is meant.
fn place_of(filled: &Filled, record: Option<usize>) -> Option<ReadFrom> {
    let number = |index: usize| Some(filled.produced.get(index)?.record.sequence.clone());
    match record {
        Some(record) => number(record).map(ReadFrom::At),
        None => number(filled.produced.len().checked_sub(1)?).map(ReadFrom::After),
    }
}
