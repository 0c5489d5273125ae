//! What is looked at, and what a look finds.

use std::time::Duration;

/// How something is, the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// As it should be.
    Healthy,
    /// It works, and somebody should look at it.
    Degraded,
    /// It does not work, or not for much longer.
    Unhealthy,
}

impl Status {
    /// The word in the answer.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// A component of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The event bus: without it nothing is published.
    Bus,
    /// The Kinesis stream: without it nothing arrives.
    Stream,
    /// The ledger's table: while it cannot be read, no batch is begun.
    CheckpointTable,
    /// The table of state documents, which the pipeline does not use.
    StateTable,
    /// The queue of what could not be processed: without it one bad record stops its shard.
    DeadLetterQueue,
    /// How far the pipeline has come.
    Checkpoints,
}

impl Part {
    /// All of them, in the order of the answer.
    pub const ALL: [Self; 6] = [
        Self::Bus,
        Self::Stream,
        Self::CheckpointTable,
        Self::StateTable,
        Self::DeadLetterQueue,
        Self::Checkpoints,
    ];

    /// The name in the answer.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::Stream => "stream",
            Self::CheckpointTable => "checkpoint-table",
            Self::StateTable => "state-table",
            Self::DeadLetterQueue => "dead-letter-queue",
            Self::Checkpoints => "checkpoints",
        }
    }

    /// The name in metrics.
    #[must_use]
    pub fn metric(self) -> &'static str {
        match self {
            Self::Bus => "Bus",
            Self::Stream => "Stream",
            Self::CheckpointTable => "CheckpointTable",
            Self::StateTable => "StateTable",
            Self::DeadLetterQueue => "DeadLetterQueue",
            Self::Checkpoints => "Checkpoints",
        }
    }
}

/// A figure that a look brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Letters in the dead-letter queue.
    DeadLetters(u64),
    /// The age of the oldest letter that was seen, in seconds.
    DeadLetterAge(u64),
    /// How long the oldest record that was found behind a checkpoint has waited, in seconds.
    CheckpointLag(u64),
}

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) status: Status,
    pub(crate) detail: String,
    pub(crate) judged: bool,
    pub(crate) measures: Vec<Measure>,
}

impl Finding {
    pub(crate) fn new(status: Status, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), judged: true, measures: Vec::new() }
    }

    /// Nothing was looked at, and nothing is wrong with that.
    pub(crate) fn not_judged(detail: impl Into<String>) -> Self {
        Self { judged: false, ..Self::new(Status::Healthy, detail) }
    }

    pub(crate) fn with(mut self, measures: impl IntoIterator<Item = Measure>) -> Self {
        self.measures.extend(measures);
        self
    }
}

/// A component as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Which.
    pub part: Part,
    /// How it is.
    pub status: Status,
    /// What was found, and what to do about it: no ARN, no address, no text of a service.
    pub detail: String,
    /// How long the look took.
    pub latency: Duration,
    /// Whether it was looked at; what was not counts as healthy, and has no metrics.
    pub judged: bool,
    /// Figures beside the verdict.
    pub measures: Vec<Measure>,
}
