//! cdc-processor: a batch of a stream, a queue or of topics in, events out, and an answer that names what
//! is not settled.
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
pub use handler::{Delivered, Handled, Processor};
pub use start::{AwsProcessor, start};
