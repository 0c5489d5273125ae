//! What a mapping is to do, as a whole and next.

use std::time::Duration;

use jiff::Timestamp;

use crate::{Ended, StartPosition, sqs::report::Event};

/// One batch, counted from 1 in the order in which they were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// How far a run goes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// When a pass is over.
    pub until: Until,
    /// What each pass after the first delivers again: one redelivery each, once the pass before is
    /// over. Needs a queue that keeps its deleted messages.
    pub redeliver: Vec<StartPosition>,
}

/// When a pass is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Until {
    /// Never: goes on until it is stopped. A redelivery asked for starts once it has caught up.
    #[default]
    Stopped,
    /// The queue is empty and nothing is in flight, with this mapping or another receiver. Without a
    /// redrive policy a message that always fails keeps it from ending.
    Empty,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Receive, then [`Mapping::received`](super::Mapping::received).
    Receive {
        /// At most so many messages.
        max: usize,
        /// Waiting so long for the first.
        wait: Duration,
    },
    /// Ask for the queue's depth, then [`Mapping::counted`](super::Mapping::counted).
    Count,
    /// Have deleted messages delivered again, then [`Mapping::redelivered`](super::Mapping::redelivered).
    Redeliver(StartPosition),
    /// Invoke the function with [`Mapping::event`](super::Mapping::event), then [`Mapping::answered`](super::Mapping::answered).
    Invoke(BatchId),
    /// Delete [`Mapping::receipts`](super::Mapping::receipts), then [`Mapping::deleted`](super::Mapping::deleted).
    Delete(BatchId),
    /// Tell whoever watches.
    Report(Event),
    /// Nothing to do before then or before something comes in; `None`: only the latter.
    Wait(Option<Timestamp>),
    /// The run is over; a receive, a count or a redelivery still under way can be dropped.
    Done(Ended),
}
