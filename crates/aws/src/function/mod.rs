//! What every function shares besides its calls: settings out of the environment, log lines and
//! metrics, the answer that refuses a request, and how a process ends that cannot start.
//!
//! These are Lambda's and CloudWatch's conventions, so they stand with the adapters. Nothing here
//! knows what any function does.

pub mod emf;
mod fatal;
mod invocation;
pub mod payload;
mod publishing;
mod refusal;
pub mod settings;
pub mod telemetry;

pub use fatal::Fatal;
pub use invocation::Invocation;
pub use publishing::{Publishing, StartError};
pub use refusal::Refusal;
