//! The handler: a payload in, an answer out, and a report of what became of it.

use aws_lambda_events::streams::KinesisEventResponse;
use cdc_aws::function::{
    payload::{KinesisBatch, PayloadError},
    settings::ConfiguredStream,
};
use cdc_core::{
    batch::{Batch, BatchSettings, Report},
    drive::{Ports, deliver},
    pipeline::Pipeline,
    ports::{Clock, DeadLetters, Ledger, NoObjects, ObjectStore, Sink},
    record::Shard,
};
use jiff::Timestamp;

use crate::response::batch_response;

/// The processor over its ports.
#[derive(Debug)]
pub struct Processor<S, L, D, C, O = NoObjects> {
    stream: ConfiguredStream,
    batch: BatchSettings,
    pipeline: Pipeline,
    ports: Ports<S, L, D, C, O>,
}

/// What became of an invocation.
#[derive(Debug)]
pub struct Handled {
    /// The answer to the event source mapping.
    pub response: KinesisEventResponse,
    /// What became of every unit.
    pub report: Report,
    /// The shard the batch came from.
    pub shard: Shard,
}

impl<S: Sink, L: Ledger, D: DeadLetters, C: Clock, O: ObjectStore> Processor<S, L, D, C, O> {
    /// A processor of that stream's records.
    pub fn new(
        stream: ConfiguredStream,
        batch: BatchSettings,
        pipeline: Pipeline,
        ports: Ports<S, L, D, C, O>,
    ) -> Self {
        Self { stream, batch, pipeline, ports }
    }

    /// Handles one invocation. The deadline is when the function would be killed.
    ///
    /// # Errors
    /// [`PayloadError`] for what is not a batch of the configured stream: nothing was done, and the
    /// whole batch stays where it is.
    pub async fn handle(
        &self,
        payload: &[u8],
        request_id: &str,
        deadline: Timestamp,
    ) -> Result<Handled, PayloadError> {
        let KinesisBatch { shard, records } = KinesisBatch::parse(payload, &self.stream)?;
        let settings = self.batch.clone();
        let batch = Batch::new(shard.clone(), records, &self.pipeline, settings, request_id);
        let report = deliver(batch, &self.ports, deadline).await;
        let response = batch_response(report.failed_from.as_ref());
        Ok(Handled { response, report, shard })
    }
}
