//! Runs over a queue, a bus and a stream in memory, in virtual time.

mod away;
mod documents;
mod kills;
pub(crate) mod letters;
mod looks;
mod ports;
mod replays;
mod simulation;
mod sources;
mod stored;
mod trust;
mod world;
