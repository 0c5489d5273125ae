//! The function's settings: read once, checked together.

mod documents;
#[cfg(test)]
mod tests;

use cdc_aws::{
    config::SEND_TIMEOUT,
    function::settings::{Basics, ConfiguredSources, Environment, Reader},
    keyring::KeyringReference,
    secrets::KeyReference,
};
use cdc_core::{batch::DeliverySettings, claim_check::Buckets};

pub use documents::DocumentSettings;

use crate::calls::RESERVE;

/// The checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it runs, and how it logs.
    pub basics: Basics,
    /// `KINESIS_STREAM_NAME` or `KINESIS_STREAM_ARN`, `SQS_QUEUE_ARN`, `KAFKA_TOPICS` with
    /// `KAFKA_CLUSTER_ARN` or `KAFKA_BOOTSTRAP_SERVERS`: those of `cdc-processor`, at least one.
    pub sources: ConfiguredSources,
    /// `EVENT_BUS_NAME`.
    pub bus: String,
    /// `EVENT_SOURCE`.
    pub event_source: String,
    /// `DEAD_LETTER_QUEUE_URL`.
    pub dead_letter_queue_url: String,
    /// `PARKED_QUEUE_URL`: without it nothing can be parked.
    pub parked_queue_url: Option<String>,
    /// `CLAIM_CHECK_BUCKET_NAME`, `DEAD_LETTER_BUCKET_NAME`: without the latter, letters whose record lies
    /// in a bucket are refused.
    pub buckets: Buckets,
    /// `ID_KEY`: where the key lies, not the key.
    pub id_key: KeyReference,
    /// `REDACTION_KEYS`: where the keyring lies; needed where rules name keys.
    pub redaction_keys: Option<KeyringReference>,
    /// `MAX_RETRY_ATTEMPTS`: tries in one run, the first included.
    pub attempts_max: u32,
    /// `PUBLISH_CONCURRENCY`: requests out at the same time.
    pub publish_concurrency: usize,
    /// On-failure documents, where a destination of theirs is set.
    pub documents: Option<DocumentSettings>,
}

impl Settings {
    /// What a replay needs to know, with the adapters' own timeout.
    #[must_use]
    pub fn delivery(&self) -> DeliverySettings {
        DeliverySettings {
            attempts_max: self.attempts_max,
            in_flight_max: self.publish_concurrency,
            request_timeout: SEND_TIMEOUT,
            reserve: RESERVE,
        }
    }
}

impl Environment for Settings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let basics = reader.basics();
        let sources = reader.sources();
        let bus = reader.bus();
        let event_source = reader.event_source();
        let dead_letter_queue_url = reader.queue_url("DEAD_LETTER_QUEUE_URL");
        let parked_queue_url = reader.optional_queue_url("PARKED_QUEUE_URL");
        if parked_queue_url.is_some() && parked_queue_url == dead_letter_queue_url {
            reader.problem(
                "PARKED_QUEUE_URL",
                "the dead-letter queue itself; parked letters need another queue",
            );
        }
        let buckets = reader.buckets();
        let id_key = reader.id_key();
        let redaction_keys = reader.redaction_keys();
        reader.redaction_stays();
        let attempts_max = reader.attempts_max();
        let publish_concurrency = reader.publish_concurrency();
        let documents = DocumentSettings::read(reader, dead_letter_queue_url.as_deref());
        let on_failure = documents.as_ref().and_then(|documents| documents.bucket.as_ref());
        if on_failure.is_some_and(|bucket| buckets.has(bucket)) {
            reader.problem(
                "ON_FAILURE_BUCKET_NAME",
                "the bucket of the claim check or of dead letters; on-failure documents hold rows as the \
                 producer wrote them, and need another bucket",
            );
        }
        Some(Self {
            sources: sources?,
            bus: bus?,
            event_source,
            dead_letter_queue_url: dead_letter_queue_url?,
            parked_queue_url,
            buckets,
            id_key: id_key?,
            redaction_keys,
            attempts_max,
            publish_concurrency,
            documents,
            basics: basics?,
        })
    }
}
