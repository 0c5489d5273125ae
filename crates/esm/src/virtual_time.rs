//! Virtual time: a clock that stands still until everybody waits, and an executor around it.
//!
//! One thread, one future, one seed: the same seed gives the same run, in no time at all. For tests
//! and simulations; nothing of a real run comes here.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use cdc_core::ports::Clock;
use jiff::Timestamp;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use crate::backoff::later;

/// Chance from a seed.
#[derive(Debug, Clone)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The same seed, the same draws.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `end`; 0 for 0. Evenly enough for tests.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64().checked_rem(end).unwrap_or(0)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// A clock that moves only in [`VirtualClock::run`]; clones share their time.
#[derive(Debug, Clone)]
pub struct VirtualClock(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    chance: Chance,
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
    sleeps: u64,
}

/// Why a future did not finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFinished {
    /// It waits for something that no passing of time brings.
    #[error("everybody waits, and nobody for time to pass")]
    Stalled,
    /// It was still going on when the time given was over.
    #[error("still going on when the time given was over")]
    TimeOver,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl VirtualClock {
    /// A clock that shows `now`, with chance from `seed`.
    #[must_use]
    pub fn new(now: Timestamp, seed: u64) -> Self {
        let (sleepers, sleeps) = (BTreeMap::new(), 0);
        Self(Arc::new(Mutex::new(State { now, chance: Chance::new(seed), sleepers, sleeps })))
    }

    /// Runs a future to its end; time jumps to the next sleeper whenever nothing else can go on.
    ///
    /// # Errors
    /// [`NotFinished`] if it stalls, or takes longer than `at_most` of virtual time.
    pub fn run<T>(
        &self,
        future: impl Future<Output = T>,
        at_most: Duration,
    ) -> Result<T, NotFinished> {
        let end = later(self.now(), at_most);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Ok(value);
            }
            if !woken.0.swap(false, Ordering::SeqCst) {
                self.wake_next_sleeper(end)?;
            }
        }
    }

    fn wake_next_sleeper(&self, end: Timestamp) -> Result<(), NotFinished> {
        let mut state = self.state();
        let ((at, _), waker) = state.sleepers.pop_first().ok_or(NotFinished::Stalled)?;
        if at > end {
            return Err(NotFinished::TimeOver);
        }
        state.now = state.now.max(at);
        drop(state);
        waker.wake();
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        let mut state = self.state();
        state.sleeps += 1;
        let key = (later(state.now, duration), state.sleeps);
        Sleep { clock: self.clone(), key }
    }

    fn jitter(&self, at_most: Duration) -> Duration {
        let nanos = u64::try_from(at_most.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.state().chance.below(nanos.saturating_add(1)))
    }
}

struct Sleep {
    clock: VirtualClock,
    key: (Timestamp, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.state().sleepers.remove(&self.key);
    }
}
