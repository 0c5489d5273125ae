//! A batch of a stream's records: all of one shard.

use std::sync::Arc;

use base64_simd::STANDARD as BASE64;
use cdc_core::record::{RawRecord, SequenceNumber, Shard};
use jiff::Timestamp;

use super::{
    error::{PayloadError, RecordError},
    wire::{self, KINESIS, Record},
};
use crate::function::settings::ConfiguredStream;

/// The records of one invocation.
#[derive(Clone, Debug)]
pub struct KinesisBatch {
    /// Where they come from.
    pub shard: Shard,
    /// In the order of the payload; never empty.
    pub records: Vec<RawRecord>,
}

impl KinesisBatch {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`] names the record and what is wrong with it, never what is in it.
    pub fn parse(payload: &[u8], stream: &ConfiguredStream) -> Result<Self, PayloadError> {
        let records = wire::kinesis_records(payload)?;
        let first = records.first().ok_or(PayloadError::Empty)?;
        let shard = shard(first, stream).map_err(|problem| problem.of_record(0))?;
        let read = |(index, record): (usize, &Record<'_>)| {
            raw_record(record, &shard, stream).map_err(|problem| problem.of_record(index))
        };
        let records = records.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { shard, records })
    }
}

/// The shard of a record: only `eventID` names it, as `shardId-000000000000:4954…`.
fn shard(record: &Record<'_>, stream: &ConfiguredStream) -> Result<Shard, RecordError> {
    Ok(Shard { stream_arn: stream_arn(record, stream)?.into(), id: shard_id(record)?.into() })
}

fn raw_record(
    record: &Record<'_>,
    shard: &Shard,
    stream: &ConfiguredStream,
) -> Result<RawRecord, RecordError> {
    if stream_arn(record, stream)? != &*shard.stream_arn || shard_id(record)? != &*shard.id {
        return Err(RecordError::OtherShard);
    }
    let kinesis = &record.kinesis;
    let number = SequenceNumber::parse(kinesis.sequence_number.as_str());
    let data = BASE64.decode_to_vec(kinesis.data.as_str()).map_err(|_| RecordError::Base64)?;
    let partition_key = kinesis.partition_key.as_ref().map(wire::Text::as_str);
    Ok(RawRecord {
        data: data.into(),
        partition_key: Arc::from(partition_key.unwrap_or_default()),
        number: number.map_err(RecordError::SequenceNumber)?,
        arrived: arrival(kinesis.approximate_arrival_timestamp)?,
    })
}

fn stream_arn<'a>(
    record: &'a Record<'_>,
    stream: &ConfiguredStream,
) -> Result<&'a str, RecordError> {
    let source = record.event_source.as_str();
    if source != KINESIS {
        return Err(RecordError::other_source(source));
    }
    let found = record.event_source_arn.as_str();
    stream.recognise(found).ok_or_else(|| RecordError::other_stream(found))
}

fn shard_id<'a>(record: &'a Record<'_>) -> Result<&'a str, RecordError> {
    let (shard, number) = record.event_id.as_str().split_once(':').ok_or(RecordError::EventId)?;
    let same = number == record.kinesis.sequence_number.as_str();
    if same && wire::is_shard_id(shard) { Ok(shard) } else { Err(RecordError::EventId) }
}

/// Lambda writes milliseconds as a fraction of seconds. A double is exact to a quarter of a
/// microsecond there, so rounding finds the millisecond that was meant.
fn arrival(seconds: f64) -> Result<Timestamp, RecordError> {
    let ms = (seconds * 1000.0).round();
    // Casts of what is out of range saturate, and the timestamp's own bounds are narrower.
    Timestamp::from_millisecond(ms as i64).map_err(|_| RecordError::Arrival)
}
