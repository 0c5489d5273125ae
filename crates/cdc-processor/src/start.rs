//! Starting: from settings and a connection to a processor that can take invocations.

use std::sync::Arc;

use cdc_aws::{
    clock::SystemClock,
    config::Connection,
    dead_letters::SqsDeadLetters,
    ledger::DynamoLedger,
    secrets::{KeyError, fetch_id_key},
    sink::EventBridgeSink,
};
use cdc_core::{delivery::CallError, drive::Ports, pipeline::Pipeline, rules::Rules};

use crate::{handler::Processor, settings::Settings};

/// The processor over AWS.
pub type AwsProcessor = Processor<EventBridgeSink, DynamoLedger, SqsDeadLetters, SystemClock>;

/// Why the processor does not start. A function that does not start reports nothing as done.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no usable id key.
    #[error("no id key (setting ID_KEY)")]
    Key(#[source] KeyError),
    /// The bus is not there, or may not be asked for: what is put on a bus that does not exist is
    /// dropped without an error.
    #[error(
        "no event bus named by EVENT_BUS_NAME; create it, and allow the function \
         events:DescribeEventBus on it"
    )]
    Bus(#[source] CallError),
}

/// Makes the processor: fetches the id key, without which no event id could be made, and asks for
/// the bus, side by side.
///
/// # Errors
/// [`StartError`] says which setting is off.
pub async fn start(
    settings: &Settings,
    connection: Connection,
    rules: Rules,
) -> Result<AwsProcessor, StartError> {
    let sink = EventBridgeSink::new(&connection, &settings.bus, &settings.event_source);
    let (id_key, bus) =
        tokio::join!(fetch_id_key(&connection, &settings.id_key), sink.require_bus());
    bus.map_err(StartError::Bus)?;
    let pipeline = Pipeline {
        rules: Arc::new(rules),
        id_key: id_key.map_err(StartError::Key)?,
        event_source: settings.event_source.as_str().into(),
        replay: false,
    };
    let ports = Ports {
        sink,
        ledger: DynamoLedger::new(&connection, &settings.checkpoint_table),
        dead_letters: SqsDeadLetters::new(&connection, &settings.dead_letter_queue_url),
        clock: SystemClock,
    };
    Ok(Processor::new(settings.stream.clone(), settings.batch(), pipeline, ports))
}
