//! One shard: how far it is read, and its lanes.

use std::{mem, time::Duration};

use cdc_core::record::{RawRecord, SequenceNumber, expand};
use jiff::Timestamp;
use twox_hash::XxHash3_128;

use crate::{
    CheckedSettings, INVOCATION_BYTES_MAX, Page, ReadFrom, ShardId, StreamRecord,
    backoff::{Backoff, Jitter, earlier, later},
    lane::{Lane, LaneStep},
};

// An empty page short of the tip is normal, and read on at once; the pause only keeps a stream that
// never says "tip" from being read in a busy loop.
const EMPTY_PAGE_PAUSE: Duration = Duration::from_millis(10);

/// What a shard wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ShardStep {
    Read(ReadFrom),
    Lane(usize, LaneStep),
    Wait(Option<Timestamp>),
}

#[derive(Debug)]
pub(super) struct ShardState {
    pub(super) parents: Vec<ShardId>,
    pub(super) phase: Phase,
    from: ReadFrom,
    reading: Reading,
    at_tip: bool,
    at_end: bool,
    backoff: Backoff,
    lanes: Vec<Lane<StreamRecord>>,
}

/// A shard's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// A parent is not settled yet.
    Waiting,
    /// Being read and delivered.
    Open,
    /// Closed, and nothing of it is left.
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Due(Timestamp),
    /// `again`: somebody knows of new records that this read may have missed.
    UnderWay {
        again: bool,
    },
}

impl ShardState {
    pub(super) fn new(
        parents: Vec<ShardId>,
        from: ReadFrom,
        phase: Phase,
        lanes: usize,
        now: Timestamp,
    ) -> Self {
        Self {
            parents,
            phase,
            from,
            reading: Reading::Due(now),
            at_tip: false,
            at_end: false,
            backoff: Backoff::default(),
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
        }
    }

    pub(super) fn lane(&self, lane: usize) -> Option<&Lane<StreamRecord>> {
        self.lanes.get(lane)
    }

    pub(super) fn lane_mut(&mut self, lane: usize) -> Option<&mut Lane<StreamRecord>> {
        self.lanes.get_mut(lane)
    }

    /// Everything read is settled, and there was nothing more to read.
    pub(super) fn is_caught_up(&self) -> bool {
        match self.phase {
            Phase::Waiting => false,
            Phase::Open => self.at_tip && self.is_empty(),
            Phase::Ended => true,
        }
    }

    /// Everything up to this number is settled or given up.
    pub(super) fn is_past(&self, end: &SequenceNumber) -> bool {
        let read = matches!(&self.from, ReadFrom::After(last) if last >= end);
        self.phase == Phase::Ended
            || read && self.lanes.iter().filter_map(head).all(|head| head > end)
    }

    /// An answer of the stream or of the function is awaited.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.reading, Reading::UnderWay { .. })
            || self.lanes.iter().any(Lane::is_under_way)
    }

    /// Whether the shard has just come to its end: closed, read, and nothing in hand.
    pub(super) fn end(&mut self) -> bool {
        let ended = self.phase == Phase::Open && self.at_end && self.is_empty();
        if ended {
            self.phase = Phase::Ended;
        }
        ended
    }

    fn is_empty(&self) -> bool {
        self.lanes.iter().all(Lane::is_empty)
    }

    /// The next thing to do with an open shard: deliver before reading on.
    pub(super) fn next(&mut self, now: Timestamp, settings: &CheckedSettings) -> ShardStep {
        let mut wait = None;
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            match lane.next(now, self.at_end, &settings.limits) {
                LaneStep::Wait(until) => wait = earlier(wait, until),
                step => return ShardStep::Lane(index, step),
            }
        }
        match self.reading {
            Reading::Due(at) if !self.is_full(settings) && !self.at_end => {
                if at > now {
                    return ShardStep::Wait(earlier(wait, Some(at)));
                }
                self.reading = Reading::UnderWay { again: false };
                ShardStep::Read(self.from.clone())
            }
            _ => ShardStep::Wait(wait),
        }
    }

    /// As much lies in the queues as all lanes together can deliver at once: no need to read on. (A
    /// lane that fails can fill them alone; then the others stand still for what it holds.)
    fn is_full(&self, settings: &CheckedSettings) -> bool {
        let queued = self.lanes.iter().map(Lane::queued);
        let (records, bytes) = queued.fold((0, 0), |sum, lane| (sum.0 + lane.0, sum.1 + lane.1));
        let lanes = self.lanes.len();
        records >= lanes * settings.limits.batch_size || bytes > lanes * INVOCATION_BYTES_MAX
    }

    /// Where the shard would go on if it were read anew.
    pub(super) fn checkpoint(&self) -> ReadFrom {
        let first = self.lanes.iter().filter_map(head).min();
        first.map_or_else(|| self.from.clone(), |first| ReadFrom::At(first.clone()))
    }

    /// A page came; `bytes` sizes a record as an event holds it.
    pub(super) fn read(
        &mut self,
        page: Page,
        now: Timestamp,
        settings: &CheckedSettings,
        bytes: impl Fn(&StreamRecord) -> usize,
    ) {
        self.backoff.reset();
        self.at_end = page.end_of_shard;
        self.at_tip = page.records.is_empty() && page.millis_behind_latest == 0;
        let pause = match (page.records.is_empty(), self.at_tip) {
            (false, _) => Duration::ZERO,
            (true, false) => EMPTY_PAGE_PAUSE,
            (true, true) => settings.idle_poll,
        };
        self.next_read(later(now, pause), now);
        if let Some(last) = page.records.last() {
            self.from = ReadFrom::After(last.sequence.clone());
        }
        for record in page.records {
            if settings.deaggregate {
                for part in taken_apart(record) {
                    self.push(part, now, settings, &bytes);
                }
            } else {
                self.push(record, now, settings, &bytes);
            }
        }
    }

    fn push(
        &mut self,
        record: StreamRecord,
        now: Timestamp,
        settings: &CheckedSettings,
        bytes: impl Fn(&StreamRecord) -> usize,
    ) {
        if settings.filter.as_ref().is_some_and(|filter| !filter.takes(&record)) {
            return;
        }
        let size = bytes(&record);
        let lane = self.lane_of(&record);
        self.lanes[lane].push(record, size, now, settings.limits.batch_window);
    }

    /// The read failed: once more, after a pause.
    pub(super) fn read_failed(&mut self, now: Timestamp, jitter: Jitter<'_>) {
        let pause = self.backoff.pause(jitter);
        self.reading = Reading::Due(later(now, pause));
    }

    fn next_read(&mut self, at: Timestamp, now: Timestamp) {
        let due = Reading::Due(at);
        if mem::replace(&mut self.reading, due) == (Reading::UnderWay { again: true }) {
            self.reading = Reading::Due(now);
        }
    }

    /// There may be new records: read now, or once more if a read is under way.
    pub(super) fn wake(&mut self, now: Timestamp) {
        self.at_tip = false;
        self.reading = match self.reading {
            Reading::Due(at) => Reading::Due(at.min(now)),
            Reading::UnderWay { .. } => Reading::UnderWay { again: true },
        };
    }

    /// The lane of a partition key: always the same, as long as their number is. (How Lambda
    /// distributes keys is not documented.)
    fn lane_of(&self, record: &StreamRecord) -> usize {
        let hash = XxHash3_128::oneshot(record.partition_key.as_bytes());
        (hash % self.lanes.len() as u128) as usize
    }
}

/// The first record of a lane that is neither settled nor given up.
fn head(lane: &Lane<StreamRecord>) -> Option<&SequenceNumber> {
    lane.unsettled().next().map(|record| &record.sequence)
}

/// The records of an aggregate, each under its own partition key and the number of the whole; any
/// other record, and one that cannot be taken apart, as it is.
fn taken_apart(record: StreamRecord) -> Vec<StreamRecord> {
    let raw = RawRecord {
        data: record.data.clone(),
        partition_key: record.partition_key.as_str().into(),
        number: record.sequence.clone(),
        arrived: record.arrival,
    };
    let parts = expand(vec![raw]).records.into_iter();
    let part = |part: cdc_core::record::Record| StreamRecord {
        sequence: part.position.number,
        partition_key: part.partition_key.to_string(),
        data: part.data,
        arrival: part.arrived,
    };
    parts.map(part).collect()
}
