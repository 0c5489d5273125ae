//! health-check: looks at every hop of the pipeline, and gives a verdict.
//!
//! The library is the function: [`start()`] makes a [`HealthCheck`], [`HealthCheck::handle`] takes
//! an invocation's payload. All components are looked at side by side, each within the same bound, so
//! that the answer comes in time whatever hangs. What a look found is judged by pure functions
//! (`judge`), and the whole by [`verdict`]. Nothing is changed but for one event on the bus, when the
//! schedule asks.
//!
//! The answer tells no ARN, no account and no address: it may be shown to whoever may ask.

mod answer;
mod component;
mod handler;
mod judge;
mod metrics;
mod request;
pub mod settings;
mod start;
pub mod telemetry;
mod verdict;

pub use component::{Component, Measure, Part, Status};
pub use handler::{Check, Handled, HealthCheck};
pub use start::{AwsHealthCheck, StartError, start};
pub use verdict::verdict;
