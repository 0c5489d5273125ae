//! The one connection to AWS: region, endpoint, credentials, transport, timeouts, retries.
//!
//! The SDK's configuration is built by hand and never by `aws_config`'s loader, which would follow
//! `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>` and the profile's `endpoint_url` to any host.
//! Here the endpoint is an [`Endpoint`] or the region's own, whatever the environment says; proxies
//! are off for the same reason.

#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

use aws_config::{
    BehaviorVersion, SdkConfig, default_provider::credentials::DefaultCredentialsChain,
    environment::EnvironmentVariableCredentialsProvider, provider_config::ProviderConfig,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};

use crate::{
    endpoint::{Endpoint, Region},
    function::settings::Basics,
};

/// Time for a connection, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Time for one call that sends events or letters. It is one attempt: the SDK's retries are off.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for the ledger's one read or one write, its retries and pages included. The deadline's
/// reserve has to pay for it.
pub const LEDGER_TIMEOUT: Duration = Duration::from_secs(6);

/// Time for one read from Kinesis, S3 or Secrets Manager, retries included.
pub const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for one attempt at the ledger: two slow ones leave room for a third.
const LEDGER_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// Time for one attempt at a read, whose answer may have 10 MiB.
const READ_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Tries in all of those calls that the SDK may repeat.
const RETRIED_ATTEMPTS_MAX: u32 = 3;

// The SDK's defaults (1 s and 20 s) would eat the reserve before the deadline.
const RETRIED_BACKOFF: Duration = Duration::from_millis(50);
const RETRIED_BACKOFF_MAX: Duration = Duration::from_millis(500);

// A frozen sandbox wakes up with connections that the other side has closed. A call on one of them
// fails and costs a round, so idle ones are dropped before the services do it.
const IDLE_CONNECTION_MAX: Duration = Duration::from_secs(15);

/// What stands in for the SDK's own transport: the embedded cloud, which answers in process.
#[derive(Clone, Debug)]
pub struct SdkHttp(SharedHttpClient);

impl SdkHttp {
    /// Wraps a client of the SDK's HTTP interface.
    pub fn new(client: impl HttpClient + 'static) -> Self {
        Self(SharedHttpClient::new(client))
    }
}

/// The way to AWS, or to the embedded cloud. Adapters are made from it; all of them share its
/// connections.
#[derive(Clone)]
pub struct Connection {
    sdk: SdkConfig,
    region: Region,
    local: bool,
}

impl Connection {
    /// For a function on Lambda, whose credentials come from its environment.
    #[must_use]
    pub fn of_function(region: Region, endpoint: Option<&Endpoint>) -> Self {
        let credentials = EnvironmentVariableCredentialsProvider::new();
        Self::build(region, endpoint, https(), SharedCredentialsProvider::new(credentials))
    }

    /// For a function, as its settings say.
    #[must_use]
    pub fn of_settings(basics: &Basics) -> Self {
        Self::of_function(basics.region.clone(), basics.endpoint.as_ref())
    }

    /// For a person: environment, profiles (also with a role to assume), web identity, container
    /// and instance credentials, in this order. SSO and login sessions are not built in.
    pub async fn of_operator(region: Region, endpoint: Option<&Endpoint>) -> Self {
        let http = https();
        let name = aws_config::Region::new(region.as_str().to_owned());
        let provider = ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(http.clone())
            .with_sleep_impl(TokioSleep::new());
        let chain = DefaultCredentialsChain::builder().configure(provider).region(name);
        let credentials = SharedCredentialsProvider::new(chain.build().await);
        Self::build(region, endpoint, http, credentials)
    }

    /// For the embedded cloud in this process: nothing leaves it.
    #[must_use]
    pub fn embedded(region: Region, http: SdkHttp) -> Self {
        let mut connection = Self::build(region, None, http.0, local_credentials());
        connection.local = true;
        connection
    }

    /// As if for AWS or an endpoint, over a transport of a test's.
    #[cfg(test)]
    pub(crate) fn canned(region: &Region, endpoint: Option<&Endpoint>, http: SdkHttp) -> Self {
        Self::build(region.clone(), endpoint, http.0, local_credentials())
    }

    /// The region of every call.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Whether calls stay on this machine: a loopback endpoint, or the embedded cloud.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local
    }

    fn build(
        region: Region,
        endpoint: Option<&Endpoint>,
        http: SharedHttpClient,
        credentials: SharedCredentialsProvider,
    ) -> Self {
        let local = endpoint.is_some_and(Endpoint::is_loopback);
        // Real credentials sign for AWS only.
        let credentials = if local { local_credentials() } else { credentials };
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .http_client(http)
            .credentials_provider(credentials)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()));
        sdk.set_endpoint_url(endpoint.map(|endpoint| endpoint.as_str().to_owned()));
        Self { sdk: sdk.build(), region, local }
    }

    pub(crate) fn event_bridge(&self) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::new(&self.single_attempt())
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.single_attempt())
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.retried(LEDGER_ATTEMPT_TIMEOUT))
    }

    pub(crate) fn dynamodb_single(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.single_attempt())
    }

    pub(crate) fn kinesis(&self) -> aws_sdk_kinesis::Client {
        aws_sdk_kinesis::Client::new(&self.retried(READ_ATTEMPT_TIMEOUT))
    }

    pub(crate) fn kinesis_single(&self) -> aws_sdk_kinesis::Client {
        aws_sdk_kinesis::Client::new(&self.single_attempt())
    }

    /// Buckets are part of the path where calls stay on this machine, which has no name for each.
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config =
            aws_sdk_s3::config::Builder::from(&self.with(RetryConfig::disabled(), READ_TIMEOUT));
        aws_sdk_s3::Client::from_conf(config.force_path_style(self.local).build())
    }

    pub(crate) fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.retried(READ_ATTEMPT_TIMEOUT))
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.retried(READ_ATTEMPT_TIMEOUT))
    }

    #[cfg(feature = "invoke")]
    pub(crate) fn lambda(&self) -> aws_sdk_lambda::Client {
        let config = self.with(RetryConfig::disabled(), crate::invoke::INVOKE_TIMEOUT);
        aws_sdk_lambda::Client::new(&config)
    }

    /// For what must not happen twice unseen. Rounds over the whole batch retry it, count it and
    /// mind the deadline; a hidden retry below them would publish twice and count once.
    fn single_attempt(&self) -> SdkConfig {
        self.with(RetryConfig::disabled(), SEND_TIMEOUT)
    }

    /// For reads, and for puts of items under keys of their own: a repetition changes nothing, and
    /// without one a single dropped packet would fail a whole batch.
    fn retried(&self, attempt: Duration) -> SdkConfig {
        let retries = RetryConfig::standard()
            .with_max_attempts(RETRIED_ATTEMPTS_MAX)
            .with_initial_backoff(RETRIED_BACKOFF)
            .with_max_backoff(RETRIED_BACKOFF_MAX);
        self.with(retries, attempt)
    }

    fn with(&self, retries: RetryConfig, attempt: Duration) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(attempt)
            .build();
        self.sdk.to_builder().retry_config(retries).timeout_config(timeouts).build()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({}{})", self.region, if self.local { ", local" } else { "" })
    }
}

/// rustls on ring; see `docs/decisions` for why. Certificates are read at the first connection.
fn https() -> SharedHttpClient {
    Builder::new()
        .pool_idle_timeout(IDLE_CONNECTION_MAX)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// What signs calls that stay on this machine; nobody checks it there.
fn local_credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::from_keys("local", "local", None))
}
