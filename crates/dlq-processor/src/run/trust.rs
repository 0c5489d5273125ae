//! Which letters are taken at their word: those of the configured pipeline and sources.
//!
//! Whoever can send to the queue writes letters as they like. What they say of where they come from
//! is compared with what the settings and the stream say; only what agrees is replayed. A queue and the
//! topics of a cluster are not asked: there the seal alone tells whose letter it is.

use std::collections::HashSet;

use cdc_aws::function::settings::ConfiguredSources;
use cdc_core::{
    dead_letter::{OpenLetter, Place},
    objects::BucketName,
};
use jiff::{SignedDuration, Timestamp};

use super::Refused;

/// How far the clocks of two functions may be apart.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Digits of a shard's number.
const SHARD_DIGITS: usize = 12;

/// What letters are compared with.
pub(super) struct Trust<'r> {
    pub(super) pipeline: &'r str,
    pub(super) sources: &'r ConfiguredSources,
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
    /// The ARN of the letter's stream, queue or topic, which is a configured one.
    pub(super) fn judge<'l>(&self, letter: &'l OpenLetter) -> Result<&'l str, Refused> {
        if *letter.pipeline != *self.pipeline {
            return Err(Refused::OtherPipeline);
        }
        let source = self.source(&letter.place)?;
        if letter.claim_check().is_some_and(|check| Some(&check.bucket) != self.bucket) {
            return Err(Refused::OtherBucket);
        }
        if self.is_future(letter) {
            return Err(Refused::FutureAttempt);
        }
        Ok(source)
    }

    fn source<'l>(&self, place: &'l Place) -> Result<&'l str, Refused> {
        let ConfiguredSources { stream, queue, topics } = self.sources;
        let named = &*place.stream;
        if let Some(stream) = stream.as_ref().and_then(|stream| stream.recognise(named)) {
            return match is_shard(&place.shard) {
                true if self.any_shard || self.lists(&place.shard) => Ok(stream),
                true => Err(Refused::UnknownShard),
                false => Err(Refused::NoShard),
            };
        }
        let is_shard = if let Some(queue) = queue.as_ref().filter(|queue| queue.arn() == named) {
            *place.shard == *queue.shard().id
        } else if topics.as_ref().is_some_and(|topics| topics.recognise(named)) {
            place.shard.parse::<u32>().is_ok_and(|number| *number.to_string() == *place.shard)
        } else {
            return Err(Refused::OtherStream);
        };
        if is_shard { Ok(named) } else { Err(Refused::NoShard) }
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
