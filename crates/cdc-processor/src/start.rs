//! Starting: from settings and a connection to a processor that can take invocations.

use cdc_aws::{
    clock::SystemClock,
    config::Connection,
    dead_letters::SqsDeadLetters,
    function::{Publishing, StartError},
    ledger::DynamoLedger,
    objects::S3Objects,
    sink::EventBridgeSink,
};
use cdc_core::{drive::Ports, rules::Rules};

use crate::{handler::Processor, settings::Settings};

/// The processor over AWS.
pub type AwsProcessor =
    Processor<EventBridgeSink, DynamoLedger, SqsDeadLetters, SystemClock, S3Objects>;

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
    let publishing = Publishing {
        bus: &settings.bus,
        event_source: &settings.event_source,
        id_key: &settings.id_key,
        redaction_keys: settings.redaction_keys.as_ref(),
        buckets: &settings.buckets,
        replay: false,
    };
    let (sink, pipeline) = publishing.prepare(&connection, rules).await?;
    let ports = Ports {
        sink,
        ledger: DynamoLedger::new(&connection, &settings.checkpoint_table),
        dead_letters: SqsDeadLetters::new(&connection, &settings.dead_letter_queue_url),
        clock: SystemClock,
        objects: S3Objects::new(&connection),
    };
    Ok(Processor::new(settings.sources.clone(), settings.batch(), pipeline, ports))
}
