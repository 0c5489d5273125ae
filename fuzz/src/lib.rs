//! What the targets share: a record as a stream delivers it, and a small pipeline.

use std::sync::Arc;

use bytes::Bytes;
use cdc_core::{
    claim_check::Buckets,
    pipeline::{IdKey, Pipeline},
    record::{RawRecord, SequenceNumber, Shard},
    rules::{ConfigFile, Rules},
};
use jiff::Timestamp;

/// Every table that the samples name, under the rule that `ssn` is withheld.
const CONFIG: &str = r#"
version: 1
pipeline: fuzz
unlisted_tables: reject
defaults: {redact: [ssn]}
tables:
  users: {keys: [id], include: ["*"]}
  agents: {keys: [id], include: ["*"]}
  orders: {keys: [id], include: ["*"]}
  ORDERS: {keys: [id], include: [id, total, ssn]}
  calls: {keys: [id, tenant], include: ["*"]}
  t: {keys: none, include: ["*"]}
"#;

/// A pipeline with these rules.
///
/// # Panics
/// Where the rules are none: they are fixed.
#[must_use]
pub fn pipeline() -> Pipeline {
    let file = ConfigFile { path: "fuzz.yaml".into(), text: CONFIG.into() };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
    Pipeline {
        rules: Arc::new(rules),
        id_key: IdKey::new(&[7; 32]).expect("the key is long enough"),
        event_source: "cdc-pipeline".into(),
        replay: false,
        buckets: Buckets::default(),
    }
}

/// The shard that records come from.
#[must_use]
pub fn shard() -> Shard {
    let stream_arn = "arn:aws:kinesis:us-east-1:123456789012:stream/coredb".into();
    Shard { stream_arn, id: "shardId-000000000003".into() }
}

/// A record of this content.
///
/// # Panics
/// Never: the time is fixed.
#[must_use]
pub fn raw(data: impl Into<Bytes>) -> RawRecord {
    RawRecord {
        data: data.into(),
        partition_key: "4000000".into(),
        number: SequenceNumber::from(1),
        arrived: Timestamp::from_second(1_705_314_601).expect("a time in range"),
    }
}
