//! The function's settings: read once, checked together.
//!
//! Bus, source and epoch say whose claims a reset forgets: they have to be the processor's own.

#[cfg(test)]
mod tests;

use cdc_aws::function::settings::{Basics, ConfiguredStream, Environment, Reader};
use cdc_core::ledger::LedgerScope;

/// The checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it runs, and how it logs.
    pub basics: Basics,
    /// `KINESIS_STREAM_NAME`, `KINESIS_STREAM_ARN`: one of them is needed.
    pub stream: ConfiguredStream,
    /// `EVENT_BUS_NAME`.
    pub bus: String,
    /// `EVENT_SOURCE`.
    pub event_source: String,
    /// `CHECKPOINT_TABLE_NAME`: the ledger.
    pub checkpoint_table: String,
    /// `STATE_TABLE_NAME`: the documents.
    pub state_table: String,
    /// `LEDGER_EPOCH`.
    pub ledger_epoch: u32,
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
}

impl Environment for Settings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let basics = reader.basics();
        let stream = reader.stream();
        let bus = reader.bus();
        let event_source = reader.event_source();
        let checkpoint_table = reader.table("CHECKPOINT_TABLE_NAME");
        let state_table = reader.table("STATE_TABLE_NAME");
        let ledger_epoch = reader.ledger_epoch();
        Some(Self {
            stream: stream?,
            bus: bus?,
            event_source,
            checkpoint_table: checkpoint_table?,
            state_table: state_table?,
            ledger_epoch,
            basics: basics?,
        })
    }
}
