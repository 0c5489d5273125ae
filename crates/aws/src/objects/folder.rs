//! A bucket as a folder: listed page by page, emptied, objects moved.

use std::fmt::Write as _;

use aws_sdk_s3::types::Object;
use cdc_core::{
    delivery::{CallError, CallErrorKind},
    objects::{BucketName, Listed, Listing},
    ports::{LISTING_MAX, ObjectFolder},
};
use jiff::Timestamp;

use super::S3Objects;
use crate::{
    config::{READ_TIMEOUT, SEND_TIMEOUT},
    error::{call_error, unusable, within},
};

const LIST_OBJECTS: &str = "ListObjectsV2";
const DELETE_OBJECT: &str = "DeleteObject";
const COPY_OBJECT: &str = "CopyObject";

/// S3's word for an object that is not there, which the model of `CopyObject` does not name.
const NO_SUCH_KEY: &str = "NoSuchKey";

impl S3Objects {
    async fn page(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Listing, CallError> {
        let request = self
            .client
            .list_objects_v2()
            .bucket(bucket.as_str())
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned))
            .max_keys(at_most.clamp(1, LISTING_MAX) as i32);
        let answer = request.send().await.map_err(|error| call_error(LIST_OBJECTS, &error))?;
        let more = answer.is_truncated.unwrap_or_default();
        let objects: Option<Vec<Listed>> =
            answer.contents.unwrap_or_default().into_iter().map(listed).collect();
        let objects = objects.ok_or_else(|| unusable(LIST_OBJECTS, "IncompleteObject"))?;
        // Nothing to go on behind: the caller would ask for the same page for ever.
        if more && objects.is_empty() {
            return Err(unusable(LIST_OBJECTS, "EmptyPage"));
        }
        Ok(Listing { objects, more })
    }

    async fn remove(&self, bucket: &BucketName, key: &str) -> Result<(), CallError> {
        let request = self.client.delete_object().bucket(bucket.as_str()).key(key);
        request.send().await.map(drop).map_err(|error| call_error(DELETE_OBJECT, &error))
    }

    /// `false` where there is nothing to copy.
    async fn copy(&self, bucket: &BucketName, from: &str, to: &str) -> Result<bool, CallError> {
        let source = format!("{bucket}/{}", percent_encoded(from));
        let request = self.client.copy_object().bucket(bucket.as_str()).key(to);
        let answer = match request.copy_source(source).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let error = call_error(COPY_OBJECT, &error);
                let gone = error.code.as_deref() == Some(NO_SUCH_KEY);
                return if gone { Ok(false) } else { Err(error) };
            }
        };
        // S3 answers 200 before it has copied; only a result with a tag says that it has.
        let tag = answer.copy_object_result.and_then(|result| result.e_tag);
        tag.map(|_| true).ok_or_else(|| unusable(COPY_OBJECT, "NoCopyResult"))
    }

    async fn copy_and_remove(
        &self,
        bucket: &BucketName,
        from: &str,
        to: &str,
    ) -> Result<bool, CallError> {
        if from == to {
            return Err(CallError::new(COPY_OBJECT, CallErrorKind::Invalid, Some("SameKey")));
        }
        let copied = self.copy(bucket, from, to).await?;
        if copied {
            self.remove(bucket, from).await?;
        }
        Ok(copied)
    }
}

impl ObjectFolder for S3Objects {
    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Listing, CallError> {
        within(LIST_OBJECTS, READ_TIMEOUT, self.page(bucket, prefix, after, at_most)).await
    }

    async fn delete(&self, bucket: &BucketName, key: &str) -> Result<(), CallError> {
        within(DELETE_OBJECT, SEND_TIMEOUT, self.remove(bucket, key)).await
    }

    async fn move_to(&self, bucket: &BucketName, from: &str, to: &str) -> Result<bool, CallError> {
        within(COPY_OBJECT, READ_TIMEOUT, self.copy_and_remove(bucket, from, to)).await
    }
}

/// `None` where S3 leaves out what every object has.
fn listed(object: Object) -> Option<Listed> {
    let stored = object.last_modified?;
    Some(Listed {
        key: object.key?.into(),
        size: u64::try_from(object.size?).ok()?,
        stored: Timestamp::from_nanosecond(stored.as_nanos()).ok()?,
    })
}

/// A key as `x-amz-copy-source` takes it: all but what no URL changes, byte by byte.
fn percent_encoded(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            other => write!(encoded, "%{other:02X}").expect("a String takes all that is written"),
        }
    }
    encoded
}
