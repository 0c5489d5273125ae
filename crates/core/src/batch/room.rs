//! What one invocation may take, shared by its batches: records, and bytes that they inflate to.

use crate::record::{BATCH_RECORDS_MAX, Inflater};

/// What is left for further batches of an invocation.
#[derive(Debug)]
pub struct Room {
    inflater: Inflater,
    records: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { inflater: Inflater::default(), records: BATCH_RECORDS_MAX }
    }
}

impl Room {
    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// To be given back.
    pub(super) fn take_inflater(&mut self) -> Inflater {
        std::mem::take(&mut self.inflater)
    }

    pub(super) fn give_back(&mut self, inflater: Inflater, records: usize) {
        self.inflater = inflater;
        self.records = self.records.saturating_sub(records);
    }
}
