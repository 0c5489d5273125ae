//! Settings: the environment, read once at the start of a function and checked together.
//!
//! Every value is strict, and no variable can switch redaction off or send events anywhere but to
//! the region's own services: a wrong deployment stops at its start and says all that is wrong. What
//! several functions read alike is read here; what one alone reads stands with that function.

mod function;
mod parse;
mod queue;
mod reader;
mod sources;
mod stream;
mod topics;

use cdc_core::claim_check::Buckets;
pub use function::ConfiguredFunction;
pub use parse::{ledger_keep, number};
pub use queue::ConfiguredQueue;
pub use reader::{Problem, Reader, SettingsError};
pub use sources::ConfiguredSources;
use std::time::Duration;
pub use stream::ConfiguredStream;
pub use topics::{ConfiguredCluster, ConfiguredTopics};

use tracing::level_filters::LevelFilter;

use crate::{
    endpoint::{Endpoint, Region},
    keyring::KeyringReference,
    secrets::KeyReference,
};

/// The setting that names the bucket of records too large for a dead letter.
const DEAD_LETTER_BUCKET: &str = "DEAD_LETTER_BUCKET_NAME";

const EVENT_SOURCE_DEFAULT: &str = "cdc-pipeline";

/// What the SDK's own loader would follow to any host. Ours does not; whoever sets one of them
/// should hear of it instead of wondering.
const SERVICE_ENDPOINTS: [&str; 6] = [
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "AWS_ENDPOINT_URL_KINESIS",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SQS",
];

/// What every function reads: where it runs, and how it logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basics {
    /// `AWS_REGION`.
    pub region: Region,
    /// `AWS_ENDPOINT_URL`: on this machine, for local use.
    pub endpoint: Option<Endpoint>,
    /// `AWS_LAMBDA_LOG_LEVEL`, else `LOG_LEVEL`.
    pub log_level: LevelFilter,
    /// `AWS_LAMBDA_LOG_FORMAT`.
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For eyes.
    #[default]
    Text,
}

/// The settings of a function.
pub trait Environment: Sized {
    /// Reads them one by one; `None` only after a problem was noted.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// The settings that `lookup` finds by the variables' names.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem.
    fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(&lookup);
        let settings = Self::read(&mut reader);
        reader.finish()?;
        Ok(settings.expect("a setting is missing only after its problem was noted"))
    }

    /// The settings of this process.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem.
    fn from_process_env() -> Result<Self, SettingsError> {
        Self::from_env(process_env)
    }
}

/// A variable of this process.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn process_env(name: &str) -> Option<String> {
    std::env::var_os(name).map(|text| text.to_string_lossy().into_owned())
}

impl Reader<'_> {
    /// What every function reads. Comes first: what follows is parsed in this region.
    pub fn basics(&mut self) -> Option<Basics> {
        let region = self.required("AWS_REGION", parse::region);
        self.set_region(region.clone());
        let endpoint = self.endpoint();
        let lambda_level = self.optional("AWS_LAMBDA_LOG_LEVEL", parse::log_level);
        let level = self.optional("LOG_LEVEL", parse::log_level);
        let log_format = self.optional("AWS_LAMBDA_LOG_FORMAT", parse::log_format);
        Some(Basics {
            endpoint,
            // Lambda drops what lies below its own level, so that one decides.
            log_level: lambda_level.or(level).unwrap_or(LevelFilter::INFO),
            log_format: log_format.unwrap_or_default(),
            region: region?,
        })
    }

    fn endpoint(&mut self) -> Option<Endpoint> {
        for name in SERVICE_ENDPOINTS {
            let refused = |_: &str| Err::<(), _>(NO_SERVICE_ENDPOINTS.to_owned());
            self.optional(name, refused);
        }
        self.optional_in_region("AWS_ENDPOINT_URL", parse::loopback)
    }

    /// `KINESIS_STREAM_NAME`, `KINESIS_STREAM_ARN`: one of them is needed. By ARN where it is there;
    /// a name beside it has to be the ARN's.
    pub fn stream(&mut self) -> Option<ConfiguredStream> {
        if !self.is_set("KINESIS_STREAM_ARN") {
            return self.required_in_region("KINESIS_STREAM_NAME", ConfiguredStream::named);
        }
        let exact = self.optional_in_region("KINESIS_STREAM_ARN", ConfiguredStream::exactly);
        let by_name = self.optional_in_region("KINESIS_STREAM_NAME", ConfiguredStream::named);
        let exact = exact?;
        if by_name.is_some_and(|by_name| by_name.name() != exact.name()) {
            self.problem(
                "KINESIS_STREAM_NAME",
                "not the stream of KINESIS_STREAM_ARN; drop one of them",
            );
        }
        Some(exact)
    }

    /// `EVENT_BUS_NAME`.
    pub fn bus(&mut self) -> Option<String> {
        self.required("EVENT_BUS_NAME", parse::bus)
    }

    /// `EVENT_SOURCE`, which has a default.
    pub fn event_source(&mut self) -> String {
        let source = self.optional("EVENT_SOURCE", parse::event_source);
        source.unwrap_or_else(|| EVENT_SOURCE_DEFAULT.to_owned())
    }

    /// A table that has to be named.
    pub fn table(&mut self, name: &'static str) -> Option<String> {
        self.required(name, parse::table)
    }

    /// A table that need not be named.
    pub fn optional_table(&mut self, name: &'static str) -> Option<String> {
        self.optional(name, parse::table)
    }

    /// A standard queue of the region that has to be named.
    pub fn queue_url(&mut self, name: &'static str) -> Option<String> {
        self.required_in_region(name, parse::queue_url)
    }

    /// A standard queue of the region that need not be named.
    pub fn optional_queue_url(&mut self, name: &'static str) -> Option<String> {
        self.optional_in_region(name, parse::queue_url)
    }

    /// `CLAIM_CHECK_BUCKET_NAME` and `DEAD_LETTER_BUCKET_NAME`: two buckets, or one, or none.
    pub fn buckets(&mut self) -> Buckets {
        let events = self.optional("CLAIM_CHECK_BUCKET_NAME", parse::bucket);
        let records = self.optional(DEAD_LETTER_BUCKET, parse::bucket);
        Buckets::new(events, records).unwrap_or_else(|error| {
            self.problem(DEAD_LETTER_BUCKET, error.to_string());
            Buckets::default()
        })
    }

    /// `ID_KEY`: where the key lies, not the key.
    pub fn id_key(&mut self) -> Option<KeyReference> {
        self.required_in_region("ID_KEY", parse::id_key)
    }

    /// `REDACTION_KEYS`: where the keyring lies, not the keys. Needed where rules name keys.
    pub fn redaction_keys(&mut self) -> Option<KeyringReference> {
        let lookup = self.lookup();
        let parse = |text: &str, region: &Region| {
            KeyringReference::parse(text, region, lookup).map_err(|error| error.to_string())
        };
        self.optional_in_region("REDACTION_KEYS", parse)
    }

    /// `ENABLE_DATA_REDACTION`: read only to refuse whoever tries to switch redaction off.
    pub fn redaction_stays(&mut self) {
        self.optional("ENABLE_DATA_REDACTION", parse::redaction);
    }

    /// `LEDGER_EPOCH`.
    pub fn ledger_epoch(&mut self) -> u32 {
        self.optional("LEDGER_EPOCH", |text| number(text, 0..=u32::MAX)).unwrap_or_default()
    }

    /// `LEDGER_TTL_DAYS`: how long a claim is kept.
    pub fn ledger_ttl(&mut self) -> Duration {
        let days = self.optional("LEDGER_TTL_DAYS", |text| number(text, 1..=LEDGER_TTL_DAYS_MAX));
        DAY * days.unwrap_or(LEDGER_TTL_DAYS_DEFAULT)
    }

    /// `PARALLELIZATION_FACTOR` of the mapping, where it is told.
    pub fn parallelization_factor(&mut self) -> Option<u32> {
        self.optional("PARALLELIZATION_FACTOR", |text| number(text, 1..=LANES_MAX))
    }

    /// `MAPPING_FILTER`: whether the mapping has an event filter, where it is told.
    pub fn mapping_filter(&mut self) -> Option<bool> {
        self.optional("MAPPING_FILTER", parse::mapping_filter)
    }

    /// `MAX_RETRY_ATTEMPTS`: tries in all, the first included.
    pub fn attempts_max(&mut self) -> u32 {
        let attempts = self.optional("MAX_RETRY_ATTEMPTS", |text| number(text, 1..=ATTEMPTS_MAX));
        attempts.unwrap_or(cdc_core::batch::MAX_ATTEMPTS_DEFAULT)
    }

    /// `PUBLISH_CONCURRENCY`: requests out at the same time.
    pub fn publish_concurrency(&mut self) -> usize {
        let at_once = |text: &str| number(text, 1..=CONCURRENCY_MAX);
        self.optional("PUBLISH_CONCURRENCY", at_once).unwrap_or(CONCURRENCY_DEFAULT)
    }
}

const ATTEMPTS_MAX: u32 = 10;
/// Batches of a shard at once, at most (Lambda).
const LANES_MAX: u32 = 10;
// The mapping's record age and the time to replay documents: a week suits both defaults.
const LEDGER_TTL_DAYS_DEFAULT: u32 = 7;
const LEDGER_TTL_DAYS_MAX: u32 = 400;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const CONCURRENCY_DEFAULT: usize = 4;
const CONCURRENCY_MAX: usize = 32;

const NO_SERVICE_ENDPOINTS: &str =
    "not supported; AWS_ENDPOINT_URL=http://127.0.0.1:PORT sends all calls to this machine";
