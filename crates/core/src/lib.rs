//! cdc-core: the domain of the pipeline. No AWS, Lambda, environment, clock, randomness or logging.

pub mod delivery;
pub mod event;
pub mod json;
pub mod ledger;
pub mod outbound;
pub mod ports;
pub mod record;
pub mod redact;
