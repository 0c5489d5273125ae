//! The names under which documents are kept.

use std::fmt;

/// The name under which the pipeline itself is shown.
pub const PIPELINE: &str = "cdc-processor";

/// Longest name of a processor.
pub const PROCESSOR_NAME_CHARS_MAX: usize = 128;

/// The name of a processor that keeps a document: 1 to [`PROCESSOR_NAME_CHARS_MAX`] letters, digits
/// and `._-`, and not the pipeline's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessorName(Box<str>);

/// A text that is no processor's name. It is not repeated: it is input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessorNameError {
    /// Other characters, none, or too many.
    #[error(
        "not a processor's name: 1 to {PROCESSOR_NAME_CHARS_MAX} letters, digits and ._- are expected"
    )]
    Malformed,
    /// The pipeline's name, in whatever case.
    #[error(
        "{PIPELINE} is the pipeline itself: its progress is shown by status and forgotten by reset, \
         and is never saved by hand"
    )]
    Pipeline,
}

impl ProcessorName {
    /// Takes a name.
    ///
    /// # Errors
    /// [`ProcessorNameError`] says what is expected.
    pub fn parse(text: &str) -> Result<Self, ProcessorNameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if text.is_empty() || text.len() > PROCESSOR_NAME_CHARS_MAX || !text.bytes().all(allowed) {
            return Err(ProcessorNameError::Malformed);
        }
        if text.eq_ignore_ascii_case(PIPELINE) {
            return Err(ProcessorNameError::Pipeline);
        }
        Ok(Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProcessorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
