//! A document's text, and the members of it that have a meaning.

use std::fmt;

use jiff::Timestamp;

use super::{EXPECTED_CHARS_MAX, Revision};
use crate::json::{Document as Json, JsonError, Kind, Name, Value, write_string};

/// Longest document, in bytes of its JSON text. A DynamoDB item takes 400 KB, names and the few
/// members that are kept a second time included.
pub const DOCUMENT_BYTES_MAX: usize = 256 * 1024;

/// Most digits of a `processedCount`: as many as a DynamoDB number has.
const COUNT_DIGITS_MAX: usize = 38;

/// Longest `lastUpdated`: any way to write a time is shorter.
const UPDATED_CHARS_MAX: usize = 64;

const SEQUENCE: &str = "lastProcessedSequence";
const COUNT: &str = "processedCount";
const UPDATED: &str = "lastUpdated";
const REVISION: &str = "revision";

/// A document: a JSON object of its writer's. `Debug` does not show what is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The members between the braces, each value byte for byte.
    members: String,
    sequence: Option<String>,
    count: Option<String>,
    updated: Option<String>,
}

/// Why a text is no document. The text is not repeated: it is input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// JSON, and no object.
    #[error("an object is expected")]
    NotAnObject,
    /// Longer than [`DOCUMENT_BYTES_MAX`].
    #[error(
        "longer than {DOCUMENT_BYTES_MAX} bytes: keep the bulk elsewhere, and a reference to it here"
    )]
    TooLong,
    /// A member is there twice.
    #[error("a member occurs twice: which of them counts is anybody's guess")]
    Duplicate,
    /// `lastProcessedSequence` is none.
    #[error(
        "a text of 1 to {EXPECTED_CHARS_MAX} characters, none of them a control character, or a number \
         is expected"
    )]
    Sequence,
    /// `processedCount` is none.
    #[error("a whole number of up to {COUNT_DIGITS_MAX} digits is expected")]
    Count,
    /// `lastUpdated` is none.
    #[error(
        "a time is expected, as a text of 1 to {UPDATED_CHARS_MAX} characters, none of them a control \
         character, or a number"
    )]
    Updated,
}

impl DocumentError {
    /// The member at fault, where it is one.
    #[must_use]
    pub fn member(&self) -> Option<&'static str> {
        match self {
            Self::Json(_) | Self::NotAnObject | Self::TooLong | Self::Duplicate => None,
            Self::Sequence => Some(SEQUENCE),
            Self::Count => Some(COUNT),
            Self::Updated => Some(UPDATED),
        }
    }
}

impl Document {
    /// Takes a document as JSON text. A `revision` in it is left out, so that what was read can be
    /// saved again as it is; so is a `lastUpdated` that is null.
    ///
    /// # Errors
    /// [`DocumentError`] says what is expected.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLong);
        }
        let json = Json::parse(text.as_bytes(), Vec::new())?;
        let object = json.root().as_object().ok_or(DocumentError::NotAnObject)?;
        if object.duplicate().is_some() {
            return Err(DocumentError::Duplicate);
        }
        let mut document =
            Self { members: String::new(), sequence: None, count: None, updated: None };
        for (name, value) in object.members() {
            document.take(name, value)?;
        }
        Ok(document)
    }

    fn take(&mut self, name: Name<'_>, value: Value<'_, '_>) -> Result<(), DocumentError> {
        match &*name.unescaped() {
            REVISION => return Ok(()),
            UPDATED if value.is_null() => return Ok(()),
            SEQUENCE if !value.is_null() => self.sequence = Some(sequence(value)?),
            COUNT if !value.is_null() => self.count = Some(count(value)?),
            UPDATED => self.updated = Some(updated(value)?),
            _ => {}
        }
        self.push(name.escaped_text(), value.text());
        Ok(())
    }

    fn push(&mut self, escaped_name: &str, json: &str) {
        if !self.members.is_empty() {
            self.members.push(',');
        }
        self.members.push('"');
        self.members.push_str(escaped_name);
        self.members.push_str("\":");
        self.members.push_str(json);
    }

    /// The same with `lastUpdated`, where its writer gave none.
    #[must_use]
    pub fn dated(mut self, now: Timestamp) -> Self {
        if self.updated.is_none() {
            let time = format!("{now:.3}");
            let mut json = String::new();
            write_string(&mut json, &time);
            self.push(UPDATED, &json);
            self.updated = Some(time);
        }
        self
    }

    /// How far its processor has come, in that processor's own terms.
    #[must_use]
    pub fn last_processed_sequence(&self) -> Option<&str> {
        self.sequence.as_deref()
    }

    /// How many its processor has processed: digits.
    #[must_use]
    pub fn processed_count(&self) -> Option<&str> {
        self.count.as_deref()
    }

    /// When it was last updated, as its writer wrote it.
    #[must_use]
    pub fn last_updated(&self) -> Option<&str> {
        self.updated.as_deref()
    }

    /// The document as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{{{}}}", self.members)
    }

    /// The document as JSON text, with the revision in it.
    #[must_use]
    pub fn to_json_at(&self, revision: Revision) -> String {
        let comma = if self.members.is_empty() { "" } else { "," };
        format!("{{{}{comma}\"{REVISION}\":\"{revision}\"}}", self.members)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.members.len() + 2)
    }
}

fn sequence(value: Value<'_, '_>) -> Result<String, DocumentError> {
    bounded(value, EXPECTED_CHARS_MAX).ok_or(DocumentError::Sequence)
}

fn updated(value: Value<'_, '_>) -> Result<String, DocumentError> {
    bounded(value, UPDATED_CHARS_MAX).ok_or(DocumentError::Updated)
}

fn count(value: Value<'_, '_>) -> Result<String, DocumentError> {
    let digits = value.text();
    let well_formed = value.kind() == Kind::Number
        && digits.len() <= COUNT_DIGITS_MAX
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { Ok(digits.to_owned()) } else { Err(DocumentError::Count) }
}

/// A number, or a text that can be shown as it is: on a terminal a control character is a command.
fn bounded(value: Value<'_, '_>, chars_max: usize) -> Option<String> {
    let token = value.as_token()?;
    let fits = !token.is_empty() && token.chars().count() <= chars_max;
    let fits = fits && !token.chars().any(char::is_control);
    fits.then(|| token.into_owned())
}
