//! Where a batch's records come from, and with it whether the ledger has a say.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Batch, BatchSettings, DeliverySettings, Entry, Order, Phase, Prepared, Step, queue::Queue,
};
use crate::{
    dead_letter::{Carried, Replayable},
    ledger::{LedgerKeep, LedgerScope},
    pipeline::{Pipeline, prepare_again},
    record::Shard,
};

/// Where the records come from.
#[derive(Debug)]
pub(super) enum Source {
    /// One shard, through its mapping: the ledger is asked first and told last.
    Shard { shard: Shard, ledger: LedgerSettings },
    /// A queue, through its mapping: the ledger is neither asked nor told. A queue forgets a message once
    /// it is settled, so nothing would be remembered for anybody.
    Queue(Queue),
    /// Dead letters of any shards, one a record. The ledger is neither asked nor told: there a record
    /// is claimed *because* it is a letter, and asking would swallow it (R14).
    Letters(Vec<Origin>),
}

/// What is asked of the ledger, and told it.
#[derive(Clone, Debug)]
pub(super) struct LedgerSettings {
    pub(super) request_id: Box<str>,
    pub(super) keep: LedgerKeep,
    pub(super) scope: LedgerScope,
    pub(super) claim_ttl: Duration,
    /// Whether the checkpoint that people see is put beside the claims: a replay is no progress of the
    /// shard.
    pub(super) notes: bool,
}

/// What a record's letter said of it.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    shard: Shard,
    attempts: u32,
    carried: Option<Carried>,
}

impl LedgerSettings {
    pub(super) fn of(settings: &BatchSettings, request_id: &str, replay: bool) -> Self {
        let BatchSettings { keep, claim_ttl, .. } = *settings;
        let scope = settings.scope.clone();
        Self { request_id: request_id.into(), keep, scope, claim_ttl, notes: !replay }
    }
}

impl Source {
    /// The shard of a record.
    pub(super) fn shard(&self, record: usize) -> &Shard {
        match self {
            Self::Shard { shard, .. } => shard,
            Self::Queue(queue) => &queue.shard,
            Self::Letters(origins) => &origins[record].shard,
        }
    }

    /// Tries of a record in earlier runs.
    pub(super) fn attempts(&self, record: usize) -> u32 {
        match self {
            Self::Shard { .. } | Self::Queue(_) => 0,
            Self::Letters(origins) => origins[record].attempts,
        }
    }

    /// How the record's letter carried it.
    pub(super) fn carried(&self, record: usize) -> Option<Carried> {
        match self {
            Self::Shard { .. } | Self::Queue(_) => None,
            Self::Letters(origins) => origins[record].carried,
        }
    }

    /// The message group of a record, which keeps its order whatever its rows are.
    pub(super) fn group(&self, record: usize) -> Option<u32> {
        match self {
            Self::Queue(queue) => queue.group(record),
            Self::Shard { .. } | Self::Letters(_) => None,
        }
    }
}

impl Batch {
    /// Dead letters to be delivered again, in the order in which their events are to be published.
    /// Nothing is asked of the ledger and nothing told it; events are marked as replays.
    ///
    /// The report has the units of each letter under its place: one, or all that a record says which
    /// could not be taken apart before. A letter is settled, and its letter may be deleted, if it
    /// was published, is left out by a rule, or lies in the queue as a new letter, with the tries of
    /// both. An unsettled one keeps its letter.
    #[must_use]
    pub fn of_letters(
        letters: Vec<Replayable>,
        pipeline: &Pipeline,
        settings: DeliverySettings,
    ) -> Self {
        let pipeline = Pipeline { replay: true, ..pipeline.clone() };
        let mut prepared = Prepared::default();
        let mut origins = Vec::with_capacity(letters.len());
        for (index, letter) in letters.into_iter().enumerate() {
            let units = prepare_again(&pipeline, &letter);
            prepared.report.add(&letter.record, index, &units);
            prepared.items.add(index, units, &pipeline.event_source, letter.half);
            let Replayable { shard, record, key, attempts, carried, .. } = letter;
            prepared.records.push(Entry { record, key: Some(key) });
            origins.push(Origin { shard, attempts, carried });
        }
        Self::over(Source::Letters(origins), prepared, &pipeline, settings)
    }

    /// Starts without asking the ledger.
    pub(super) fn start_unasked(&mut self, now: Timestamp, left: Duration) -> Step {
        self.order = Order::of(&self.items, &self.source);
        self.phase = Phase::Delivering;
        self.deliver(now, left)
    }
}
