//! The codes of what this function refuses, and the one table from causes to refusals.

use cdc_aws::{function::Refusal, state::SaveError};
use cdc_core::{delivery::CallError, state::Revision};

/// The request is not one: a member is missing, unknown, or not what is expected.
pub const VALIDATION_ERROR: &str = "VALIDATION_ERROR";

/// There is no document of that processor.
pub const NOT_FOUND: &str = "NOT_FOUND";

/// Something else is there than was expected.
pub const CONFLICT: &str = "CONFLICT";

/// A table could not be read or written. What was asked may have been done or not.
pub const STATE_ERROR: &str = "STATE_ERROR";

/// A member that is not what is expected.
pub(crate) fn invalid(field: &str, message: impl ToString) -> Refusal {
    Refusal::of_field(VALIDATION_ERROR, field, message.to_string())
}

/// A table that could not be read or written.
pub(crate) fn call_failed(table: &str, error: &CallError) -> Refusal {
    let message = format!("{error}; check {table} and the function's rights, then try again");
    Refusal::new(STATE_ERROR, message)
}

/// A document that was not saved.
pub(crate) fn not_saved(error: &SaveError) -> Refusal {
    match error {
        SaveError::Call(error) => call_failed("STATE_TABLE_NAME", error),
        SaveError::Conflict { current } => Refusal::of_field(CONFLICT, "expected", moved(*current)),
    }
}

fn moved(current: Option<Revision>) -> String {
    match current {
        None => "there is no document to be replaced: expect an empty text to save the first one"
            .to_owned(),
        Some(current) => format!(
            "the document is another by now, at revision {current}: get it, apply the change to it, \
             and expect {current}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use cdc_aws::state::SaveError;
    use cdc_core::{
        delivery::{CallError, CallErrorKind},
        state::Revision,
    };

    use super::{CONFLICT, STATE_ERROR, not_saved};

    #[test]
    fn a_conflict_names_the_revision_that_is_there() {
        for (current, says) in
            [(Some(Revision::new(8)), "at revision r8"), (None, "there is no document")]
        {
            let refusal = not_saved(&SaveError::Conflict { current });
            assert_eq!((refusal.code, refusal.field.as_deref()), (CONFLICT, Some("expected")));
            assert!(refusal.message.contains(says), "{refusal}");
        }
    }

    #[test]
    fn a_failed_call_says_which_table() {
        let error = CallError::new("UpdateItem", CallErrorKind::Throttled, None);
        let refusal = not_saved(&SaveError::Call(error));
        assert_eq!((refusal.code, refusal.field), (STATE_ERROR, None));
        assert!(refusal.message.contains("UpdateItem failed: throttled; check STATE_TABLE_NAME"));
    }
}
