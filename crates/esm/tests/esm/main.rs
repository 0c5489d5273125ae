//! The mapping, run over its own driver in virtual time: no sleeping, no real clock.

#![expect(clippy::unwrap_used, reason = "a test's helpers may panic as its tests do")]

mod batching;
mod bisecting;
mod event;
mod failures;
mod given_up;
mod kafka;
mod lanes;
mod machine;
mod resuming;
mod running;
mod shards;
mod simulation;
mod sqs;
mod world;
