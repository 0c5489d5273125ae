//! What decoding may cost at most, held against [`SHAPES`]: see [`crate::envelope`].

use allocation_counter::AllocationInfo;

use super::{
    shapes::{SHAPES, Shape},
    *,
};
use crate::json::steps;

/// Steps a byte, however a record is made.
const STEPS_A_BYTE: u64 = 40;

fn decoded(record: &str) -> usize {
    let arena = Arena::default();
    let document = Document::parse(record.as_bytes(), Vec::new()).unwrap();
    decode(Some(&document), Context::documented(&arena)).unwrap().len()
}

/// What a record of this shape costs, and how many units it has.
fn cost(shape: &Shape, number: usize) -> (String, AllocationInfo, u64, usize) {
    let record = (shape.record)(number);
    let mut units = 0;
    let mut allocated = AllocationInfo::default();
    let steps = steps::of(|| allocated = allocation_counter::measure(|| units = decoded(&record)));
    (record, allocated, steps, units)
}

#[test]
fn no_record_costs_more_than_its_length_allows() {
    for shape in &SHAPES {
        for number in [50, 2000] {
            let (record, allocated, steps, units) = cost(shape, number);
            let bound = memory_max(record.len(), units) as u64;
            let told = format!("{} ({number}): {} bytes, {units} units", shape.name, record.len());
            assert!(allocated.bytes_max <= bound, "{told}: {allocated:?} of {bound}");
            assert!(steps <= STEPS_A_BYTE * record.len() as u64 + 1000, "{told}: {steps} steps");
        }
    }
}

#[test]
fn four_times_the_record_costs_four_times_as_much() {
    for shape in &SHAPES {
        let (small, few, few_steps, _) = cost(shape, 1000);
        let (large, many, many_steps, _) = cost(shape, 4000);
        let growth = large.len() as f64 / small.len() as f64;
        let allocated = many.bytes_total as f64 / few.bytes_total as f64;
        let steps = many_steps as f64 / few_steps as f64;
        // Lists grow by doubling: what they take in all may lie as far from the mean.
        assert!(allocated < 2.0 * growth, "{}: {growth} {few:?} {many:?}", shape.name);
        assert!(steps < 1.5 * growth, "{}: {growth} {few_steps} {many_steps}", shape.name);
    }
}

#[test]
fn the_rows_of_a_message_are_bounded() {
    let message = |rows: usize| {
        let rows = vec!["{}"; rows].join(",");
        format!(r#"{{"data":[{rows}],"type":"INSERT","database":"d","table":"t"}}"#)
    };
    assert_eq!(decoded(&message(1 << 16)), 1 << 16);
    check(&message((1 << 16) + 1), "VALIDATION_ERROR: Canal's data has more than 65536 rows");
}
