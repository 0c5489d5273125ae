//! cdc-esm: AWS Lambda's event source mapping, in process: of Kinesis, in [`sqs`] of SQS, and in
//! [`kafka`] of Kafka.
//!
//! The function under it sees what it would see on AWS: the same event JSON, batches cut the same
//! way, the same reading of its answer, the same deliveries again after a failure.
//!
//! [`Mapping`] decides: a state machine without I/O, clock or chance. Pages, answers and the time go
//! in; [`Step`]s come out. [`run`] acts on them over four ports: [`StreamReader`], [`Function`],
//! [`OnFailure`] and [`cdc_core::ports::Clock`]. With [`virtual_time::VirtualClock`] the same two run a simulation
//! that replays from its seed.
//!
//! Promised: inside a shard records are delivered in order, and one is left behind only for an
//! answer that settles it or a give-up that the caller was told of. Delivery is at least once.
//!
//! Built: shards with parents and children, ParallelizationFactor, windows, partial answers in all
//! their readings, bisecting, retries and record age, on-failure documents, event filters, function
//! timeouts, Lambda's own taking apart of aggregates, redelivery, and a restart from checkpoints; for
//! SQS standard and FIFO queues, and a queue in memory; for Kafka consumers that share partitions, the
//! same answers to failure, positions, and a cluster in memory. Missing: tumbling windows, and event
//! filters of other sources than Kinesis.

mod answer;
mod backoff;
mod control;
mod driver;
mod event;
mod filter;
mod function;
pub mod kafka;
mod lane;
mod mapping;
mod on_failure;
mod report;
mod settings;
pub mod sqs;
mod stream;
pub mod virtual_time;

pub use answer::AnswerFault;
pub use control::Control;
pub use driver::{Ports, RunError, run};
pub use event::{EventSource, INVOCATION_BYTES_MAX};
pub use filter::EventFilter;
pub use function::{Function, FunctionError};
pub use mapping::{Checkpoints, LaneId, Mapping, Plan, Step, Until};
pub use on_failure::{FailureDocument, NoDestination, OnFailure};
pub use report::{Cause, Condition, Delivery, Ended, Event, GivenUp, Outcome, Summary};
pub use settings::{
    BATCH_SIZE_MAX, BATCH_WINDOW_MAX, CheckedSettings, FUNCTION_TIMEOUT_MAX, InvalidSettings,
    PARALLELIZATION_FACTOR_MAX, RECORD_AGE_S_MAX, RETRY_ATTEMPTS_MAX, Settings, SettingsProblem,
    StartPosition,
};
pub use stream::{Page, ReadError, ReadFrom, Shard, ShardId, StreamReader, StreamRecord};

/// What a port's error carries as its cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
