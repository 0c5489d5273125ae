//! Runs over a queue, a bus and a stream in memory, in virtual time.

mod away;
mod kills;
pub(crate) mod letters;
mod looks;
mod replays;
mod trust;
mod world;
