//! The calls of a run, each tried a few times where another try can help.

use std::{future::Future, time::Duration};

use cdc_aws::config::READ_TIMEOUT;
use cdc_core::{
    delivery::{CallError, CallErrorKind},
    ports::{Clock as _, LETTERS_MAX, LetterQueue as _, MessageDone, Received},
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};

use super::{GIVE_BACK_PER_PAGE, HIDDEN_MIN, PAGE_TIME, RECEIVE_TIME, RESERVE, Run, Wiring};

/// Calls out at the same time when letters are given back.
const GIVING_BACK_MAX: usize = 8;

/// The wait before a second try is drawn from zero to this, and doubled for the next.
const WAIT: Duration = Duration::from_millis(100);

impl<W: Wiring> Run<'_, W> {
    /// Whether there is no time for another page, with all that has to follow it.
    pub(super) fn time_is_up(&self) -> bool {
        let page = if self.request.changes() { PAGE_TIME } else { Duration::ZERO };
        self.left() <= RECEIVE_TIME + page + RESERVE + self.give_back_time()
    }

    /// Whether a record can be read, and the page still be published.
    pub(super) fn has_time_to_read(&self) -> bool {
        self.left() > READ_TIMEOUT + PAGE_TIME + RESERVE + self.give_back_time()
    }

    fn give_back_time(&self) -> Duration {
        GIVE_BACK_PER_PAGE.saturating_mul(self.held.len().div_ceil(LETTERS_MAX) as u32)
    }

    /// The time until the function's deadline.
    fn left(&self) -> Duration {
        let now = self.processor.ports.delivery.clock.now();
        self.deadline.duration_since(now).try_into().unwrap_or(Duration::ZERO)
    }

    /// Waits until the pages before have had their time.
    pub(super) async fn keep_rate(&self) {
        let clock = &self.processor.ports.delivery.clock;
        let wait = self.not_before.duration_since(clock.now());
        if let Ok(wait) = Duration::try_from(wait)
            && !wait.is_zero()
        {
            clock.sleep(wait).await;
        }
    }

    /// So many letters were done something with: at the rate that was asked for, that takes a while.
    pub(super) fn spend(&mut self, letters: usize) {
        let now = self.processor.ports.delivery.clock.now();
        let time = Duration::from_secs(letters as u64) / self.request.rate;
        self.not_before = now.max(self.not_before).checked_add(time).unwrap_or(now);
    }

    /// A page, hidden for as long as this run may take.
    pub(super) async fn receive(&mut self, at_most: usize) -> Result<Vec<Received>, CallError> {
        let hidden = Duration::from_secs(self.left().as_secs() + 1).max(HIDDEN_MIN);
        let queue = &self.processor.ports.queue;
        let page = self.tries(|| queue.receive(at_most, hidden)).await;
        self.noted(page)
    }

    /// Deletes settled letters; whether all are. Those that are not are held: they come again, and
    /// with them the same events.
    pub(super) async fn delete(&mut self, receipts: Vec<Box<str>>) -> Vec<bool> {
        if receipts.is_empty() {
            return Vec::new();
        }
        let queue = &self.processor.ports.queue;
        let answer = self.tries(|| queue.delete(&receipts)).await;
        let deleted: Vec<bool> = match self.noted(answer) {
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

    /// Gives back all that is held, several calls at once. What can't be given back comes back by
    /// itself.
    pub(super) async fn give_back(&mut self) {
        let held = std::mem::take(&mut self.held);
        let mut out = FuturesUnordered::new();
        let mut failed = Vec::new();
        for page in held.chunks(LETTERS_MAX) {
            if out.len() == GIVING_BACK_MAX {
                failed.extend(out.next().await.flatten());
            }
            let queue = &self.processor.ports.queue;
            let tries = self.tries(move || queue.give_back(page));
            out.push(async move { tries.await.err() });
        }
        while let Some(answer) = out.next().await {
            failed.extend(answer);
        }
        drop(out);
        for error in failed {
            let _ = self.noted::<()>(Err(error));
        }
        self.held = held;
    }

    /// About how many letters the queue holds; what was held, where it does not say.
    pub(super) async fn remaining(&mut self) -> u64 {
        let held = self.held.len() as u64;
        if self.left() <= PAGE_TIME {
            return held;
        }
        let depth = self.processor.ports.queue.depth().await;
        self.noted(depth).unwrap_or(held)
    }

    /// Calls until there is an answer, as often as a delivery is tried.
    pub(super) async fn tries<T, F>(&self, call: impl Fn() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let clock = &self.processor.ports.delivery.clock;
        for attempt in 1..self.processor.delivery.attempts_max {
            match call().await {
                Err(CallError {
                    kind: CallErrorKind::Throttled | CallErrorKind::Unavailable,
                    ..
                }) => {}
                answer => return answer,
            }
            let wait = WAIT.saturating_mul(1 << attempt.min(6));
            if self.left() <= RESERVE + wait {
                break;
            }
            clock.sleep(clock.jitter(wait)).await;
        }
        call().await
    }

    /// Notes a failed call for the log.
    pub(super) fn noted<T>(&mut self, answer: Result<T, CallError>) -> Result<T, CallError> {
        if let Err(error) = &answer {
            *self.calls_failed.entry(error.to_string()).or_default() += 1;
        }
        answer
    }
}
