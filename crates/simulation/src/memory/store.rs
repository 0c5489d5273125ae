//! A bucket, and the tries of its documents.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use cdc_core::{
    delivery::CallError,
    objects::{BucketName, Listed, Listing},
    on_failure::{Attempt, Tried},
    ports::{Attempts, ObjectFolder, ObjectReader},
};
use jiff::Timestamp;

/// A bucket; clones are the same one. Whatever bucket is asked for, it is this one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bucket(Arc<Mutex<BTreeMap<String, Bytes>>>);

impl Bucket {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, key: String, body: Bytes) {
        self.objects().insert(key, body);
    }
}

impl ObjectReader for Bucket {
    async fn get(&self, _: &BucketName, key: &str, _: usize) -> Result<Option<Bytes>, CallError> {
        Ok(self.objects().get(key).cloned())
    }
}

impl ObjectFolder for Bucket {
    async fn list(
        &self,
        _: &BucketName,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Listing, CallError> {
        let objects = self.objects();
        let wanted = |key: &&String| key.starts_with(prefix) && after.is_none_or(|it| &***key > it);
        let mut found = objects.keys().filter(wanted);
        let listed = |key: &String| Listed {
            key: key.as_str().into(),
            size: objects[key].len() as u64,
            stored: Timestamp::UNIX_EPOCH,
        };
        let page = found.by_ref().take(at_most).map(listed).collect();
        Ok(Listing { objects: page, more: found.next().is_some() })
    }

    async fn delete(&self, _: &BucketName, key: &str) -> Result<(), CallError> {
        self.objects().remove(key);
        Ok(())
    }

    async fn move_to(&self, _: &BucketName, from: &str, to: &str) -> Result<bool, CallError> {
        let mut objects = self.objects();
        let Some(body) = objects.remove(from) else { return Ok(false) };
        objects.insert(to.to_owned(), body);
        Ok(true)
    }
}

type Counted = HashMap<(String, String), Tried>;

/// How often documents were tried; clones are the same count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries(Arc<Mutex<Counted>>);

impl Tries {
    fn tries(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempts for Tries {
    async fn counted(&self, partition: &str) -> Result<HashMap<String, Tried>, CallError> {
        let tries = self.tries();
        let of = tries.iter().filter(|((found, _), _)| found == partition);
        Ok(of.map(|((_, document), tried)| (document.clone(), *tried)).collect())
    }

    async fn count(&self, attempt: Attempt) -> Result<u32, CallError> {
        let mut tries = self.tries();
        let key = (attempt.partition, attempt.document);
        let tried = tries.entry(key).or_insert(Tried { count: 0, last: attempt.at });
        tried.count = tried.count.saturating_add_signed(attempt.by);
        tried.last = attempt.at;
        Ok(tried.count)
    }

    async fn forget(&self, partition: &str, document: &str) -> Result<(), CallError> {
        self.tries().remove(&(partition.to_owned(), document.to_owned()));
        Ok(())
    }
}
