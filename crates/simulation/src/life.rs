//! One invocation, of the processor or of a replay: its steps, at one of which it may be killed, and
//! what it settled that nobody else knows of yet.

use std::{
    future::{Future, pending, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use crate::world::World;

/// Most steps after which an invocation that is to be killed is.
const STEPS_MAX: u64 = 9;

#[derive(Clone)]
pub(crate) struct Life(Arc<Shared>);

struct Shared {
    world: World,
    /// The epoch that it claims under.
    epoch: u32,
    work: Work,
    state: Mutex<LifeState>,
}

/// What an invocation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A batch of a shard.
    Batch,
    /// Dead letters, which ask no ledger.
    Letters,
    /// On-failure documents.
    Documents,
}

#[derive(Default)]
struct LifeState {
    steps_left: Option<u64>,
    dead: bool,
    /// What it was told is settled; an item twice where two letters are about it.
    confirmed: Vec<usize>,
    /// Rows of events that are in a request.
    rows: Vec<char>,
}

/// What became of it.
pub(crate) enum Lived<T> {
    Ended(T),
    Killed,
}

impl Life {
    pub(crate) fn new(world: &World, epoch: u32, work: Work, killed: bool) -> Self {
        let steps_left = killed.then(|| world.below(STEPS_MAX));
        let state = LifeState { steps_left, ..LifeState::default() };
        Self(Arc::new(Shared { world: world.clone(), epoch, work, state: Mutex::new(state) }))
    }

    pub(crate) fn world(&self) -> &World {
        &self.0.world
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.0.epoch
    }

    pub(crate) fn is_replay(&self) -> bool {
        self.0.work != Work::Batch
    }

    fn state(&self) -> MutexGuard<'_, LifeState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// A step: the last one, where it is to be killed.
    pub(crate) async fn step(&self) {
        let last = {
            let mut state = self.state();
            match &mut state.steps_left {
                Some(0) => true,
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => false,
            }
        };
        if last {
            self.state().dead = true;
            pending::<()>().await;
        }
    }

    /// Runs until it ends or is killed. Requests that are out then go on by themselves.
    pub(crate) async fn run<T>(&self, invocation: impl Future<Output = T>) -> Lived<T> {
        let mut invocation = pin!(invocation);
        let lived = poll_fn(|context| match invocation.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Lived::Ended(value)),
            Poll::Pending if self.is_dead() => Poll::Ready(Lived::Killed),
            Poll::Pending => Poll::Pending,
        })
        .await;
        if matches!(lived, Lived::Killed) {
            self.forget("killed");
        }
        lived
    }

    /// It ran into its deadline, which it has to stop before.
    pub(crate) fn time_is_up(&self) {
        self.state().dead = true;
        self.0.world.state().violate("twice: killed at its deadline".to_owned());
    }

    /// What it settled is known to nobody else.
    pub(crate) fn forget(&self, why: &'static str) {
        let settled = std::mem::take(&mut self.state().confirmed);
        self.0.world.log(format_args!("{why}"));
        let mut world = self.0.world.state();
        match self.0.work {
            Work::Letters => world.excuse(settled, why),
            Work::Batch | Work::Documents => {
                world.excuse_unclaimed(settled, self.0.epoch, why);
            }
        }
    }

    /// It was told that these are settled.
    pub(crate) fn confirm(&self, items: &[usize]) {
        self.state().confirmed.extend(items);
    }

    /// Nobody will ask about these any more.
    pub(crate) fn known_elsewhere(&self, items: &[usize]) {
        let mut state = self.state();
        for item in items {
            if let Some(place) = state.confirmed.iter().position(|confirmed| confirmed == item) {
                state.confirmed.swap_remove(place);
            }
        }
    }

    /// Events of these rows go out in one request.
    pub(crate) fn sends(&self, rows: &[char]) {
        let mut state = self.state();
        for row in rows {
            if state.rows.contains(row) {
                self.0.world.state().violate(format!("order: two events of row {row} under way"));
            }
            state.rows.push(*row);
        }
    }

    pub(crate) fn answered(&self, rows: &[char]) {
        let mut state = self.state();
        for row in rows {
            if let Some(place) = state.rows.iter().position(|sent| sent == row) {
                state.rows.swap_remove(place);
            }
        }
    }
}
