//! A queue's messages: each settled or not by itself, in order within a message group.
//!
//! What is reported is delivered again and nothing else, so there is nothing for a ledger to remember. A
//! message group stops at its first unsettled message: whatever stands behind it is reported too, what
//! a rule leaves out as well, since the queue gives a group's messages back together.

use std::{collections::HashMap, sync::Arc};

use super::{Batch, BatchSettings, Prepared, Room, items::Items, source::Source};
use crate::{
    pipeline::Pipeline,
    record::{RawRecord, Shard},
};

/// A message of a queue.
#[derive(Clone, Debug)]
pub struct QueueMessage {
    /// What it says. Its number is the message's own: no other has it.
    pub record: RawRecord,
    /// The message group, in a FIFO queue. It can hold row values: never shown.
    pub group: Option<Arc<str>>,
}

/// The queue of a batch.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) shard: Shard,
    /// The message group of each message.
    groups: Vec<Option<u32>>,
    /// The message of each record, by its place in the delivery.
    messages: Vec<usize>,
}

impl Batch {
    /// Decodes, rules and redacts the whole delivery, as [`Batch::new`]. Nothing is asked of the ledger
    /// and nothing told it.
    #[must_use]
    pub fn of_queue(
        queue: Shard,
        delivery: Vec<QueueMessage>,
        pipeline: &Pipeline,
        settings: &BatchSettings,
    ) -> Self {
        let groups = groups(&delivery);
        let delivery: Vec<RawRecord> = delivery.into_iter().map(|it| it.record).collect();
        let numbers: Vec<_> = delivery.iter().map(|record| record.number.clone()).collect();
        let prepared = Prepared::of(&mut Room::default(), &queue, delivery, pipeline);
        let mut message = 0;
        let message_of = |entry: &super::Entry| {
            // A message has one record, or several side by side.
            while numbers.get(message).is_some_and(|it| *it != entry.record.position.number) {
                message += 1;
            }
            message
        };
        let messages = prepared.records.iter().map(message_of).collect();
        let source = Source::Queue(Queue { shard: queue, groups, messages });
        Self::over(source, prepared, pipeline, settings.delivery())
    }
}

/// The message groups, numbered.
fn groups(delivery: &[QueueMessage]) -> Vec<Option<u32>> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut numbered = Vec::with_capacity(delivery.len());
    for message in delivery {
        let next = known.len() as u32;
        numbered.push(message.group.as_deref().map(|group| *known.entry(group).or_insert(next)));
    }
    numbered
}

impl Queue {
    /// The message group of a record.
    pub(super) fn group(&self, record: usize) -> Option<u32> {
        self.groups.get(*self.messages.get(record)?).copied().flatten()
    }

    /// The messages that are not settled, and those behind them in their groups. From `cut` on none is.
    pub(super) fn unsettled(&self, items: &Items, cut: Option<usize>) -> Vec<usize> {
        let mut open = vec![false; self.groups.len()];
        for item in items.iter().filter(|item| !item.state.is_settled()) {
            open[self.messages[item.record]] = true;
        }
        if let Some(cut) = cut {
            open[self.messages[cut]..].fill(true);
        }
        let mut stopped = vec![false; self.groups.len()];
        let is_open = |message: &usize| {
            let Some(group) = self.groups[*message] else { return open[*message] };
            let stopped = &mut stopped[group as usize];
            *stopped |= open[*message];
            *stopped
        };
        (0..self.groups.len()).filter(is_open).collect()
    }
}
