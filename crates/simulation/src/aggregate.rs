//! KPL aggregates, as a producer's library writes them: a magic number, a protobuf message, its MD5.

use md5::{Digest as _, Md5};

const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];

// Fields of the aggregate, and of a record in it.
const PARTITION_KEYS: u64 = 1;
const RECORDS: u64 = 3;
const PARTITION_KEY_INDEX: u64 = 1;
const DATA: u64 = 3;

/// The aggregate of these records: partition key and data.
pub(crate) fn aggregate(records: &[(&str, &str)]) -> Vec<u8> {
    let mut message = Vec::new();
    for (key, _) in records {
        bytes(&mut message, PARTITION_KEYS, key.as_bytes());
    }
    for (index, (_, data)) in (0..).zip(records) {
        let mut record = Vec::new();
        varint(&mut record, PARTITION_KEY_INDEX << 3);
        varint(&mut record, index);
        bytes(&mut record, DATA, data.as_bytes());
        bytes(&mut message, RECORDS, &record);
    }
    let mut out = MAGIC.to_vec();
    out.extend(&message);
    out.extend(Md5::digest(&message));
    out
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
