//! The handler: a payload in, an answer out, and a report of what became of it.

use cdc_aws::function::{
    payload::{Delivery, KafkaBatch, KinesisBatch, PayloadError, SqsBatch},
    settings::ConfiguredSources,
};
use cdc_core::{
    batch::{Batch, BatchSettings, Report, Room},
    drive::{Ports, deliver, deliver_all},
    pipeline::Pipeline,
    ports::{Clock, DeadLetters, Ledger, NoObjects, ObjectStore, Sink},
    record::Shard,
};
use jiff::Timestamp;

use crate::response::BatchResponse;

/// The processor over its ports.
#[derive(Debug)]
pub struct Processor<S, L, D, C, O = NoObjects> {
    sources: ConfiguredSources,
    batch: BatchSettings,
    pipeline: Pipeline,
    ports: Ports<S, L, D, C, O>,
}

/// What became of an invocation.
#[derive(Debug)]
pub struct Handled {
    /// The answer to the event source mapping.
    pub response: BatchResponse,
    /// One of a shard or a queue, one a partition of a topic; never empty.
    pub deliveries: Vec<Delivered>,
}

/// What became of the records of one shard, partition or queue.
#[derive(Debug)]
pub struct Delivered {
    /// Where they came from.
    pub shard: Shard,
    /// What became of every unit.
    pub report: Report,
}

impl<S: Sink, L: Ledger, D: DeadLetters, C: Clock, O: ObjectStore> Processor<S, L, D, C, O> {
    /// A processor of these sources' records.
    pub fn new(
        sources: impl Into<ConfiguredSources>,
        batch: BatchSettings,
        pipeline: Pipeline,
        ports: Ports<S, L, D, C, O>,
    ) -> Self {
        Self { sources: sources.into(), batch, pipeline, ports }
    }

    /// Handles one invocation. The deadline is when the function would be killed.
    ///
    /// # Errors
    /// [`PayloadError`] for what is not a batch of a configured source: nothing was done, and the
    /// whole batch stays where it is.
    pub async fn handle(
        &self,
        payload: &[u8],
        request_id: &str,
        deadline: Timestamp,
    ) -> Result<Handled, PayloadError> {
        match Delivery::parse(payload, &self.sources, self.ports.clock.now())? {
            Delivery::Kinesis(batch) => Ok(self.shard(batch, request_id, deadline).await),
            Delivery::Sqs(batch) => Ok(self.queue(batch, deadline).await),
            Delivery::Kafka(batch) => Ok(self.partitions(batch, request_id, deadline).await),
        }
    }

    async fn shard(&self, batch: KinesisBatch, request_id: &str, deadline: Timestamp) -> Handled {
        let KinesisBatch { shard, records } = batch;
        let settings = self.batch.clone();
        let batch = Batch::new(shard.clone(), records, &self.pipeline, settings, request_id);
        let report = deliver(batch, &self.ports, deadline).await;
        let response = BatchResponse::of_shard(report.failed_from.as_ref());
        Handled { response, deliveries: vec![Delivered { shard, report }] }
    }

    async fn queue(&self, batch: SqsBatch, deadline: Timestamp) -> Handled {
        let SqsBatch { queue, messages, ids } = batch;
        let batch = Batch::of_queue(queue.clone(), messages, &self.pipeline, &self.batch);
        let report = deliver(batch, &self.ports, deadline).await;
        let response =
            BatchResponse::of_queue(report.unsettled_messages.iter().map(|index| &*ids[*index]));
        Handled { response, deliveries: vec![Delivered { shard: queue, report }] }
    }

    /// Each partition has an order and a ledger of its own, so they go side by side. All are decoded
    /// before the first is delivered (R2), and share what one invocation may take.
    async fn partitions(
        &self,
        batch: KafkaBatch,
        request_id: &str,
        deadline: Timestamp,
    ) -> Handled {
        let at_once = batch.partitions.len().min(self.batch.in_flight_max).max(1);
        let in_flight_max = (self.batch.in_flight_max / at_once).max(1);
        let settings = BatchSettings { in_flight_max, ..self.batch.clone() };
        let mut room = Room::default();
        let (mut names, mut shards, mut batches) = (Vec::new(), Vec::new(), Vec::new());
        for partition in batch.partitions {
            let (shard, settings) = (partition.shard.clone(), settings.clone());
            let records = partition.records;
            let pipeline = &self.pipeline;
            batches.push(Batch::within(&mut room, shard, records, pipeline, settings, request_id));
            names.push(partition.name);
            shards.push(partition.shard);
        }
        let reports = deliver_all(batches, &self.ports, deadline, at_once).await;
        let unsettled = names.iter().zip(&reports).filter_map(|(name, report)| {
            let first = report.failed_from.as_ref()?;
            Some((&**name, first))
        });
        let response = BatchResponse::of_partitions(unsettled);
        let delivered = |(shard, report)| Delivered { shard, report };
        Handled { response, deliveries: shards.into_iter().zip(reports).map(delivered).collect() }
    }
}
