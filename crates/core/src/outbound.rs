//! What goes to the bus.

use crate::redact::Redacted;

/// The `detail-type` of every published row change.
pub const DETAIL_TYPE: &str = "CDC.TableChange";

/// The `detail-type` of the event by which the health check tries the bus.
pub const HEALTH_DETAIL_TYPE: &str = "CDC.HealthCheck";

/// Its whole detail: when it was sent stands in EventBridge's own `time`.
const HEALTH_DETAIL: &str = r#"{"version":"1.0"}"#;

/// Most entries of one `PutEvents` call: EventBridge refuses an eleventh.
pub const PUT_EVENTS_ENTRIES_MAX: usize = 10;

/// Most bytes of one `PutEvents` call. EventBridge documents "under 1 MB" since January 2026; the
/// decimal reading is the one that holds either way.
pub const PUT_EVENTS_BYTES_MAX: usize = 1_000_000;

/// One finished event. Its detail went through the redactor: nothing else makes a [`Redacted`].
#[derive(Clone, Debug)]
pub struct OutboundEvent {
    /// The `detail-type`.
    pub detail_type: &'static str,
    /// The detail as JSON text.
    pub detail: Redacted<String>,
}

impl OutboundEvent {
    /// The event by which the health check tries the bus. It says nothing of any row.
    #[must_use]
    pub fn health_check() -> Self {
        Self { detail_type: HEALTH_DETAIL_TYPE, detail: Redacted::constant(HEALTH_DETAIL) }
    }

    /// An event of that `detail-type`. Besides the pipeline's own, its detail can be any record that
    /// went through [`crate::redact::RecordRules`].
    #[must_use]
    pub fn new(detail_type: &'static str, detail: Redacted<String>) -> Self {
        Self { detail_type, detail }
    }

    /// What EventBridge counts for the entry, in bytes: source, detail-type and detail. (14 more
    /// for a `Time` and the resources' lengths, neither of which is sent.)
    #[must_use]
    pub fn entry_bytes(&self, source: &str) -> usize {
        Self::bytes_of(source, self.detail_type, self.detail.get())
    }

    /// The same for an event that is not made yet.
    pub(crate) fn bytes_of(source: &str, detail_type: &str, detail: &str) -> usize {
        source.len() + detail_type.len() + detail.len()
    }
}
