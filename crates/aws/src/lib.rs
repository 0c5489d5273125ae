//! cdc-aws: every SDK call. SDK types stop here.
//!
//! A [`Connection`] says where to and as whom; the adapters made from it fill the ports of
//! `cdc_core::ports`. Nothing outside this crate names a type of the SDK, but for whoever builds
//! an [`SdkHttp`]: the embedded cloud, which answers in process.

#[cfg(test)]
mod canned;
mod clock;
mod config;
mod dead_letters;
mod endpoint;
mod error;
mod kinesis;
mod ledger;
mod secrets;
mod sink;

pub use clock::SystemClock;
pub use config::{
    CONNECT_TIMEOUT, Connection, LEDGER_TIMEOUT, READ_TIMEOUT, SEND_TIMEOUT, SdkHttp,
};
pub use dead_letters::SqsDeadLetters;
pub use endpoint::{Endpoint, EndpointError, NotARegion, Region};
pub use kinesis::KinesisReader;
pub use ledger::DynamoLedger;
pub use secrets::{KeyError, KeyReference, KeyReferenceError, fetch_id_key};
pub use sink::EventBridgeSink;
