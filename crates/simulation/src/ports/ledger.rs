//! The ledger, with reads and writes that fail and answers that are lost.

use bytes::Bytes;
use cdc_core::{
    delivery::CallError,
    ledger::{ClaimQuery, ClaimWrite},
    ports::{Clock, Ledger},
    record::RecordKey,
};

use super::{failed, latency};
use crate::{fault::Fault, life::Life};

pub(crate) struct FaultyLedger<L, C> {
    pub(crate) inner: L,
    pub(crate) clock: C,
    pub(crate) life: Life,
}

impl<L: Ledger, C: Clock> Ledger for FaultyLedger<L, C> {
    async fn load(&self, query: ClaimQuery) -> Result<Vec<Bytes>, CallError> {
        self.life.step().await;
        let fails = self.life.world().strikes(Fault::ReadFails);
        latency(self.life.world(), &self.clock).await;
        if fails {
            return Err(failed("Query"));
        }
        let found = self.inner.load(query).await;
        self.life.step().await;
        found
    }

    async fn claim(&self, write: ClaimWrite) -> Result<(), CallError> {
        self.life.step().await;
        let world = self.life.world();
        let items = self.items(&write);
        let names = world.state().names(&items);
        world.log(format_args!("claim {names}"));
        latency(world, &self.clock).await;
        if world.strikes(Fault::WriteFails) {
            self.life.forget("ledger write failed");
            return Err(failed("BatchWriteItem"));
        }
        let answer_lost = world.strikes(Fault::WriteAnswerLost);
        // What the store refuses is one of our own faults, and no excuse.
        self.inner.claim(write).await?;
        {
            let mut state = world.state();
            for item in &items {
                let key = state.items[*item].key;
                state.claimed.insert((self.life.epoch(), key));
            }
        }
        // What a replay claims that began before a rewind, nobody will ask for.
        if self.life.is_replay() && self.life.epoch() != world.state().epoch {
            world.state().excuse(items, "rewound");
        }
        if answer_lost {
            return Err(failed("BatchWriteItem"));
        }
        self.life.step().await;
        Ok(())
    }
}

impl<L, C> FaultyLedger<L, C> {
    /// The items that a write names. A key that nothing has is a false claim.
    fn items(&self, write: &ClaimWrite) -> Vec<usize> {
        let mut world = self.life.world().state();
        let mut items = Vec::new();
        for key in write.items.iter().flat_map(|item| item.keys.chunks_exact(RecordKey::BYTES)) {
            match world.by_key.get(key) {
                Some(item) => items.push(*item),
                None => world.false_claims += 1,
            }
        }
        items
    }
}
