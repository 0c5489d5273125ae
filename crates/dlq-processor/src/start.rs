//! Starting: from settings and a connection to a processor that can take invocations.

use cdc_aws::{
    attempts::DynamoAttempts,
    clock::SystemClock,
    config::Connection,
    dead_letters::SqsDeadLetters,
    function::{Publishing, StartError},
    kinesis::KinesisReader,
    ledger::DynamoLedger,
    letters::SqsLetters,
    objects::S3Objects,
    sink::EventBridgeSink,
};
use cdc_core::{drive, ports::NoLedger, rules::Rules};

use crate::{
    handler::{DlqProcessor, Documents, Ports, Wiring},
    settings::{DocumentSettings, Settings},
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
    type Ledger = DynamoLedger;
    type Folder = S3Objects;
    type Attempts = DynamoAttempts;
    type Objects = S3Objects;
}

/// The processor over AWS.
pub type AwsDlqProcessor = DlqProcessor<Aws>;

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
    let publishing = Publishing {
        bus: &settings.bus,
        event_source: &settings.event_source,
        id_key: &settings.id_key,
        redaction_keys: settings.redaction_keys.as_ref(),
        buckets: &settings.buckets,
        replay: true,
    };
    let (sink, pipeline) = publishing.prepare(&connection, rules).await?;
    let queue = |url: &String| SqsDeadLetters::new(&connection, url);
    let documents = settings.documents.as_ref();
    let documents = documents.map(|of| documents_of(of, settings, &connection, sink.clone()));
    let stream = settings.sources.stream.as_ref();
    let ports = Ports {
        queue: SqsLetters::new(&connection, &settings.dead_letter_queue_url),
        parked: settings.parked_queue_url.as_ref().map(queue),
        stream: stream.map(|stream| KinesisReader::new(&connection, stream)),
        delivery: drive::Ports {
            sink,
            ledger: NoLedger,
            dead_letters: queue(&settings.dead_letter_queue_url),
            clock: SystemClock,
            objects: S3Objects::new(&connection),
        },
    };
    let processor =
        DlqProcessor::new(settings.sources.clone(), pipeline, settings.delivery(), ports);
    Ok(match documents {
        Some(documents) => processor.with_documents(documents),
        None => processor,
    })
}

fn documents_of(
    documents: &DocumentSettings,
    settings: &Settings,
    connection: &Connection,
    sink: EventBridgeSink,
) -> Documents<Aws> {
    Documents {
        function: documents.function.clone(),
        whole_ranges: documents.whole_ranges(),
        batch: documents.batch(settings),
        bucket: documents.bucket.clone(),
        folder: S3Objects::new(connection),
        queue: documents.queue_url.as_ref().map(|url| SqsLetters::new(connection, url)),
        attempts: DynamoAttempts::new(connection, &documents.checkpoint_table),
        delivery: drive::Ports {
            sink,
            ledger: DynamoLedger::new(connection, &documents.checkpoint_table),
            dead_letters: SqsDeadLetters::new(connection, &settings.dead_letter_queue_url),
            clock: SystemClock,
            objects: S3Objects::new(connection),
        },
    }
}
