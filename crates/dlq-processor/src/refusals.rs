//! Every code that this function answers in place of what was asked, and when.

use cdc_aws::function::Refusal;
use cdc_core::delivery::CallError;

/// The request itself is off; `field` names the member.
pub const VALIDATION_ERROR: &str = "VALIDATION_ERROR";
/// A later release does this.
pub const NOT_BUILT_YET: &str = "NOT_BUILT_YET";
/// The deployment lacks what the request needs.
pub const CONFIGURATION_ERROR: &str = "CONFIGURATION_ERROR";
/// What cannot be undone wants `force`.
pub const CONFIRMATION_NEEDED: &str = "CONFIRMATION_NEEDED";
/// The dead-letter queue could not be read: nothing was done.
pub const QUEUE_ERROR: &str = "QUEUE_ERROR";
/// The bucket of records did not answer.
pub const OBJECT_ERROR: &str = "OBJECT_ERROR";
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

pub(crate) fn documents() -> Refusal {
    let message = "on-failure documents of the event source mapping are replayed by a later release; \
                   \"letters\" is built";
    Refusal::of_field(NOT_BUILT_YET, "from", message)
}

pub(crate) fn no_parked_queue() -> Refusal {
    let message = "there is no queue to park letters in: set PARKED_QUEUE_URL on the function";
    Refusal::of_field(CONFIGURATION_ERROR, "action", message)
}

pub(crate) fn unconfirmed() -> Refusal {
    let message = "purge deletes letters for good, and with them the only copy of what they hold: \
                   say \"force\": true, or look first with \"dryRun\": true; park keeps them";
    Refusal::of_field(CONFIRMATION_NEEDED, "force", message)
}

pub(crate) fn queue(error: &CallError) -> Refusal {
    let message = format!(
        "the dead-letter queue could not be read, nothing was done: {error}; check \
         DEAD_LETTER_QUEUE_URL and the function's rights on it"
    );
    Refusal::new(QUEUE_ERROR, message)
}

pub(crate) fn stream(error: &CallError) -> Refusal {
    let message = format!(
        "the stream could not be asked for its shards, nothing was done: {error}; letters of other \
         shards are refused, so they have to be known (kinesis:ListShards)"
    );
    Refusal::new(STREAM_ERROR, message)
}
