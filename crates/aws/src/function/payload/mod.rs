//! What an event source mapping delivers: the payload of the pipeline's invocations, and of the
//! on-failure documents that hold what the mapping gave up.
//!
//! Types of our own, because `aws_lambda_events` 1.2 reads an arrival of `.9` seconds as `.009` and
//! refuses a null partition key. Texts are borrowed; data is decoded once. All records of a batch
//! come from the configured source, or the batch is refused as a whole: what cannot come from the
//! mapping is no record to dead-letter.

mod error;
mod kafka;
mod kinesis;
mod sqs;
#[cfg(test)]
mod tests;
mod wire;
mod wrapper;

use jiff::Timestamp;

pub use self::{
    error::{PayloadError, RecordError},
    kafka::{KafkaBatch, KafkaPartition},
    kinesis::KinesisBatch,
    sqs::SqsBatch,
    wrapper::content as message_content,
};
use crate::function::settings::ConfiguredSources;

/// The records of one invocation.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Of one shard.
    Kinesis(KinesisBatch),
    /// Of a queue.
    Sqs(SqsBatch),
    /// Of partitions of topics.
    Kafka(KafkaBatch),
}

impl Delivery {
    /// Reads a payload of a configured source. `now` is the arrival of what has no time of its own, and
    /// nothing arrived after it.
    ///
    /// # Errors
    /// [`PayloadError`] names the record and what is wrong with it, never what is in it.
    pub fn parse(
        payload: &[u8],
        sources: &ConfiguredSources,
        now: Timestamp,
    ) -> Result<Self, PayloadError> {
        // First, and read once: most payloads are Kinesis', and theirs are the largest.
        let refused = match &sources.stream {
            Some(stream) => match KinesisBatch::parse(payload, stream) {
                Ok(batch) => return Ok(Self::Kinesis(batch)),
                Err(error) => Some(error),
            },
            None => None,
        };
        let found = wire::source_of(payload);
        match (found.as_deref(), &sources.queue, &sources.topics) {
            (Some(sqs::SOURCE), Some(queue), _) => SqsBatch::parse(payload, queue).map(Self::Sqs),
            (Some(source), _, Some(topics)) if kafka::is_source(source) => {
                KafkaBatch::parse(payload, topics, now).map(Self::Kafka)
            }
            _ => Err(refusal(payload, sources, refused, found)),
        }
    }
}

/// Why a payload is of no configured source.
fn refusal(
    payload: &[u8],
    sources: &ConfiguredSources,
    refused: Option<PayloadError>,
    found: Option<String>,
) -> PayloadError {
    let only_stream = sources.queue.is_none() && sources.topics.is_none();
    match refused {
        Some(PayloadError::OtherSource { .. } | PayloadError::NotAnEvent) if !only_stream => {}
        Some(refused) => return refused,
        None => {}
    }
    let expected = [
        sources.stream.as_ref().map(|_| wire::KINESIS),
        sources.queue.as_ref().map(|_| sqs::SOURCE),
        sources.topics.as_ref().map(kafka::source_of),
    ];
    let expected: Vec<&str> = expected.into_iter().flatten().collect();
    match wire::json(payload) {
        Err(error) => error,
        Ok(()) => PayloadError::no_source(found, &expected.join(" or ")),
    }
}
