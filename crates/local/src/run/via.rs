//! What carries the records to the processor: the stream, a queue or a topic, each with the mapping that
//! AWS would put between.
//!
//! The stream is the embedded Kinesis. Queue and topic are `cdc_esm`'s own, in memory: the embedded SQS
//! knows no message groups, and there is no Kafka to embed. The function sees the same events as on AWS.

use std::{num::NonZeroU32, time::Duration};

use cdc_aws::clock::SystemClock;
use cdc_core::record::Shard;
use cdc_esm::{
    CheckedSettings, Event, Function, Mapping, Plan, Ports, StartPosition, Until,
    kafka::{self, memory::Topics},
    sqs::{self, memory::MemoryQueue},
};

use super::{
    LocalError, LocalOptions,
    destination::FailureBucket,
    system::{System, lock},
};
use crate::{
    cloud::{ACCOUNT, Cloud, SOURCE_QUEUE, SOURCE_TOPIC},
    functions::FunctionName,
};

/// What carries the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// A Kinesis stream of so many shards.
    #[default]
    Kinesis,
    /// A FIFO queue: a record's partition key is its message group.
    Sqs,
    /// A topic of so many partitions: a record's partition key is its key.
    Kafka,
}

/// How long a message is hidden that was received, and with it the longest invocation: on AWS minutes,
/// here as long as somebody waits for a message that was not settled.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(20);

/// How long one poll of the queue waits for a message.
const POLL_WAIT: Duration = Duration::from_secs(1);

/// What carries the records, as it stands.
pub(super) enum Carrier {
    Stream(CheckedSettings),
    Queue(MemoryQueue<SystemClock>, sqs::CheckedSettings),
    Topic(Topics<SystemClock>, kafka::CheckedSettings),
}

impl Carrier {
    /// What is asked for, empty.
    pub(super) fn new(
        options: &LocalOptions,
        cloud: &Cloud,
        again: bool,
    ) -> Result<Self, LocalError> {
        Ok(match options.via {
            Via::Kinesis => Self::Stream(stream(options).check()?),
            Via::Sqs => {
                let queue = MemoryQueue::new(queue(cloud, again), SystemClock)
                    .map_err(|error| LocalError::Put(error.into()))?;
                let settings = sqs::Settings {
                    batch_size: options.batch_size,
                    batch_window: options.batch_window,
                    maximum_concurrency: options.shards,
                    function_timeout: VISIBILITY_TIMEOUT,
                    poll_wait: POLL_WAIT,
                    ..sqs::Settings::default()
                };
                let settings = settings.check(queue.facts())?;
                Self::Queue(queue, settings)
            }
            Via::Kafka => {
                let topics = Topics::new(SystemClock);
                let partitions = NonZeroU32::new(options.shards).unwrap_or(NonZeroU32::MIN);
                topics
                    .create(SOURCE_TOPIC, partitions)
                    .map_err(|error| LocalError::Put(error.into()))?;
                Self::Topic(topics, topic(options).check()?)
            }
        })
    }

    /// The longest that an invocation may take, where it is not the function's own timeout.
    pub(super) fn invocation_timeout(&self) -> Option<Duration> {
        match self {
            Self::Stream(_) | Self::Topic(..) => None,
            Self::Queue(..) => Some(VISIBILITY_TIMEOUT),
        }
    }

    /// The shard whose stream the checkpoints stand under; a queue has none.
    pub(super) fn noted(&self, cloud: &Cloud, stream_arn: &str) -> Option<Shard> {
        let stream_arn = match self {
            Self::Stream(_) => stream_arn.into(),
            Self::Queue(..) => return None,
            Self::Topic(..) => cloud.source_topic_arn().into(),
        };
        Some(Shard { stream_arn, id: "".into() })
    }
}

fn stream(options: &LocalOptions) -> cdc_esm::Settings {
    cdc_esm::Settings {
        batch_size: options.batch_size,
        batch_window: options.batch_window,
        parallelization_factor: options.parallelization,
        maximum_retry_attempts: options.max_retries,
        maximum_record_age_s: options.record_age_s,
        ..cdc_esm::Settings::default()
    }
}

fn queue(cloud: &Cloud, keep_deleted: bool) -> sqs::memory::QueueSettings<SystemClock> {
    sqs::memory::QueueSettings {
        facts: sqs::QueueFacts {
            arn: cloud.queue_arn(SOURCE_QUEUE).into(),
            kind: sqs::QueueKind::Fifo,
            visibility_timeout: VISIBILITY_TIMEOUT,
        },
        redrive: None,
        keep_deleted,
    }
}

fn topic(options: &LocalOptions) -> kafka::Settings {
    kafka::Settings {
        batch_size: options.batch_size,
        batch_window: options.batch_window,
        consumers: options.shards,
        maximum_retry_attempts: options.max_retries,
        maximum_record_age_s: options.record_age_s,
        ..kafka::Settings::default()
    }
}

/// How far a run goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// Until it is stopped.
    Stopped,
    /// Until all is settled, and so often again from the beginning.
    Settled {
        /// How often.
        redeliver: u32,
    },
}

impl Goal {
    fn redeliver(self) -> Vec<StartPosition> {
        match self {
            Self::Stopped => Vec::new(),
            Self::Settled { redeliver } => vec![StartPosition::TrimHorizon; redeliver as usize],
        }
    }
}

impl System {
    /// Runs the mapping until the goal is reached or it is stopped.
    pub(super) async fn run(&self, goal: Goal) -> Result<(), LocalError> {
        let function = self.function();
        match &self.carrier {
            Carrier::Stream(settings) => self.run_stream(settings, goal, &function).await,
            Carrier::Queue(queue, settings) => {
                self.run_queue(queue, settings, goal, &function).await
            }
            Carrier::Topic(topics, settings) => {
                self.run_topic(topics, settings, goal, &function).await
            }
        }
    }

    async fn run_stream(
        &self,
        settings: &CheckedSettings,
        goal: Goal,
        function: &impl Function,
    ) -> Result<(), LocalError> {
        let until = match goal {
            Goal::Stopped => Until::Stopped,
            Goal::Settled { .. } => Until::Tip,
        };
        let plan = Plan { until, redeliver: goal.redeliver() };
        let mapping = Mapping::new(settings.clone(), self.event_source(), plan, self.now());
        let (reader, destination) = (self.reader(), self.destination());
        let ports =
            Ports { reader: &reader, function, on_failure: &destination, clock: &SystemClock };
        cdc_esm::run(mapping, ports, &self.control, |event| match event {
            Event::PassStarted { pass: 1.. } => lock(&self.tally).pass_is_over(),
            Event::GivenUp(given_up) => {
                let numbers = &given_up.numbers;
                let shard = given_up.lane.shard.as_str();
                lock(&self.tally)
                    .given_up(shard, given_up.records, |number| numbers.contains(number));
            }
            _ => {}
        })
        .await?;
        Ok(())
    }

    async fn run_queue(
        &self,
        queue: &MemoryQueue<SystemClock>,
        settings: &sqs::CheckedSettings,
        goal: Goal,
        function: &impl Function,
    ) -> Result<(), LocalError> {
        let until = match goal {
            Goal::Stopped => sqs::Until::Stopped,
            Goal::Settled { .. } => sqs::Until::Empty,
        };
        let plan = sqs::Plan { until, redeliver: goal.redeliver() };
        let mapping = sqs::Mapping::new(settings.clone(), plan, self.now());
        let ports = sqs::Ports { queue, function, clock: &SystemClock };
        sqs::run(mapping, ports, &self.control, |event| {
            if let sqs::Event::PassStarted { pass: 1.. } = event {
                lock(&self.tally).pass_is_over();
            }
        })
        .await?;
        Ok(())
    }

    async fn run_topic(
        &self,
        topics: &Topics<SystemClock>,
        settings: &kafka::CheckedSettings,
        goal: Goal,
        function: &impl Function,
    ) -> Result<(), LocalError> {
        let until = match goal {
            Goal::Stopped => kafka::Until::Stopped,
            Goal::Settled { .. } => kafka::Until::Tip,
        };
        let plan = kafka::Plan { until, redeliver: goal.redeliver() };
        let source = self.topic_source();
        let mapping = kafka::Mapping::new(settings.clone(), source, plan, self.now());
        let destination = self.destination();
        let ports = kafka::Ports {
            reader: topics,
            function,
            on_failure: &destination,
            clock: &SystemClock,
        };
        let observe = |event: &kafka::Event| match event {
            kafka::Event::PassStarted { pass: 1.. } => lock(&self.tally).pass_is_over(),
            kafka::Event::GivenUp(given_up) => self.given_up_of_topic(given_up),
            // Nobody asks for it again.
            kafka::Event::Committed { partition, position } if matches!(goal, Goal::Stopped) => {
                let _ = topics.delete_before(partition, *position);
            }
            _ => {}
        };
        kafka::run(mapping, ports, &self.control, observe).await?;
        Ok(())
    }

    fn given_up_of_topic(&self, given_up: &kafka::GivenUp) {
        for (partition, range) in &given_up.ranges {
            let shard = partition.partition.to_string();
            lock(&self.tally).given_up(&shard, range.records, |number| {
                let offset = number.as_str().parse();
                offset.is_ok_and(|offset: u64| (range.first..=range.last).contains(&offset))
            });
        }
    }

    fn destination(&self) -> FailureBucket {
        FailureBucket::new(&self.cloud, &self.resources.on_failure_bucket)
    }

    fn topic_source(&self) -> kafka::EventSource {
        let function = format!(
            "arn:aws:lambda:{}:{ACCOUNT}:function:{}",
            self.cloud.region(),
            FunctionName::CdcProcessor.as_str()
        );
        kafka::EventSource::msk(&self.cloud.source_cluster_arn(), "b-1.local:9092", &function)
    }
}
