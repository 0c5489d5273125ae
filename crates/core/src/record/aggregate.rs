//! KPL aggregation: several user records inside one Kinesis record.
//!
//! The layout is Amazon's aggregated record format: a magic number, a protobuf message, the MD5 of
//! the message. A wrong digest means that the record is an ordinary one that happens to begin so.

use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest, Md5};

const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
const DIGEST_BYTES: usize = 16;

/// Most user records that one aggregate may hold: more than a 6 MB invocation has room for.
pub const SUB_RECORDS_MAX: usize = 400_000;

/// Longest partition key in bytes: Kinesis takes 256 characters, of four bytes at most. Every
/// record of an aggregate is known by its key, so one of megabytes would be read thousands of times;
/// and a dead letter has to fit.
pub const PARTITION_KEY_BYTES_MAX: usize = 256 * 4;

/// A user record out of an aggregate.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SubRecord {
    pub(super) partition_key: Arc<str>,
    pub(super) data: Bytes,
}

/// An aggregate with a right digest whose message is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a KPL aggregate with a valid digest is malformed: {0}")]
pub struct MalformedAggregate(&'static str);

/// The user records of `data`, in their order, or `None` where it is an ordinary record.
///
/// # Errors
/// [`MalformedAggregate`] where the digest is right and the message is not.
pub(super) fn split(data: &Bytes) -> Result<Option<Vec<SubRecord>>, MalformedAggregate> {
    let Some(message) = message(data) else { return Ok(None) };
    let mut keys = Vec::new();
    let mut found = Vec::new();
    let mut reader = Reader { rest: message };
    while let Some((field, value)) = reader.field()? {
        match (field, value) {
            (1, Value::Bytes(key)) => keys.push(partition_key(key)?),
            (3, Value::Bytes(record)) if found.len() < SUB_RECORDS_MAX => {
                found.push(user_record(record)?);
            }
            (3, Value::Bytes(_)) => return Err(MalformedAggregate("it holds too many records")),
            _ => {}
        }
    }
    let resolve = |(index, payload): (u64, &[u8])| {
        let key = usize::try_from(index).ok().and_then(|index| keys.get(index));
        let key = key.ok_or(MalformedAggregate("a partition key index is out of range"))?;
        let partition_key = Arc::clone(key);
        Ok(SubRecord { partition_key, data: data.slice_ref(payload) })
    };
    found.into_iter().map(resolve).collect::<Result<_, _>>().map(Some)
}

/// Whether these bytes begin as an aggregate does, whatever follows.
pub(crate) fn is_aggregate(data: &[u8]) -> bool {
    data.starts_with(&MAGIC)
}

/// The protobuf message, if magic and digest say that there is one.
fn message(data: &[u8]) -> Option<&[u8]> {
    let body = data.strip_prefix(&MAGIC)?;
    let (message, digest) = body.split_at_checked(body.len().checked_sub(DIGEST_BYTES)?)?;
    (Md5::digest(message).as_slice() == digest).then_some(message)
}

fn user_record(record: &[u8]) -> Result<(u64, &[u8]), MalformedAggregate> {
    let mut index = None;
    let mut data = None;
    let mut reader = Reader { rest: record };
    while let Some((field, value)) = reader.field()? {
        match (field, value) {
            (1, Value::Number(number)) => index = Some(number),
            (3, Value::Bytes(bytes)) => data = Some(bytes),
            _ => {}
        }
    }
    let missing = MalformedAggregate("a record lacks its partition key index or its data");
    index.zip(data).ok_or(missing)
}

fn partition_key(bytes: &[u8]) -> Result<Arc<str>, MalformedAggregate> {
    if bytes.len() > PARTITION_KEY_BYTES_MAX {
        return Err(MalformedAggregate("a partition key is too long"));
    }
    let key = std::str::from_utf8(bytes);
    key.map(Arc::from).map_err(|_| MalformedAggregate("a partition key is not UTF-8"))
}

/// Reads protobuf's wire format.
struct Reader<'a> {
    rest: &'a [u8],
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Fixed,
}

const CUT: MalformedAggregate = MalformedAggregate("it is cut short");

impl<'a> Reader<'a> {
    fn field(&mut self) -> Result<Option<(u64, Value<'a>)>, MalformedAggregate> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| CUT)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(MalformedAggregate("it has an unknown wire type")),
        };
        Ok(Some((tag >> 3, value)))
    }

    fn varint(&mut self) -> Result<u64, MalformedAggregate> {
        let mut number = 0u64;
        for (index, &byte) in self.rest.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(number);
            }
        }
        Err(CUT)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], MalformedAggregate> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }
}
