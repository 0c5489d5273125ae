//! What a run has taken of a queue and not settled.
//!
//! It is held until the run's end, so that nothing is seen twice and nothing at the front hides what is
//! behind it, and then given back at once. Only receipts are kept.

use std::{collections::HashSet, time::Duration};

use cdc_core::{
    delivery::CallError,
    ports::{Clock, LETTERS_MAX, LetterQueue, MessageDone, Received},
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};

use super::{PAGE_TIME, Pace};

/// Calls out at the same time when messages are given back.
const GIVING_BACK_MAX: usize = 8;

/// Time to give ten messages back: a call of 25 ms, several at once.
const GIVE_BACK_PER_PAGE: Duration = Duration::from_millis(5);

/// Messages are hidden from others for as long as the run may take, and no shorter: a look of another
/// must not find what this one holds.
const HIDDEN_MIN: Duration = Duration::from_secs(30);

pub(crate) struct Hand<'r, Q> {
    queue: &'r Q,
    /// Messages received, those twice received too.
    pub(crate) received: usize,
    seen: HashSet<Box<str>>,
    /// Receipts of what is to be given back.
    held: Vec<Box<str>>,
}

impl<'r, Q: LetterQueue> Hand<'r, Q> {
    pub(crate) fn new(queue: &'r Q) -> Self {
        Self { queue, received: 0, seen: HashSet::new(), held: Vec::new() }
    }

    /// A page, hidden for as long as this run may take.
    pub(crate) async fn receive<C: Clock>(
        &mut self,
        pace: &mut Pace<'_, C>,
        at_most: usize,
    ) -> Result<Vec<Received>, CallError> {
        let hidden = Duration::from_secs(pace.left().as_secs() + 1).max(HIDDEN_MIN);
        let queue = self.queue;
        let page = pace.tries(|| queue.receive(at_most, hidden)).await;
        let page = pace.noted(page)?;
        self.received += page.len();
        Ok(page)
    }

    /// Whether the message was not seen before; else it is held.
    pub(crate) fn is_first(&mut self, message: &Received) -> bool {
        let first = self.seen.insert(message.message_id.clone());
        if !first {
            self.keep(message.receipt.clone());
        }
        first
    }

    /// Holds a message until the end.
    pub(crate) fn keep(&mut self, receipt: Box<str>) {
        self.held.push(receipt);
    }

    /// Deletes settled messages; whether each is. Those that are not are held: they come again, and
    /// with them the same events.
    pub(crate) async fn delete<C: Clock>(
        &mut self,
        pace: &mut Pace<'_, C>,
        receipts: Vec<Box<str>>,
    ) -> Vec<bool> {
        if receipts.is_empty() {
            return Vec::new();
        }
        let queue = self.queue;
        let answer = pace.tries(|| queue.delete(&receipts)).await;
        let deleted: Vec<bool> = match pace.noted(answer) {
            Ok(done) => done.iter().map(MessageDone::is_ok).collect(),
            Err(_) => vec![false; receipts.len()],
        };
        for (receipt, deleted) in receipts.into_iter().zip(&deleted) {
            if !deleted {
                self.held.push(receipt);
            }
        }
        deleted
    }

    /// What giving back takes.
    pub(crate) fn give_back_time(&self) -> Duration {
        GIVE_BACK_PER_PAGE.saturating_mul(self.held.len().div_ceil(LETTERS_MAX) as u32)
    }

    /// Gives back what is held, several calls at once. What can't be given back comes back by itself.
    pub(crate) async fn give_back<C: Clock>(&mut self, pace: &mut Pace<'_, C>) {
        let queue = self.queue;
        let mut failed = Vec::new();
        let mut out = FuturesUnordered::new();
        for page in self.held.chunks(LETTERS_MAX) {
            if out.len() == GIVING_BACK_MAX {
                failed.extend(out.next().await.flatten());
            }
            let tries = pace.tries(move || queue.give_back(page));
            out.push(async move { tries.await.err() });
        }
        while let Some(answer) = out.next().await {
            failed.extend(answer);
        }
        drop(out);
        failed.iter().for_each(|error| pace.failed(error));
    }

    /// About how many messages the queue holds; what was held, where it does not say.
    pub(crate) async fn remaining<C: Clock>(&self, pace: &mut Pace<'_, C>) -> u64 {
        let held = self.held.len() as u64;
        if pace.left() <= PAGE_TIME {
            return held;
        }
        let depth = self.queue.depth().await;
        pace.noted(depth).unwrap_or(held)
    }
}
