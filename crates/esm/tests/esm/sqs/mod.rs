//! The mapping of a queue, over the queue in memory.

mod batching;
mod event;
mod failures;
mod fifo;
mod memory;
mod running;
mod simulation;
mod world;
