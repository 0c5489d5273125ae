//! The embedded cloud: the AWS APIs the pipeline uses, served inside this process.
//!
//! Kinesis is ferrokinesis, DynamoDB is dynoxide, SQS, EventBridge's control plane, Secrets
//! Manager and S3 are winterbaume; PutEvents is ours ([`Bus`]), because a bus that delivers nothing
//! can't show the promises P1 to P3; so is Lambda's `Invoke` ([`lambda`]). SDK clients reach everything unmodified through
//! [`Cloud::http_client`], other processes through a [`Gateway`].
//!
//! Promises: one account ([`ACCOUNT`]) and one region in every ARN and address. Limits of the APIs
//! are enforced where the pipeline can meet them. Refuses to be reached from another machine.
//! Checks no signature and no permission. Everything but DynamoDB lives in memory.

mod bus;
pub mod calls;
mod client;
mod dynamo;
pub mod fault;
mod gateway;
mod kinesis;
pub mod lambda;
mod layer;
mod operator;
mod queues;
mod resources;
mod s3;
mod services;
mod sqs;
#[cfg(test)]
mod tests;
pub mod trouble;
mod wire;

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::Timestamp;
use winterbaume_sqs::SqsService;

pub use self::{
    bus::{Accepted, Bus, BusCounts},
    dynamo::DynamoError,
    gateway::{Gateway, GatewayError},
    operator::{OperatorError, PutRecord, Resource},
    queues::{QueueMessage, Queues},
    resources::{LOCAL_ID_KEY, ProvisionError, Provisioned, Resources, SOURCE_QUEUE, SOURCE_TOPIC},
};
use self::{client::InProcess, dynamo::Dynamo, kinesis::Kinesis, services::Services};

/// The account of everything here: the one that AWS' own documentation uses.
pub const ACCOUNT: &str = winterbaume_core::DEFAULT_ACCOUNT_ID;

// Details of accepted events kept for a look at their order: some 200,000 events of 1 KB.
const ACCEPTED_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Where the cloud takes the time from.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a cloud is started.
#[derive(Clone)]
pub struct CloudOptions {
    /// The region in ARNs and addresses.
    pub region: String,
    /// The folder in which DynamoDB keeps its tables; `None` keeps them in memory.
    pub data: Option<PathBuf>,
    /// Whether a shard takes only 1,000 records and 1 MB a second, as on AWS. Sizes of records
    /// and requests are limited either way.
    pub enforce_limits: bool,
    /// How many bytes of accepted details [`Bus::accepted`] keeps.
    pub accepted_bytes_max: usize,
    /// The time of events that bring none. Queues, streams and tables use the system's.
    pub now: Now,
}

impl Default for CloudOptions {
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            data: None,
            enforce_limits: false,
            accepted_bytes_max: ACCEPTED_BYTES_MAX,
            now: Arc::new(Timestamp::now),
        }
    }
}

/// Why the cloud could not be started.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// The embedded DynamoDB did not start.
    #[error("the embedded DynamoDB did not start")]
    Dynamo(#[from] DynamoError),
}

/// A running cloud. Clones are the same cloud; it ends with the last of them and of their clients.
#[derive(Clone)]
pub struct Cloud {
    services: Arc<Services>,
    queues: Queues,
    region: String,
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloud").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Cloud {
    /// Starts all services. Must be called inside a Tokio runtime, which then serves DynamoDB.
    ///
    /// # Errors
    ///
    /// Where the database can't be opened or no loopback port can be had.
    pub async fn start(options: CloudOptions) -> Result<Self, CloudError> {
        let CloudOptions { region, data, enforce_limits, accepted_bytes_max, now } = options;
        let kinesis = Kinesis::start(&region, enforce_limits);
        let dynamo = Dynamo::start(data.as_deref()).await?;
        let queues = Queues::default();
        let sqs = SqsService::with_backend(Arc::new(queues.clone()));
        let bus = Bus::new(ACCOUNT, &region, queues.clone(), now, accepted_bytes_max);
        let services = Arc::new(Services::new(&region, kinesis, dynamo, sqs, bus));
        Ok(Self { services, queues, region })
    }

    /// The HTTP client that leads every SDK request to the embedded services.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess(Arc::clone(&self.services)))
    }

    /// Credentials for the clients. They open nothing: no signature is checked here.
    pub fn credentials(&self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Credentials::from_keys("cdc-local", "cdc-local", None))
    }

    /// The region of everything here.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// A configuration for SDK clients, without faults and without retries: what fails, shows.
    pub fn sdk_config(&self) -> SdkConfig {
        self.sdk_config_with(self.http_client())
    }

    /// As [`Cloud::sdk_config`], through a client of the caller's, such as one with faults.
    pub fn sdk_config_with(&self, http_client: SharedHttpClient) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client)
            .credentials_provider(self.credentials())
            .region(Region::new(self.region.clone()))
            .retry_config(RetryConfig::disabled())
            .build()
    }

    /// The bus: what it accepted, and its counts.
    pub fn bus(&self) -> &Bus {
        &self.services.bus
    }

    /// The queues, by name: to look into and to empty without requests.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// Deploys the functions of this process: from now on Lambda's `Invoke` finds them. Only the first
    /// deployment of a cloud counts, and it ends with `host`.
    pub fn deploy(&self, host: &Arc<dyn lambda::Host>) {
        self.services.lambda.deploy(host);
    }

    /// Serves the same objects on a loopback address, for other processes.
    ///
    /// # Errors
    ///
    /// Where the address is not a loopback address, or is taken.
    pub async fn listen(&self, address: SocketAddr) -> Result<Gateway, GatewayError> {
        Gateway::start(Arc::clone(&self.services), address).await
    }
}
