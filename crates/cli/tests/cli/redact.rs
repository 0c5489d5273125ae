//! `cdc redact`.

mod diff;
#[cfg(feature = "local")]
mod reveal;
