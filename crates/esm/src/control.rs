//! The handle on a running mapping: stop it, wake it, have it deliver again, ask whether it idles.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;

use crate::{Checkpoints, Mapping, StartPosition};

/// A handle on one run; clones are the same handle. What is asked before the run begins is kept
/// for it.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    requests: Mutex<Requests>,
    waker: AtomicWaker,
    caught_up: AtomicBool,
    checkpoints: Mutex<Checkpoints>,
}

/// What was asked of a mapping.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    any: bool,
    pub(crate) stop: bool,
    pub(crate) wake: bool,
    pub(crate) redeliver: Vec<StartPosition>,
}

impl Control {
    /// Lets what is under way finish, starts nothing more, and ends the run.
    pub fn stop(&self) {
        self.ask(|requests| requests.stop = true);
    }

    /// Has every shard or partition, or the queue, read at once: somebody has put records.
    pub fn wake(&self) {
        self.ask(|requests| requests.wake = true);
    }

    /// Has the stream, or what a queue keeps of its deleted messages, delivered again from there, as soon as the pass under way is over.
    pub fn redeliver(&self, start: StartPosition) {
        self.ask(|requests| requests.redeliver.push(start));
    }

    /// Whether, when the mapping last paused, every shard was at its tip or its end (or the queue was
    /// empty) with nothing in hand. Records put since then are not known to it.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.0.caught_up.load(Ordering::Acquire)
    }

    /// How far the mapping had come when it last paused; nothing for a queue or for topics.
    #[must_use]
    pub fn checkpoints(&self) -> Checkpoints {
        self.0.checkpoints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ask(&self, change: impl FnOnce(&mut Requests)) {
        let mut requests = self.requests();
        change(&mut requests);
        requests.any = true;
        self.0.caught_up.store(false, Ordering::Release);
        drop(requests);
        self.0.waker.wake();
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Requests {
        mem::take(&mut *self.requests())
    }

    /// Passes on what was asked since the last time.
    pub(crate) fn hand_to(&self, mapping: &mut Mapping, now: jiff::Timestamp) {
        let asked = self.asked();
        if asked.stop {
            mapping.stop();
        }
        if asked.wake {
            mapping.wake(now);
        }
        for start in asked.redeliver {
            mapping.redeliver(start);
        }
    }

    /// Ready once something was asked.
    pub(crate) fn poll_asked(&self, context: &mut Context<'_>) -> Poll<()> {
        self.0.waker.register(context.waker());
        if self.requests().any { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The mapping pauses in this state.
    pub(crate) fn paused(&self, mapping: &Mapping) {
        *self.0.checkpoints.lock().unwrap_or_else(PoisonError::into_inner) = mapping.checkpoints();
        self.note_caught_up(mapping.is_caught_up());
    }

    /// The mapping pauses, with all done or not.
    pub(crate) fn note_caught_up(&self, caught_up: bool) {
        let requests = self.requests();
        self.0.caught_up.store(caught_up && !requests.any, Ordering::Release);
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        // Each change is one assignment: a thread that died holding the lock left nothing half done.
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
