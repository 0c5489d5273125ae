//! Failures of single records, as dead letters and reports name them.

use std::fmt;

/// Why a change was given up on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureCode {
    /// Not a known envelope.
    Parse,
    /// A known envelope that breaks the rules: unlisted table, no key, too large.
    Validation,
    /// A rule could not be applied.
    Transformation,
    /// The bus refuses the event for good.
    EventBridge,
}

impl FailureCode {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Parse, Self::Validation, Self::Transformation, Self::EventBridge];

    /// The code on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parse => "PARSE_ERROR",
            Self::Validation => "VALIDATION_ERROR",
            Self::Transformation => "TRANSFORMATION_ERROR",
            Self::EventBridge => "EVENTBRIDGE_ERROR",
        }
    }
}

/// A failure: code, what and where. The message never holds a row value; names in it are escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct Failure {
    /// What kind.
    pub code: FailureCode,
    /// What is wrong, where, and what to do.
    pub message: String,
    /// Whether the dead letter may carry the record: a table nobody listed is not copied into a
    /// queue, it is pointed to.
    pub by_pointer: bool,
    /// Whether the record as a whole failed: it could not be taken apart into units.
    pub whole: bool,
}

impl Failure {
    /// A record that cannot be understood.
    #[must_use]
    pub fn parse(message: impl fmt::Display) -> Self {
        Self::new(FailureCode::Parse, message)
    }

    /// A record that breaks the rules.
    #[must_use]
    pub fn validation(message: impl fmt::Display) -> Self {
        Self::new(FailureCode::Validation, message)
    }

    /// A record to which a rule can't be applied.
    #[must_use]
    pub fn transformation(message: impl fmt::Display) -> Self {
        Self::new(FailureCode::Transformation, message)
    }

    /// An event that the bus refuses for good.
    #[must_use]
    pub fn event_bridge(message: impl fmt::Display) -> Self {
        Self::new(FailureCode::EventBridge, message)
    }

    /// The same, with the dead letter pointing to the record in place of carrying it.
    #[must_use]
    pub fn by_pointer(mut self) -> Self {
        self.by_pointer = true;
        self
    }

    /// The same, of the record as a whole.
    #[must_use]
    pub(crate) fn of_whole_record(mut self) -> Self {
        self.whole = true;
        self
    }

    fn new(code: FailureCode, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), by_pointer: false, whole: false }
    }
}

/// A text out of input, fit to be shown as a sentence: as [`shown`], with its quotes as they are and a
/// bound of the caller's.
#[must_use]
pub fn told(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(chars_max) + 2);
    for (index, character) in text.chars().enumerate() {
        if index == chars_max {
            out.push('…');
            break;
        }
        match character {
            '"' | '\'' | '\\' => out.push(character),
            other => out.extend(other.escape_debug()),
        }
    }
    out
}

/// Longest name that is shown, in characters: names are input.
const SHOWN_CHARS_MAX: usize = 80;

/// A name out of input, fit to be shown: control and other invisible characters escaped, cut to a
/// bound.
#[must_use]
pub fn shown(name: &str) -> String {
    let mut out = String::with_capacity(name.len().min(SHOWN_CHARS_MAX) + 2);
    for (index, character) in name.chars().enumerate() {
        if index == SHOWN_CHARS_MAX {
            out.push('…');
            break;
        }
        out.extend(character.escape_debug());
    }
    out
}
