//! The answer to a request that a function does not take, or could not do.

use serde::Serialize;

/// `{"error":{"code","message","field"}}`: what is wrong, where, and what to do. The message holds
/// no row value; texts out of the request are escaped and cut before they get into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The code; each function's page under `docs/lambdas/` lists its own.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
    /// The member of the request that is at fault, such as `filter.since`; none where it is none.
    pub field: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    error: &'a Refusal,
}

impl Refusal {
    /// A refusal that no single member of the request is the reason of.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    /// A refusal for what stands in that member.
    #[must_use]
    pub fn of_field(
        code: &'static str,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { code, message: message.into(), field: Some(field.into()) }
    }

    /// The function's answer, as JSON text.
    #[must_use]
    pub fn answer(&self) -> String {
        serde_json::to_string(&Answer { error: self }).expect("a refusal has only texts")
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn an_answer_names_code_message_and_field() {
        for (refusal, expected) in [
            (
                Refusal::of_field("VALIDATION_ERROR", "limit", "1 to 10 is expected"),
                r#"{"error":{"code":"VALIDATION_ERROR","message":"1 to 10 is expected","field":"limit"}}"#,
            ),
            (
                Refusal::new("STATE_ERROR", "no answer"),
                r#"{"error":{"code":"STATE_ERROR","message":"no answer","field":null}}"#,
            ),
        ] {
            assert_eq!(refusal.answer(), expected);
        }
    }
}
