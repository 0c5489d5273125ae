//! cdc-local: the pipeline on one machine, without an AWS account and without Docker.
//!
//! Owns the embedded cloud ([`cloud`]). Knows the adapters and functions; is known only by the
//! command line.

pub mod cloud;
pub mod functions;
pub mod input;
pub mod run;
pub mod workload;
