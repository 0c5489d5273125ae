//! The on-failure destination: a bucket, as on AWS, which keeps the records with the document.

use aws_sdk_s3::{Client, primitives::ByteStream};
use cdc_esm::{BoxError, FailureDocument, OnFailure, kafka};

use crate::cloud::Cloud;

/// The mapping's own id, as it stands in the keys of its documents.
const MAPPING: &str = "00000000-0000-4000-8000-000000000000";

/// Keeps documents in a bucket.
pub(super) struct FailureBucket {
    client: Client,
    bucket: String,
}

impl FailureBucket {
    pub(super) fn new(cloud: &Cloud, bucket: &str) -> Self {
        Self { client: Client::new(&cloud.sdk_config()), bucket: bucket.to_owned() }
    }

    async fn put(&self, key: String, document: String) -> Result<(), BoxError> {
        let request = self.client.put_object().bucket(&self.bucket).key(key);
        let body = ByteStream::from(document.into_bytes());
        request.body(body).content_type("application/json").send().await?;
        Ok(())
    }
}

impl OnFailure for FailureBucket {
    async fn keep(&self, document: &FailureDocument) -> Result<(), BoxError> {
        self.put(document.key(MAPPING), document.with_payload()).await
    }
}

impl OnFailure<kafka::FailureDocument> for FailureBucket {
    async fn keep(&self, document: &kafka::FailureDocument) -> Result<(), BoxError> {
        let (at, id) = (document.at.as_millisecond(), &document.request_id);
        self.put(format!("aws/lambda/{MAPPING}/kafka/{at}-{id}"), document.with_payload()).await
    }
}
