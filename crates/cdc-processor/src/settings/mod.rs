//! The function's settings: read once, checked together.
//!
//! Every value is strict, and no variable can switch redaction off or send events anywhere but to
//! the region's own services: a wrong deployment stops at its start and says all that is wrong.

#[cfg(test)]
mod tests;

use std::time::Duration;

use cdc_aws::{
    config::{LEDGER_TIMEOUT, SEND_TIMEOUT},
    function::settings::{Basics, ConfiguredSources, Environment, Reader, ledger_keep},
    keyring::KeyringReference,
    secrets::KeyReference,
};
use cdc_core::{
    batch::BatchSettings,
    claim_check::Buckets,
    ledger::{LedgerKeep, LedgerScope},
};

// Beside the ledger's write: the answer, and the log line.
const ANSWER_RESERVE: Duration = Duration::from_millis(500);

/// The checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it runs, and how it logs.
    pub basics: Basics,
    /// `KINESIS_STREAM_NAME` or `KINESIS_STREAM_ARN`, `SQS_QUEUE_ARN`, `KAFKA_TOPICS` with
    /// `KAFKA_CLUSTER_ARN` or `KAFKA_BOOTSTRAP_SERVERS`: at least one source.
    pub sources: ConfiguredSources,
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
    /// `CLAIM_CHECK_BUCKET_NAME`, `DEAD_LETTER_BUCKET_NAME`: without them, what is too large to be sent
    /// is given up on, or pointed to in the stream alone.
    pub buckets: Buckets,
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
    /// `REDACTION_KEYS`: where the keyring lies; needed where rules name keys.
    pub redaction_keys: Option<KeyringReference>,
    /// `PUBLISH_CONCURRENCY`: requests out at the same time.
    pub publish_concurrency: usize,
}

impl Settings {
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

impl Environment for Settings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let basics = reader.basics();
        let sources = reader.sources();
        let bus = reader.bus();
        let event_source = reader.event_source();
        let checkpoint_table = reader.table("CHECKPOINT_TABLE_NAME");
        let state_table = reader.optional_table("STATE_TABLE_NAME");
        let dead_letter_queue_url = reader.queue_url("DEAD_LETTER_QUEUE_URL");
        let buckets = reader.buckets();
        let id_key = reader.id_key();
        let redaction_keys = reader.redaction_keys();
        reader.redaction_stays();
        let attempts_max = reader.attempts_max();
        let ledger_keep = reader.optional("LEDGER_KEEP", ledger_keep);
        let ledger_epoch = reader.ledger_epoch();
        let ledger_ttl = reader.ledger_ttl();
        let publish_concurrency = reader.publish_concurrency();
        Some(Self {
            sources: sources?,
            bus: bus?,
            event_source,
            checkpoint_table: checkpoint_table?,
            state_table,
            dead_letter_queue_url: dead_letter_queue_url?,
            buckets,
            attempts_max,
            ledger_keep: ledger_keep.unwrap_or_default(),
            ledger_epoch,
            ledger_ttl,
            id_key: id_key?,
            redaction_keys,
            publish_concurrency,
            basics: basics?,
        })
    }
}
