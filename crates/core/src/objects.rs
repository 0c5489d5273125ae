//! Objects in a bucket: what is stored there, and what is found there.
//!
//! Owns the names and shapes; how they are stored is the ports' contract
//! ([`crate::ports::ObjectStore`] and its neighbours).

use std::{fmt, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

/// Longest key of an object, in bytes (S3).
pub const OBJECT_KEY_BYTES_MAX: usize = 1024;

/// Shortest and longest name of a bucket, in characters (S3).
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;

/// Beginnings and ends that S3 keeps for what is no plain bucket: an access point's alias leads to a
/// bucket that the name does not say, a directory bucket has another protocol.
const RESERVED_STARTS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_ENDS: [&str; 4] = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3"];

/// The name of a plain S3 bucket. Never an ARN and never with a dot: the name becomes a label of the
/// host that is called, and decides where rows go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BucketName(Arc<str>);

/// Text that names no plain bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the name of a bucket: 3 to 63 lower-case letters, digits and hyphens are expected, with a \
     letter or digit first and last (no ARN, no dot, no alias of an access point)"
)]
pub struct NotABucket;

impl BucketName {
    /// Parses a bucket's name.
    ///
    /// # Errors
    /// [`NotABucket`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotABucket> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let well_formed = BUCKET_CHARS.contains(&text.len())
            && text.bytes().all(|b| plain(b) || b == b'-')
            && text.bytes().next().is_some_and(plain)
            && text.bytes().next_back().is_some_and(plain);
        let reserved = RESERVED_STARTS.iter().any(|start| text.starts_with(start))
            || RESERVED_ENDS.iter().any(|end| text.ends_with(end));
        if well_formed && !reserved { Ok(Self(text.into())) } else { Err(NotABucket) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An object to be stored. Clones share its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct NewObject {
    /// Where.
    pub bucket: BucketName,
    /// Under which key, at most [`OBJECT_KEY_BYTES_MAX`] bytes.
    pub key: Arc<str>,
    /// What.
    pub body: Bytes,
    /// What it is, as a media type.
    pub content_type: &'static str,
}

/// Bodies hold rows.
impl fmt::Debug for NewObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewObject({}, {} bytes)", self.bucket, self.body.len())
    }
}

/// An object that a bucket has, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: Box<str>,
    /// Its length in bytes.
    pub size: u64,
    /// When it was stored.
    pub stored: Timestamp,
}

/// One page of what a bucket has under a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects, by their keys' bytes ascending.
    pub objects: Vec<Listed>,
    /// Whether there are more behind the last of these.
    pub more: bool,
}

#[cfg(test)]
mod tests {
    use super::BucketName;

    #[test]
    fn a_bucket_is_a_plain_bucket() {
        for name in ["abc", "cdc-claim-check", "123456789012-cdc", &"a".repeat(63)] {
            assert_eq!(BucketName::parse(name).unwrap().as_str(), name);
        }
        for text in [
            "",
            "ab",
            &"a".repeat(64),
            "Abc",
            "a_b",
            "a.b.c",
            "a/b",
            "-abc",
            "abc-",
            "xn--abc",
            "arn:aws:s3:::abc",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/abc",
            "abc-1234-s3alias",
            "abc--euw1-az1--x-s3",
            "evil.example",
            "bücher",
            "abc@evil",
        ] {
            assert!(BucketName::parse(text).is_err(), "{text:?}");
        }
    }
}
