//! Long polls that wait for a change of the queue.

use std::{
    collections::BTreeMap,
    future::Future,
    mem,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::state::State;

/// Who waits, and how often the queue has changed.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    version: u64,
    handed_out: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Waiters {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The queue has changed: whom to wake.
    pub(super) fn changed(&mut self) -> Vec<Waker> {
        self.version += 1;
        mem::take(&mut self.waiting).into_values().collect()
    }
}

/// Ready once the queue has changed since a version.
pub(super) struct Arrival<'a> {
    state: &'a Mutex<State>,
    seen: u64,
    key: u64,
}

impl<'a> Arrival<'a> {
    pub(super) fn new(state: &'a Mutex<State>, seen: u64) -> Self {
        let mut locked = lock(state);
        locked.waiters.handed_out += 1;
        let key = locked.waiters.handed_out;
        drop(locked);
        Self { state, seen, key }
    }
}

impl Future for Arrival<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(self.state);
        if state.waiters.version != self.seen {
            return Poll::Ready(());
        }
        state.waiters.waiting.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        lock(self.state).waiters.waiting.remove(&self.key);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
