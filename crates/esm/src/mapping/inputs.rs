//! What goes into a mapping: what came of its steps, and what its owner asks of it.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::{
    Checkpoint, Checkpoints, LaneId, Listing, Mapping,
    shard::{Phase, ShardState},
};
use crate::{
    Cause, Delivery, Event, FailureDocument, FunctionError, GivenUp, Outcome, Page, Shard, ShardId,
    StartPosition, StreamRecord, Summary, answer,
    backoff::{Jitter, later},
    lane::{Batch, Left, Verdict},
};

impl Mapping {
    /// The stream's shards, asked for by [`Step::ListShards`](super::Step::ListShards).
    pub fn listed(&mut self, shards: Vec<Shard>, now: Timestamp) {
        self.listing_backoff.reset();
        self.listing = match self.listing {
            Listing::UnderWay { again: true } => Listing::Due(now),
            // A stream has shards; this one is still being made.
            _ if shards.is_empty() => Listing::Due(later(now, self.settings.idle_poll)),
            _ => Listing::Known,
        };
        for shard in shards {
            let (from, phase) = match self.resumed.0.get(&shard.id) {
                Some(Checkpoint::Ended) => (self.start.clone(), Phase::Ended),
                Some(Checkpoint::From(from)) => (from.clone(), Phase::Waiting),
                None => (self.start.clone(), Phase::Waiting),
            };
            let lanes = self.settings.lanes;
            let fresh = || ShardState::new(shard.parents, from, phase, lanes, now);
            self.shards.entry(shard.id).or_insert_with(fresh);
        }
    }

    /// A page, asked for by [`Step::Read`](super::Step::Read).
    pub fn read(&mut self, id: &ShardId, page: Page, now: Timestamp) {
        let Some(shard) = self.shards.get_mut(id) else { return };
        shard.read(page, now, &self.settings, |record| self.source.record_bytes(id, record));
    }

    /// The read did not work; `None`: the listing. It is tried again after a pause.
    pub fn read_failed(
        &mut self,
        id: Option<&ShardId>,
        now: Timestamp,
        jitter: impl Fn(Duration) -> Duration,
    ) {
        match id {
            None => self.listing = Listing::Due(later(now, self.listing_backoff.pause(&jitter))),
            Some(id) => {
                let Some(shard) = self.shards.get_mut(id) else { return };
                shard.read_failed(now, &jitter);
            }
        }
        self.reports.push_back(Event::ReadFailed(id.cloned()));
    }

    /// The function's answer to [`Step::Invoke`](super::Step::Invoke). `jitter` draws a duration
    /// evenly from zero to the given one.
    pub fn answered(
        &mut self,
        lane: &LaneId,
        answer: Result<Bytes, FunctionError>,
        now: Timestamp,
        jitter: impl Fn(Duration) -> Duration,
    ) {
        let Some(in_hand) = self.in_hand(lane) else { return };
        let (batch, attempt) = (&in_hand.records[..], in_hand.attempts);
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else { return };
        let records = batch.len();
        let (first, last) = (first.sequence.clone(), last.sequence.clone());
        let verdict = self.verdict(batch, answer);
        let Some(outcome) = self.outcome(lane, &verdict, records, now, &jitter) else { return };
        self.count(&outcome, records);
        let (lane, pass) = (lane.clone(), self.pass());
        let delivery = Delivery { lane, pass, first, last, records, attempt, outcome };
        self.reports.push_back(Event::Delivered(delivery));
    }

    fn verdict(&self, batch: &[StreamRecord], answer: Result<Bytes, FunctionError>) -> Verdict {
        match answer {
            Err(error) => Verdict::Failed(Cause::from(&error)),
            Ok(_) if !self.settings.report_batch_item_failures => Verdict::Settled,
            Ok(body) => match answer::first_failure(&body, batch) {
                Ok(None) => Verdict::Settled,
                Ok(Some(first)) => {
                    Verdict::Partial((0..batch.len()).map(|at| at >= first).collect())
                }
                Err(fault) => Verdict::Failed(Cause::Answer(fault)),
            },
        }
    }

    fn outcome(
        &mut self,
        lane: &LaneId,
        verdict: &Verdict,
        records: usize,
        now: Timestamp,
        jitter: Jitter<'_>,
    ) -> Option<Outcome> {
        let shard = self.shards.get_mut(&lane.shard)?;
        let lane = shard.lane_mut(lane.lane)?;
        Some(match lane.answered(verdict, now, &self.settings.limits, jitter)? {
            Left::Nothing => Outcome::Settled,
            Left::Rest => {
                let rest = &lane.in_hand()?.records;
                Outcome::Partial {
                    settled: records - rest.len(),
                    from: rest.first()?.sequence.clone(),
                }
            }
            Left::Whole(cause) => Outcome::Failed(cause),
            Left::Halves(cause) => Outcome::Bisected(cause),
        })
    }

    fn count(&mut self, outcome: &Outcome, records: usize) {
        self.summary.deliveries += 1;
        self.summary.settled += match outcome {
            Outcome::Settled => records as u64,
            Outcome::Partial { settled, .. } => *settled as u64,
            Outcome::Failed(_) | Outcome::Bisected(_) => 0,
        };
    }

    /// What [`Step::GiveUp`](super::Step::GiveUp) handed out is taken care of; the lane goes on.
    pub fn given_up(&mut self, given_up: GivenUp, now: Timestamp) {
        let shard = self.shards.get_mut(&given_up.lane.shard);
        let lane = shard.and_then(|shard| shard.lane_mut(given_up.lane.lane));
        let Some(lane) = lane else { return };
        lane.given_up(now);
        self.summary.given_up_batches += 1;
        self.summary.given_up_records += given_up.records as u64;
        self.reports.push_back(Event::GivenUp(given_up));
    }

    /// What [`Step::GiveUp`](super::Step::GiveUp) handed out could not be kept: it is handed out again
    /// after a pause.
    pub fn not_kept(
        &mut self,
        given_up: &GivenUp,
        now: Timestamp,
        jitter: impl Fn(Duration) -> Duration,
    ) {
        let shard = self.shards.get_mut(&given_up.lane.shard);
        if let Some(lane) = shard.and_then(|shard| shard.lane_mut(given_up.lane.lane)) {
            lane.not_kept(now, &jitter);
        }
    }

    /// Starts nothing more; what is under way is awaited, then the run is over.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// There may be new records: every shard is read at once instead of at its next poll.
    pub fn wake(&mut self, now: Timestamp) {
        self.shards.values_mut().for_each(|shard| shard.wake(now));
    }

    /// Once the pass is over, starts again from there.
    pub fn redeliver(&mut self, start: StartPosition) {
        self.redeliver.push_back(start);
    }

    /// Every shard is at its tip or its end, and nothing is in hand.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// The run so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// The records in hand of a lane; empty if it has none.
    #[must_use]
    pub fn batch(&self, lane: &LaneId) -> &[StreamRecord] {
        self.in_hand(lane).map_or(&[], |batch| &batch.records)
    }

    /// What is to be kept of records that are given up: the head of the batch in hand.
    #[must_use]
    pub fn document(&self, given_up: &GivenUp, now: Timestamp) -> FailureDocument {
        let batch = self.batch(&given_up.lane);
        let head = batch.get(..given_up.records).unwrap_or(batch);
        FailureDocument {
            event: self.source.event(&given_up.lane.shard, head),
            given_up: given_up.clone(),
            stream_arn: self.source.stream_arn().to_owned(),
            function_arn: self.source.function_arn().to_owned(),
            request_id: request_id(self.summary.deliveries, given_up.id),
            at: now,
        }
    }

    /// How long an invocation may take.
    #[must_use]
    pub fn function_timeout(&self) -> Duration {
        self.settings.function_timeout
    }

    /// From where another mapping would have to go on.
    #[must_use]
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::of(&self.resumed, &self.shards)
    }

    /// The batch in hand as the function gets it.
    #[must_use]
    pub fn event(&self, lane: &LaneId) -> Bytes {
        self.source.event(&lane.shard, self.batch(lane))
    }

    pub(super) fn in_hand(&self, lane: &LaneId) -> Option<&Batch<StreamRecord>> {
        self.shards.get(&lane.shard)?.lane(lane.lane)?.in_hand()
    }

    pub(super) fn pass(&self) -> u32 {
        self.summary.passes.saturating_sub(1)
    }
}

/// In the shape of Lambda's, and different for each that a mapping gives up.
pub(crate) fn request_id(deliveries: u64, given_up: u64) -> String {
    format!("{:08x}-0000-4000-8000-{:012x}", given_up & 0xffff_ffff, deliveries & 0xffff_ffff_ffff)
}
