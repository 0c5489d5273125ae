//! A function's answer: what it says, or why the function did not do what it was asked.

use cdc_aws::invoke::Invoked;
use serde::{Deserialize, de::DeserializeOwned};

use super::place::Place;
use crate::failure::CommandError;

/// A function's answer, read.
pub(super) struct Answer<T> {
    /// As the function wrote it, on one line.
    pub(super) text: String,
    /// What it says.
    pub(super) said: T,
}

#[derive(Deserialize)]
struct Refused {
    error: Refusal,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
    field: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    error_type: Option<String>,
    error_message: Option<String>,
}

/// Asks a function, and reads its answer.
pub(super) async fn ask<T: DeserializeOwned>(
    place: &Place,
    function: &str,
    request: &serde_json::Value,
) -> Result<Answer<T>, CommandError> {
    let invoked = place.invoke(function, None, &request.to_string()).await?;
    read(function, &invoked)
}

/// Reads an answer.
pub(super) fn read<T: DeserializeOwned>(
    function: &str,
    invoked: &Invoked,
) -> Result<Answer<T>, CommandError> {
    let mut text = text(function, invoked)?;
    if let Some(refused) = refusal(&text) {
        return Err(refused.into_error(function));
    }
    let said = serde_json::from_str(&text).map_err(|error| {
        let what = format!("{function}'s answer cannot be read: is its version another one?");
        CommandError::failed(what, error)
    })?;
    crate::output::one_line(&mut text);
    Ok(Answer { text, said })
}

/// The answer's text; an error where the function failed.
pub(super) fn text(function: &str, invoked: &Invoked) -> Result<String, CommandError> {
    let text = invoked.text().map_err(|error| CommandError::failed(function, error))?;
    if !invoked.failed {
        return Ok(text.to_owned());
    }
    let account: Option<Account> = serde_json::from_str(text).ok();
    let Account { error_type, error_message } =
        account.unwrap_or(Account { error_type: None, error_message: None });
    let (kind, message) = (error_type.unwrap_or_default(), error_message.unwrap_or_default());
    let mut why = format!("{function} failed: {kind}: {message}");
    crate::output::one_line(&mut why);
    Err(CommandError::Failed(why, None))
}

/// Why a function refused: `{"error":{…}}`.
pub(super) struct RefusedWith {
    code: String,
    /// All of it, in words.
    words: String,
}

impl RefusedWith {
    /// Whether the request was wrong, rather than something that it asked for.
    fn is_usage(&self) -> bool {
        matches!(&*self.code, "VALIDATION_ERROR" | "CONFIRMATION_NEEDED")
    }

    fn into_error(self, function: &str) -> CommandError {
        let text = format!("{function} refused: {}", self.words);
        if self.is_usage() { CommandError::Usage(text) } else { CommandError::Failed(text, None) }
    }
}

/// Why the function refused, if its answer says so.
pub(super) fn refusal(answer: &str) -> Option<RefusedWith> {
    let Refused { error } = serde_json::from_str(answer).ok()?;
    let Refusal { code, message, field } = error;
    let field = field.map(|field| format!(" ({field})")).unwrap_or_default();
    let mut words = format!("{code}{field}: {message}");
    crate::output::one_line(&mut words);
    Some(RefusedWith { code, words })
}
