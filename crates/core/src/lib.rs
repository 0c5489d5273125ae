//! cdc-core: the domain of the pipeline. No AWS, Lambda, environment, clock, randomness or logging.

pub mod ports;
pub mod record;
