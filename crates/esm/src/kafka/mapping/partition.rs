//! One partition: how far it is read, and how far it is committed.

use jiff::Timestamp;

use super::{ConsumerId, Turn};
use crate::{
    StartPosition,
    backoff::Backoff,
    kafka::topic::{ListedPartition, Page, TopicRecord},
};

#[derive(Debug)]
pub(super) struct Partition {
    pub(super) consumer: ConsumerId,
    /// The offset to read from.
    pub(super) next: u64,
    /// Everything before it is settled, given up, or no record.
    pub(super) position: u64,
    /// Older records are passed over, up to the first one that is not.
    not_before: Option<Timestamp>,
    pub(super) reading: Turn,
    pub(super) at_tip: bool,
    pub(super) backoff: Backoff,
}

impl Partition {
    /// A partition read from where it was committed, else from the start position; `is_new`: it
    /// came to be after the pass began, so all of it is later than "latest".
    pub(super) fn new(
        listed: &ListedPartition,
        committed: Option<u64>,
        start: StartPosition,
        is_new: bool,
        consumer: ConsumerId,
        now: Timestamp,
    ) -> Self {
        let (start, not_before) = match (committed, start) {
            (Some(position), _) => (position.max(listed.first), None),
            (None, StartPosition::Latest) if !is_new => (listed.end, None),
            (None, StartPosition::TrimHorizon | StartPosition::Latest) => (listed.first, None),
            (None, StartPosition::AtTimestamp(at)) => (listed.first, Some(at)),
        };
        Self {
            consumer,
            next: start,
            position: start,
            not_before,
            reading: Turn::Due(now),
            at_tip: false,
            backoff: Backoff::default(),
        }
    }

    /// What of a page is to be delivered. Records read before, which a reader may bring that counts
    /// in its own batches, are left out.
    pub(super) fn take(&mut self, page: Page) -> Vec<TopicRecord> {
        let mut taken = Vec::with_capacity(page.records.len());
        for record in page.records {
            if record.offset < self.next {
                continue;
            }
            self.next = record.offset.saturating_add(1);
            if self.not_before.is_some_and(|at| record.timestamp < at) {
                continue;
            }
            self.not_before = None;
            taken.push(record);
        }
        self.next = self.next.max(page.next);
        self.at_tip = self.next >= page.end;
        taken
    }
}
