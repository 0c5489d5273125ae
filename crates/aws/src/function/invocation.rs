//! One invocation, as far as a handler needs to know of it.

use jiff::Timestamp;

/// Who is asked, and until when there is time to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Lambda's id of the request.
    pub request_id: String,
    /// When the function would be killed.
    pub deadline: Timestamp,
}
