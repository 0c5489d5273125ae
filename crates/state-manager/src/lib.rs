//! state-manager: the pipeline's progress and the documents of other processors, for operators and
//! for those processors.
//!
//! The library is the function: [`start()`] makes a [`StateManager`], [`StateManager::handle`] takes
//! an invocation's payload. Four actions: `status` shows, `get` and `save` serve state documents,
//! `reset` forgets a shard's claims and its checkpoint. The pipeline's own progress cannot be saved:
//! a wrong "everything up to here" loses data, while forgetting only publishes again.

mod answer;
mod codes;
mod handler;
mod request;
mod reset;
pub mod settings;
mod start;
pub mod telemetry;

pub use codes::{CONFLICT, NOT_FOUND, STATE_ERROR, VALIDATION_ERROR};
pub use handler::{Handled, StateManager};
pub use reset::Audit;
pub use start::{AwsStateManager, StartError, start};
