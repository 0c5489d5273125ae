//! The settings of on-failure documents: needed where a destination is set, and only there.

use std::time::Duration;

use cdc_aws::{
    config::{LEDGER_TIMEOUT, SEND_TIMEOUT},
    function::settings::{ConfiguredFunction, Reader},
};
use cdc_core::{
    batch::BatchSettings,
    ledger::{LedgerKeep, LedgerScope},
    objects::BucketName,
};

use super::Settings;
use crate::calls::RESERVE;

/// Where the mapping leaves documents, and whose ledger knows their records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSettings {
    /// `ON_FAILURE_BUCKET_NAME`.
    pub bucket: Option<BucketName>,
    /// `ON_FAILURE_QUEUE_URL`.
    pub queue_url: Option<String>,
    /// `PROCESSOR_FUNCTION_NAME`: the function whose mapping it is.
    pub function: ConfiguredFunction,
    /// `CHECKPOINT_TABLE_NAME`: that function's ledger.
    pub checkpoint_table: String,
    /// `LEDGER_EPOCH`: that function's.
    pub ledger_epoch: u32,
    /// `LEDGER_TTL_DAYS`: that function's.
    pub ledger_ttl: Duration,
    /// `PARALLELIZATION_FACTOR`: the mapping's; more than 1 where it is not told.
    pub lanes: Option<u32>,
    /// `MAPPING_FILTER`: whether the mapping has one; so where it is not told.
    pub has_filter: Option<bool>,
}

impl DocumentSettings {
    /// `None` where no destination is set, or after noting a problem.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        dead_letter_queue_url: Option<&str>,
    ) -> Option<Self> {
        let bucket = reader.optional("ON_FAILURE_BUCKET_NAME", |text| {
            BucketName::parse(text).map_err(|error| error.to_string())
        });
        let queue_url = reader.optional_queue_url("ON_FAILURE_QUEUE_URL");
        if queue_url.is_some() && queue_url.as_deref() == dead_letter_queue_url {
            reader.problem(
                "ON_FAILURE_QUEUE_URL",
                "the dead-letter queue itself; on-failure documents need another queue",
            );
        }
        let epoch = reader.ledger_epoch();
        let ledger_ttl = reader.ledger_ttl();
        let (lanes, has_filter) = (reader.parallelization_factor(), reader.mapping_filter());
        if !reader.is_set("ON_FAILURE_BUCKET_NAME") && !reader.is_set("ON_FAILURE_QUEUE_URL") {
            return None;
        }
        let function =
            reader.required_in_region("PROCESSOR_FUNCTION_NAME", ConfiguredFunction::named);
        let checkpoint_table = reader.table("CHECKPOINT_TABLE_NAME");
        Some(Self {
            bucket,
            queue_url,
            function: function?,
            checkpoint_table: checkpoint_table?,
            ledger_epoch: epoch,
            ledger_ttl,
            lanes,
            has_filter,
        })
    }

    /// Whether a range of the stream holds nothing but what the mapping gave up.
    #[must_use]
    pub fn whole_ranges(&self) -> bool {
        self.lanes == Some(1) && self.has_filter == Some(false)
    }

    /// What a batch of a document needs to know, with the adapters' own timeouts. All of it is claimed,
    /// whatever the processor keeps: a document of several batches has no other memory.
    #[must_use]
    pub fn batch(&self, settings: &Settings) -> BatchSettings {
        BatchSettings {
            attempts_max: settings.attempts_max,
            in_flight_max: settings.publish_concurrency,
            request_timeout: SEND_TIMEOUT,
            reserve: LEDGER_TIMEOUT + RESERVE,
            keep: LedgerKeep::All,
            scope: LedgerScope {
                epoch: self.ledger_epoch,
                bus: settings.bus.clone(),
                event_source: settings.event_source.clone(),
            },
            claim_ttl: self.ledger_ttl,
        }
    }
}
