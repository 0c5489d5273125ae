//! Checkpoints: from where a mapping goes on that is started anew.

use std::collections::BTreeMap;

use super::shard::{Phase, ShardState};
use crate::{ReadFrom, ShardId};

/// How far a mapping has come, shard by shard. Shards that are not named start where the pass
/// started.
///
/// A shard goes on at its oldest record that is neither settled nor given up. What other lanes have
/// settled beyond it is delivered again: there is one place a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoints(pub(super) BTreeMap<ShardId, Checkpoint>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checkpoint {
    From(ReadFrom),
    Ended,
}

impl Checkpoints {
    /// With that shard read again from this place on. (Whoever takes a shard over may know of an
    /// older checkpoint than the last one.)
    #[must_use]
    pub fn back_to(mut self, shard: ShardId, from: ReadFrom) -> Self {
        self.0.insert(shard, Checkpoint::From(from));
        self
    }

    /// Where the shard goes on; none where it has ended or was not begun.
    #[must_use]
    pub fn place(&self, shard: &ShardId) -> Option<&ReadFrom> {
        match self.0.get(shard)? {
            Checkpoint::From(from) => Some(from),
            Checkpoint::Ended => None,
        }
    }

    /// Whether the shard is closed, and nothing of it is left.
    #[must_use]
    pub fn has_ended(&self, shard: &ShardId) -> bool {
        matches!(self.0.get(shard), Some(Checkpoint::Ended))
    }

    /// What was resumed from, and over it how far the shards that were begun have come.
    pub(super) fn of(resumed: &Self, shards: &BTreeMap<ShardId, ShardState>) -> Self {
        let open = |shard: &ShardState| match shard.phase {
            Phase::Waiting => None,
            Phase::Open => Some(Checkpoint::From(shard.checkpoint())),
            Phase::Ended => Some(Checkpoint::Ended),
        };
        let begun = shards.iter().filter_map(|(id, shard)| Some((id.clone(), open(shard)?)));
        Self(resumed.0.clone().into_iter().chain(begun).collect())
    }
}
