//! The delivery of one batch, as a state machine without I/O.
//!
//! In go the records of a batch, the ledger's claims and the outcomes of calls; out come [`Step`]s:
//! ask the ledger, publish these, bury these, store this, wait, claim, answer. The function, the replay and the
//! simulator drive the same machine; being killed is simply not going on.
//!
//! What it promises, in the words of the delivery protocol:
//! - every record is decoded, ruled and redacted before the first side effect (R2);
//! - one read of the ledger comes first; if it fails, nothing is done (R3);
//! - one event of a row is under way at a time, behind an unsettled one the row waits (R10);
//! - settled means confirmed by the bus or the queue (R11); what an event or a letter points to is
//!   stored, and confirmed, before it is sent;
//! - near the deadline nothing new is started, and what is out is awaited (R12);
//! - what this run settled is claimed once, after the last answer (R7, R8);
//! - the answer is the first record that is not settled, whatever became of the claims (R9).
//!
//! Of a queue's messages ([`Batch::of_queue`]) nothing is asked of the ledger and nothing claimed, each
//! that is not settled is reported, and a message group stops at its first one.

mod answers;
mod finish;
mod foresee;
mod items;
mod order;
mod queue;
mod report;
mod requests;
mod room;
mod settings;
mod source;

use std::{collections::HashSet, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    claim_check::Buckets,
    delivery::CallError,
    failure::Failure,
    ledger::{ClaimQuery, ClaimWrite},
    objects::NewObject,
    outbound::OutboundEvent,
    pipeline::{self, IdKey, Pipeline, Preparer, rejected},
    record::{RawRecord, Record, RecordKey, Shard, expand_up_to},
};
use items::Items;
use order::Order;
pub use queue::QueueMessage;
pub use report::{Counts, Outcome, Report, UnitOutcome};
pub use requests::RequestId;
use requests::Requests;
pub use room::Room;
pub use settings::{BatchSettings, DeliverySettings, MAX_ATTEMPTS_DEFAULT};
use source::{LedgerSettings, Source};

/// What the driver of a batch is to do next. (`Debug` counts: letters hold rows.)
pub enum Step {
    /// Ask the ledger, and tell [`Batch::loaded`].
    Load(ClaimQuery),
    /// Start publishing these in one request, and go on; tell [`Batch::published`].
    Publish(RequestId, Vec<Arc<OutboundEvent>>),
    /// Start sending these to the dead-letter queue in one request, and go on; tell
    /// [`Batch::buried`].
    Bury(RequestId, Vec<Arc<str>>),
    /// Start storing this object, and go on; tell [`Batch::stored`].
    Store(RequestId, NewObject),
    /// Wait for an answer of what was started.
    Await,
    /// Wait for a duration drawn from zero to this, then tell [`Batch::waited`].
    Wait(Duration),
    /// Write the ledger, and tell [`Batch::claimed`].
    Claim(ClaimWrite),
    /// Answer the event source mapping. The batch is over.
    Answer(Report),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(query) => write!(f, "Load({query:?})"),
            Self::Publish(id, events) => write!(f, "Publish({id:?}, {} events)", events.len()),
            Self::Bury(id, letters) => write!(f, "Bury({id:?}, {} letters)", letters.len()),
            Self::Store(id, object) => write!(f, "Store({id:?}, {object:?})"),
            Self::Await => f.write_str("Await"),
            Self::Wait(at_most) => write!(f, "Wait({at_most:?})"),
            Self::Claim(write) => write!(f, "Claim({} items)", write.items.len()),
            Self::Answer(report) => write!(f, "Answer({:?})", report.failed_from),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Start,
    Loading,
    Delivering,
    Claiming,
    Over,
}

/// One batch of one shard, of a queue's messages, or of dead letters.
#[derive(Debug)]
pub struct Batch {
    settings: DeliverySettings,
    pipeline_name: Arc<str>,
    /// Where records go that are too large for a letter.
    buckets: Buckets,
    /// What letters are sealed under.
    id_key: IdKey,
    source: Source,
    records: Vec<Entry>,
    /// The first record, if any, that was left for another delivery with all behind it: together
    /// they were more than one batch may take.
    cut: Option<usize>,
    items: Items,
    order: Order,
    requests: Requests,
    phase: Phase,
    /// How often the batch has waited.
    rounds: u32,
    /// Items that failed in this round.
    aside: Vec<u32>,
    report: Report,
}

/// A delivery whose records are decoded, ruled and redacted.
#[derive(Debug, Default)]
struct Prepared {
    records: Vec<Entry>,
    cut: Option<usize>,
    items: Items,
    report: Report,
}

/// A record, and its key once it was asked for.
#[derive(Debug)]
struct Entry {
    record: Record,
    key: Option<RecordKey>,
}

impl Prepared {
    fn of(room: &mut Room, shard: &Shard, delivery: Vec<RawRecord>, pipeline: &Pipeline) -> Self {
        let expanded = expand_up_to(delivery, room.records());
        let mut malformed = expanded.malformed.into_iter().peekable();
        let mut preparer = Preparer::with_inflater(pipeline, shard, room.take_inflater());
        let mut prepared = Self::default();
        prepared.records.reserve(expanded.records.len());
        let mut cut = expanded.cut;
        for (index, record) in expanded.records.into_iter().enumerate() {
            let units = match malformed.next_if(|(at, _)| *at == index) {
                Some((_, error)) => Some(rejected(Failure::parse(error))),
                None => preparer.prepare(&record),
            };
            let Some(units) = units else {
                cut = Some(record);
                break;
            };
            prepared.add(record, units, &pipeline.event_source);
        }
        room.give_back(preparer.into_inflater(), prepared.records.len());
        prepared.cut = cut.map(|record| {
            prepared.records.push(Entry { record, key: None });
            prepared.records.len() - 1
        });
        prepared
    }

    fn add(&mut self, record: Record, prepared: pipeline::Prepared, event_source: &str) {
        let index = self.records.len();
        self.report.add(&record, index, &prepared.units);
        self.items.add(index, prepared.units, event_source, None);
        self.records.push(Entry { record, key: prepared.key });
    }
}

impl Entry {
    fn key(&mut self) -> RecordKey {
        *self.key.get_or_insert_with(|| RecordKey::of(&self.record))
    }
}

impl Batch {
    /// Decodes, rules and redacts the whole delivery. Does nothing else. The invocation's id makes
    /// the claim's sort key unique. Where the pipeline replays, the checkpoint that people see stays.
    #[must_use]
    pub fn new(
        shard: Shard,
        delivery: Vec<RawRecord>,
        pipeline: &Pipeline,
        settings: BatchSettings,
        request_id: &str,
    ) -> Self {
        Self::within(&mut Room::default(), shard, delivery, pipeline, settings, request_id)
    }

    /// The same for one of several batches of an invocation, which share what one may take.
    #[must_use]
    pub fn within(
        room: &mut Room,
        shard: Shard,
        delivery: Vec<RawRecord>,
        pipeline: &Pipeline,
        settings: BatchSettings,
        request_id: &str,
    ) -> Self {
        let prepared = Prepared::of(room, &shard, delivery, pipeline);
        let ledger = LedgerSettings::of(&settings, request_id, pipeline.replay);
        Self::over(Source::Shard { shard, ledger }, prepared, pipeline, settings.delivery())
    }

    fn over(
        source: Source,
        prepared: Prepared,
        pipeline: &Pipeline,
        settings: DeliverySettings,
    ) -> Self {
        let Prepared { records, cut, items, report } = prepared;
        Self {
            settings,
            pipeline_name: pipeline.rules.pipeline().into(),
            buckets: pipeline.buckets.clone(),
            id_key: pipeline.id_key.clone(),
            source,
            records,
            cut,
            items,
            order: Order::default(),
            requests: Requests::default(),
            phase: Phase::Start,
            rounds: 0,
            aside: Vec::new(),
            report,
        }
    }

    /// The next step. `left` is the time until the function's deadline.
    pub fn next(&mut self, now: Timestamp, left: Duration) -> Step {
        match self.phase {
            Phase::Start => self.begin(now, left),
            Phase::Delivering => self.deliver(now, left),
            Phase::Loading | Phase::Claiming => Step::Await,
            Phase::Over => Step::Answer(std::mem::take(&mut self.report)),
        }
    }

    /// Asks for the claims, unless there is nothing that one could name.
    fn begin(&mut self, now: Timestamp, left: Duration) -> Step {
        let Source::Shard { shard, ledger } = &self.source else {
            return self.start_unasked(now, left);
        };
        match self.records.first() {
            Some(first) if self.items.len() > 0 => {
                self.phase = Phase::Loading;
                let partition = ledger.scope.claim_partition(shard);
                let from = first.record.position.number.prefixed();
                Step::Load(ClaimQuery { partition, from })
            }
            Some(_) => self.claim(now),
            None => self.answer(),
        }
    }

    /// The ledger's answer. If it could not be read, nothing is done and the first record is
    /// reported: going on blindly would publish twice with no fault to blame.
    pub fn loaded(&mut self, claims: Result<Vec<Bytes>, CallError>) {
        debug_assert_eq!(self.phase, Phase::Loading);
        match claims {
            Ok(claims) => {
                self.suppress(&claims);
                self.order = Order::of(&self.items, &self.source);
                self.phase = Phase::Delivering;
            }
            Err(error) => {
                self.report.ledger_read_failed = Some(error);
                self.nothing_done();
                self.phase = Phase::Over;
            }
        }
    }

    /// The time of [`Step::Wait`] is over: what failed is tried again.
    pub fn waited(&mut self) {
        self.rounds += 1;
        for item in std::mem::take(&mut self.aside) {
            self.items.retry(item);
            self.order.ready(item, &self.items);
        }
    }

    /// Whether the claims were written. The answer does not depend on it.
    pub fn claimed(&mut self, result: Result<(), CallError>) {
        debug_assert_eq!(self.phase, Phase::Claiming);
        self.report.ledger_write_failed = result.err();
        self.finish_report();
        self.phase = Phase::Over;
    }

    /// Settles what the ledger says was settled. Record keys are made only if there is any claim.
    fn suppress(&mut self, claims: &[Bytes]) {
        let chunks = claims.iter().flat_map(|keys| keys.chunks_exact(RecordKey::BYTES));
        let known: HashSet<&[u8]> = chunks.collect();
        if known.is_empty() {
            return;
        }
        for index in 0..self.items.len() {
            let (record, slot) = self.items.place(index);
            let key = self.records[record].key().slot(slot);
            if known.contains(&key.0[..]) {
                self.items.suppress(index);
            }
        }
    }

    /// Starts what can be started, else waits, else ends.
    fn deliver(&mut self, now: Timestamp, left: Duration) -> Step {
        let needed = self.settings.request_timeout + self.settings.reserve;
        if left > needed
            && let Some(step) = self.start(now)
        {
            return step;
        }
        if self.requests.any() {
            return Step::Await;
        }
        if !self.aside.is_empty() {
            let wait = self.settings.backoff(self.rounds);
            if left > needed + wait {
                return Step::Wait(wait);
            }
        }
        self.report.stopped_at_deadline = left <= needed && !self.all_settled();
        self.claim(now)
    }

    fn all_settled(&self) -> bool {
        self.cut.is_none() && self.items.all_settled()
    }

    fn start(&mut self, now: Timestamp) -> Option<Step> {
        if self.requests.count() >= self.settings.in_flight_max {
            return None;
        }
        if self.stores_come_first()
            && let Some(step) = self.start_storing()
        {
            return Some(step);
        }
        self.start_publishing()
            .or_else(|| self.start_burying(now))
            // After the letters: making one may have found that its record has to be stored.
            .or_else(|| self.start_storing())
    }
}

#[cfg(test)]
mod tests;
