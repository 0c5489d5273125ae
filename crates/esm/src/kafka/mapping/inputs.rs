//! What goes into a mapping: what came of its steps, and what its owner asks of it.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use jiff::Timestamp;

use super::{ConsumerId, LISTING_AGE_MAX, Mapping, Partition};
use crate::{
    Cause, FunctionError, StartPosition,
    backoff::{Jitter, later},
    kafka::{
        answer::first_failures,
        event::EventSource,
        on_failure::FailureDocument,
        report::{Delivery, Event, GivenUp, Outcome, Summary, ranges},
        topic::{ListedPartition, Page, Positions, TopicPartition, TopicRecord},
    },
    lane::{Batch, Left, Verdict},
    mapping::request_id,
};

impl Mapping {
    /// The partitions, asked for by [`Step::ListPartitions`](super::Step::ListPartitions). One that is
    /// no longer listed is kept: what was read of it is still delivered.
    pub fn listed(&mut self, mut listed: Vec<ListedPartition>, now: Timestamp) {
        self.listing_backoff.reset();
        // Topics have partitions; these are still being made.
        let age = if listed.is_empty() { self.settings.idle_poll } else { LISTING_AGE_MAX };
        self.listing.ended(later(now, age), now);
        listed.sort_by(|a, b| a.id.cmp(&b.id));
        for listed in listed {
            if !self.partitions.contains_key(&listed.id) {
                self.assign(listed, now);
            }
        }
        self.is_listed |= !self.partitions.is_empty();
    }

    /// A new partition goes to the consumer that has the fewest.
    fn assign(&mut self, listed: ListedPartition, now: Timestamp) {
        let mut owned = vec![0_usize; self.consumers.len()];
        for partition in self.partitions.values() {
            owned[partition.consumer.0] += 1;
        }
        let fewest = (0..owned.len()).min_by_key(|consumer| owned[*consumer]).unwrap_or_default();
        let (consumer, committed) = (ConsumerId(fewest), self.resumed.get(&listed.id).copied());
        let partition =
            Partition::new(&listed, committed, self.start, self.is_listed, consumer, now);
        let position = partition.position;
        self.partitions.insert(listed.id.clone(), partition);
        let partition = listed.id;
        self.reports.push_back(Event::PartitionStarted { partition, consumer, position });
    }

    /// A page, asked for by [`Step::Read`](super::Step::Read).
    pub fn read(&mut self, id: &TopicPartition, page: Page, now: Timestamp) {
        let Some(partition) = self.partitions.get_mut(id) else { return };
        partition.backoff.reset();
        let records = partition.take(page);
        let pause = if partition.at_tip { self.settings.idle_poll } else { Duration::ZERO };
        let missed = partition.reading.ended(later(now, pause), now);
        partition.at_tip &= !missed;
        let consumer = partition.consumer;
        let Some(lane) = self.consumers.get_mut(consumer.0) else { return };
        for record in records {
            let bytes = EventSource::record_bytes(&record);
            lane.push(record, bytes, now, self.settings.limits.batch_window);
        }
        self.commit(consumer);
    }

    /// The read did not work; `None`: the listing. It is tried again after a pause.
    pub fn read_failed(
        &mut self,
        id: Option<&TopicPartition>,
        now: Timestamp,
        jitter: impl Fn(Duration) -> Duration,
    ) {
        let (turn, backoff) = match id {
            None => (&mut self.listing, &mut self.listing_backoff),
            Some(id) => {
                let Some(partition) = self.partitions.get_mut(id) else { return };
                (&mut partition.reading, &mut partition.backoff)
            }
        };
        let at = later(now, backoff.pause(&jitter));
        turn.ended(at, at);
        self.reports.push_back(Event::ReadFailed(id.cloned()));
    }

    /// The function's answer to [`Step::Invoke`](super::Step::Invoke). `jitter` draws a duration
    /// evenly from zero to the given one.
    pub fn answered(
        &mut self,
        consumer: ConsumerId,
        answer: Result<Bytes, FunctionError>,
        now: Timestamp,
        jitter: impl Fn(Duration) -> Duration,
    ) {
        let Some(batch) = self.in_hand(consumer) else { return };
        let (records, attempt) = (batch.records.len(), batch.attempts);
        let ranges = ranges(&batch.records);
        let from = self.first_failures(&batch.records, answer);
        let Some(outcome) = self.outcome(consumer, from, now, &jitter) else { return };
        self.counts.deliveries += 1;
        self.counts.settled += match &outcome {
            Outcome::Settled => records as u64,
            Outcome::Partial { settled, .. } => *settled as u64,
            Outcome::Failed(_) | Outcome::Bisected(_) => 0,
        };
        let pass = self.pass();
        let delivery = Delivery { consumer, pass, ranges, records, attempt, outcome };
        self.reports.push_back(Event::Delivered(delivery));
        self.commit(consumer);
    }

    fn first_failures(
        &self,
        batch: &[TopicRecord],
        answer: Result<Bytes, FunctionError>,
    ) -> Result<Positions, Cause> {
        let body = answer.map_err(|error| Cause::from(&error))?;
        if !self.settings.report_batch_item_failures {
            return Ok(Positions::new());
        }
        first_failures(&body, batch).map_err(Cause::Answer)
    }

    fn outcome(
        &mut self,
        consumer: ConsumerId,
        from: Result<Positions, Cause>,
        now: Timestamp,
        jitter: Jitter<'_>,
    ) -> Option<Outcome> {
        let lane = self.consumers.get_mut(consumer.0)?;
        let batch = &lane.in_hand()?.records;
        let records = batch.len();
        let stays = |record: &TopicRecord, from: &Positions| {
            from.get(&record.partition).is_some_and(|from| record.offset >= *from)
        };
        let verdict = match &from {
            Err(cause) => Verdict::Failed(*cause),
            Ok(from) if from.is_empty() => Verdict::Settled,
            Ok(from) => Verdict::Partial(batch.iter().map(|record| stays(record, from)).collect()),
        };
        Some(match lane.answered(&verdict, now, &self.settings.limits, jitter)? {
            Left::Nothing => Outcome::Settled,
            Left::Rest => {
                let settled = records - lane.in_hand()?.records.len();
                Outcome::Partial { settled, from: from.unwrap_or_default() }
            }
            Left::Whole(cause) => Outcome::Failed(cause),
            Left::Halves(cause) => Outcome::Bisected(cause),
        })
    }

    /// What [`Step::GiveUp`](super::Step::GiveUp) handed out is taken care of; the consumer goes on.
    pub fn given_up(&mut self, given_up: GivenUp, now: Timestamp) {
        let consumer = given_up.consumer;
        let Some(lane) = self.consumers.get_mut(consumer.0) else { return };
        lane.given_up(now);
        self.counts.given_up_batches += 1;
        self.counts.given_up_records += given_up.records as u64;
        self.reports.push_back(Event::GivenUp(given_up));
        self.commit(consumer);
    }

    /// What [`Step::GiveUp`](super::Step::GiveUp) handed out could not be kept: it is handed out again
    /// after a pause.
    pub fn not_kept(
        &mut self,
        given_up: &GivenUp,
        now: Timestamp,
        jitter: impl Fn(Duration) -> Duration,
    ) {
        if let Some(lane) = self.consumers.get_mut(given_up.consumer.0) {
            lane.not_kept(now, &jitter);
        }
    }

    /// Moves the positions of a consumer's partitions up to what it has not settled.
    fn commit(&mut self, consumer: ConsumerId) {
        let Some(lane) = self.consumers.get(consumer.0) else { return };
        let mut heads = BTreeMap::new();
        for record in lane.unsettled() {
            heads.entry(&record.partition).or_insert(record.offset);
        }
        for (id, partition) in &mut self.partitions {
            if partition.consumer != consumer {
                continue;
            }
            let position = heads.get(id).copied().unwrap_or(partition.next);
            if position > partition.position {
                partition.position = position;
                let partition = id.clone();
                self.reports.push_back(Event::Committed { partition, position });
            }
        }
    }

    /// Starts nothing more; what is under way is awaited, then the run is over.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// There may be new records or partitions: all are asked for at once instead of at their next
    /// poll.
    pub fn wake(&mut self, now: Timestamp) {
        self.listing.wake(now);
        for partition in self.partitions.values_mut() {
            partition.at_tip = false;
            partition.reading.wake(now);
        }
    }

    /// Once the pass is over, starts again from there.
    pub fn redeliver(&mut self, start: StartPosition) {
        self.redeliver.push_back(start);
    }

    /// Every partition is at its tip, and nothing is in hand.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// The run so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let positions =
            self.partitions.iter().map(|(id, partition)| (id.clone(), partition.position));
        Summary { counts: self.counts, positions: positions.collect() }
    }

    /// The records in hand of a consumer; empty if it has none.
    #[must_use]
    pub fn batch(&self, consumer: ConsumerId) -> &[TopicRecord] {
        self.in_hand(consumer).map_or(&[], |batch| &batch.records)
    }

    /// The batch in hand as the function gets it.
    #[must_use]
    pub fn event(&self, consumer: ConsumerId) -> Bytes {
        self.source.event(self.batch(consumer))
    }

    /// What is to be kept of records that are given up: the head of the batch in hand.
    #[must_use]
    pub fn document(&self, given_up: &GivenUp, now: Timestamp) -> FailureDocument {
        let batch = self.batch(given_up.consumer);
        let head = batch.get(..given_up.records).unwrap_or(batch);
        FailureDocument {
            event: self.source.event(head),
            given_up: given_up.clone(),
            cluster_arn: self.source.cluster_arn().map(str::to_owned),
            bootstrap_servers: self.source.bootstrap_servers().to_owned(),
            function_arn: self.source.function_arn().to_owned(),
            request_id: request_id(self.counts.deliveries, given_up.id),
            at: now,
        }
    }

    /// How long an invocation may take.
    #[must_use]
    pub fn function_timeout(&self) -> Duration {
        self.settings.function_timeout
    }

    pub(super) fn in_hand(&self, consumer: ConsumerId) -> Option<&Batch<TopicRecord>> {
        self.consumers.get(consumer.0)?.in_hand()
    }

    pub(super) fn pass(&self) -> u32 {
        self.counts.passes.saturating_sub(1)
    }
}
