//! data-redactor: records in, redacted records out: the pipeline's redaction for everyone else.
//!
//! The library is the function: [`start()`] makes a [`DataRedactor`], [`DataRedactor::handle`] takes
//! an invocation's payload. It keeps nothing: what decides are the rules that are
//! compiled in, what redacts is [`cdc_core::redact`]. This crate reads the request and writes the
//! answer. A request is answered as a whole: there is no list with some records redacted and an
//! error for the others, which a caller could take for done. Whoever else hands records over (Data
//! Firehose, EventBridge Pipes) is known by the payload's shape, and answered in its own.
//!
//! The way back ([`cdc_core::redact::reveal`]) is open under an alias of its own, and each use of it leaves a
//! line in the log.

mod answer;
mod firehose;
mod handler;
mod pipes;
pub mod refusal;
mod request;
mod reveal;
mod service;
pub mod settings;
pub mod telemetry;
#[cfg(test)]
mod tests;

pub use handler::{DataRedactor, Done, Handled, start};
pub use reveal::{ALIAS as REVEAL_ALIAS, Audit};
