//! The mapping of Kafka topics, over its own driver in virtual time.

mod batching;
mod event;
mod failures;
mod given_up;
mod machine;
mod memory;
mod positions;
mod running;
mod simulation;
mod world;
