//! Record keys: what the ledger knows a record by.

use std::fmt;

use sha2::{Digest, Sha256};

use super::Record;

/// 16 bytes of SHA-256 over a record's sequence number, partition key, data and occurrence, each
/// with its length.
///
/// A number alone is not enough: all records of an aggregate share it. The occurrence tells equal
/// bytes under one number apart. It is never shown bare: it is made of row values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey(pub [u8; Self::BYTES]);

impl RecordKey {
    /// The length in bytes.
    pub const BYTES: usize = 16;

    /// The key of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let mut hash = Sha256::new();
        for part in [
            record.position.number.as_str().as_bytes(),
            record.partition_key.as_bytes(),
            &record.data,
            &record.occurrence.to_be_bytes(),
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self::cut(&hash.finalize())
    }

    /// The key of one event made from this record where the record yields several; the first keeps
    /// the record's own. So a record that stays half-way unsettled does not repeat its other half.
    #[must_use]
    pub fn slot(self, slot: u32) -> Self {
        if slot == 0 {
            return self;
        }
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(slot.to_be_bytes());
        Self::cut(&hash.finalize())
    }

    /// Lower-case hexadecimal, for the position inside a dead letter.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    fn cut(digest: &[u8]) -> Self {
        Self(digest[..Self::BYTES].try_into().expect("a SHA-256 digest has 32 bytes"))
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
