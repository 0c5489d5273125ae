//! The claim check: what is too large to be sent lies in a bucket, and what is sent points there.
//!
//! Two buckets, and never one for both: an event's object went through the redactor and is read by
//! subscribers, a dead letter's is a record as the producer wrote it. Objects are named by the hash of
//! their bytes, so that storing one again changes nothing, whoever did it before. Nothing here stores:
//! that is a step of the batch ([`crate::batch`]).

use std::{fmt::Write as _, sync::Arc};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::{
    json::write_string,
    objects::{BucketName, NewObject},
    record::hex,
    redact::Redacted,
};

/// What every key of an event's object begins with; the hash and `.json` follow.
pub const EVENT_PREFIX: &str = "events/";

/// What every key of a record's object begins with; the hash follows.
pub const RECORD_PREFIX: &str = "records/";

/// Most bytes of a record's object: no stream takes a larger record (Kinesis, 10 MiB), and of an
/// aggregate's records each is smaller.
pub const RECORD_OBJECT_BYTES_MAX: usize = 10 << 20;

/// The buckets that are configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    events: Option<BucketName>,
    records: Option<BucketName>,
}

/// One bucket was named for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bucket of the claim check itself; dead letters hold rows as the producer wrote them, which \
     subscribers of events must not read, so they need another bucket"
)]
pub struct OneBucket;

impl Buckets {
    /// A bucket for the details of events, and another one for the records of dead letters. Where one is
    /// missing, what would lie in it is given up on: the event, or the letter's copy.
    ///
    /// # Errors
    /// [`OneBucket`] where both are the same.
    pub fn new(events: Option<BucketName>, records: Option<BucketName>) -> Result<Self, OneBucket> {
        if events.is_some() && events == records {
            return Err(OneBucket);
        }
        Ok(Self { events, records })
    }

    /// Whether it is one of the two.
    #[must_use]
    pub fn has(&self, bucket: &BucketName) -> bool {
        [&self.events, &self.records].into_iter().flatten().any(|own| own == bucket)
    }

    /// The bucket of dead letters' records.
    #[must_use]
    pub fn records(&self) -> Option<&BucketName> {
        self.records.as_ref()
    }

    /// The whole detail of an event as an object to be stored; none without a bucket for it.
    pub(crate) fn checked_detail(&self, detail: Redacted<String>) -> Option<Checked> {
        let bucket = self.events.as_ref()?;
        let body = Bytes::from(detail.into_inner());
        Some(Checked::of(bucket, EVENT_PREFIX, ".json", body, "application/json"))
    }

    /// The bytes of a record as an object to be stored; none without a bucket for it.
    #[must_use]
    pub fn checked_record(&self, data: &Bytes) -> Option<Checked> {
        let bucket = self.records.as_ref()?;
        let body = data.clone();
        Some(Checked::of(bucket, RECORD_PREFIX, "", body, "application/octet-stream"))
    }
}

/// Where an object lies, and what tells that it is the one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimCheck {
    /// The bucket.
    pub bucket: BucketName,
    /// The key in it.
    pub key: Arc<str>,
    /// How many bytes the object has.
    pub size: usize,
    /// Their SHA-256 in lower-case hexadecimal.
    pub sha256: Box<str>,
}

impl ClaimCheck {
    /// Whether these are the object's bytes.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.size && *hex(&Sha256::digest(bytes)) == *self.sha256
    }

    /// As a JSON object.
    pub(crate) fn write(&self, out: &mut String) {
        out.push_str("{\"bucket\":");
        write_string(out, self.bucket.as_str());
        out.push_str(",\"key\":");
        write_string(out, &self.key);
        let _ = write!(out, ",\"size\":{},\"sha256\":\"{}\"}}", self.size, self.sha256);
    }
}

/// An object to be stored, and what points to it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What points to it.
    pub check: ClaimCheck,
    /// The object.
    pub object: NewObject,
}

impl Checked {
    fn of(
        bucket: &BucketName,
        prefix: &str,
        suffix: &str,
        body: Bytes,
        content_type: &'static str,
    ) -> Self {
        let sha256 = hex(&Sha256::digest(&body));
        let key: Arc<str> = format!("{prefix}{sha256}{suffix}").into();
        let (bucket, size) = (bucket.clone(), body.len());
        Self {
            object: NewObject { bucket: bucket.clone(), key: key.clone(), body, content_type },
            check: ClaimCheck { bucket, key, size, sha256: sha256.into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, OneBucket};
    use crate::{objects::BucketName, redact::Redacted};

    fn bucket(name: &str) -> Option<BucketName> {
        Some(BucketName::parse(name).unwrap())
    }

    #[test]
    fn one_bucket_for_both_is_refused() {
        assert_eq!(Buckets::new(bucket("one"), bucket("one")), Err(OneBucket));
        for buckets in [(None, None), (bucket("one"), None), (None, bucket("one"))] {
            assert!(Buckets::new(buckets.0, buckets.1).is_ok());
        }
    }

    #[test]
    fn an_object_is_named_by_its_bytes_and_known_by_them() {
        let buckets = Buckets::new(bucket("events"), bucket("records")).unwrap();
        let checked = buckets.checked_detail(Redacted::constant("{}")).unwrap();
        const HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let mut json = String::new();
        checked.check.write(&mut json);
        assert_eq!(
            json,
            format!(
                r#"{{"bucket":"events","key":"events/{HASH}.json","size":2,"sha256":"{HASH}"}}"#
            )
        );
        let record = buckets.checked_record(&"{}".into()).unwrap();
        assert_eq!(
            (record.object.bucket, &*record.object.key),
            (bucket("records").unwrap(), &*format!("records/{HASH}"))
        );
        assert_eq!(&record.object.body[..], b"{}");
        assert!(record.check.is_of(b"{}"));
        assert!(!record.check.is_of(b"[]") && !record.check.is_of(b"{} "));
        let none = Buckets::default();
        assert!(none.checked_detail(Redacted::constant("{}")).is_none());
        assert!(none.checked_record(&"{}".into()).is_none());
    }
}
