//! Record keys: what the ledger knows a record by.

use std::fmt;

use twox_hash::XxHash3_128;

use super::Record;

/// Lengths, the data's own hash and the occurrence.
const FIXED_BYTES: usize = 3 * 8 + 16 + 4;

/// 16 bytes of XXH3-128 over a record's sequence number, partition key, data and occurrence, each
/// with its length.
///
/// A number alone is not enough: all records of an aggregate share it. The occurrence tells equal
/// bytes under one number apart. The hash is a fixed one and not a cryptographic one: it has to keep
/// records apart that nobody made to collide, and who collides records under one number, which is to
/// say inside an aggregate of their own, gains nothing. It is never shown bare to a subscriber: it is
/// made of row values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey(pub [u8; Self::BYTES]);

impl RecordKey {
    /// The length in bytes.
    pub const BYTES: usize = 16;

    /// The key of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let number = record.position.number.as_str().as_bytes();
        let partition_key = record.partition_key.as_bytes();
        let mut parts = Vec::with_capacity(number.len() + partition_key.len() + FIXED_BYTES);
        for part in [number, partition_key] {
            parts.extend((part.len() as u64).to_be_bytes());
            parts.extend(part);
        }
        parts.extend((record.data.len() as u64).to_be_bytes());
        parts.extend(XxHash3_128::oneshot(&record.data).to_be_bytes());
        parts.extend(record.occurrence.to_be_bytes());
        Self(XxHash3_128::oneshot(&parts).to_be_bytes())
    }

    /// The key of one event made from this record where the record yields several; the first keeps
    /// the record's own. So a record that stays half-way unsettled does not repeat its other half.
    #[must_use]
    pub fn slot(self, slot: u32) -> Self {
        if slot == 0 {
            return self;
        }
        let mut parts = [0; Self::BYTES + 4];
        parts[..Self::BYTES].copy_from_slice(&self.0);
        parts[Self::BYTES..].copy_from_slice(&slot.to_be_bytes());
        Self(XxHash3_128::oneshot(&parts).to_be_bytes())
    }

    /// The key of that lower-case hexadecimal text, if it is one.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * Self::BYTES {
            return None;
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut key = [0; Self::BYTES];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(key))
    }

    /// Lower-case hexadecimal, for the position inside a dead letter.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }
}

/// Two lower-case hexadecimal digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::RecordKey;
    use crate::{
        record::{Record, expand},
        testing::raw,
    };

    #[test]
    fn a_key_tells_number_partition_key_data_occurrence_and_slot_apart() {
        let record = |number, key, data: &'static str, occurrence| {
            let record = expand(vec![raw(number, key, data)]).records.remove(0);
            RecordKey::of(&Record { occurrence, ..record })
        };
        let one = record(1, "k", "data", 0);
        assert_eq!(one, record(1, "k", "data", 0));
        let others = [
            record(2, "k", "data", 0),
            record(1, "l", "data", 0),
            record(1, "k", "datb", 0),
            record(1, "k", "data", 1),
            record(1, "kd", "ata", 0),
            record(11, "", "kdata", 0),
            one.slot(1),
            one.slot(2),
        ];
        let distinct: HashSet<RecordKey> = others.into_iter().chain([one]).collect();
        assert_eq!(distinct.len(), others.len() + 1);
        assert_eq!(one.slot(0), one);
    }

    #[test]
    fn keys_are_the_same_on_every_machine_and_in_every_release() {
        // By the reference implementation (xxHash 0.8).
        let record = expand(vec![raw(42, "users:1", "{}")]).records.remove(0);
        let key = RecordKey::of(&record);
        assert_eq!(key.to_hex(), "b20a609de7bb93d7213ff97f2e939b93");
        assert_eq!(RecordKey::from_hex(&key.to_hex()), Some(key));
        for text in ["", "b2", &"B".repeat(32), &"é".repeat(16), &"0".repeat(33)] {
            assert_eq!(RecordKey::from_hex(text), None, "{text}");
        }
        assert_eq!(key.slot(1).to_hex(), "5df339140c74504f42323fc81e133b91");
    }
}
