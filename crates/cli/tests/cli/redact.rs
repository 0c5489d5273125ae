//! `cdc redact`.

mod diff;
