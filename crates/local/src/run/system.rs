//! The system: cloud, resources, processor and mapping, put together as in an account.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use cdc_aws::{
    clock::SystemClock,
    config::{Connection, SdkHttp},
    endpoint::Region,
    ledger::DynamoLedger,
};
use cdc_core::{ledger::note_partition, ports::Clock as _};
use cdc_esm::{Control, EventSource};
use jiff::Timestamp;

use super::{
    LocalError, LocalOptions, Summary,
    function::LocalFunction,
    producer::{Producer, Target},
    reader::KinesisShards,
    schedule::Schedule,
    tally::Tally,
    via::Carrier,
};
use crate::{
    cloud::{
        ACCOUNT, Cloud, CloudOptions, Gateway, Resources, calls::CallCounts, fault::FaultPlan,
        lambda::Host,
    },
    functions::{Deployment, FunctionName, Functions},
};

/// How long a stopped run may take to settle what is on the stream.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(20);

/// How often settling looks whether it is done.
const SETTLE_POLL: Duration = Duration::from_millis(50);

/// The role in whose name the mapping says it invokes.
const INVOKE_IDENTITY: &str = "arn:aws:iam::123456789012:role/cdc-local";

/// A running system.
pub(super) struct System {
    pub(super) cloud: Cloud,
    gateway: Option<Gateway>,
    pub(super) resources: Resources,
    stream_arn: String,
    functions: Arc<Functions>,
    faults: FaultPlan,
    pub(super) carrier: Carrier,
    pub(super) control: Control,
    pub(super) tally: Arc<Mutex<Tally>>,
    calls: CallCounts,
    schedule: Schedule,
}

impl System {
    /// Starts everything. A queue keeps what was deleted only where it is to be delivered again.
    pub(super) async fn start(options: LocalOptions, again: bool) -> Result<Self, LocalError> {
        let faults = FaultPlan::new(options.faults.clone(), options.seed)?;
        let data = options.data.clone();
        let cloud = Cloud::start(CloudOptions { data, ..CloudOptions::default() }).await?;
        let carrier = Carrier::new(&options, &cloud, again)?;
        let resources = Resources { shards: options.shards, ..Resources::default() };
        let provisioned = cloud.provision(&resources).await?;
        let calls = CallCounts::default();
        let http = faults.wrap(cloud.http_client());
        let deployment = Deployment {
            cloud: &cloud,
            resources: &resources,
            provisioned: &provisioned,
            parallelization: options.parallelization,
            rules: options.rules,
            processor_http: calls.wrap(http.clone()),
            http,
        };
        let functions = Arc::new(Functions::start(deployment).await?);
        let host: Arc<dyn Host> = functions.clone();
        cloud.deploy(&host);
        let gateway = match options.listen {
            Some(address) => Some(cloud.listen(address).await?),
            None => None,
        };
        Ok(Self {
            cloud,
            gateway,
            resources,
            stream_arn: provisioned.stream_arn,
            functions,
            faults,
            carrier,
            control: Control::default(),
            tally: Arc::default(),
            calls,
            schedule: Schedule::default(),
        })
    }

    /// Where other processes reach the AWS APIs.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.gateway.as_ref().map(Gateway::address)
    }

    #[expect(clippy::unused_self, reason = "the system's clock is the machine's")]
    pub(super) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// The running functions.
    pub(super) fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The schedule's last tick.
    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Lets the schedule tick, for ever.
    pub(super) async fn run_schedule(&self) {
        self.schedule.run(&self.functions, self.cloud.region()).await;
    }

    /// The stream as the mapping reads it.
    pub(super) fn reader(&self) -> KinesisShards {
        KinesisShards::new(&self.cloud, &self.resources.stream)
    }

    /// What the mapping writes into every event.
    pub(super) fn event_source(&self) -> EventSource {
        let function = format!(
            "arn:aws:lambda:{}:{ACCOUNT}:function:{}",
            self.cloud.region(),
            FunctionName::CdcProcessor.as_str()
        );
        EventSource::new(&self.stream_arn, &function, INVOKE_IDENTITY, self.cloud.region())
    }

    /// The processor as the mapping invokes it.
    pub(super) fn function(&self) -> LocalFunction<'_> {
        let timeout = self.carrier.invocation_timeout();
        LocalFunction::new(&self.functions, &self.faults, &self.tally, timeout)
    }

    pub(super) fn producer(&self) -> Producer<'_> {
        let target = match &self.carrier {
            Carrier::Stream(_) => Target::stream(&self.cloud, &self.resources.stream),
            Carrier::Queue(queue, _) => Target::Queue(queue),
            Carrier::Topic(topics, _) => Target::Topic(topics),
        };
        Producer::new(target, &self.control, &self.tally)
    }

    /// Lets the mapping settle what is on the stream, for a while, and ends it.
    pub(super) async fn settle(&self) {
        self.control.wake();
        let caught_up = async {
            while !self.control.is_caught_up() {
                tokio::time::sleep(SETTLE_POLL).await;
            }
        };
        let _ = tokio::time::timeout(SETTLE_TIMEOUT, caught_up).await;
        self.control.stop();
    }

    /// Waits for what was sent and whose sender has gone.
    pub(super) async fn all_arrived(&self) {
        self.faults.all_arrived().await;
    }

    /// Takes what the subscriber queue holds, in the order in which the bus accepted it.
    pub(super) fn take_events(&self) -> Vec<String> {
        let messages = self.cloud.queues().drain(&self.resources.subscriber_queue);
        let bodies: Vec<String> =
            messages.unwrap_or_default().into_iter().map(|message| message.body).collect();
        lock(&self.tally).received(&bodies);
        bodies
    }

    /// Takes what the dead-letter queue holds.
    pub(super) fn take_dead_letters(&self) -> Vec<String> {
        let messages = self.cloud.queues().drain(&self.resources.dead_letter_queue);
        messages.unwrap_or_default().into_iter().map(|message| message.body).collect()
    }

    /// How many letters lie in the dead-letter queue.
    pub(super) fn dead_letters(&self) -> usize {
        self.cloud.queues().len(&self.resources.dead_letter_queue).unwrap_or(0)
    }

    /// The processor's calls so far, by API operation.
    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.by_operation()
    }

    pub(super) fn tally(&self) -> &Mutex<Tally> {
        &self.tally
    }

    /// What became of everything since `started`.
    pub(super) async fn summary(&self, started: Timestamp) -> Summary {
        let ledger = DynamoLedger::new(
            &connection(&self.cloud, self.cloud.http_client()),
            &self.resources.checkpoint_table,
        );
        let notes = match self.carrier.noted(&self.cloud, &self.stream_arn) {
            Some(shard) => ledger.notes(&note_partition(&shard)).await.unwrap_or_default(),
            None => Vec::new(),
        };
        let checkpoints = notes.into_iter().map(|note| (note.shard, note.number.to_string()));
        let seconds = self.now().duration_since(started).as_secs_f64();
        let summary = lock(&self.tally).summary(checkpoints.collect(), seconds);
        Summary { injected: self.faults.injected(), ..summary }
    }
}

/// A poisoned lock only means that a thread died while counting.
pub(super) fn lock(tally: &Mutex<Tally>) -> std::sync::MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The adapters' way into the cloud.
fn connection(cloud: &Cloud, http: SharedHttpClient) -> Connection {
    let region = Region::parse(cloud.region()).expect("the cloud's region is one");
    Connection::embedded(region, SdkHttp::new(http))
}
