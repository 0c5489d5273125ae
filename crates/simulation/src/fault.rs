//! Faults: what can go wrong, and how often it does in one schedule.

use std::collections::BTreeMap;

use cdc_esm::virtual_time::Chance;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The bus throttles an entry.
    EntryThrottled,
    /// The bus refuses an entry for its own fault: it becomes a dead letter.
    EntryRefused,
    /// A call of the bus fails, and nothing was done.
    CallFails,
    /// The bus took the entries, and its answer is lost.
    AnswerLost,
    /// A call of the bus runs into its timeout; what it sent arrives later, or never.
    Late,
    /// The ledger can't be read.
    ReadFails,
    /// The ledger can't be written.
    WriteFails,
    /// The ledger was written, and its answer is lost.
    WriteAnswerLost,
    /// The dead-letter queue fails.
    LetterFails,
    /// The dead-letter queue refuses one letter of a call.
    LetterRefused,
    /// The letter lies in the queue, and its answer is lost.
    LetterAnswerLost,
    /// An invocation is killed at a step of its own.
    Kill,
    /// The function is not invoked (throttled).
    NotInvoked,
    /// An invocation has hardly time for anything.
    Deadline,
    /// The mapping loses an invocation that runs on.
    Abandoned,
    /// A second poller takes a shard over, from an older place.
    Takeover,
    /// ParallelizationFactor is changed.
    Refactored,
    /// The operator rewinds, and raises the epoch.
    Rewind,
    /// The ledger is emptied (time to live, or a reset).
    Forgotten,
    /// The on-failure destination fails.
    DestinationFails,
    /// A replay is killed at a step of its own.
    ReplayKilled,
    /// Two replays of documents at once.
    TwoReplays,
    /// The mapping sends neighbouring failures as one pointer, which may cover more than failed.
    PointersMerged,
    /// Somebody puts a letter or a document back that was replayed before.
    PutBack,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 24] = [
        Self::EntryThrottled,
        Self::EntryRefused,
        Self::CallFails,
        Self::AnswerLost,
        Self::Late,
        Self::ReadFails,
        Self::WriteFails,
        Self::WriteAnswerLost,
        Self::LetterFails,
        Self::LetterRefused,
        Self::LetterAnswerLost,
        Self::Kill,
        Self::NotInvoked,
        Self::Deadline,
        Self::Abandoned,
        Self::Takeover,
        Self::Refactored,
        Self::Rewind,
        Self::Forgotten,
        Self::DestinationFails,
        Self::ReplayKilled,
        Self::TwoReplays,
        Self::PointersMerged,
        Self::PutBack,
    ];

    /// Whether a record may be published once more because of it.
    #[must_use]
    pub fn excuses(self) -> bool {
        match self {
            Self::AnswerLost
            | Self::Late
            | Self::WriteFails
            | Self::LetterAnswerLost
            | Self::Kill
            | Self::Abandoned
            | Self::Takeover
            | Self::Rewind
            | Self::Forgotten
            | Self::ReplayKilled
            | Self::TwoReplays
            | Self::PointersMerged
            | Self::PutBack => true,
            Self::EntryThrottled
            | Self::EntryRefused
            | Self::CallFails
            | Self::ReadFails
            | Self::WriteAnswerLost
            | Self::LetterFails
            | Self::LetterRefused
            | Self::NotInvoked
            | Self::Deadline
            | Self::Refactored
            | Self::DestinationFails => false,
        }
    }

    /// In how many of a hundred chances it strikes, while there is budget.
    fn percent(self) -> u64 {
        match self {
            Self::Rewind | Self::Forgotten => 10,
            Self::Takeover | Self::Refactored => 25,
            Self::PointersMerged => 100,
            Self::TwoReplays | Self::PutBack => 50,
            Self::Kill | Self::Deadline | Self::Abandoned | Self::NotInvoked => 12,
            Self::WriteFails | Self::LetterFails | Self::LetterAnswerLost => 25,
            _ => 12,
        }
    }
}

/// The faults of one schedule: which may strike, how many in all, and which did.
#[derive(Debug)]
pub(crate) struct Faults {
    allowed: Vec<Fault>,
    budget: u64,
    pub(crate) struck: BTreeMap<Fault, u64>,
}

impl Faults {
    pub(crate) fn new(allowed: Vec<Fault>, budget: u64) -> Self {
        Self { allowed, budget, struck: BTreeMap::new() }
    }

    /// Whether it strikes now.
    pub(crate) fn strikes(&mut self, fault: Fault, chance: &mut Chance) -> bool {
        let strikes =
            self.budget > 0 && self.allowed.contains(&fault) && chance.below(100) < fault.percent();
        if strikes {
            self.budget -= 1;
            *self.struck.entry(fault).or_default() += 1;
        }
        strikes
    }
}
