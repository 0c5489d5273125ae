//! The ports of one invocation: whatever lies under them, with what goes wrong in between.
//!
//! A request takes effect in a task of its own, so that it arrives even if its sender is killed; what
//! came of it is counted where it takes effect.

mod folder;
mod ledger;
mod letters;
mod queue;
mod sink;

pub(crate) use self::{
    folder::WatchedFolder, ledger::FaultyLedger, letters::FaultyLetters, queue::WatchedQueue,
    sink::FaultySink,
};

use std::time::Duration;

use cdc_core::{
    delivery::{CallError, CallErrorKind},
    ports::Clock,
};

use crate::world::World;

/// The longest that a call may take before its adapter ends it.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// What calls take, at most, where nothing is wrong.
const LATENCY_MS_MAX: u64 = 60;

/// The way there, or back.
async fn latency<C: Clock>(world: &World, clock: &C) {
    let millis = world.below(LATENCY_MS_MAX);
    clock.sleep(Duration::from_millis(millis)).await;
}

fn failed(operation: &'static str) -> CallError {
    CallError::new(operation, CallErrorKind::Unavailable, None)
}
