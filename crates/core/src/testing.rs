//! What the crate's own tests share: small rules, records and aggregates.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use md5::{Digest, Md5};

use crate::{
    claim_check::Buckets,
    pipeline::{IdKey, Pipeline},
    record::{RawRecord, SequenceNumber, Shard},
    rules::{ConfigFile, Rules},
};

pub(crate) const CONFIG: &str = "
version: 1
pipeline: test
unlisted_tables: reject
tables:
  t: {keys: [id], include: [id, v, ssn, big], redact: [ssn]}
  log: {keys: none, include: [\"*\"]}
  slim: {keys: [id], include: [id], operations: [INSERT], snapshot: skip}
";

pub(crate) fn pipeline() -> Pipeline {
    pipeline_of(CONFIG)
}

pub(crate) fn pipeline_of(config: &str) -> Pipeline {
    let file = ConfigFile { path: "test.yaml".into(), text: config.into() };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
    Pipeline {
        rules: Arc::new(rules),
        id_key: IdKey::new(&[7; 32]).unwrap(),
        event_source: "cdc-pipeline".into(),
        replay: false,
        buckets: Buckets::default(),
    }
}

pub(crate) fn shard() -> Shard {
    let stream_arn = "arn:aws:kinesis:us-east-1:123456789012:stream/coredb".into();
    Shard { stream_arn, id: "shardId-000000000003".into() }
}

pub(crate) fn arrived() -> Timestamp {
    "2024-06-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn raw(number: u64, partition_key: &str, data: impl Into<Bytes>) -> RawRecord {
    RawRecord {
        data: data.into(),
        partition_key: partition_key.into(),
        number: SequenceNumber::from(number),
        arrived: arrived(),
    }
}

/// A native update of row `id` to version `v` in table `t`.
pub(crate) fn update(id: &str, v: u32) -> String {
    format!(
        r#"{{"table":"t","operation":"UPDATE","after":{{"id":"{id}","v":{v},"ssn":"078-05-1120"}}}}"#
    )
}

/// A KPL aggregate of these user records (partition key, data).
pub(crate) fn aggregate(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut message = Vec::new();
    for (key, _) in parts {
        field(&mut message, 1, key.as_bytes());
    }
    for (index, (_, data)) in (0u8..).zip(parts) {
        let mut record = vec![1 << 3, index];
        field(&mut record, 3, data.as_bytes());
        field(&mut message, 3, &record);
    }
    let mut out = vec![0xF3, 0x89, 0x9A, 0xC2];
    out.extend(&message);
    out.extend(Md5::digest(&message));
    out
}

fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(bytes);
}

/// Numbers that look random and are the same for the same seed: SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}
