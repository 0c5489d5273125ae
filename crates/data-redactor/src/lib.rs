//! data-redactor: records in, redacted records out: the pipeline's redaction for everyone else.
//!
//! The library is the function: [`start()`] makes a [`DataRedactor`], [`DataRedactor::handle`] takes
//! an invocation's payload. It calls nothing and keeps nothing: what decides are the rules that are
//! compiled in, what redacts is [`cdc_core::redact`]. This crate reads the request and writes the
//! answer. A request is answered as a whole: there is no list with some records redacted and an
//! error for the others, which a caller could take for done.

mod handler;
pub mod refusal;
mod request;
mod service;
pub mod settings;
pub mod telemetry;
#[cfg(test)]
mod tests;

pub use handler::{DataRedactor, Handled, start};
