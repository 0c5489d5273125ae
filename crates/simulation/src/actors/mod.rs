//! Who acts in a schedule: the mapping's function and destination, the operator, the replayer.

pub(crate) mod destination;
pub(crate) mod function;
pub(crate) mod operator;
pub(crate) mod poller;
pub(crate) mod replayer;
