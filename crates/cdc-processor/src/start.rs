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
use cdc_core::{drive::Ports, pipeline::Pipeline, rules::Rules};

use crate::{handler::Processor, settings::Settings};

/// The processor over AWS.
pub type AwsProcessor = Processor<EventBridgeSink, DynamoLedger, SqsDeadLetters, SystemClock>;

/// Makes the processor: fetches the id key, without which no event id could be made.
///
/// # Errors
/// [`KeyError`] where there is no usable key. A function that cannot start reports nothing as done.
pub async fn start(
    settings: &Settings,
    connection: Connection,
    rules: Rules,
) -> Result<AwsProcessor, KeyError> {
    let id_key = fetch_id_key(&connection, &settings.id_key).await?;
    let pipeline = Pipeline {
        rules: Arc::new(rules),
        id_key,
        event_source: settings.event_source.as_str().into(),
        replay: false,
    };
    let ports = Ports {
        sink: EventBridgeSink::new(&connection, &settings.bus, &settings.event_source),
        ledger: DynamoLedger::new(&connection, &settings.checkpoint_table),
        dead_letters: SqsDeadLetters::new(&connection, &settings.dead_letter_queue_url),
        clock: SystemClock,
    };
    Ok(Processor::new(settings.stream.clone(), settings.batch(), pipeline, ports))
}
