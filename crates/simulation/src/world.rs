//! The world: what was produced, what came out, and whether that is what was promised.
//!
//! An *item* is one event that a record is to become (a moved key becomes two). For each the world
//! counts publications and excuses: an excuse is a fault that made the system forget one publication.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cdc_core::record::RecordKey;
use cdc_esm::{ShardId, virtual_time::Chance};
use twox_hash::XxHash3_128;

use crate::{
    change::Kind,
    fault::{Fault, Faults},
    scenario::Scenario,
};

/// One event that a record is to become.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) row: char,
    pub(crate) shard: ShardId,
    /// The record's place in its shard.
    pub(crate) record: usize,
    /// What the ledger knows it by.
    pub(crate) key: [u8; RecordKey::BYTES],
    pub(crate) published: u64,
    pub(crate) excuses: u64,
    pub(crate) letters: u64,
    /// Letters about it that still lie in the queue.
    pub(crate) open_letters: u64,
    pub(crate) given_up: bool,
    /// Its event, as it is without any fault.
    pub(crate) detail: Option<String>,
    /// At which publication it was last accepted, of all.
    pub(crate) last: u64,
}

/// A copy of something that can be replayed.
#[derive(Clone, Debug)]
pub(crate) enum Spare {
    /// A letter's body.
    Letter(Arc<str>),
    /// A document's key, as far as AWS makes it, and its body.
    Document(String, String),
}

/// Which items are claimed under which epoch.
pub(crate) type Claimed = BTreeSet<(u32, [u8; RecordKey::BYTES])>;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) chance: Chance,
    pub(crate) faults: Faults,
    pub(crate) items: Vec<Item>,
    pub(crate) by_event: BTreeMap<String, usize>,
    pub(crate) by_key: BTreeMap<[u8; RecordKey::BYTES], usize>,
    /// What was written into the ledger, as far as it stands.
    pub(crate) claimed: Claimed,
    pub(crate) epoch: u32,
    /// The publications so far, in the order of acceptance.
    pub(crate) accepted: u64,
    pub(crate) details: Vec<String>,
    /// Since when, in publications, everything from which item on has to be published again.
    pub(crate) rewound: Option<(u64, usize)>,
    pub(crate) pollers: u64,
    pub(crate) invocations: u64,
    /// Keys of on-failure documents so far.
    pub(crate) documents: BTreeSet<String>,
    /// Pollers so far.
    pub(crate) pollers_started: u64,
    /// Claims that name nothing.
    pub(crate) false_claims: u64,
    /// Nobody acts any more: the operator is done.
    pub(crate) over: bool,
    /// Copies of letters and documents, to be put back one day, with the items they are about.
    pub(crate) copies: Vec<(Spare, Vec<usize>)>,
    /// A pointer covers more than one failure.
    pub(crate) merged: bool,
    pub(crate) why: BTreeMap<&'static str, u64>,
    violations: Vec<String>,
    trace: Trace,
}

/// A running hash of what happened, and the text of it where somebody wants to read it.
#[derive(Debug)]
struct Trace {
    hash: u128,
    text: Option<String>,
}

/// The world; clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct World(Arc<Mutex<State>>);

impl World {
    pub(crate) fn new(scenario: &Scenario, chance: Chance, traced: bool) -> Self {
        let mut state = State {
            chance,
            faults: Faults::new(scenario.faults.clone(), scenario.budget),
            items: Vec::new(),
            by_event: BTreeMap::new(),
            by_key: BTreeMap::new(),
            claimed: BTreeSet::new(),
            epoch: 0,
            accepted: 0,
            details: Vec::new(),
            rewound: None,
            pollers: 0,
            invocations: 0,
            documents: BTreeSet::new(),
            pollers_started: 0,
            false_claims: 0,
            over: false,
            copies: Vec::new(),
            merged: false,
            why: BTreeMap::new(),
            violations: Vec::new(),
            trace: Trace { hash: 0, text: traced.then(String::new) },
        };
        let mut produced: Vec<(&ShardId, usize, &crate::change::Produced)> = Vec::new();
        for filled in &scenario.shards {
            let records = filled.produced.iter().enumerate();
            produced.extend(records.map(|(index, record)| (&filled.shard.id, index, record)));
        }
        produced.sort_by(|a, b| a.2.record.sequence.cmp(&b.2.record.sequence));
        for (shard, record, produced) in produced {
            for (change, key) in produced.changes.iter().zip(produced.keys()) {
                let rows = [Some(change.row), change.moved_to];
                for (slot, row) in (0..).zip(rows.into_iter().flatten()) {
                    // Another table, and so another row.
                    let other_table = change.kind == Kind::Poison;
                    let row = if other_table { row.to_ascii_uppercase() } else { row };
                    state.add(change.kind, row, shard, record, key.slot(slot));
                }
            }
        }
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn below(&self, end: u64) -> u64 {
        self.state().chance.below(end)
    }

    /// Whether a fault strikes now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        let state = &mut *self.state();
        let strikes = state.faults.strikes(fault, &mut state.chance);
        if strikes {
            state.log(format_args!("fault {fault:?}"));
        }
        strikes
    }

    pub(crate) fn log(&self, what: std::fmt::Arguments<'_>) {
        self.state().log(what);
    }
}

impl State {
    fn add(&mut self, kind: Kind, row: char, shard: &ShardId, record: usize, key: RecordKey) {
        self.by_key.insert(key.0, self.items.len());
        self.items.push(Item {
            kind,
            row,
            shard: shard.clone(),
            record,
            key: key.0,
            published: 0,
            excuses: 0,
            letters: 0,
            open_letters: 0,
            given_up: false,
            detail: None,
            last: 0,
        });
    }

    pub(crate) fn log(&mut self, what: std::fmt::Arguments<'_>) {
        let mut line = self.trace.hash.to_string();
        let begin = line.len();
        let _ = write!(line, "{what}");
        self.trace.hash = XxHash3_128::oneshot(line.as_bytes());
        if let Some(text) = &mut self.trace.text {
            text.push_str(&line[begin..]);
            text.push('\n');
        }
    }

    /// The hash and the text of all that happened.
    pub(crate) fn trace(&mut self) -> (u128, Option<String>) {
        (self.trace.hash, self.trace.text.take())
    }

    /// Something happened that must not.
    pub(crate) fn violate(&mut self, what: String) {
        self.log(format_args!("VIOLATION {what}"));
        self.violations.push(what);
    }

    /// The worst of what must not have happened, and of its kind the first.
    pub(crate) fn violation(&self) -> Option<&str> {
        let of_kind = |kind| self.violations.iter().find(|what| what.starts_with(kind));
        let worst = ["lost", "rewind", "twice", "order"].into_iter().find_map(of_kind);
        worst.or(self.violations.first()).map(String::as_str)
    }

    /// The name of an item, for people.
    pub(crate) fn name(&self, item: usize) -> String {
        let Item { row, shard, record, kind, .. } = &self.items[item];
        let shard = shard.as_str().trim_start_matches("shardId-00000000000");
        format!("{row}{item}@{shard}/{record}({kind:?})")
    }

    pub(crate) fn names(&self, items: &[usize]) -> String {
        items.iter().map(|item| self.name(*item)).collect::<Vec<_>>().join(" ")
    }

    /// A fault made the system forget one publication of these.
    pub(crate) fn excuse(&mut self, items: impl IntoIterator<Item = usize>, why: &'static str) {
        for item in items {
            self.items[item].excuses += 1;
            *self.why.entry(why).or_default() += 1;
            self.log(format_args!("excuse {item} {why}"));
        }
    }

    /// The same, but for what the ledger knows.
    pub(crate) fn excuse_unclaimed(
        &mut self,
        items: impl IntoIterator<Item = usize>,
        epoch: u32,
        why: &'static str,
    ) {
        let unclaimed: Vec<usize> =
            items.into_iter().filter(|item| !self.is_claimed(*item, epoch)).collect();
        self.excuse(unclaimed, why);
    }

    pub(crate) fn is_claimed(&self, item: usize, epoch: u32) -> bool {
        self.claimed.contains(&(epoch, self.items[item].key))
    }

    /// The items of a shard from a record on.
    pub(crate) fn items_from(&self, shard: &ShardId, record: usize) -> Vec<usize> {
        let items = self.items.iter().enumerate();
        let wanted = items.filter(|(_, item)| item.shard == *shard && item.record >= record);
        wanted.map(|(index, _)| index).collect()
    }

    /// The events in the order of production, each once.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &str> {
        let published = |item: &&Item| matches!(item.kind, Kind::Good | Kind::Poison);
        self.items.iter().filter(published).filter_map(|item| item.detail.as_deref())
    }

    /// The bus accepted an event.
    pub(crate) fn accept(&mut self, item: usize, detail: &str, replay: bool) {
        self.accepted += 1;
        self.details.push(detail.to_owned());
        let accepted = self.accepted;
        let name = self.name(item);
        self.log(format_args!("bus accepts {name}{}", if replay { ", a replay" } else { "" }));
        if matches!(self.items[item].kind, Kind::Skipped | Kind::Filtered) {
            self.violate(format!("unwanted: {name} was published"));
        }
        if let Some(earlier) = (0..item).find(|earlier| self.is_overtaken(*earlier, item)) {
            let earlier = self.name(earlier);
            self.violate(format!("order: {name} before {earlier}"));
        }
        let item = &mut self.items[item];
        item.published += 1;
        item.last = accepted;
    }

    /// Whether an earlier item of the same row is neither settled nor given up.
    fn is_overtaken(&self, earlier: usize, item: usize) -> bool {
        let earlier = &self.items[earlier];
        earlier.row == self.items[item].row
            && matches!(earlier.kind, Kind::Good)
            && earlier.published == 0
            && earlier.letters == 0
            && !earlier.given_up
    }
}
