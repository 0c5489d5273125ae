//! The on-failure bucket, as a replay that may be killed sees it.

use bytes::Bytes;
use cdc_core::{
    delivery::CallError,
    objects::{BucketName, Listing},
    ports::{Clock, ObjectFolder, ObjectReader},
};

use super::latency;
use crate::life::Life;

pub(crate) struct WatchedFolder<F, C> {
    pub(crate) inner: F,
    pub(crate) clock: C,
    pub(crate) life: Life,
}

impl<F: ObjectFolder, C: Clock> ObjectReader for WatchedFolder<F, C> {
    async fn get(
        &self,
        bucket: &BucketName,
        key: &str,
        bytes_max: usize,
    ) -> Result<Option<Bytes>, CallError> {
        self.life.step().await;
        latency(self.life.world(), &self.clock).await;
        self.inner.get(bucket, key, bytes_max).await
    }
}

impl<F: ObjectFolder, C: Clock> ObjectFolder for WatchedFolder<F, C> {
    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Listing, CallError> {
        self.life.step().await;
        self.inner.list(bucket, prefix, after, at_most).await
    }

    async fn delete(&self, bucket: &BucketName, key: &str) -> Result<(), CallError> {
        self.life.step().await;
        latency(self.life.world(), &self.clock).await;
        self.inner.delete(bucket, key).await?;
        self.life.world().log(format_args!("document gone"));
        self.life.step().await;
        Ok(())
    }

    async fn move_to(&self, bucket: &BucketName, from: &str, to: &str) -> Result<bool, CallError> {
        self.life.step().await;
        self.inner.move_to(bucket, from, to).await
    }
}
