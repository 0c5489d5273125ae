//! dlq-processor: lists, shows, replays, parks and purges dead letters.
//!
//! The library is the function: [`start()`] makes a [`DlqProcessor`], [`DlqProcessor::handle`] takes an
//! invocation's payload. `main.rs` wires it to the Lambda runtime, `cdc local` to the embedded cloud.
//!
//! It promises that looking is not touching, that a letter is deleted only once it is settled, and
//! that whoever can send to the queue does not thereby choose what is published: a letter that names
//! another pipeline, stream or shard than the configured ones is left where it is, and one without the
//! pipeline's seal is taken only as the stream itself has it, unless somebody with the right to invoke
//! the function says otherwise.

mod answer;
mod calls;
mod documents;
mod handler;
pub mod refusals;
mod request;
mod run;
pub mod settings;
mod start;
pub mod telemetry;
#[cfg(test)]
mod tests;

pub use answer::{Counts, Stopped};
pub use cdc_aws::function::StartError;
pub use documents::RecordCounts;
pub use handler::{Audit, DeliveryPorts, DlqProcessor, Documents, Handled, Ports, Wiring};
pub use request::{
    Action, Filter, From, LIMIT_DEFAULT, LIMIT_MAX, MAX_ATTEMPTS_DEFAULT, MAX_ATTEMPTS_MAX,
    RATE_DEFAULT, RATE_MAX, Request,
};
pub use run::LOOKED_THROUGH_MAX;
pub use start::{Aws, AwsDlqProcessor, start};
