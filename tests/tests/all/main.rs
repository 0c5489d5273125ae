//! The project as a whole: real input through the real processor over the embedded cloud, the
//! published shapes against their schemas, and the tree against its own rules.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests, beside the tests")]

mod accounting;
mod canary;
mod coredb;
mod costs;
mod delivery;
mod deployment;
mod envelopes;
mod failures;
mod faults;
mod fixtures;
mod health;
mod library;
mod outcomes;
mod poison;
mod replay;
mod samples;
mod schedules;
mod schemas;
mod sources;
mod state;
mod tidy;
mod via;
mod world;
