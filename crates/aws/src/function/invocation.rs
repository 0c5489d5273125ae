//! One invocation, as far as a handler needs to know of it.

use std::error::Error;

use jiff::Timestamp;

/// Who is asked, and until when there is time to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Lambda's id of the request.
    pub request_id: String,
    /// When the function would be killed.
    pub deadline: Timestamp,
}

impl Invocation {
    /// An invocation with the deadline that Lambda gives it, in milliseconds since 1970.
    ///
    /// # Errors
    /// Where that is no time.
    pub fn of(request_id: String, deadline_ms: u64) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let deadline = Timestamp::from_millisecond(i64::try_from(deadline_ms)?)?;
        Ok(Self { request_id, deadline })
    }
}
