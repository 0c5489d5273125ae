//! Why a letter is refused, or stays: each reason with its code.

use std::fmt;

use cdc_core::dead_letter::NotALetter;
use serde::Serialize;

/// The code of a message that is no letter; a filter may ask for it.
pub(crate) const NOT_A_LETTER: &str = "NOT_A_LETTER";

/// The code of a letter of another version; a filter may ask for it too.
pub(crate) const OTHER_VERSION: &str = "OTHER_VERSION";

/// Why something came to what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Why {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Why {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// Why a replay does not take a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no letter.
    NotALetter,
    /// It is a letter of a version that this program does not know.
    OtherVersion,
    /// It is of another pipeline than the function's rules.
    OtherPipeline,
    /// Its record is said to be in another stream than the configured one.
    OtherStream,
    /// Its record is said to be in what is no shard.
    NoShard,
    /// The stream does not list that shard.
    UnknownShard,
    /// Its record is said to lie in another bucket than the configured one.
    OtherBucket,
    /// What lies where its record is said to lie is something else, and the stream no longer has it.
    OtherObject,
    /// It says that it was tried in the future.
    FutureAttempt,
    /// The stream's record at its place is another one.
    OtherRecord,
    /// It only says where its record stood, in a topic, which nothing here reads.
    Unreadable,
    /// It bears no valid seal, and the stream does not have its record, or no longer.
    Unsealed,
}

impl Refused {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotALetter => NOT_A_LETTER,
            Self::OtherVersion => OTHER_VERSION,
            Self::OtherPipeline => "OTHER_PIPELINE",
            Self::OtherStream => "OTHER_STREAM",
            Self::NoShard => "NO_SHARD",
            Self::UnknownShard => "UNKNOWN_SHARD",
            Self::OtherBucket => "OTHER_BUCKET",
            Self::OtherObject => "OTHER_OBJECT",
            Self::FutureAttempt => "FUTURE_ATTEMPT",
            Self::OtherRecord => "OTHER_RECORD",
            Self::Unreadable => "UNREADABLE",
            Self::Unsealed => "UNSEALED",
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::NotALetter => "a message that is no dead letter can be parked or purged",
            Self::OtherVersion => "a letter of another version: deploy the version that wrote it",
            Self::OtherPipeline => "its pipeline is not the one of the function's rules",
            Self::OtherStream => "its stream, queue or topic is none of the configured ones",
            Self::NoShard => "its shard is not named as its source names them",
            Self::UnknownShard => {
                "the stream does not list its shard; where a shard has expired since, force takes it"
            }
            Self::OtherBucket => {
                "its record is said to lie in another bucket than DEAD_LETTER_BUCKET_NAME names, or none \
                 is set"
            }
            Self::OtherObject => {
                "the object that it points to has other bytes, and the stream does not have its record, or \
                 no longer"
            }
            Self::FutureAttempt => "its last attempt lies in the future",
            Self::OtherRecord => "the stream's record at its place is another one",
            Self::Unreadable => {
                "it only points to its record, in a Kafka topic, which this function does not read: let the \
                 source send the row again, or a client bring the record, then park or purge the letter"
            }
            Self::Unsealed => {
                "it bears no valid seal of this pipeline, and the stream does not have its record, or no \
                 longer: whoever may send to the queue can have written it; force takes it all the same"
            }
        }
    }
}

impl From<&NotALetter> for Refused {
    fn from(error: &NotALetter) -> Self {
        if error.other_version { Self::OtherVersion } else { Self::NotALetter }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())
    }
}
