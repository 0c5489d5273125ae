//! cdc-simulation: the delivery protocol, tried in every schedule that AWS can produce.
//!
//! The handlers of `cdc-processor` and `dlq-processor` run under `cdc-esm`'s mapping, over ports
//! that fail from a seed, and everything that comes out is held against what the protocol promises.
//!
//! [`Consumer`] is the other end: what a subscriber has to do with the events. `docs/delivery.md`
//! shows it in full.

mod consumer;

pub use consumer::{Consumer, Keys, State, TableName, Taken};
