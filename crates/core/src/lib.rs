//! cdc-core: the domain of the pipeline. No AWS, Lambda, environment, clock, randomness or logging.

pub mod batch;
pub mod dead_letter;
pub mod delivery;
pub mod drive;
pub mod envelope;
pub mod event;
pub mod failure;
pub mod json;
pub mod ledger;
pub mod outbound;
pub mod pipeline;
pub mod ports;
pub mod reading;
pub mod record;
pub mod redact;
pub mod rules;

#[cfg(test)]
mod testing;
