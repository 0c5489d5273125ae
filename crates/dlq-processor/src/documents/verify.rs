//! Confirming what a document carries: record for record, as the stream has it.

use std::collections::HashMap;

use cdc_core::record::{RawRecord, SequenceNumber, Shard, expand};

use super::{NotAll, Refused, Run, Wiring, range::Range};

impl<W: Wiring> Run<'_, W> {
    /// Whether the stream has each of these records, byte for byte. They are some of a shard's, in its
    /// order or not; others in between don't matter.
    pub(super) async fn verify(
        &mut self,
        records: &[RawRecord],
        shard: &Shard,
    ) -> Result<(), NotAll> {
        let mut wanted: HashMap<&SequenceNumber, Vec<&RawRecord>> = HashMap::new();
        for record in records {
            wanted.entry(&record.number).or_default().push(record);
        }
        let numbers = || records.iter().map(|record| &record.number);
        let (Some(first), Some(last)) = (numbers().min(), numbers().max()) else { return Ok(()) };
        let mut range = Range::new(shard, first, last);
        while !range.is_done() {
            for found in self.read_range(&mut range).await? {
                if let Some(carried) = wanted.remove(&found.number)
                    && !is_of(&found, &carried)
                {
                    return Err(NotAll::Refused(Refused::OtherRecord));
                }
            }
            if !range.is_whole() {
                break;
            }
        }
        if wanted.is_empty() { Ok(()) } else { Err(NotAll::Refused(Refused::Unconfirmed)) }
    }
}

/// Whether what was carried under a number is the stream's record, or what Lambda took out of it.
fn is_of(found: &RawRecord, carried: &[&RawRecord]) -> bool {
    let same_arrival = carried.iter().all(|record| record.arrived == found.arrived);
    if let [record] = carried
        && (&record.data, &record.partition_key) == (&found.data, &found.partition_key)
    {
        return same_arrival;
    }
    let parts = expand(vec![found.clone()]).records;
    let has = |record: &&RawRecord| {
        parts
            .iter()
            .any(|part| (&part.data, &part.partition_key) == (&record.data, &record.partition_key))
    };
    same_arrival && carried.len() <= parts.len() && carried.iter().all(has)
}
