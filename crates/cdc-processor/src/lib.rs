//! cdc-processor: a Kinesis batch in, events out, and an answer that names the first record not
//! settled.

pub mod payload;
pub mod response;
pub mod settings;
