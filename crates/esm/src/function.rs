//! The function under the mapping: the port, and the ways an invocation can fail.

use std::future::Future;

use bytes::Bytes;

use crate::BoxError;

/// Invokes the function synchronously (`RequestResponse`).
///
/// Called once per delivery, never twice at once for one lane. Dropping the future gives the
/// invocation up unanswered: what it did may have happened.
pub trait Function: Send + Sync {
    /// The function's answer, byte for byte. No answer at all is an empty one.
    fn invoke(&self, event: Bytes) -> impl Future<Output = Result<Bytes, FunctionError>> + Send;
}

/// An invocation without an answer.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// The function ran and failed (`FunctionError: Unhandled`): costs a retry.
    #[error("the function failed")]
    Failed(#[source] BoxError),
    /// The function ran out of time: costs a retry.
    #[error("the function timed out")]
    TimedOut,
    /// The function was not run (throttled, not there): costs no retry, only the record's age ends
    /// it, as AWS documents for errors before invocation.
    #[error("the function could not be invoked")]
    NotInvoked(#[source] BoxError),
    /// The event is larger than an invocation may be; as [`FunctionError::NotInvoked`].
    #[error("the event is larger than an invocation may be")]
    EventTooLarge,
}
