//! What a function needs that publishes: the bus, which is there, and the id key.

use std::sync::Arc;

use cdc_core::{claim_check::Buckets, delivery::CallError, pipeline::Pipeline, rules::Rules};

use crate::{
    config::Connection,
    keyring::{KeyringReference, RedactionKeysError, with_redaction_keys},
    secrets::{KeyError, KeyReference, fetch_id_key},
    sink::EventBridgeSink,
};

/// Why a function that publishes does not start. One that does not start reports nothing as done.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no usable id key.
    #[error("no id key (setting ID_KEY)")]
    Key(#[source] KeyError),
    /// There are no keys for the rules that need some.
    #[error("the rules can't be applied without their keys")]
    RedactionKeys(#[source] RedactionKeysError),
    /// The bus is not there, or may not be asked for: what is put on a bus that does not exist is
    /// dropped without an error, and then counts as published.
    #[error(
        "no event bus named by EVENT_BUS_NAME; create it, and allow the function \
         events:DescribeEventBus on it"
    )]
    Bus(#[source] CallError),
}

/// Where to publish, as what, and under which key.
#[derive(Clone, Copy, Debug)]
pub struct Publishing<'s> {
    /// `EVENT_BUS_NAME`.
    pub bus: &'s str,
    /// `EVENT_SOURCE`.
    pub event_source: &'s str,
    /// `ID_KEY`.
    pub id_key: &'s KeyReference,
    /// `REDACTION_KEYS`.
    pub redaction_keys: Option<&'s KeyringReference>,
    /// `CLAIM_CHECK_BUCKET_NAME`, `DEAD_LETTER_BUCKET_NAME`.
    pub buckets: &'s Buckets,
    /// Whether what is published is a replay.
    pub replay: bool,
}

impl Publishing<'_> {
    /// Fetches the id key, without which no event id could be made, and the keys that the rules name, and
    /// asks for the bus, side by side.
    ///
    /// # Errors
    /// [`StartError`] says which setting is off.
    pub async fn prepare(
        self,
        connection: &Connection,
        rules: Rules,
    ) -> Result<(EventBridgeSink, Pipeline), StartError> {
        let sink = EventBridgeSink::new(connection, self.bus, self.event_source);
        let (id_key, rules, bus) = tokio::join!(
            fetch_id_key(connection, self.id_key),
            with_redaction_keys(connection, self.redaction_keys, rules),
            sink.require_bus()
        );
        bus.map_err(StartError::Bus)?;
        let pipeline = Pipeline {
            rules: Arc::new(rules.map_err(StartError::RedactionKeys)?),
            id_key: id_key.map_err(StartError::Key)?,
            event_source: self.event_source.into(),
            replay: self.replay,
            buckets: self.buckets.clone(),
        };
        Ok((sink, pipeline))
    }
}
