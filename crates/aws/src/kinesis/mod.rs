//! Reads from Kinesis: the one record that a pointer names, a range of records, and which shards there
//! are.

use aws_sdk_kinesis::{
    Client,
    operation::get_records::GetRecordsOutput,
    primitives::DateTime,
    types::{Record, ShardIteratorType},
};
use cdc_core::{
    delivery::CallError,
    ports::{RangeReader, StreamPage, StreamReader},
    record::{RawRecord, SequenceNumber},
};
use jiff::Timestamp;

use crate::{
    config::{Connection, READ_TIMEOUT},
    error::{call_error, unusable, within},
    function::settings::ConfiguredStream,
};

const GET_SHARD_ITERATOR: &str = "GetShardIterator";
const GET_RECORDS: &str = "GetRecords";
const LIST_SHARDS: &str = "ListShards";

// Kinesis may answer with no record although there are some ahead; a shard allows five reads a
// second, so five of them cannot take long.
const READS_MAX: usize = 5;

// Kinesis gives no more records in one answer, and no more than 10 MiB.
const PAGE_RECORDS_MAX: usize = 10_000;

// A page has up to 1,000 shards; an account's default quota is 20,000, and the closed ones come on top.
const SHARD_PAGES_MAX: usize = 50;

const NANOS_PER_MS: i128 = 1_000_000;

/// Reads from one stream, in which a repetition changes nothing: the SDK retries.
#[derive(Clone, Debug)]
pub struct KinesisReader {
    client: Client,
    stream: ConfiguredStream,
}

impl KinesisReader {
    /// The stream that the settings name: never one out of a letter or a document. By its ARN where
    /// that is configured, else by its name.
    #[must_use]
    pub fn new(connection: &Connection, stream: &ConfiguredStream) -> Self {
        Self { client: connection.kinesis(), stream: stream.clone() }
    }

    async fn read_at(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<Option<RawRecord>, CallError> {
        let mut iterator = Some(self.iterator(shard, number).await?);
        for _ in 0..READS_MAX {
            let Some(at) = iterator else { return Ok(None) };
            let mut page = self.page(at, 1).await?;
            if let Some(record) = page.records.pop() {
                // After the record has expired, Kinesis starts at the oldest one left.
                return if record.sequence_number == number.as_str() {
                    raw_record(record, number).map(Some)
                } else {
                    Ok(None)
                };
            }
            if page.millis_behind_latest == Some(0) {
                return Ok(None);
            }
            iterator = page.next_shard_iterator;
        }
        Err(unusable(GET_RECORDS, "EmptyReads"))
    }

    /// One call that reads: an iterator lives for five minutes, and another one costs less than a record
    /// that was passed over because an answer was lost.
    async fn read_page(
        &self,
        shard: &str,
        from: &SequenceNumber,
        at_most: usize,
    ) -> Result<StreamPage, CallError> {
        let iterator = self.iterator(shard, from).await?;
        let page = self.page(iterator, at_most.clamp(1, PAGE_RECORDS_MAX)).await?;
        let ended = page.next_shard_iterator.is_none() || page.millis_behind_latest == Some(0);
        let records = page.records.into_iter().map(numbered).collect::<Result<_, _>>()?;
        Ok(StreamPage { records, ended })
    }

    async fn iterator(&self, shard: &str, from: &SequenceNumber) -> Result<String, CallError> {
        let (arn, name) = self.by_arn_or_name();
        let request = self
            .client
            .get_shard_iterator()
            .set_stream_arn(arn)
            .set_stream_name(name)
            .shard_id(shard)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .starting_sequence_number(from.as_str());
        let answer =
            request.send().await.map_err(|error| call_error(GET_SHARD_ITERATOR, &error))?;
        answer.shard_iterator.ok_or_else(|| unusable(GET_SHARD_ITERATOR, "NoIterator"))
    }

    async fn page(&self, iterator: String, at_most: usize) -> Result<GetRecordsOutput, CallError> {
        let request = self.client.get_records().shard_iterator(iterator).limit(at_most as i32);
        // With the stream's ARN the SDK finds the stream's own endpoint, as AWS asks for.
        let request = request.set_stream_arn(self.stream.arn().map(str::to_owned));
        request.send().await.map_err(|error| call_error(GET_RECORDS, &error))
    }

    async fn list_shards(&self) -> Result<Vec<String>, CallError> {
        let mut shards = Vec::new();
        let mut next = None;
        for _ in 0..SHARD_PAGES_MAX {
            let request = self.client.list_shards();
            let request = match next {
                // Kinesis refuses the stream beside the token.
                Some(token) => request.next_token(token),
                None => {
                    let (arn, name) = self.by_arn_or_name();
                    request.set_stream_arn(arn).set_stream_name(name)
                }
            };
            let answer = request.send().await.map_err(|error| call_error(LIST_SHARDS, &error))?;
            let page = answer.shards.unwrap_or_default();
            shards.extend(page.into_iter().map(|shard| shard.shard_id));
            next = answer.next_token;
            if next.is_none() {
                return Ok(shards);
            }
        }
        Err(unusable(LIST_SHARDS, "TooManyShards"))
    }

    fn by_arn_or_name(&self) -> (Option<String>, Option<String>) {
        match self.stream.arn() {
            Some(arn) => (Some(arn.to_owned()), None),
            None => (None, Some(self.stream.name().to_owned())),
        }
    }
}

impl StreamReader for KinesisReader {
    /// A shard whose last record is gone counts as a missing resource ([`CallErrorKind::Denied`]):
    /// AWS does not tell it from a stream that never was.
    ///
    /// [`CallErrorKind::Denied`]: cdc_core::delivery::CallErrorKind::Denied
    async fn read_one(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<Option<RawRecord>, CallError> {
        within(GET_RECORDS, READ_TIMEOUT, self.read_at(shard, number)).await
    }

    async fn shards(&self) -> Result<Vec<String>, CallError> {
        within(LIST_SHARDS, READ_TIMEOUT, self.list_shards()).await
    }
}

impl RangeReader for KinesisReader {
    /// An expired or unknown shard, and a number that the stream never gave, are told as by
    /// [`KinesisReader::read_one`].
    async fn read_on(
        &self,
        shard: &str,
        from: &SequenceNumber,
        at_most: usize,
    ) -> Result<StreamPage, CallError> {
        within(GET_RECORDS, READ_TIMEOUT, self.read_page(shard, from, at_most)).await
    }
}

fn numbered(record: Record) -> Result<RawRecord, CallError> {
    let number = SequenceNumber::parse(&record.sequence_number)
        .map_err(|_| unusable(GET_RECORDS, "NoSequenceNumber"))?;
    raw_record(record, &number)
}

fn raw_record(record: Record, number: &SequenceNumber) -> Result<RawRecord, CallError> {
    let arrived = record.approximate_arrival_timestamp.as_ref().and_then(to_the_millisecond);
    Ok(RawRecord {
        data: record.data.into_inner().into(),
        partition_key: record.partition_key.unwrap_or_default().into(),
        number: number.clone(),
        arrived: arrived.ok_or_else(|| unusable(GET_RECORDS, "NoArrival"))?,
    })
}

/// Kinesis counts milliseconds; on the wire they are a fraction, which a double only comes near.
pub(crate) fn to_the_millisecond(time: &DateTime) -> Option<Timestamp> {
    let ms = (time.as_nanos() + NANOS_PER_MS / 2).div_euclid(NANOS_PER_MS);
    Timestamp::from_millisecond(ms.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests;
