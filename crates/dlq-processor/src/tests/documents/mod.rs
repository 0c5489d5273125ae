//! On-failure documents in a bucket and a queue in memory, with a ledger.

mod away;
mod build;
mod kills;
mod ranges;
mod replays;
mod simulation;
pub(crate) mod store;
mod tries;
mod trust;
