//! cdc-aws: every SDK call, and what Lambda asks of a function. SDK types stop here.
//!
//! A [`config::Connection`] says where to and as whom; the adapters made from it fill the ports of
//! `cdc_core::ports`. Nothing outside this crate names a type of the SDK, but for whoever builds
//! an [`config::SdkHttp`]: the embedded cloud, which answers in process.
//!
//! Of use without the pipeline, each with an example: [`sink::EventBridgeSink`] publishes an event of
//! your own, [`state::StateTable`] saves a processor's state and gets it back.

pub mod attempts;
#[cfg(test)]
mod canned;
pub mod clock;
pub mod config;
pub mod dead_letters;
pub mod endpoint;
mod entries;
mod error;
pub mod function;
#[cfg(feature = "invoke")]
pub mod invoke;
pub mod keyring;
pub mod kinesis;
pub mod ledger;
pub mod letters;
pub mod objects;
pub mod probes;
pub mod secrets;
pub mod sink;
pub mod state;

/// The examples of the library's page are compiled, and run where they can be, with this crate's.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/library.md")]
struct LibraryPage;
