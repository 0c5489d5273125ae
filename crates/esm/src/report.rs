//! What a mapping tells: one event per delivery, per give-up, per change of the whole.
//!
//! No row values and no texts of others in here: whoever implements a port knows its errors.

use cdc_core::record::SequenceNumber;
use jiff::Timestamp;

use crate::{AnswerFault, FunctionError, ShardId, mapping::LaneId};

/// Something that happened, told in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The stream is read from its start position: the first time (pass 0), or once more.
    PassStarted {
        /// Counts redeliveries.
        pass: u32,
    },
    /// The shard's parents are settled (or it has none), and its reading begins.
    ShardStarted(ShardId),
    /// The shard is closed, and all it held is settled or given up.
    ShardEnded(ShardId),
    /// An invocation was answered.
    Delivered(Delivery),
    /// A batch was left behind.
    GivenUp(GivenUp),
    /// A read failed and will be tried again; no shard: the listing of shards.
    ReadFailed(Option<ShardId>),
    /// Every shard is at its tip or its end, and nothing is in hand. Told on each change to it.
    CaughtUp {
        /// As in [`Event::PassStarted`].
        pass: u32,
    },
}

/// One invocation and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Whose batch it was.
    pub lane: LaneId,
    /// As in [`Event::PassStarted`].
    pub pass: u32,
    /// The first record delivered.
    pub first: SequenceNumber,
    /// The last record delivered.
    pub last: SequenceNumber,
    /// How many records were delivered.
    pub records: usize,
    /// Which attempt at this batch it was, from 1; goes on counting when the head moves.
    pub attempt: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// What an invocation settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The whole batch.
    Settled,
    /// The records before the lowest one reported.
    Partial {
        /// How many, from the head; may be none.
        settled: usize,
        /// The record reported, delivered again with all behind it.
        from: SequenceNumber,
    },
    /// Nothing: the whole batch is delivered again.
    Failed(Cause),
    /// Nothing: the batch is split in two, and each half delivered again by itself.
    Bisected(Cause),
}

/// Why an invocation settled nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The function failed.
    FunctionError,
    /// The function ran out of time.
    TimedOut,
    /// The function could not be invoked.
    NotInvoked,
    /// The event is larger than an invocation may be.
    EventTooLarge,
    /// The answer counts as a failure of the whole batch.
    Answer(AnswerFault),
}

impl Cause {
    /// Whether the function ran: then the attempt counts against `MaximumRetryAttempts`, and the
    /// batch may be split.
    pub(crate) fn ran(self) -> bool {
        match self {
            Self::FunctionError | Self::TimedOut | Self::Answer(_) => true,
            Self::NotInvoked | Self::EventTooLarge => false,
        }
    }

    /// Whether the function ended in an error, and not in an answer.
    pub(crate) fn is_function_error(self) -> bool {
        matches!(self, Self::FunctionError | Self::TimedOut)
    }
}

impl From<&FunctionError> for Cause {
    fn from(error: &FunctionError) -> Self {
        match error {
            FunctionError::Failed(_) => Self::FunctionError,
            FunctionError::TimedOut => Self::TimedOut,
            FunctionError::NotInvoked(_) => Self::NotInvoked,
            FunctionError::EventTooLarge => Self::EventTooLarge,
        }
    }
}

/// Records left behind unsettled: what an on-failure document says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Counts what the mapping hands out to be given up, from 1.
    pub id: u64,
    /// Whose batch it was.
    pub lane: LaneId,
    /// As in [`Event::PassStarted`].
    pub pass: u32,
    /// Why.
    pub condition: Condition,
    /// The first record given up.
    pub first: SequenceNumber,
    /// The last record given up.
    pub last: SequenceNumber,
    /// How many records were given up.
    pub records: usize,
    /// Their numbers: with lanes, others lie in between.
    pub numbers: Vec<SequenceNumber>,
    /// When the first one arrived.
    pub first_arrival: Timestamp,
    /// When the last one arrived.
    pub last_arrival: Timestamp,
    /// How often the batch was delivered (`approximateInvokeCount`).
    pub attempts: u32,
    /// Whether the last delivery ended in an error of the function, and not in an answer.
    pub function_error: bool,
}

/// Why records were given up, under AWS's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// `MaximumRetryAttempts` ran out.
    RetryAttemptsExhausted,
    /// `MaximumRecordAgeInSeconds` ran out.
    RecordAgeExceeded,
}

impl Condition {
    /// The name in an on-failure document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
        }
    }
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// What was asked for is settled or given up, in every pass.
    Settled,
    /// It was told to stop; what was in hand but not under way is unsettled.
    Stopped,
}

/// A run in numbers, all passes together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Passes begun; 1 without redelivery.
    pub passes: u32,
    /// Invocations answered.
    pub deliveries: u64,
    /// Records settled, once a pass.
    pub settled: u64,
    /// Batches given up.
    pub given_up_batches: u64,
    /// Records given up.
    pub given_up_records: u64,
}
