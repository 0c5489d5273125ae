//! Objects in S3: stored, read, listed, deleted, moved.
//!
//! Single attempts: rounds of the batch retry a put, whoever replays retries the rest. Buckets come
//! from the settings alone, as names ([`BucketName`]): never an ARN or an address, so the host that is
//! called is always one of S3 in the region. A bucket of another region is a missing resource.

mod folder;
#[cfg(test)]
mod tests;

use aws_sdk_s3::{Client, operation::get_object::GetObjectOutput};
use bytes::{Bytes, BytesMut};
use cdc_core::{
    delivery::{CallError, CallErrorKind},
    objects::{BucketName, NewObject},
    ports::{OBJECT_TOO_LARGE, ObjectReader, ObjectStore},
};

use crate::{
    config::{Connection, READ_TIMEOUT, SEND_TIMEOUT},
    error::{call_error, unusable, within},
};

const PUT_OBJECT: &str = "PutObject";
const GET_OBJECT: &str = "GetObject";

/// Buckets of S3.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
}

impl S3Objects {
    /// The buckets that this connection may reach.
    #[must_use]
    pub fn new(connection: &Connection) -> Self {
        Self { client: connection.s3() }
    }

    async fn store(&self, object: NewObject) -> Result<(), CallError> {
        let request = self
            .client
            .put_object()
            .bucket(object.bucket.as_str())
            .key(&*object.key)
            .content_type(object.content_type)
            .body(object.body.into());
        request.send().await.map(drop).map_err(|error| call_error(PUT_OBJECT, &error))
    }

    async fn read(
        &self,
        bucket: &BucketName,
        key: &str,
        bytes_max: usize,
    ) -> Result<Option<Bytes>, CallError> {
        match self.client.get_object().bucket(bucket.as_str()).key(key).send().await {
            Ok(answer) => whole(answer, bytes_max).await.map(Some),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => Ok(None),
            Err(error) => Err(call_error(GET_OBJECT, &error)),
        }
    }
}

impl ObjectStore for S3Objects {
    async fn put(&self, object: NewObject) -> Result<(), CallError> {
        within(PUT_OBJECT, SEND_TIMEOUT, self.store(object)).await
    }
}

impl ObjectReader for S3Objects {
    async fn get(
        &self,
        bucket: &BucketName,
        key: &str,
        bytes_max: usize,
    ) -> Result<Option<Bytes>, CallError> {
        within(GET_OBJECT, READ_TIMEOUT, self.read(bucket, key, bytes_max)).await
    }
}

/// The bytes as they come, and not one chunk more than `bytes_max` allows. The SDK compares them with
/// the checksum that S3 sends along.
async fn whole(answer: GetObjectOutput, bytes_max: usize) -> Result<Bytes, CallError> {
    let too_large = || CallError::new(GET_OBJECT, CallErrorKind::Invalid, Some(OBJECT_TOO_LARGE));
    let told = answer.content_length.and_then(|length| usize::try_from(length).ok());
    if told.is_some_and(|told| told > bytes_max) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::with_capacity(told.unwrap_or_default());
    let mut chunks = answer.body;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| unusable(GET_OBJECT, "BodyCutOff"))?;
        if bytes.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
