//! The function's settings: read once, checked together.
//!
//! Every value is strict, and no variable can switch redaction off or send events anywhere but to
//! the region's own services: a wrong deployment stops at its start and says all that is wrong.

mod parse;
mod reader;
mod stream;
#[cfg(test)]
mod tests;

use std::time::Duration;

use cdc_aws::{
    config::{LEDGER_TIMEOUT, SEND_TIMEOUT},
    endpoint::{Endpoint, Region},
    secrets::KeyReference,
};
use cdc_core::{
    batch::BatchSettings,
    ledger::{LedgerKeep, LedgerScope},
};
use reader::Reader;
pub use reader::{Problem, SettingsError};
pub use stream::ConfiguredStream;
use tracing::level_filters::LevelFilter;

const EVENT_SOURCE_DEFAULT: &str = "cdc-pipeline";
const ATTEMPTS_DEFAULT: u32 = 3;
const ATTEMPTS_MAX: u32 = 10;
const CONCURRENCY_DEFAULT: usize = 4;
const CONCURRENCY_MAX: usize = 32;

// The mapping's record age and the time to replay documents: a week suits both defaults.
const LEDGER_TTL_DAYS_DEFAULT: u32 = 7;
const LEDGER_TTL_DAYS_MAX: u32 = 400;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

// Beside the ledger's write: the answer, and the log line.
const ANSWER_RESERVE: Duration = Duration::from_millis(500);

/// What the SDK's own loader would follow to any host. Ours does not; whoever sets one of them
/// should hear of it instead of wondering.
const SERVICE_ENDPOINTS: [&str; 5] = [
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "AWS_ENDPOINT_URL_KINESIS",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SQS",
];

/// The checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `AWS_REGION`.
    pub region: Region,
    /// `AWS_ENDPOINT_URL`: on this machine, for local use.
    pub endpoint: Option<Endpoint>,
    /// `KINESIS_STREAM_NAME`, `KINESIS_STREAM_ARN`: one of them is needed.
    pub stream: ConfiguredStream,
    /// `EVENT_BUS_NAME`.
    pub bus: String,
    /// `EVENT_SOURCE`.
    pub event_source: String,
    /// `CHECKPOINT_TABLE_NAME`: the ledger.
    pub checkpoint_table: String,
    /// `STATE_TABLE_NAME`: checked, not used by this function.
    pub state_table: Option<String>,
    /// `DEAD_LETTER_QUEUE_URL`.
    pub dead_letter_queue_url: String,
    /// `MAX_RETRY_ATTEMPTS`: tries in all, the first included.
    pub attempts_max: u32,
    /// `LEDGER_KEEP`.
    pub ledger_keep: LedgerKeep,
    /// `LEDGER_EPOCH`.
    pub ledger_epoch: u32,
    /// `LEDGER_TTL_DAYS`.
    pub ledger_ttl: Duration,
    /// `ID_KEY`: where the key lies, not the key.
    pub id_key: KeyReference,
    /// `PUBLISH_CONCURRENCY`: requests out at the same time.
    pub publish_concurrency: usize,
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

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn from_process_env() -> Result<Self, SettingsError> {
        Self::from_env(|name| {
            std::env::var_os(name).map(|text| text.to_string_lossy().into_owned())
        })
    }

    /// The settings that `lookup` finds by the variables' names.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(lookup);
        let settings = read(&mut reader);
        reader.finish()?;
        Ok(settings.expect("a setting is missing only after its problem was noted"))
    }

    /// Whose facts the ledger's claims are.
    #[must_use]
    pub fn ledger_scope(&self) -> LedgerScope {
        LedgerScope {
            epoch: self.ledger_epoch,
            bus: self.bus.clone(),
            event_source: self.event_source.clone(),
        }
    }

    /// What a batch needs to know, with the adapters' own timeouts.
    #[must_use]
    pub fn batch(&self) -> BatchSettings {
        BatchSettings {
            attempts_max: self.attempts_max,
            in_flight_max: self.publish_concurrency,
            request_timeout: SEND_TIMEOUT,
            reserve: LEDGER_TIMEOUT + ANSWER_RESERVE,
            keep: self.ledger_keep,
            scope: self.ledger_scope(),
            claim_ttl: self.ledger_ttl,
        }
    }
}

/// `None` only after noting a problem. What depends on the region is checked once it is known.
fn read<F: Fn(&str) -> Option<String>>(reader: &mut Reader<F>) -> Option<Settings> {
    let region = reader.required("AWS_REGION", parse::region);
    let in_region = region.as_ref();
    let endpoint = endpoint(reader, in_region);
    let stream = stream(reader, in_region);
    let bus = reader.required("EVENT_BUS_NAME", parse::bus);
    let event_source = reader.optional("EVENT_SOURCE", parse::event_source);
    let checkpoint_table = reader.required("CHECKPOINT_TABLE_NAME", parse::table);
    let state_table = reader.optional("STATE_TABLE_NAME", parse::table);
    let queue_url = |url: &str| with(in_region, |region| parse::queue_url(url, region));
    let dead_letter_queue_url = reader.required("DEAD_LETTER_QUEUE_URL", queue_url);
    let key = |text: &str| {
        with(in_region, |region| KeyReference::parse(text, region).map_err(|e| e.to_string()))
    };
    let id_key = reader.required("ID_KEY", key);
    reader.optional("ENABLE_DATA_REDACTION", parse::redaction);
    let attempts = |text: &str| parse::number(text, 1..=ATTEMPTS_MAX);
    let attempts_max = reader.optional("MAX_RETRY_ATTEMPTS", attempts);
    let ledger_keep = reader.optional("LEDGER_KEEP", parse::ledger_keep);
    let ledger_epoch = reader.optional("LEDGER_EPOCH", |text| parse::number(text, 0..=u32::MAX));
    let days = |text: &str| parse::number(text, 1..=LEDGER_TTL_DAYS_MAX);
    let ledger_ttl_days = reader.optional("LEDGER_TTL_DAYS", days);
    let concurrency = |text: &str| parse::number(text, 1..=CONCURRENCY_MAX);
    let publish_concurrency = reader.optional("PUBLISH_CONCURRENCY", concurrency);
    let lambda_level = reader.optional("AWS_LAMBDA_LOG_LEVEL", parse::log_level);
    let level = reader.optional("LOG_LEVEL", parse::log_level);
    let log_format = reader.optional("AWS_LAMBDA_LOG_FORMAT", parse::log_format);
    Some(Settings {
        endpoint,
        stream: stream?,
        bus: bus?,
        event_source: event_source.unwrap_or_else(|| EVENT_SOURCE_DEFAULT.to_owned()),
        checkpoint_table: checkpoint_table?,
        state_table,
        dead_letter_queue_url: dead_letter_queue_url??,
        attempts_max: attempts_max.unwrap_or(ATTEMPTS_DEFAULT),
        ledger_keep: ledger_keep.unwrap_or_default(),
        ledger_epoch: ledger_epoch.unwrap_or_default(),
        ledger_ttl: DAY * ledger_ttl_days.unwrap_or(LEDGER_TTL_DAYS_DEFAULT),
        id_key: id_key??,
        publish_concurrency: publish_concurrency.unwrap_or(CONCURRENCY_DEFAULT),
        // Lambda drops what lies below its own level, so that one decides.
        log_level: lambda_level.or(level).unwrap_or(LevelFilter::INFO),
        log_format: log_format.unwrap_or_default(),
        region: region?,
    })
}

fn endpoint<F: Fn(&str) -> Option<String>>(
    reader: &mut Reader<F>,
    region: Option<&Region>,
) -> Option<Endpoint> {
    for name in SERVICE_ENDPOINTS {
        let refused = |_: &str| {
            Err::<(), _>(
            "not supported; AWS_ENDPOINT_URL=http://127.0.0.1:PORT sends all calls to this machine"
                .to_owned(),
        )
        };
        reader.optional(name, refused);
    }
    let parse = |text: &str| with(region, |region| parse::loopback(text, region));
    reader.optional("AWS_ENDPOINT_URL", parse).flatten()
}

/// By ARN where it is there; a name beside it has to be the ARN's.
fn stream<F: Fn(&str) -> Option<String>>(
    reader: &mut Reader<F>,
    region: Option<&Region>,
) -> Option<ConfiguredStream> {
    let exactly = |arn: &str| with(region, |region| ConfiguredStream::exactly(arn, region));
    let named = |name: &str| with(region, |region| ConfiguredStream::named(name, region));
    if !reader.is_set("KINESIS_STREAM_ARN") {
        return reader.required("KINESIS_STREAM_NAME", named)?;
    }
    let exact = reader.optional("KINESIS_STREAM_ARN", exactly).flatten();
    let by_name = reader.optional("KINESIS_STREAM_NAME", named).flatten();
    let exact = exact?;
    if by_name.is_some_and(|by_name| by_name.name() != exact.name()) {
        reader.problem(
            "KINESIS_STREAM_NAME",
            "not the stream of KINESIS_STREAM_ARN; drop one of them",
        );
    }
    Some(exact)
}

/// Parses what depends on the region; nothing where the region itself is the problem.
fn with<T>(
    region: Option<&Region>,
    parse: impl FnOnce(&Region) -> Result<T, String>,
) -> Result<Option<T>, String> {
    region.map(parse).transpose()
}
