//! Which letters are taken at their word: those of the configured pipeline, stream and shards.
//!
//! Whoever can send to the queue writes letters as they like. What they say of where they come from
//! is compared with what the settings and the stream say; only what agrees is replayed.

use std::collections::HashSet;

use cdc_aws::function::settings::ConfiguredStream;
use cdc_core::{dead_letter::OpenLetter, objects::BucketName};
use jiff::{SignedDuration, Timestamp};

use super::Refused;

/// How far the clocks of two functions may be apart.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Digits of a shard's number.
const SHARD_DIGITS: usize = 12;

/// What letters are compared with.
pub(super) struct Trust<'r> {
    pub(super) pipeline: &'r str,
    pub(super) stream: &'r ConfiguredStream,
    /// The bucket of records that are too large for a letter.
    pub(super) bucket: Option<&'r BucketName>,
    /// The shards that the stream lists, where it was asked.
    pub(super) shards: Option<HashSet<String>>,
    /// Whether a shard that is no longer listed passes: somebody said so.
    pub(super) any_shard: bool,
    /// When the page was received.
    pub(super) now: Timestamp,
}

impl Trust<'_> {
    /// The ARN of the letter's stream, which is the configured one.
    pub(super) fn judge<'l>(&self, letter: &'l OpenLetter) -> Result<&'l str, Refused> {
        if *letter.pipeline != *self.pipeline {
            return Err(Refused::OtherPipeline);
        }
        let place = &letter.place;
        let stream = self.stream.recognise(&place.stream).ok_or(Refused::OtherStream)?;
        if !is_shard(&place.shard) {
            return Err(Refused::NoShard);
        }
        if !self.any_shard && !self.lists(&place.shard) {
            return Err(Refused::UnknownShard);
        }
        if letter.claim_check().is_some_and(|check| Some(&check.bucket) != self.bucket) {
            return Err(Refused::OtherBucket);
        }
        if self.is_future(letter) {
            return Err(Refused::FutureAttempt);
        }
        Ok(stream)
    }

    /// Whether the letter says that it was tried when nobody can have tried it yet.
    pub(super) fn is_future(&self, letter: &OpenLetter) -> bool {
        letter.last_attempt > self.now.checked_add(AHEAD_MAX).unwrap_or(Timestamp::MAX)
    }

    /// Whether the stream lists that shard.
    pub(super) fn lists(&self, shard: &str) -> bool {
        self.shards.as_ref().is_some_and(|shards| shards.contains(shard))
    }
}

/// `shardId-000000000003`.
pub(crate) fn is_shard(id: &str) -> bool {
    let digits = id.strip_prefix("shardId-").unwrap_or_default();
    digits.len() == SHARD_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())
}
