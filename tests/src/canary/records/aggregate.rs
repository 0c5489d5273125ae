//! An aggregate of the Kinesis Producer Library: its table of partition keys and its tags are the producer's words.

use md5::{Digest as _, Md5};
use serde_json::json;

use super::{Becomes, Row, Seeded, Seeds};

/// What an aggregate begins with (Kinesis Producer Library, "aggregation format").
const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];

/// Two rows under keys of their own, the second with a tag.
pub(super) fn record(seeds: &mut Seeds) -> Seeded {
    let name = "an aggregate";
    let row = &mut Row::of(seeds, name);
    let mut message = Vec::new();
    for number in 0..2 {
        field(&mut message, 1, row.text(&format!("the key of row {number}")).as_bytes());
        field(&mut message, 2, row.text(&format!("the hash key of row {number}")).as_bytes());
    }
    for number in 0..2 {
        let image = row.person(&format!("row {number}"), number);
        let data = json!({"table": "people", "operation": "INSERT", "after": image}).to_string();
        let mut tag = Vec::new();
        field(&mut tag, 1, b"user");
        field(&mut tag, 2, row.text(&format!("the tag of row {number}")).as_bytes());
        // Partition key and hash key by their place.
        let mut record = vec![1 << 3, number as u8, 2 << 3, number as u8];
        field(&mut record, 3, data.as_bytes());
        field(&mut record, 4, &tag);
        field(&mut message, 3, &record);
    }
    let digest = Md5::digest(&message);
    let data = [&MAGIC[..], &message, &digest[..]].concat();
    Seeded::new(seeds, name, data, Becomes::Events(2))
}

/// A field of bytes, as protobuf writes it.
fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    let mut length = bytes.len();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(bytes);
}
