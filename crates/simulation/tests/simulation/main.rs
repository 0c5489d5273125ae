//! The delivery protocol over the real handlers, in seeded schedules of virtual time, and what
//! stands at its ends.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests, beside the tests")]

mod consumer;
mod schedules;
