//! Running the pipeline on this machine: the real processor under the event source mapping, over
//! the embedded cloud.
//!
//! [`once`] puts what it is given on the stream, delivers it until all is settled, and says what
//! became of every unit. [`serve`] keeps a CoreDB workload running until it is stopped. Both go
//! through the adapters that a deployed function uses; only the endpoint differs.

mod destination;
mod function;
mod invoke;
mod producer;
mod progress;
mod reader;
mod schedule;
mod summary;
mod system;
mod tally;
#[cfg(test)]
mod tests;
mod via;

use std::{collections::BTreeMap, future::Future, net::SocketAddr, path::PathBuf, time::Duration};

use cdc_core::rules::Rules;
use cdc_esm::{INVOCATION_BYTES_MAX, InvalidSettings, RunError, kafka, sqs};

use crate::{
    cloud::{
        CloudError, GatewayError, ProvisionError,
        fault::{Fault, SenselessFault},
    },
    functions::StartError,
    input::{self, InputError},
    workload::{Workload, WorkloadOptions},
};
pub use invoke::{Invoked, invoke};
pub use progress::Progress;
pub use schedule::Health;
pub use summary::Summary;
use system::System;
use via::Goal;
pub use via::Via;

/// How the system is set up.
#[derive(Debug)]
pub struct LocalOptions {
    /// The rules that decide.
    pub rules: Rules,
    /// What carries the records.
    pub via: Via,
    /// Shards of the stream, partitions of the topic, or batches of the queue under way at a time.
    pub shards: u32,
    /// `ParallelizationFactor` of the mapping.
    pub parallelization: u32,
    /// `BatchSize` of the mapping.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`, here of any length.
    pub batch_window: Duration,
    /// The folder in which the tables are kept; in memory without.
    pub data: Option<PathBuf>,
    /// Where other processes reach the AWS APIs.
    pub listen: Option<SocketAddr>,
    /// `MaximumRetryAttempts`; −1 never gives up.
    pub max_retries: i64,
    /// `MaximumRecordAgeInSeconds`; −1 never gives up.
    pub record_age_s: i64,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The seed of faults and workload.
    pub seed: u64,
}

impl LocalOptions {
    /// One shard, nothing that goes wrong, nothing kept, nobody else let in.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            via: Via::Kinesis,
            shards: 1,
            parallelization: 1,
            batch_size: 100,
            batch_window: Duration::ZERO,
            data: None,
            listen: None,
            max_retries: -1,
            record_age_s: -1,
            faults: Vec::new(),
            seed: 1,
        }
    }
}

/// What `--once` is given.
#[derive(Debug)]
pub struct OnceOptions {
    /// The inputs, in their order.
    pub inputs: Vec<InputFile>,
    /// How often everything is delivered again once all is settled.
    pub redeliver: u32,
    /// How long the whole may take.
    pub timeout: Duration,
}

/// An input by its name and content.
#[derive(Debug)]
pub struct InputFile {
    /// For messages.
    pub name: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// How long and how fast a workload runs.
#[derive(Clone, Copy, Debug)]
pub struct ServeOptions {
    /// Changes a second.
    pub rate: f64,
    /// When to stop by itself.
    pub duration: Option<Duration>,
    /// The share of records that nobody can publish, from 0 to 1.
    pub poison: f64,
}

/// What became of everything.
#[derive(Debug)]
pub struct Finished {
    /// The counts.
    pub summary: Summary,
    /// What the subscriber queue holds, in the order in which the bus accepted it.
    pub events: Vec<String>,
    /// What the dead-letter queue holds.
    pub dead_letters: Vec<String>,
    /// Whether time ran out before all was settled.
    pub timed_out: bool,
    /// The processor's calls by API operation: what the run would have cost.
    pub calls: BTreeMap<String, u64>,
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// An input cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// More records than one invocation takes.
    #[error(
        "{0}: its records do not fit one invocation, which takes {INVOCATION_BYTES_MAX} bytes; \
         `cdc local --once --input` delivers any number"
    )]
    EventTooLarge(String),
    /// A fault that cannot happen.
    #[error(transparent)]
    Fault(#[from] SenselessFault),
    /// The mapping's settings are off.
    #[error(transparent)]
    Mapping(#[from] InvalidSettings),
    /// The same, of a queue.
    #[error(transparent)]
    QueueMapping(#[from] sqs::InvalidSettings),
    /// The same, of a topic.
    #[error(transparent)]
    TopicMapping(#[from] kafka::InvalidSettings),
    /// The embedded cloud does not start.
    #[error("the embedded cloud does not start")]
    Cloud(#[from] CloudError),
    /// Something in it cannot be made.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The gateway does not start.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// A function does not start.
    #[error(transparent)]
    Function(#[from] StartError),
    /// Records cannot be put on the stream.
    #[error("records cannot be put on the stream")]
    Put(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mapping broke off.
    #[error("the event source mapping broke off")]
    Run(#[from] RunError),
    /// The same, of a queue.
    #[error("the event source mapping broke off")]
    QueueRun(#[from] sqs::RunError),
    /// The same, of a topic.
    #[error("the event source mapping broke off")]
    TopicRun(#[from] kafka::RunError),
}

impl LocalError {
    /// Whether the user's own words are at fault, rather than the system.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Input(_)
                | Self::EventTooLarge(_)
                | Self::Fault(_)
                | Self::Mapping(_)
                | Self::QueueMapping(_)
                | Self::TopicMapping(_)
                | Self::Gateway(_)
        )
    }
}

/// Puts the inputs on the stream, delivers them until all is settled, as often as asked, and
/// reports.
///
/// # Errors
/// [`LocalError`]; what goes wrong with single records is in the report, not here.
pub async fn once(options: LocalOptions, once: OnceOptions) -> Result<Finished, LocalError> {
    let mut records = Vec::new();
    for file in &once.inputs {
        records.extend(input::read(&file.name, &file.content, &options.rules)?);
    }
    let system = System::start(options, once.redeliver > 0).await?;
    let started = system.now();
    system.producer().put_all(records.into_iter().map(Into::into).collect()).await?;
    let run = system.run(Goal::Settled { redeliver: once.redeliver });
    let timed_out = match tokio::time::timeout(once.timeout, run).await {
        Ok(ended) => ended.map(|()| false)?,
        Err(_) => true,
    };
    system.all_arrived().await;
    let events = system.take_events();
    let dead_letters = system.take_dead_letters();
    let calls = system.calls();
    let summary = system.summary(started).await;
    Ok(Finished { summary, events, dead_letters, timed_out, calls })
}

/// Keeps a CoreDB workload running until `stop` completes or its time is over. `ready` is told where
/// the AWS APIs are; `observe` is called about once a second.
///
/// # Errors
/// [`LocalError`].
pub async fn serve(
    options: LocalOptions,
    serve: ServeOptions,
    stop: impl Future<Output = ()>,
    ready: impl FnOnce(Option<SocketAddr>),
    mut observe: impl FnMut(&Progress),
) -> Result<Summary, LocalError> {
    let workload_options = WorkloadOptions { poison: serve.poison, ..WorkloadOptions::default() };
    let workload = Workload::new(options.seed, workload_options);
    let system = System::start(options, false).await?;
    ready(system.address());
    let started = system.now();
    let run = system.run(Goal::Stopped);
    let work = async {
        let producer = system.producer();
        let produce = producer.produce(workload, serve.rate);
        let until = async {
            match serve.duration {
                Some(duration) => {
                    tokio::select! { () = tokio::time::sleep(duration) => {}, () = stop => {} }
                }
                None => stop.await,
            }
        };
        let watch = progress::watch(&system, &mut observe);
        let schedule = system.run_schedule();
        let result = tokio::select! {
            result = produce => result,
            () = until => Ok(()),
            () = watch => Ok(()),
            () = schedule => Ok(()),
        };
        system.settle().await;
        result
    };
    let (ran, worked) = tokio::join!(run, work);
    ran?;
    worked?;
    system.all_arrived().await;
    system.take_events();
    Ok(system.summary(started).await)
}
