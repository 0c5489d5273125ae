//! Which documents are taken: those that the configured function's mapping left of the configured stream.
//!
//! Whoever may write to the bucket, or send to the queue, writes what they like. What a document names is
//! compared with the settings and with what the stream lists, and never used in their place.

use std::fmt;

use cdc_core::{
    on_failure::{DocumentKey, NotADocument, OnFailure},
    record::Shard,
};

use super::{Held, Run, Taken, Wiring};
use crate::{request::Action, run::is_shard};

/// Why a replay does not take a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is none.
    NotADocument,
    /// It is of a version that this program does not know.
    OtherVersion,
    /// It is of another stream.
    OtherStream,
    /// It is of another function's mapping.
    OtherFunction,
    /// Its shard is no shard's name.
    NoShard,
    /// The stream does not list its shard.
    UnknownShard,
    /// It lies under the key of another shard.
    OtherKey,
    /// What it carries is not what it says: how.
    BrokenPayload(String),
    /// Its range holds more than the mapping gave up.
    Surplus,
    /// The stream has another record at the place of one that it carries.
    OtherRecord,
    /// The stream no longer has what it carries.
    Unconfirmed,
}

impl Refused {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotADocument => "NOT_A_DOCUMENT",
            Self::OtherVersion => "OTHER_VERSION",
            Self::OtherStream => "OTHER_STREAM",
            Self::OtherFunction => "OTHER_FUNCTION",
            Self::NoShard => "NO_SHARD",
            Self::UnknownShard => "UNKNOWN_SHARD",
            Self::OtherKey => "OTHER_KEY",
            Self::BrokenPayload(_) => "BROKEN_PAYLOAD",
            Self::Surplus => "SURPLUS",
            Self::OtherRecord => "OTHER_RECORD",
            Self::Unconfirmed => "UNCONFIRMED",
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::NotADocument => "what is no document can be parked or purged",
            Self::OtherVersion => "a document of another version: a later release may know it",
            Self::OtherStream => "its stream is not the configured one",
            Self::OtherFunction => {
                "its function is not the configured one (PROCESSOR_FUNCTION_NAME)"
            }
            Self::NoShard => "its shard is not named as Kinesis names shards",
            Self::UnknownShard => {
                "the stream does not list its shard; where a shard has expired since, force takes it"
            }
            Self::OtherKey => "it lies under the key of another shard",
            Self::BrokenPayload(why) => why,
            Self::Surplus => {
                "its range holds more than the mapping gave up, or no longer all of it: with lanes \
                 (PARALLELIZATION_FACTOR) or a filter (MAPPING_FILTER) the rest may be records that were \
                 not to be published, or not yet; force publishes all that the ledger does not know"
            }
            Self::OtherRecord => {
                "the stream has another record at the place of one that it carries"
            }
            Self::Unconfirmed => {
                "the stream no longer has all that it carries; without verify it is taken"
            }
        }
    }
}

impl From<&NotADocument> for Refused {
    fn from(error: &NotADocument) -> Self {
        if error.other_version { Self::OtherVersion } else { Self::NotADocument }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())
    }
}

impl<W: Wiring> Run<'_, W> {
    /// The document and its shard, where both are of the configured stream and function.
    pub(super) fn judge<'d>(&self, taken: &'d Taken) -> Result<(&'d OnFailure, Shard), Refused> {
        let document = taken.document.as_ref().map_err(Refused::from)?;
        let stream = self.source.stream.recognise(&document.stream);
        let stream = stream.ok_or(Refused::OtherStream)?;
        if !self.documents.function.is(&document.function) {
            return Err(Refused::OtherFunction);
        }
        if !is_shard(&document.shard) {
            return Err(Refused::NoShard);
        }
        if let Held::Object(key) = &taken.held
            && DocumentKey::read(key).is_some_and(|key| key.shard != &*document.shard)
        {
            return Err(Refused::OtherKey);
        }
        let forced = self.request.force && self.request.action == Action::Replay;
        if !forced && !self.lists(&document.shard) {
            return Err(Refused::UnknownShard);
        }
        Ok((document, Shard { stream_arn: stream.into(), id: document.shard.as_ref().into() }))
    }

    /// Whether the stream lists that shard; taken for granted where it was not asked.
    pub(super) fn lists(&self, shard: &str) -> bool {
        self.shards.as_ref().is_none_or(|shards| shards.contains(shard))
    }
}
