//! The time of a run, its rate, and its calls, each tried a few times where another try can help.

use std::{collections::BTreeMap, future::Future, time::Duration};

use cdc_core::{
    delivery::{CallError, CallErrorKind},
    ports::Clock,
};
use jiff::Timestamp;

/// Time kept for what comes behind the last publication or look: a call that deletes, the counting,
/// the answer. What has to be given back comes on top ([`super::Hand::give_back_time`]).
pub(crate) const RESERVE: Duration = Duration::from_secs(8);

/// Time for one look into the queue, with one call that hangs.
pub(crate) const RECEIVE_TIME: Duration = Duration::from_secs(6);

/// Time for one page to be published, parked or deleted, with one call that hangs.
pub(crate) const PAGE_TIME: Duration = Duration::from_secs(6);

/// The wait before a second try is drawn from zero to this, and doubled for the next.
const WAIT: Duration = Duration::from_millis(100);

/// The time of a run and the calls in it.
pub(crate) struct Pace<'r, C> {
    clock: &'r C,
    deadline: Timestamp,
    attempts_max: u32,
    /// What is done a second, at most.
    rate: u32,
    /// Nothing more is done before.
    not_before: Timestamp,
    /// Calls that failed, in words and counted.
    pub(crate) calls_failed: BTreeMap<String, usize>,
}

impl<'r, C: Clock> Pace<'r, C> {
    pub(crate) fn new(clock: &'r C, deadline: Timestamp, attempts_max: u32, rate: u32) -> Self {
        let not_before = clock.now();
        Self { clock, deadline, attempts_max, rate, not_before, calls_failed: BTreeMap::new() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// The time until the function's deadline.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.duration_since(self.now()).try_into().unwrap_or(Duration::ZERO)
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    /// How long what was done before still has to take.
    pub(crate) fn wait(&self) -> Duration {
        self.not_before.duration_since(self.now()).try_into().unwrap_or(Duration::ZERO)
    }

    /// Waits until what was done before has had its time.
    pub(crate) async fn keep_rate(&self) {
        let wait = self.wait();
        if !wait.is_zero() {
            self.sleep(wait).await;
        }
    }

    /// So many were done something with: at the rate that was asked for, that takes a while.
    pub(crate) fn spend(&mut self, count: usize) {
        let now = self.now();
        let time = Duration::from_secs(count as u64) / self.rate;
        self.not_before = now.max(self.not_before).checked_add(time).unwrap_or(now);
    }

    /// Calls until there is an answer, as often as a delivery is tried.
    pub(crate) async fn tries<T, F>(&self, call: impl Fn() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        for attempt in 1..self.attempts_max {
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
            self.sleep(self.clock.jitter(wait)).await;
        }
        call().await
    }

    /// Notes a failed call for the log.
    pub(crate) fn noted<T>(&mut self, answer: Result<T, CallError>) -> Result<T, CallError> {
        if let Err(error) = &answer {
            self.failed(error);
        }
        answer
    }

    pub(crate) fn failed(&mut self, error: &CallError) {
        *self.calls_failed.entry(error.to_string()).or_default() += 1;
    }
}
