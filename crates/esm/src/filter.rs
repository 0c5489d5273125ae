//! The event filter: which records are delivered at all.

use std::{fmt, sync::Arc};

use crate::StreamRecord;

/// `FilterCriteria` as a question: whether a record is delivered. What it leaves out counts as
/// settled, without the function ever seeing it. (On AWS it is asked about the record's decoded data
/// and partition key; a record whose data is no JSON where a pattern asks for JSON is left out.)
#[derive(Clone)]
pub struct EventFilter(Arc<dyn Fn(&StreamRecord) -> bool + Send + Sync>);

impl EventFilter {
    /// A filter that takes what `takes` says.
    pub fn new(takes: impl Fn(&StreamRecord) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(takes))
    }

    /// Whether the record is delivered.
    #[must_use]
    pub fn takes(&self, record: &StreamRecord) -> bool {
        (self.0)(record)
    }
}

impl fmt::Debug for EventFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventFilter")
    }
}
