//! What the bus took, in the order in which it took it.
//!
//! The order of acceptance is what promise P2 is about; a queue behind the bus may shuffle. So
//! every event id carries the event's place in that order, and the newest events are kept whole
//! for tests to look at. Bounded: the oldest are forgotten and counted.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;

/// An entry that the bus accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its place in the order of acceptance over all buses, from 0.
    pub index: u64,
    /// The id the bus gave it.
    pub event_id: String,
    /// The name of the bus.
    pub bus: String,
    /// `Source` of the entry.
    pub source: String,
    /// `DetailType` of the entry.
    pub detail_type: String,
    /// `Detail` of the entry, byte for byte.
    pub detail: String,
    /// The queues it was put into, in the order of their rules.
    pub queues: Vec<String>,
}

/// What PutEvents did since the cloud started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusCounts {
    /// Requests, refused ones too.
    pub calls: u64,
    /// Requests refused as a whole.
    pub calls_refused: u64,
    /// Entries accepted, each with an event id.
    pub accepted: u64,
    /// Entries refused in a request that otherwise went through.
    pub refused: u64,
    /// Messages put into queues.
    pub delivered: u64,
    /// Messages for a queue that is not there, and events the matcher could not read.
    pub undeliverable: u64,
    /// Entries for a bus that is not there: EventBridge says yes and drops them, so this does too.
    pub dropped_no_bus: u64,
    /// Entries that [`super::Bus::accepted`] no longer has.
    pub forgotten: u64,
}

/// Gives event ids that look like UUIDs and carry their index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    // 48 bits that tell this cloud's ids from another's.
    run: u64,
}

// An index has 48 bits in an id: at a million events a second, for nine years.
const INDEX_BITS: u32 = 48;

impl Ids {
    /// Ids for a cloud that starts now.
    pub(super) fn new(now: Timestamp) -> Self {
        // Microseconds tell runs apart; the sign can only be lost before 1970.
        Self { run: now.as_microsecond().unsigned_abs() & ((1 << INDEX_BITS) - 1) }
    }

    /// The id of the event with this index.
    pub(super) fn id(self, index: u64) -> String {
        let index = index & ((1 << INDEX_BITS) - 1);
        format!("{:08x}-{:04x}-8000-8000-{index:012x}", self.run >> 16, self.run & 0xffff)
    }

    /// The index in an id that [`Ids::id`] made for this cloud.
    pub(super) fn index(self, id: &str) -> Option<u64> {
        let index = u64::from_str_radix(id.get(24..)?, 16).ok()?;
        (self.id(index) == id).then_some(index)
    }
}

/// The newest accepted entries and the counts.
pub(super) struct Log {
    pub(super) counts: BusCounts,
    next: u64,
    kept: VecDeque<Arc<Accepted>>,
    bytes: usize,
    bytes_max: usize,
}

impl Log {
    /// An empty log that keeps `bytes_max` of details.
    pub(super) fn new(bytes_max: usize) -> Self {
        let counts = BusCounts::default();
        Self { counts, next: 0, kept: VecDeque::new(), bytes: 0, bytes_max }
    }

    /// The index of the next accepted entry, which is thereby given away.
    pub(super) fn take_index(&mut self) -> u64 {
        let index = self.next;
        self.next += 1;
        self.counts.accepted += 1;
        index
    }

    /// Keeps an entry, and forgets the oldest ones if it gets too much.
    pub(super) fn keep(&mut self, accepted: Accepted) {
        self.bytes += accepted.detail.len();
        self.kept.push_back(Arc::new(accepted));
        while self.bytes > self.bytes_max {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.detail.len();
            self.counts.forgotten += 1;
        }
    }

    /// The kept entries from `index` on.
    pub(super) fn from(&self, index: u64) -> Vec<Arc<Accepted>> {
        let start = self.kept.partition_point(|accepted| accepted.index < index);
        self.kept.range(start..).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_gives_its_index_back_and_a_foreign_one_does_not() {
        let ids = Ids::new("2026-11-21T10:00:00Z".parse().unwrap());
        for index in [0, 1, 10_000, (1 << INDEX_BITS) - 1] {
            assert_eq!(ids.index(&ids.id(index)), Some(index));
        }
        assert_eq!(ids.id(7).len(), 36);
        let other = Ids::new("2026-11-21T10:00:01Z".parse().unwrap());
        for foreign in [other.id(7).as_str(), "", "x", "6a7864e9-43e7-4ac5-9d2a-9c6e7c1c7b0d"] {
            assert_eq!(ids.index(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn the_log_forgets_the_oldest_first_and_counts_them() {
        let mut log = Log::new(10);
        for detail in ["aaaa", "bbbb", "cccc"] {
            let index = log.take_index();
            log.keep(Accepted {
                index,
                event_id: String::new(),
                bus: String::new(),
                source: String::new(),
                detail_type: String::new(),
                detail: detail.into(),
                queues: vec![],
            });
        }
        let kept: Vec<u64> = log.from(0).iter().map(|a| a.index).collect();
        assert_eq!((kept, log.counts.forgotten, log.from(2).len()), (vec![1, 2], 1, 1));
    }
}
