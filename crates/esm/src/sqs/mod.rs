//! The mapping of an SQS queue, standard or FIFO.
//!
//! As for a stream, [`Mapping`] decides, a state machine without I/O, clock or chance, and [`run`]
//! acts over three ports: [`Queue`], [`Function`](crate::Function) and [`cdc_core::ports::Clock`]. A
//! machine rather than a task for each poller, so that the order of all that happens is the seed's,
//! stopping and redelivery are decided in one place, and no runtime is named.
//!
//! Promised: a message is deleted only after an answer that settles it; every other one is the
//! queue's to deliver again, or to move to its dead-letter queue. Of a FIFO group one batch at a time
//! is delivered, as long as the queue keeps its own promise.
//!
//! [`memory::MemoryQueue`] is such a queue, for tests and for one machine.
//!
//! Missing: event filters, message attributes, and provisioned pollers.

mod answer;
mod driver;
mod event;
mod mapping;
pub mod memory;
mod message;
mod queue;
mod report;
mod settings;

pub use driver::{Ports, RunError, run};
pub use mapping::{BatchId, Mapping, Plan, Step, Until};
pub use message::{InFlight, Message, MessageId, Place, QueueKind, ReceiptHandle};
pub use queue::{
    Deletion, Depth, MESSAGE_BYTES_MAX, Queue, QueueError, QueueFacts, RECEIVE_MESSAGES_MAX,
    Received, WAIT_MAX,
};
pub use report::{Call, Delivery, Event, Outcome, ReturnReason, Summary};
pub use settings::{
    BATCH_SIZE_UNGATHERED_MAX, CheckedSettings, InvalidSettings, MAXIMUM_CONCURRENCY_MAX, Settings,
    SettingsProblem, VISIBILITY_TIMEOUTS_ADVISED,
};
