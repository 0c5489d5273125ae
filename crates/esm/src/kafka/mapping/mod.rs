//! The mapping of topics as a state machine: no I/O, no clock, no chance.
//!
//! The caller asks [`Mapping::next`] until it says [`Step::Wait`], does each step in its own time,
//! and hands back what came of it: [`listed`](Mapping::listed), [`read`](Mapping::read),
//! [`answered`](Mapping::answered), [`given_up`](Mapping::given_up), or that it failed. A kill is not
//! going on.
//!
//! Refuses to overtake: of a consumer one batch is under way, and what is left of it comes first.

mod inputs;
mod partition;
mod turn;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;

use self::{partition::Partition, turn::Turn};
use crate::{
    Condition, Ended, StartPosition,
    backoff::{Backoff, earlier},
    kafka::{
        event::EventSource,
        report::{Event, GivenUp, ranges},
        settings::CheckedSettings,
        topic::{Positions, TopicPartition, TopicRecord},
    },
    lane::{Lane, LaneStep},
};

/// How old the list of partitions grows before it is asked for again (Kafka's
/// `metadata.max.age.ms`). A wake asks at once.
pub const LISTING_AGE_MAX: Duration = Duration::from_secs(300);

/// One consumer of the group, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(pub usize);

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
    /// Every partition is read to its end, and nothing is in hand. Topics without a partition are
    /// waited for.
    Tip,
    /// Everything before these positions is settled or given up, whatever came behind them. A
    /// partition that is never listed is never reached.
    Reached(Positions),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// List the partitions, then [`Mapping::listed`].
    ListPartitions,
    /// Read a page, then [`Mapping::read`].
    Read {
        /// Of this partition.
        partition: TopicPartition,
        /// From this offset on.
        offset: u64,
        /// At most so many records.
        records_max: usize,
    },
    /// Invoke the function with [`Mapping::event`], then [`Mapping::answered`].
    Invoke(ConsumerId),
    /// Keep what is left behind, the head of [`Mapping::batch`], then [`Mapping::given_up`]: until
    /// then the consumer stands still.
    GiveUp(GivenUp),
    /// Tell whoever watches.
    Report(Event),
    /// Nothing to do before then or before something comes in; `None`: only the latter.
    Wait(Option<Timestamp>),
    /// The run is over.
    Done(Ended),
}

/// A mapping between some topics and one function.
#[derive(Debug)]
pub struct Mapping {
    settings: CheckedSettings,
    source: EventSource,
    until: Until,
    redeliver: VecDeque<StartPosition>,
    start: StartPosition,
    /// Where partitions go on that were committed before this mapping; the first pass alone.
    resumed: Positions,
    partitions: BTreeMap<TopicPartition, Partition>,
    consumers: Vec<Lane<TopicRecord>>,
    listing: Turn,
    /// The partitions were listed in this pass.
    is_listed: bool,
    listing_backoff: Backoff,
    /// How often something was handed out to be given up.
    handed_out: u64,
    reports: VecDeque<Event>,
    stopping: bool,
    caught_up: bool,
    counts: crate::Summary,
}

impl Mapping {
    /// A mapping about to start its first pass.
    #[must_use]
    pub fn new(settings: CheckedSettings, source: EventSource, plan: Plan, now: Timestamp) -> Self {
        let positions = Positions::new();
        Self::resumed(settings, source, plan, positions, now)
    }

    /// A mapping whose first pass goes on where the group has committed; partitions that are not
    /// named start as they would anyway.
    #[must_use]
    pub fn resumed(
        mut settings: CheckedSettings,
        source: EventSource,
        plan: Plan,
        positions: Positions,
        now: Timestamp,
    ) -> Self {
        settings.limits.batch_bytes_max -= source.frame_bytes();
        let mut mapping = Self {
            start: settings.start,
            consumers: (0..settings.consumers).map(|_| Lane::default()).collect(),
            settings,
            source,
            until: plan.until,
            redeliver: plan.redeliver.into(),
            resumed: positions,
            partitions: BTreeMap::new(),
            listing: Turn::Due(now),
            is_listed: false,
            listing_backoff: Backoff::default(),
            handed_out: 0,
            reports: VecDeque::new(),
            stopping: false,
            caught_up: false,
            counts: crate::Summary::default(),
        };
        mapping.start_pass(now);
        mapping
    }

    fn start_pass(&mut self, now: Timestamp) {
        self.partitions.clear();
        self.consumers.iter_mut().for_each(|consumer| *consumer = Lane::default());
        (self.listing, self.is_listed, self.caught_up) = (Turn::Due(now), false, false);
        self.reports.push_back(Event::PassStarted { pass: self.counts.passes });
        self.counts.passes += 1;
    }

    /// The next thing to do.
    pub fn next(&mut self, now: Timestamp) -> Step {
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
        let reading = self.partitions.values().any(|partition| partition.reading.is_under_way());
        let delivering = self.consumers.iter().any(Lane::is_under_way);
        if self.listing.is_under_way() || reading || delivering {
            return Step::Wait(None);
        }
        if self.stopping {
            return Step::Done(Ended::Stopped);
        }
        let Some(start) = self.redeliver.pop_front() else { return Step::Done(Ended::Settled) };
        self.start = start;
        self.resumed.clear();
        self.start_pass(now);
        self.next(now)
    }

    fn work(&mut self, now: Timestamp) -> Step {
        if self.listing.begin(now) {
            return Step::ListPartitions;
        }
        let mut wait = self.listing.due();
        let mut stepped = None;
        for (index, consumer) in self.consumers.iter_mut().enumerate() {
            match consumer.next(now, false, &self.settings.limits) {
                LaneStep::Wait(until) => wait = earlier(wait, until),
                step => {
                    stepped = Some((ConsumerId(index), step));
                    break;
                }
            }
        }
        match stepped {
            Some((consumer, LaneStep::GiveUp { condition, records })) => {
                self.give_up(consumer, condition, records)
            }
            Some((consumer, _)) => Step::Invoke(consumer),
            None => self.read_on(now, wait),
        }
    }

    /// Reads partitions of consumers that do not have a full batch waiting.
    fn read_on(&mut self, now: Timestamp, mut wait: Option<Timestamp>) -> Step {
        let limits = &self.settings.limits;
        for (id, partition) in &mut self.partitions {
            let full = self.consumers.get(partition.consumer.0).is_none_or(|c| c.is_full(limits));
            if full {
                continue;
            }
            if partition.reading.begin(now) {
                let (partition, offset) = (id.clone(), partition.next);
                return Step::Read { partition, offset, records_max: limits.batch_size };
            }
            wait = earlier(wait, partition.reading.due());
        }
        Step::Wait(wait)
    }

    fn give_up(&mut self, consumer: ConsumerId, condition: Condition, records: usize) -> Step {
        let Some(batch) = self.in_hand(consumer) else { return Step::Wait(None) };
        let given_up = GivenUp {
            id: self.handed_out + 1,
            consumer,
            pass: self.pass(),
            condition,
            ranges: ranges(batch.records.get(..records).unwrap_or_default()),
            records,
            attempts: batch.attempts,
            function_error: batch.function_error,
        };
        self.handed_out += 1;
        Step::GiveUp(given_up)
    }

    fn notice_catching_up(&mut self) {
        let before = self.caught_up;
        self.caught_up = self.is_listed
            && !self.partitions.is_empty()
            && self.partitions.values().all(|partition| partition.at_tip)
            && self.consumers.iter().all(Lane::is_empty);
        if self.caught_up && !before {
            self.reports.push_back(Event::CaughtUp { pass: self.pass() });
        }
    }

    fn is_pass_over(&self) -> bool {
        match &self.until {
            Until::Stopped => self.caught_up && !self.redeliver.is_empty(),
            Until::Tip => self.caught_up,
            Until::Reached(ends) => ends.iter().all(|(id, end)| {
                self.partitions.get(id).is_some_and(|partition| partition.position >= *end)
            }),
        }
    }
}
