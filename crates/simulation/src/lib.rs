//! cdc-simulation: the delivery protocol, tried in every schedule that AWS can produce.
//!
//! The handlers of `cdc-processor` and `dlq-processor` run under `cdc-esm`'s mapping, over ports
//! that fail from a seed, and everything that comes out is held against what the protocol promises.
//!
//! [`Consumer`] is the other end: what a subscriber has to do with the events. `docs/delivery.md`
//! shows it in full.

mod actors;
mod aggregate;
mod change;
mod consumer;
mod fault;
mod life;
mod memory;
mod pool;
mod ports;
mod run;
mod scenario;
mod stand;
mod world;

pub use actors::replayer::BUCKET;
pub use consumer::{Consumer, Keys, State, TableName, Taken};
pub use fault::Fault;
pub use run::{Ran, Rules, simulate, simulate_over};
pub use scenario::Options;
pub use stand::Services;
