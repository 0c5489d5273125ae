//! The delivery protocol in every schedule, and what stands at its ends.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests, beside the tests")]

mod consumer;
