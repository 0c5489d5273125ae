//! The on-failure destination: a bucket, as on AWS, which keeps the records with the document.

use aws_sdk_s3::{Client, primitives::ByteStream};
use cdc_esm::{BoxError, FailureDocument, OnFailure};

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
}

impl OnFailure for FailureBucket {
    async fn keep(&self, document: &FailureDocument) -> Result<(), BoxError> {
        let request = self.client.put_object().bucket(&self.bucket).key(document.key(MAPPING));
        let body = ByteStream::from(document.with_payload().into_bytes());
        request.body(body).content_type("application/json").send().await?;
        Ok(())
    }
}
