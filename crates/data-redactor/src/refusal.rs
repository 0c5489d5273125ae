//! What the function refuses: every code, and the words for it.
//!
//! A message tells places and names out of the request, escaped and cut; never a value.

use cdc_aws::function::Refusal;
use cdc_core::{
    failure::shown,
    json::JsonError,
    redact::{FieldsError, RecordError},
};

/// The payload is no JSON that the function reads.
pub const PARSE_ERROR: &str = "PARSE_ERROR";

/// The request, or a record in it, is not as it must be.
pub const VALIDATION_ERROR: &str = "VALIDATION_ERROR";

/// The table has no rules, so nothing says what may be seen of it.
pub const UNLISTED_TABLE: &str = "UNLISTED_TABLE";

/// What a later release brings.
pub const NOT_BUILT_YET: &str = "NOT_BUILT_YET";

/// More records than are taken at once, or a larger answer than Lambda passes on.
pub const TOO_LARGE: &str = "TOO_LARGE";

/// All codes.
pub const CODES: [&str; 5] =
    [PARSE_ERROR, VALIDATION_ERROR, UNLISTED_TABLE, NOT_BUILT_YET, TOO_LARGE];

pub(crate) fn not_json(error: JsonError) -> Refusal {
    Refusal::new(PARSE_ERROR, format!("the payload is {error}"))
}

pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(VALIDATION_ERROR, message)
}

pub(crate) fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Refusal {
    Refusal::of_field(VALIDATION_ERROR, field, message)
}

pub(crate) fn not_built(field: Option<&str>, what: &str) -> Refusal {
    let message = format!("not built yet: {what}");
    Refusal { code: NOT_BUILT_YET, message, field: field.map(str::to_owned) }
}

pub(crate) fn unlisted(table: &str) -> Refusal {
    let message = format!(
        "table \"{}\" has no rules: list it under config/tables, or name fields in the place of \
         the table",
        shown(table)
    );
    Refusal::of_field(UNLISTED_TABLE, "table", message)
}

pub(crate) fn too_large(message: impl Into<String>) -> Refusal {
    Refusal::of_field(TOO_LARGE, "records", message)
}

/// A record that was not redacted; `place` is where it stands in the request.
pub(crate) fn of_record(place: &str, error: &RecordError) -> Refusal {
    let field = match error.path() {
        Some(path) => format!("{place}.{path}"),
        None => place.to_owned(),
    };
    invalid_field(field, error.to_string())
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
