//! Any bytes as a record, and as the message of an aggregate whose digest is right.
#![no_main]

use cdc_core::record::expand;
use cdc_fuzz::raw;
use libfuzzer_sys::fuzz_target;
use md5::{Digest, Md5};

const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];

fuzz_target!(|data: &[u8]| {
    let whole = expand(vec![raw(data.to_vec())]);
    check(&whole, data.len());
    let message = data.strip_prefix(&MAGIC).unwrap_or(data);
    let mut aggregate = MAGIC.to_vec();
    aggregate.extend(message);
    aggregate.extend(Md5::digest(message));
    let length = aggregate.len();
    check(&expand(vec![raw(aggregate)]), length);
});

/// Nothing is dropped, and nothing is there twice.
fn check(expanded: &cdc_core::record::Expanded, length: usize) {
    let bytes: usize = expanded.records.iter().map(|record| record.data.len()).sum();
    assert!(bytes <= length);
    if let Some((index, _)) = expanded.malformed.first() {
        assert_eq!(expanded.records[*index].data.len(), length);
    }
    let places = expanded.records.iter().map(|record| record.position.sub_sequence);
    assert!(places.eq(0..expanded.records.len() as u32));
}
