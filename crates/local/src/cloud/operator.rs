//! What people and producers do by hand: put one record, split a shard, delete a resource.
//!
//! For tests and trials of what happens then. Through the services' own APIs, as anybody would.

use std::error::Error;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kinesis::{primitives::Blob, types::Shard};
use bytes::Bytes;

use super::Cloud;

// The stream changes in a task that is already scheduled; this is far more than it needs.
const LOOKS_MAX: usize = 10_000;

/// A resource, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the services' own")]
pub enum Resource<'a> {
    Bucket(&'a str),
    Bus(&'a str),
    Queue(&'a str),
    Stream(&'a str),
    Table(&'a str),
}

/// Where a record lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutRecord {
    /// The shard that took it.
    pub shard: String,
    /// Its sequence number.
    pub number: String,
}

/// What a service said instead.
#[derive(Debug, thiserror::Error)]
#[error("the embedded cloud refuses")]
pub struct OperatorError(#[source] Box<dyn Error + Send + Sync>);

impl Cloud {
    /// Puts one record on a stream.
    ///
    /// # Errors
    ///
    /// What Kinesis says against it.
    pub async fn put_record(
        &self,
        stream: &str,
        partition_key: &str,
        data: Bytes,
    ) -> Result<PutRecord, OperatorError> {
        let client = aws_sdk_kinesis::Client::new(&self.sdk_config());
        let put = client.put_record().stream_name(stream).partition_key(partition_key);
        let put = put.data(Blob::new(data)).send().await.map_err(refused)?;
        Ok(PutRecord { shard: put.shard_id, number: put.sequence_number })
    }

    /// Splits an open shard into two halves, and waits until it takes no records any more.
    ///
    /// # Errors
    ///
    /// What Kinesis says against it.
    pub async fn split_shard(&self, stream: &str, shard: &str) -> Result<(), OperatorError> {
        let client = aws_sdk_kinesis::Client::new(&self.sdk_config());
        let open = find_shard(&client, stream, shard).await?;
        let keys = open.hash_key_range().ok_or_else(|| OperatorError("it has no keys".into()))?;
        let [first, last] = [keys.starting_hash_key(), keys.ending_hash_key()]
            .map(|key| key.parse::<u128>().map_err(refused));
        let (first, last) = (first?, last?);
        let half = first + (last - first) / 2 + 1;
        let split = client.split_shard().stream_name(stream).shard_to_split(shard);
        split.new_starting_hash_key(half.to_string()).send().await.map_err(refused)?;
        for _ in 0..LOOKS_MAX {
            let shard = find_shard(&client, stream, shard).await?;
            let numbers = shard.sequence_number_range();
            if numbers.is_some_and(|numbers| numbers.ending_sequence_number().is_some()) {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Err(OperatorError("the shard stays open".into()))
    }

    /// All objects of a bucket with their bytes, by key.
    ///
    /// # Errors
    ///
    /// What S3 says against it.
    pub async fn objects(&self, bucket: &str) -> Result<Vec<(String, Bytes)>, OperatorError> {
        let client = aws_sdk_s3::Client::new(&self.sdk_config());
        let mut objects = Vec::new();
        for key in keys(&client, bucket).await? {
            let got = client.get_object().bucket(bucket).key(&key).send().await.map_err(refused)?;
            let bytes = got.body.collect().await.map_err(refused)?.into_bytes();
            objects.push((key, bytes));
        }
        Ok(objects)
    }

    /// All items of a table: the bytes of every attribute, texts and numbers as they are written.
    ///
    /// # Errors
    ///
    /// What DynamoDB says against it.
    pub async fn items(&self, table: &str) -> Result<Vec<Vec<u8>>, OperatorError> {
        let client = aws_sdk_dynamodb::Client::new(&self.sdk_config());
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let page = client.scan().table_name(table).set_exclusive_start_key(from);
            let page = page.send().await.map_err(refused)?;
            for item in page.items.unwrap_or_default() {
                let mut bytes = Vec::new();
                attribute_bytes(&AttributeValue::M(item), &mut bytes);
                items.push(bytes);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// Deletes a resource, with all that is in it.
    ///
    /// # Errors
    ///
    /// What the service says against it.
    pub async fn delete(&self, resource: Resource<'_>) -> Result<(), OperatorError> {
        let config = self.sdk_config();
        match resource {
            Resource::Bucket(name) => empty_and_delete(self, name).await,
            Resource::Bus(name) => {
                let client = aws_sdk_eventbridge::Client::new(&config);
                client.delete_event_bus().name(name).send().await.map(drop).map_err(refused)
            }
            Resource::Queue(name) => {
                let client = aws_sdk_sqs::Client::new(&config);
                let delete = client.delete_queue().queue_url(self.queue_url(name));
                delete.send().await.map(drop).map_err(refused)
            }
            Resource::Stream(name) => delete_stream(&config, name).await,
            Resource::Table(name) => {
                let client = aws_sdk_dynamodb::Client::new(&config);
                client.delete_table().table_name(name).send().await.map(drop).map_err(refused)
            }
        }
    }
}

/// What an attribute holds, a line for each value in it.
fn attribute_bytes(value: &AttributeValue, out: &mut Vec<u8>) {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => out.extend(text.as_bytes()),
        AttributeValue::B(blob) => out.extend(blob.as_ref()),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => {
            texts.iter().for_each(|text| out.extend(text.as_bytes()));
        }
        AttributeValue::Bs(blobs) => blobs.iter().for_each(|blob| out.extend(blob.as_ref())),
        AttributeValue::L(items) => items.iter().for_each(|item| attribute_bytes(item, out)),
        AttributeValue::M(members) => {
            for (name, member) in members {
                out.extend(name.as_bytes());
                out.push(b' ');
                attribute_bytes(member, out);
            }
        }
        _ => {}
    }
    out.push(b'\n');
}

async fn find_shard(
    client: &aws_sdk_kinesis::Client,
    stream: &str,
    id: &str,
) -> Result<Shard, OperatorError> {
    let shards = client.list_shards().stream_name(stream).send().await.map_err(refused)?;
    let found = shards.shards.into_iter().flatten().find(|shard| shard.shard_id == id);
    found.ok_or_else(|| OperatorError("there is no such shard".into()))
}

/// Deletes a stream and waits until it is gone: for a while it is only on its way out.
/// S3 deletes no bucket that has anything in it.
async fn empty_and_delete(cloud: &Cloud, name: &str) -> Result<(), OperatorError> {
    let client = aws_sdk_s3::Client::new(&cloud.sdk_config());
    for key in keys(&client, name).await? {
        client.delete_object().bucket(name).key(key).send().await.map_err(refused)?;
    }
    client.delete_bucket().bucket(name).send().await.map(drop).map_err(refused)
}

async fn keys(client: &aws_sdk_s3::Client, bucket: &str) -> Result<Vec<String>, OperatorError> {
    let mut keys: Vec<String> = Vec::new();
    loop {
        let page = client.list_objects_v2().bucket(bucket).set_start_after(keys.last().cloned());
        let page = page.send().await.map_err(refused)?;
        keys.extend(page.contents.into_iter().flatten().filter_map(|object| object.key));
        if !page.is_truncated.unwrap_or_default() {
            return Ok(keys);
        }
    }
}

async fn delete_stream(config: &SdkConfig, name: &str) -> Result<(), OperatorError> {
    let client = aws_sdk_kinesis::Client::new(config);
    client.delete_stream().stream_name(name).send().await.map_err(refused)?;
    for _ in 0..LOOKS_MAX {
        match client.describe_stream_summary().stream_name(name).send().await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => {
                let error = error.into_service_error();
                let gone = error.is_resource_not_found_exception();
                return if gone { Ok(()) } else { Err(refused(error)) };
            }
        }
    }
    Err(OperatorError("the stream stays".into()))
}

fn refused(error: impl Error + Send + Sync + 'static) -> OperatorError {
    OperatorError(Box::new(error))
}
