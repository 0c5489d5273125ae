//! From the records of an invocation to the records that producers wrote: aggregates are taken
//! apart, and equal ones under one number are told apart by their occurrence.

use std::{collections::HashMap, fmt, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

use super::{MalformedAggregate, Position, Record, SequenceNumber, aggregate};

/// A record as the stream delivered it, perhaps an aggregate.
#[derive(Clone)]
pub struct RawRecord {
    /// The payload.
    pub data: Bytes,
    /// The partition key.
    pub partition_key: Arc<str>,
    /// Its sequence number.
    pub number: SequenceNumber,
    /// When the stream took it.
    pub arrived: Timestamp,
}

impl fmt::Debug for RawRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawRecord({}, {} bytes)", self.number, self.data.len())
    }
}

/// The records of one delivery, in its order.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The user records.
    pub records: Vec<Record>,
    /// Those among them (by index) that are whole aggregates which could not be taken apart.
    pub malformed: Vec<(usize, MalformedAggregate)>,
    /// The first record that was left for another delivery, where these are too many for one.
    pub cut: Option<Record>,
}

/// Records of one batch, aggregates taken apart, beyond which the rest waits for another delivery:
/// twenty times what a mapping delivers unless many are in aggregates, and some 100 MB.
pub const BATCH_RECORDS_MAX: usize = 200_000;

/// Takes aggregates apart. Nothing is dropped: a malformed aggregate stays one record.
#[must_use]
pub fn expand(delivery: Vec<RawRecord>) -> Expanded {
    expand_up_to(delivery, BATCH_RECORDS_MAX)
}

/// The same, with another bound than [`BATCH_RECORDS_MAX`].
pub(crate) fn expand_up_to(delivery: Vec<RawRecord>, records_max: usize) -> Expanded {
    let mut expanded = Expanded::default();
    let records = &mut expanded.records;
    records.reserve(delivery.len());
    for raw in delivery {
        if records.len() >= records_max {
            expanded.cut = Some(whole(raw));
            break;
        }
        match aggregate::split(&raw.data) {
            Ok(None) => records.push(whole(raw)),
            Ok(Some(parts)) => {
                records.extend((0..).zip(parts).map(|(sub_sequence, part)| Record {
                    data: part.data,
                    partition_key: part.partition_key,
                    position: Position { number: raw.number.clone(), sub_sequence },
                    arrived: raw.arrived,
                    occurrence: 0,
                    unplaced: false,
                }))
            }
            Err(error) => {
                expanded.malformed.push((records.len(), error));
                records.push(whole(raw));
            }
        }
    }
    count_occurrences(records);
    expanded
}

/// The records in an aggregate; any other record is one itself.
pub(crate) fn parts(data: &Bytes) -> Result<Vec<Bytes>, MalformedAggregate> {
    let parts = aggregate::split(data)?.map(|parts| parts.into_iter().map(|it| it.data).collect());
    Ok(parts.unwrap_or_else(|| vec![data.clone()]))
}

/// What is wrong with an aggregate that can't be taken apart; none for any other record.
pub(crate) fn malformed(data: &Bytes) -> Option<MalformedAggregate> {
    aggregate::split(data).err()
}

fn whole(raw: RawRecord) -> Record {
    Record {
        data: raw.data,
        partition_key: raw.partition_key,
        position: Position { number: raw.number, sub_sequence: 0 },
        arrived: raw.arrived,
        occurrence: 0,
        unplaced: false,
    }
}

/// Numbers the records that are equal in number, partition key and data. Records of one number
/// stand side by side, whether the aggregate came whole or was taken apart by Lambda.
fn count_occurrences(records: &mut [Record]) {
    for group in records.chunk_by_mut(|a, b| a.position.number == b.position.number) {
        if group.len() < 2 {
            continue;
        }
        // Taken apart here, only the first would have the place 0.
        let unplaced = group.iter().all(|record| record.position.sub_sequence == 0);
        let mut seen: HashMap<(Arc<str>, Bytes), u32> = HashMap::with_capacity(group.len());
        for record in group {
            let key = (Arc::clone(&record.partition_key), record.data.clone());
            let count = seen.entry(key).or_default();
            record.occurrence = *count;
            record.unplaced = unplaced;
            *count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH_RECORDS_MAX, expand};
    use crate::testing::{aggregate, raw};

    fn malformed(partition_key: &str) -> Option<String> {
        let expanded = expand(vec![raw(1, "k", aggregate(&[(partition_key, "{}")]))]);
        assert_eq!(expanded.records.len(), 1);
        expanded.malformed.first().map(|(_, error)| error.to_string())
    }

    #[test]
    fn a_partition_key_inside_an_aggregate_is_bounded() {
        assert_eq!(malformed(&"\u{10ffff}".repeat(256)), None);
        let error = malformed(&"k".repeat(1025)).unwrap();
        assert_eq!(
            error,
            "a KPL aggregate with a valid digest is malformed: a partition key is too long"
        );
    }

    #[test]
    fn parts_of_one_number_that_came_by_themselves_have_no_place() {
        let places = |delivery| {
            let records = expand(delivery).records;
            records.iter().map(|record| record.unplaced).collect::<Vec<_>>()
        };
        let aggregate = || aggregate(&[("k", "a"), ("k", "b")]);
        assert_eq!(
            places(vec![raw(1, "k", "a"), raw(1, "k", "b"), raw(2, "k", "c")]),
            [true, true, false]
        );
        assert_eq!(places(vec![raw(1, "k", aggregate()), raw(2, "k", "c")]), [false; 3]);
    }

    #[test]
    fn more_records_than_a_batch_may_have_wait() {
        let delivery =
            (0..BATCH_RECORDS_MAX as u64 + 2).map(|number| raw(number, "k", "")).collect();
        let expanded = expand(delivery);
        assert_eq!(expanded.records.len(), BATCH_RECORDS_MAX);
        let cut = expanded.cut.unwrap().position.number;
        assert_eq!(cut, (BATCH_RECORDS_MAX as u64).into());
    }
}
