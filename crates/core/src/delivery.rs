//! What the bus, the ledger and the queue answer, and what follows from it.

use std::fmt;

/// What became of one event, in the order in which events were given to the sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The bus confirmed it.
    Accepted,
    /// The bus refused this entry.
    Refused(BusCode),
}

/// EventBridge's error codes for one entry of `PutEvents` (service model, November 2026).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are EventBridge's own")]
pub enum BusCode {
    AccessDenied,
    InternalFailure,
    InvalidAccountId,
    InvalidArgument,
    MalformedDetail,
    NotAuthorizedForDetailType,
    NotAuthorizedForSource,
    RedactionFailure,
    Throttling,
    /// A code this version does not know, cut to a bound.
    Unknown(Box<str>),
}

/// What to do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The entry's own fault: it goes to the dead-letter queue, the stream goes on.
    DeadLetter,
    /// Not the entry's fault: try again in rounds, then leave it unsettled, so that the stream
    /// waits and alarms. One bad deployment must not drain it into the queue.
    Retry,
}

/// Longest error code that is kept: known ones have up to 36 characters.
const CODE_CHARS_MAX: usize = 64;

impl BusCode {
    /// The code of that name.
    #[must_use]
    pub fn parse(code: &str) -> Self {
        match code {
            "AccessDeniedException" => Self::AccessDenied,
            "InternalFailure" | "InternalException" => Self::InternalFailure,
            "InvalidAccountIdException" => Self::InvalidAccountId,
            "InvalidArgument" => Self::InvalidArgument,
            "MalformedDetail" => Self::MalformedDetail,
            "NotAuthorizedForDetailTypeException" => Self::NotAuthorizedForDetailType,
            "NotAuthorizedForSourceException" => Self::NotAuthorizedForSource,
            "RedactionFailure" => Self::RedactionFailure,
            "ThrottlingException" => Self::Throttling,
            unknown => Self::Unknown(bounded(unknown)),
        }
    }

    /// What to do about it. Without a `_` arm, so that a new code has to choose.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::InvalidArgument | Self::MalformedDetail => Remedy::DeadLetter,
            Self::AccessDenied
            | Self::InternalFailure
            | Self::InvalidAccountId
            | Self::NotAuthorizedForDetailType
            | Self::NotAuthorizedForSource
            | Self::RedactionFailure
            | Self::Throttling
            | Self::Unknown(_) => Remedy::Retry,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::InternalFailure => "InternalFailure",
            Self::InvalidAccountId => "InvalidAccountIdException",
            Self::InvalidArgument => "InvalidArgument",
            Self::MalformedDetail => "MalformedDetail",
            Self::NotAuthorizedForDetailType => "NotAuthorizedForDetailTypeException",
            Self::NotAuthorizedForSource => "NotAuthorizedForSourceException",
            Self::RedactionFailure => "RedactionFailure",
            Self::Throttling => "ThrottlingException",
            Self::Unknown(code) => code,
        }
    }
}

impl fmt::Display for BusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A call that failed as a whole, or whose answer never came. What it asked for may have happened
/// nevertheless. The service's message is not kept: it can repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation} failed: {kind}{}", CodeText(code.as_deref()))]
pub struct CallError {
    /// The API operation, such as `PutEvents`.
    pub operation: &'static str,
    /// What kind of failure.
    pub kind: CallErrorKind,
    /// The service's error code, where it answered with one.
    pub code: Option<Box<str>>,
}

impl CallError {
    /// A failure of `operation`; an error code is escaped and cut to a bound.
    #[must_use]
    pub fn new(operation: &'static str, kind: CallErrorKind, code: Option<&str>) -> Self {
        Self { operation, kind, code: code.map(bounded) }
    }
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallErrorKind {
    /// Too many calls; later.
    #[error("throttled")]
    Throttled,
    /// No connection, no answer in time, or an error of the service's own.
    #[error("no usable answer")]
    Unavailable,
    /// Missing rights or a missing resource: somebody has to act.
    #[error("denied, or the resource does not exist")]
    Denied,
    /// The service judged the request itself as wrong (too large, malformed).
    #[error("the request was refused as invalid")]
    Invalid,
}

struct CodeText<'a>(Option<&'a str>);

impl fmt::Display for CodeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |code| write!(f, " ({code})"))
    }
}

fn bounded(code: &str) -> Box<str> {
    code.chars().take(CODE_CHARS_MAX).flat_map(char::escape_debug).collect::<String>().into()
}
