//! Every code that this function answers in place of what was asked, and when.

use cdc_aws::function::Refusal;
use cdc_core::delivery::CallError;

use crate::request::From;

/// The request itself is off; `field` names the member.
pub const VALIDATION_ERROR: &str = "VALIDATION_ERROR";
/// The deployment lacks what the request needs.
pub const CONFIGURATION_ERROR: &str = "CONFIGURATION_ERROR";
/// What cannot be undone wants `force`.
pub const CONFIRMATION_NEEDED: &str = "CONFIRMATION_NEEDED";
/// The dead-letter queue could not be read: nothing was done.
pub const QUEUE_ERROR: &str = "QUEUE_ERROR";
/// The bucket of records did not answer.
pub const OBJECT_ERROR: &str = "OBJECT_ERROR";
/// The on-failure bucket could not be read: nothing was done.
pub const BUCKET_ERROR: &str = "BUCKET_ERROR";
/// The ledger's table could not be read: nothing was done.
pub const STATE_ERROR: &str = "STATE_ERROR";
/// The stream could not be asked for its shards: nothing was done.
pub const STREAM_ERROR: &str = "STREAM_ERROR";

/// A member that is not what it must be.
pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Refusal {
    Refusal::of_field(VALIDATION_ERROR, field, message)
}

pub(crate) fn not_an_object() -> Refusal {
    let message = "the request must be a JSON object, such as {\"action\":\"list\"}";
    Refusal::new(VALIDATION_ERROR, message)
}

pub(crate) fn of_documents_only(field: &str) -> Refusal {
    invalid(field, "only documents have it; say \"from\": \"documents\", or leave it out")
}

pub(crate) fn of_letters_only(field: &str) -> Refusal {
    let message = "documents can't be told apart by it: each holds records of many tables, and none has \
                   an error of its own; shard, since and until are there";
    invalid(field, message)
}

pub(crate) fn no_documents() -> Refusal {
    let message = "no place of on-failure documents is configured: set ON_FAILURE_BUCKET_NAME or \
                   ON_FAILURE_QUEUE_URL on the function, whichever the mapping's destination is";
    Refusal::of_field(CONFIGURATION_ERROR, "from", message)
}

pub(crate) fn no_parked_queue() -> Refusal {
    let message = "there is no queue to park letters in: set PARKED_QUEUE_URL on the function";
    Refusal::of_field(CONFIGURATION_ERROR, "action", message)
}

pub(crate) fn unconfirmed(from: From) -> Refusal {
    let what = from.as_str();
    let message = format!(
        "purge deletes {what} for good, and with them the only copy of what they hold: say \"force\": \
         true, or look first with \"dryRun\": true; park keeps them"
    );
    Refusal::of_field(CONFIRMATION_NEEDED, "force", message)
}

pub(crate) fn queue(error: &CallError, setting: &str) -> Refusal {
    let message = format!(
        "the queue could not be read, nothing was done: {error}; check {setting} and the function's \
         rights on it"
    );
    Refusal::new(QUEUE_ERROR, message)
}

pub(crate) fn bucket(error: &CallError) -> Refusal {
    let message = format!(
        "the on-failure bucket could not be read, nothing was done: {error}; check \
         ON_FAILURE_BUCKET_NAME and the function's rights on it (s3:ListBucket, s3:GetObject)"
    );
    Refusal::new(BUCKET_ERROR, message)
}

pub(crate) fn attempts(error: &CallError) -> Refusal {
    let message = format!(
        "the tries of documents could not be read, nothing was done: {error}; check \
         CHECKPOINT_TABLE_NAME and the function's rights on it (dynamodb:Query)"
    );
    Refusal::new(STATE_ERROR, message)
}

pub(crate) fn stream(error: &CallError) -> Refusal {
    let message = format!(
        "the stream could not be asked for its shards, nothing was done: {error}; what is of other \
         shards is refused, so they have to be known (kinesis:ListShards)"
    );
    Refusal::new(STREAM_ERROR, message)
}
