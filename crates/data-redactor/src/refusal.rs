//! What the function refuses: every code, and the words for it.
//!
//! A message tells places and names out of the request, escaped and cut; never a value.

use cdc_aws::function::Refusal;
use cdc_core::{
    failure::{Failure, FailureCode, shown},
    json::JsonError,
    redact::{FieldsError, RecordError, RevealError, Unfit},
};

use crate::answer::ANSWER_BYTES_MAX;

/// The payload is no JSON that the function reads, or a service's record is none.
pub const PARSE_ERROR: &str = "PARSE_ERROR";

/// The request, or a record in it, is not as it must be.
pub const VALIDATION_ERROR: &str = "VALIDATION_ERROR";

/// A rule could not be applied to a value.
pub const TRANSFORMATION_ERROR: &str = "TRANSFORMATION_ERROR";

/// The table has no rules, so nothing says what may be seen of it.
pub const UNLISTED_TABLE: &str = "UNLISTED_TABLE";

/// More records than are taken at once, or a larger answer than Lambda passes on.
pub const TOO_LARGE: &str = "TOO_LARGE";

/// Values are revealed under an alias of its own, and this was another way.
pub const REVEAL_NOT_ALLOWED: &str = "REVEAL_NOT_ALLOWED";

/// A value can't be had back.
pub const NOT_REVEALABLE: &str = "NOT_REVEALABLE";

/// All codes.
pub const CODES: [&str; 7] = [
    PARSE_ERROR,
    VALIDATION_ERROR,
    TRANSFORMATION_ERROR,
    UNLISTED_TABLE,
    TOO_LARGE,
    REVEAL_NOT_ALLOWED,
    NOT_REVEALABLE,
];

pub(crate) fn not_json(error: JsonError) -> Refusal {
    Refusal::new(PARSE_ERROR, format!("the payload is {error}"))
}

pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(VALIDATION_ERROR, message)
}

pub(crate) fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Refusal {
    Refusal::of_field(VALIDATION_ERROR, field, message)
}

/// The same refusal, for what stands there.
pub(crate) fn of_field(refusal: Refusal, field: impl Into<String>) -> Refusal {
    Refusal { field: Some(field.into()), ..refusal }
}

/// A table without rules, and what to do in place of listing it, if there is anything.
pub(crate) fn unlisted(table: &str, else_do: &str) -> Refusal {
    let table = shown(table);
    let message = format!("table \"{table}\" has no rules: list it under config/tables{else_do}");
    Refusal::of_field(UNLISTED_TABLE, "table", message)
}

/// An answer that Lambda would not pass on, and what to do.
pub(crate) fn too_large(remedy: &str) -> Refusal {
    let message = format!(
        "the answer would have more than {ANSWER_BYTES_MAX} bytes, and Lambda passes on no more; {remedy}"
    );
    Refusal::new(TOO_LARGE, message)
}

/// A record that was not redacted; `place` is where it stands in the request.
pub(crate) fn of_record(place: &str, error: &RecordError) -> Refusal {
    let field = match error.path() {
        Some(path) => format!("{place}.{path}"),
        None => place.to_owned(),
    };
    let code = match error {
        RecordError::Unfit { why: Unfit::Duplicate(_), .. } => VALIDATION_ERROR,
        RecordError::Unfit { .. } => TRANSFORMATION_ERROR,
        RecordError::NotJson(_)
        | RecordError::NotAnObject
        | RecordError::Duplicate { .. }
        | RecordError::PathsTooLong { .. } => VALIDATION_ERROR,
    };
    Refusal::of_field(code, field, error.to_string())
}

/// An element of a pipe's that was not redacted.
pub(crate) fn of_failure(index: usize, failure: &Failure) -> Refusal {
    let code = match failure.code {
        FailureCode::Parse => PARSE_ERROR,
        FailureCode::Transformation => TRANSFORMATION_ERROR,
        FailureCode::Validation | FailureCode::EventBridge => VALIDATION_ERROR,
    };
    Refusal::of_field(code, format!("[{index}]"), format!("element {index}: {}", failure.message))
}

/// A list of fields, or the replacement beside it, that is not taken.
pub(crate) fn of_fields(error: FieldsError) -> Refusal {
    let field = match error {
        FieldsError::Empty | FieldsError::TooMany => "fields".to_owned(),
        FieldsError::NotAField { index } | FieldsError::TooLong { index } => {
            format!("fields[{index}]")
        }
        FieldsError::Replacement => "replacement".to_owned(),
    };
    invalid_field(field, error.to_string())
}

/// A value that can't be had back; `index` is its place in the request.
pub(crate) fn not_revealable(index: usize, error: &RevealError) -> Refusal {
    let (code, field) = match error {
        RevealError::VersionTold => (VALIDATION_ERROR, "version".to_owned()),
        error if error.is_of_column() => (NOT_REVEALABLE, "column".to_owned()),
        _ => (NOT_REVEALABLE, format!("values[{index}]")),
    };
    Refusal::of_field(code, field, error.to_string())
}
