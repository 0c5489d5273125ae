//! Any bytes as a compressed record: what comes out keeps the bounds, a second record of the same
//! bytes comes out the same.
#![no_main]

use bytes::Bytes;
use cdc_core::record::{INFLATED_RECORD_BYTES_MAX, InflateError, Inflater};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let data = Bytes::copy_from_slice(data);
    let mut inflater = Inflater::default();
    let first = inflater.inflate(&data);
    let second = inflater.inflate(&data);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert!(first.len() <= INFLATED_RECORD_BYTES_MAX.max(data.len()));
            assert_eq!(first, second);
        }
        (Err(first), Err(second)) => {
            assert!(!matches!(first, InflateError::Exhausted));
            let _ = (first.to_string(), second.to_string());
        }
        // Only what the batch's records share may run out between them.
        (Ok(_), Err(error)) => assert!(matches!(error, InflateError::Exhausted)),
        (Err(error), Ok(_)) => panic!("broken once and not again: {error}"),
    }
});
