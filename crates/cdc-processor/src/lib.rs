//! cdc-processor: a Kinesis batch in, events out, and an answer that names the first record not
//! settled.
//!
//! The library is the function: [`start()`] makes a [`Processor`], [`Processor::handle`] takes an
//! invocation's payload. `main.rs` wires it to the Lambda runtime, `cdc local` to the embedded
//! cloud.

mod handler;
pub mod response;
pub mod settings;
mod start;
pub mod telemetry;

pub use cdc_aws::function::StartError;
pub use handler::{Handled, Processor};
pub use start::{AwsProcessor, start};
