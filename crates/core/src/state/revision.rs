//! Revisions, and what a save expects to find.

use std::fmt;

/// Longest text that a save can expect: sequence numbers have up to 129 digits.
pub const EXPECTED_CHARS_MAX: usize = 256;

/// How often a document was saved: `r1` after the first time. It rises with each save.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(u64);

impl Revision {
    /// The revision after so many saves.
    #[must_use]
    pub fn new(saves: u64) -> Self {
        Self(saves)
    }

    /// How many saves that is.
    #[must_use]
    pub fn saves(self) -> u64 {
        self.0
    }

    /// Reads what [`Display`](fmt::Display) writes, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let revision = Self(text.strip_prefix('r')?.parse().ok()?);
        (revision.to_string() == text).then_some(revision)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// What a save expects to find. Anything else is a conflict, and nothing is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there: the last writer wins.
    Anything,
    /// No document yet.
    Nothing,
    /// A document whose revision, or whose `lastProcessedSequence`, is this text.
    Exactly(String),
}

/// More than [`EXPECTED_CHARS_MAX`] characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "longer than {EXPECTED_CHARS_MAX} characters: a revision (r7), a lastProcessedSequence, or an \
     empty text for no document is expected"
)]
pub struct ExpectedTooLong;

impl Expected {
    /// What the text of a request means: none is anything, an empty one is no document yet.
    ///
    /// # Errors
    /// [`ExpectedTooLong`].
    pub fn parse(text: Option<&str>) -> Result<Self, ExpectedTooLong> {
        match text {
            None => Ok(Self::Anything),
            Some("") => Ok(Self::Nothing),
            Some(text) if text.chars().count() > EXPECTED_CHARS_MAX => Err(ExpectedTooLong),
            Some(text) => Ok(Self::Exactly(text.to_owned())),
        }
    }
}
