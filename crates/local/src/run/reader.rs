//! The stream as the mapping reads it: `ListShards`, `GetShardIterator`, `GetRecords`.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_sdk_kinesis::{
    Client,
    types::{Record, ShardIteratorType},
};
use bytes::Bytes;
use cdc_core::record::SequenceNumber;
use cdc_esm::{Page, ReadError, ReadFrom, Shard, ShardId, StreamReader, StreamRecord};
use jiff::Timestamp;

use crate::cloud::Cloud;

/// Most records that one `GetRecords` brings.
const PAGE_RECORDS_MAX: i32 = 10_000;

/// Reads the shards of one stream.
pub(super) struct KinesisShards {
    client: Client,
    stream: String,
    /// Where each shard was read from last, and the iterator behind what it brought.
    iterators: Mutex<HashMap<ShardId, (ReadFrom, String)>>,
}

impl KinesisShards {
    pub(super) fn new(cloud: &Cloud, stream: &str) -> Self {
        let client = Client::new(&cloud.sdk_config());
        Self { client, stream: stream.to_owned(), iterators: Mutex::default() }
    }

    /// The iterator to go on with, or a new one.
    async fn iterator(&self, shard: &ShardId, from: &ReadFrom) -> Result<String, ReadError> {
        if let Some((place, iterator)) = self.remembered().remove(shard)
            && place == *from
        {
            return Ok(iterator);
        }
        let request =
            self.client.get_shard_iterator().stream_name(&self.stream).shard_id(shard.as_str());
        let request = match from {
            ReadFrom::TrimHorizon => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
            ReadFrom::AtTimestamp(time) => {
                let seconds = time.as_millisecond() as f64 / 1000.0;
                let time = aws_smithy_types::DateTime::from_secs_f64(seconds);
                request.shard_iterator_type(ShardIteratorType::AtTimestamp).timestamp(time)
            }
            ReadFrom::At(number) => request
                .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
                .starting_sequence_number(number.as_str()),
            ReadFrom::After(number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .starting_sequence_number(number.as_str()),
        };
        let answer = request.send().await.map_err(transient)?;
        answer.shard_iterator.ok_or_else(|| transient("GetShardIterator brought no iterator"))
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<ShardId, (ReadFrom, String)>> {
        self.iterators.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamReader for KinesisShards {
    async fn shards(&self) -> Result<Vec<Shard>, ReadError> {
        let mut shards = Vec::new();
        let mut token = None;
        loop {
            let request = self.client.list_shards();
            let request = match token {
                None => request.stream_name(&self.stream),
                Some(token) => request.next_token(token),
            };
            let answer = request.send().await.map_err(|error| ReadError::Fatal(error.into()))?;
            shards.extend(answer.shards.unwrap_or_default().into_iter().map(|shard| {
                Shard {
                    id: ShardId::new(&shard.shard_id),
                    parents: [shard.parent_shard_id, shard.adjacent_parent_shard_id]
                        .into_iter()
                        .flatten()
                        .map(|id| ShardId::new(&id))
                        .collect(),
                }
            }));
            token = answer.next_token;
            if token.is_none() {
                return Ok(shards);
            }
        }
    }

    async fn read(&self, shard: &ShardId, from: &ReadFrom) -> Result<Page, ReadError> {
        let iterator = self.iterator(shard, from).await?;
        let request = self.client.get_records().shard_iterator(iterator).limit(PAGE_RECORDS_MAX);
        let answer = request.send().await.map_err(transient)?;
        let records: Vec<StreamRecord> =
            answer.records.into_iter().map(record).collect::<Result<_, _>>()?;
        let end_of_shard = answer.next_shard_iterator.is_none();
        if let Some(next) = answer.next_shard_iterator {
            let place = match records.last() {
                Some(last) => ReadFrom::After(last.sequence.clone()),
                None => from.clone(),
            };
            self.remembered().insert(shard.clone(), (place, next));
        }
        let millis = answer.millis_behind_latest.unwrap_or(0);
        Ok(Page { records, end_of_shard, millis_behind_latest: millis.try_into().unwrap_or(0) })
    }
}

fn record(record: Record) -> Result<StreamRecord, ReadError> {
    let arrival = record
        .approximate_arrival_timestamp
        .and_then(|time| time.to_millis().ok())
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .ok_or_else(|| transient("a record without its arrival"))?;
    Ok(StreamRecord {
        sequence: SequenceNumber::parse(&record.sequence_number).map_err(transient)?,
        partition_key: record.partition_key.unwrap_or_default(),
        data: Bytes::from(record.data.into_inner()),
        arrival,
    })
}

fn transient(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadError {
    ReadError::Transient(error.into())
}
