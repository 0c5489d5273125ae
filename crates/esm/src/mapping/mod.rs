//! The mapping as a state machine: no I/O, no clock, no chance.
//!
//! The caller asks [`Mapping::next`] until it says [`Step::Wait`], does each step in its own time,
//! and hands back what came of it: [`listed`](Mapping::listed), [`read`](Mapping::read),
//! [`answered`](Mapping::answered), [`given_up`](Mapping::given_up), or that it failed. A kill is not going on.
//!
//! Refuses to overtake: of a lane one batch is under way; a child shard waits for its parents.

mod checkpoints;
mod inputs;
mod shard;

use std::collections::{BTreeMap, VecDeque};

use cdc_core::record::SequenceNumber;
use jiff::Timestamp;

pub use self::checkpoints::Checkpoints;
pub(crate) use self::inputs::request_id;
use self::{
    checkpoints::Checkpoint,
    shard::{Phase, ShardState, ShardStep},
};
use crate::{
    CheckedSettings, Condition, Ended, Event, EventSource, GivenUp, ReadFrom, ShardId,
    StartPosition, Summary,
    backoff::{Backoff, earlier},
    lane::LaneStep,
};

/// One lane of one shard: whose batch something is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId {
    /// The shard.
    pub shard: ShardId,
    /// The lane, from 0; always 0 with ParallelizationFactor 1.
    pub lane: usize,
}

/// How far a run goes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// When a pass is over.
    pub until: Until,
    /// Where each pass after the first starts: one redelivery each, once the pass before is over.
    pub redeliver: Vec<StartPosition>,
}

/// When a pass is over.
#[derive(Debug, Clone, Default)]
pub enum Until {
    /// Never: goes on until it is stopped. A redelivery asked for starts once it has caught up.
    #[default]
    Stopped,
    /// Every shard is at its tip or its end, and nothing is in hand.
    Tip,
    /// Everything up to these positions is settled or given up, whatever came behind them. A shard
    /// that the stream never lists is never reached.
    Reached(BTreeMap<ShardId, SequenceNumber>),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// List the stream's shards, then [`Mapping::listed`].
    ListShards,
    /// Read a page, then [`Mapping::read`].
    Read {
        /// Of this shard.
        shard: ShardId,
        /// From here on.
        from: ReadFrom,
    },
    /// Invoke the function with [`Mapping::event`], then [`Mapping::answered`].
    Invoke(LaneId),
    /// Keep what is left behind, the head of [`Mapping::batch`], then [`Mapping::given_up`]: until
    /// then the lane stands still.
    GiveUp(GivenUp),
    /// Tell whoever watches.
    Report(Event),
    /// Nothing to do before then or before something comes in; `None`: only the latter.
    Wait(Option<Timestamp>),
    /// The run is over.
    Done(Ended),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listing {
    Due(Timestamp),
    /// `again`: a shard has ended since it was asked.
    UnderWay {
        again: bool,
    },
    Known,
}

/// A mapping between one stream and one function.
#[derive(Debug)]
pub struct Mapping {
    settings: CheckedSettings,
    source: EventSource,
    until: Until,
    redeliver: VecDeque<StartPosition>,
    start: ReadFrom,
    shards: BTreeMap<ShardId, ShardState>,
    listing: Listing,
    listing_backoff: Backoff,
    /// How often something was handed out to be given up.
    handed_out: u64,
    /// Where shards that are listed for the first time go on.
    resumed: Checkpoints,
    reports: VecDeque<Event>,
    caught_up: bool,
    stopping: bool,
    summary: Summary,
}

impl Mapping {
    /// A mapping about to start its first pass.
    #[must_use]
    pub fn new(settings: CheckedSettings, source: EventSource, plan: Plan, now: Timestamp) -> Self {
        let start = settings.start;
        let mut mapping = Self {
            settings,
            source,
            until: plan.until,
            redeliver: plan.redeliver.into(),
            start: ReadFrom::TrimHorizon,
            shards: BTreeMap::new(),
            listing: Listing::Known,
            listing_backoff: Backoff::default(),
            handed_out: 0,
            resumed: Checkpoints::default(),
            reports: VecDeque::new(),
            caught_up: false,
            stopping: false,
            summary: Summary::default(),
        };
        mapping.start_pass(start, now);
        mapping
    }

    /// A mapping that goes on where another one, perhaps of other settings, has come to.
    #[must_use]
    pub fn resume(
        settings: CheckedSettings,
        source: EventSource,
        plan: Plan,
        from: Checkpoints,
        now: Timestamp,
    ) -> Self {
        Self { resumed: from, ..Self::new(settings, source, plan, now) }
    }

    fn start_pass(&mut self, start: StartPosition, now: Timestamp) {
        self.start = match start {
            StartPosition::TrimHorizon => ReadFrom::TrimHorizon,
            StartPosition::AtTimestamp(at) => ReadFrom::AtTimestamp(at),
            // Asked of each shard on its own, "latest" would skip what comes between the asking.
            StartPosition::Latest => ReadFrom::AtTimestamp(now),
        };
        self.shards.clear();
        self.listing = Listing::Due(now);
        self.caught_up = false;
        self.reports.push_back(Event::PassStarted { pass: self.summary.passes });
        self.summary.passes += 1;
    }

    /// The next thing to do.
    pub fn next(&mut self, now: Timestamp) -> Step {
        self.end_and_start_shards(now);
        self.notice_catching_up();
        if let Some(event) = self.reports.pop_front() {
            return Step::Report(event);
        }
        if self.stopping || self.is_pass_over() {
            return self.drain(now);
        }
        self.work(now)
    }

    /// Starts nothing; once nothing is under way, the pass is over.
    fn drain(&mut self, now: Timestamp) -> Step {
        let listing = matches!(self.listing, Listing::UnderWay { .. });
        if listing || self.shards.values().any(ShardState::is_under_way) {
            return Step::Wait(None);
        }
        if self.stopping {
            return Step::Done(Ended::Stopped);
        }
        let Some(start) = self.redeliver.pop_front() else { return Step::Done(Ended::Settled) };
        self.resumed = Checkpoints::default();
        self.start_pass(start, now);
        self.next(now)
    }

    fn work(&mut self, now: Timestamp) -> Step {
        let mut wait = None;
        match self.listing {
            Listing::Due(at) if at <= now => {
                self.listing = Listing::UnderWay { again: false };
                return Step::ListShards;
            }
            Listing::Due(at) => wait = Some(at),
            Listing::UnderWay { .. } | Listing::Known => {}
        }
        let mut stepped = None;
        for (id, shard) in &mut self.shards {
            if shard.phase != Phase::Open {
                continue;
            }
            match shard.next(now, &self.settings) {
                ShardStep::Wait(until) => wait = earlier(wait, until),
                ShardStep::Read(from) => return Step::Read { shard: id.clone(), from },
                ShardStep::Lane(lane, step) => {
                    let lane = LaneId { shard: id.clone(), lane };
                    stepped = Some((lane, step));
                    break;
                }
            }
        }
        match stepped {
            Some((lane, step)) => self.lane_step(lane, step),
            None => Step::Wait(wait),
        }
    }

    fn lane_step(&mut self, lane: LaneId, step: LaneStep) -> Step {
        match step {
            LaneStep::Invoke => Step::Invoke(lane),
            LaneStep::Wait(until) => Step::Wait(until),
            LaneStep::GiveUp { condition, records } => self.give_up(lane, condition, records),
        }
    }

    fn give_up(&mut self, lane: LaneId, condition: Condition, records: usize) -> Step {
        let Some(batch) = self.in_hand(&lane) else { return Step::Wait(None) };
        let (attempts, function_error) = (batch.attempts, batch.function_error);
        let head = batch.records.get(..records).unwrap_or_default();
        let (Some(first), Some(last)) = (head.first(), head.last()) else {
            return Step::Wait(None);
        };
        let given_up = GivenUp {
            id: self.handed_out + 1,
            pass: self.pass(),
            condition,
            first: first.sequence.clone(),
            last: last.sequence.clone(),
            records,
            numbers: head.iter().map(|record| record.sequence.clone()).collect(),
            first_arrival: first.arrival,
            last_arrival: last.arrival,
            attempts,
            function_error,
            lane,
        };
        self.handed_out += 1;
        Step::GiveUp(given_up)
    }

    /// Closes shards that hold nothing more, and opens those whose parents are closed.
    fn end_and_start_shards(&mut self, now: Timestamp) {
        let ended =
            self.shards.iter_mut().filter_map(|(id, shard)| shard.end().then(|| id.clone()));
        for id in ended.collect::<Vec<_>>() {
            if !self.shards.values().any(|shard| shard.parents.contains(&id)) {
                self.list_again(now);
            }
            self.reports.push_back(Event::ShardEnded(id));
        }
        let waiting = self.shards.iter().filter(|(_, shard)| shard.phase == Phase::Waiting);
        let ready = waiting.filter(|(_, shard)| self.are_settled(&shard.parents));
        for id in ready.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            if let Some(shard) = self.shards.get_mut(&id) {
                shard.phase = Phase::Open;
            }
            self.reports.push_back(Event::ShardStarted(id));
        }
    }

    /// A closed shard has children, and they are not known yet.
    fn list_again(&mut self, now: Timestamp) {
        self.listing = match self.listing {
            Listing::UnderWay { .. } => Listing::UnderWay { again: true },
            Listing::Due(at) => Listing::Due(at),
            Listing::Known => Listing::Due(now),
        };
    }

    fn are_settled(&self, parents: &[ShardId]) -> bool {
        let mut known = parents.iter().filter_map(|parent| self.shards.get(parent));
        known.all(|parent| parent.phase == Phase::Ended)
    }

    fn notice_catching_up(&mut self) {
        let before = self.caught_up;
        self.caught_up = self.listing == Listing::Known
            && !self.shards.is_empty()
            && self.shards.values().all(ShardState::is_caught_up);
        if self.caught_up && !before {
            self.reports.push_back(Event::CaughtUp { pass: self.pass() });
        }
    }

    fn is_pass_over(&self) -> bool {
        match &self.until {
            Until::Stopped => self.caught_up && !self.redeliver.is_empty(),
            Until::Tip => self.caught_up,
            Until::Reached(ends) => ends
                .iter()
                .all(|(id, end)| self.shards.get(id).is_some_and(|shard| shard.is_past(end))),
        }
    }
}
