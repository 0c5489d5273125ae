//! The dead-letter queue from its other end: which letters a replay holds, and when they are gone.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use cdc_core::{
    delivery::CallError,
    ports::{Clock, LetterQueue, MessageDone, Received},
};

use super::{latency, letters::item};
use crate::life::Life;

pub(crate) struct WatchedQueue<Q, C> {
    pub(crate) inner: Q,
    pub(crate) clock: C,
    pub(crate) life: Life,
    pub(crate) held: Mutex<BTreeMap<Box<str>, usize>>,
}

impl<Q: LetterQueue, C: Clock> LetterQueue for WatchedQueue<Q, C> {
    async fn receive(&self, at_most: usize, hidden: Duration) -> Result<Vec<Received>, CallError> {
        self.life.step().await;
        latency(self.life.world(), &self.clock).await;
        let received = self.inner.receive(at_most, hidden).await?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for message in &received {
            if let Some(item) = item(self.life.world(), &message.body) {
                held.insert(message.receipt.clone(), item);
            }
        }
        Ok(received)
    }

    async fn delete(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        self.life.step().await;
        latency(self.life.world(), &self.clock).await;
        let done = self.inner.delete(receipts).await?;
        let gone: Vec<usize> = {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            receipts.iter().filter_map(|receipt| held.get(receipt).copied()).collect()
        };
        {
            let mut state = self.life.world().state();
            let names = state.names(&gone);
            state.log(format_args!("letters gone: {names}"));
            for item in &gone {
                state.items[*item].open_letters -= 1;
            }
        }
        self.life.known_elsewhere(&gone);
        self.life.step().await;
        Ok(done)
    }

    async fn give_back(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        self.life.step().await;
        self.inner.give_back(receipts).await
    }

    async fn depth(&self) -> Result<u64, CallError> {
        self.inner.depth().await
    }
}
