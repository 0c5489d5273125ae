//! Starting: from settings and a connection to a processor that can take invocations.

use std::sync::Arc;

use cdc_aws::{
    clock::SystemClock,
    config::Connection,
    dead_letters::SqsDeadLetters,
    kinesis::KinesisReader,
    letters::SqsLetters,
    secrets::{KeyError, fetch_id_key},
    sink::EventBridgeSink,
};
use cdc_core::{delivery::CallError, drive, pipeline::Pipeline, ports::NoLedger, rules::Rules};

use crate::{
    handler::{DlqProcessor, Ports, Wiring},
    settings::Settings,
};

/// The adapters over AWS.
#[derive(Debug)]
pub struct Aws;

impl Wiring for Aws {
    type Queue = SqsLetters;
    type DeadLetters = SqsDeadLetters;
    type Stream = KinesisReader;
    type Sink = EventBridgeSink;
    type Clock = SystemClock;
}

/// The processor over AWS.
pub type AwsDlqProcessor = DlqProcessor<Aws>;

/// Why the processor does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no usable id key.
    #[error("no id key (setting ID_KEY)")]
    Key(#[source] KeyError),
    /// The bus is not there, or may not be asked for: what is put on a bus that does not exist is
    /// dropped without an error, and a letter would be deleted for it.
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
) -> Result<AwsDlqProcessor, StartError> {
    let sink = EventBridgeSink::new(&connection, &settings.bus, &settings.event_source);
    let (id_key, bus) =
        tokio::join!(fetch_id_key(&connection, &settings.id_key), sink.require_bus());
    bus.map_err(StartError::Bus)?;
    let pipeline = Pipeline {
        rules: Arc::new(rules),
        id_key: id_key.map_err(StartError::Key)?,
        event_source: settings.event_source.as_str().into(),
        replay: true,
    };
    let queue = |url: &String| SqsDeadLetters::new(&connection, url);
    let ports = Ports {
        queue: SqsLetters::new(&connection, &settings.dead_letter_queue_url),
        parked: settings.parked_queue_url.as_ref().map(queue),
        stream: KinesisReader::new(&connection, &settings.stream),
        delivery: drive::Ports {
            sink,
            ledger: NoLedger,
            dead_letters: queue(&settings.dead_letter_queue_url),
            clock: SystemClock,
        },
    };
    Ok(DlqProcessor::new(settings.stream.clone(), pipeline, settings.delivery(), ports))
}
