//! What goes to the bus.

use crate::redact::Redacted;

/// The `detail-type` of every published row change.
pub const DETAIL_TYPE: &str = "CDC.TableChange";

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
    /// What EventBridge counts for the entry, in bytes: source, detail-type and detail. (14 more
    /// for a `Time` and the resources' lengths, neither of which is sent.)
    #[must_use]
    pub fn entry_bytes(&self, source: &str) -> usize {
        source.len() + self.detail_type.len() + self.detail.get().len()
    }
}
