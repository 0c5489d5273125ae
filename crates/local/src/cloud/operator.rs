//! What people and producers do by hand: put one record, delete a resource.
//!
//! For tests and trials of what happens then. Through the services' own APIs, as anybody would.

use std::error::Error;

use aws_config::SdkConfig;
use aws_sdk_kinesis::primitives::Blob;
use bytes::Bytes;

use super::Cloud;

// The stream goes in a task that is already scheduled; this is far more than it needs.
const GONE_LOOKS_MAX: usize = 10_000;

/// A resource, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the services' own")]
pub enum Resource<'a> {
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

    /// Deletes a resource, with all that is in it.
    ///
    /// # Errors
    ///
    /// What the service says against it.
    pub async fn delete(&self, resource: Resource<'_>) -> Result<(), OperatorError> {
        let config = self.sdk_config();
        match resource {
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

/// Deletes a stream and waits until it is gone: for a while it is only on its way out.
async fn delete_stream(config: &SdkConfig, name: &str) -> Result<(), OperatorError> {
    let client = aws_sdk_kinesis::Client::new(config);
    client.delete_stream().stream_name(name).send().await.map_err(refused)?;
    for _ in 0..GONE_LOOKS_MAX {
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
