//! The pipeline that the records go through.

use std::sync::Arc;

use cdc_core::{
    claim_check::Buckets,
    pipeline::{IdKey, Pipeline},
    record::Shard,
    rules::{ConfigFile, Rules},
};

pub(crate) const ID_KEY: [u8; 32] = [7; 32];

/// The rules: fifteen of the twenty columns are published, three of them redacted.
const CONFIG: &str = r#"
version: 1
pipeline: bench
unlisted_tables: reject
tables:
  customers:
    keys: [id]
    include: [id, tenant_id, first_name, last_name, email, phone, ssn, date_of_birth, city,
              country, status, balance, preferences, created_at, updated_at]
    redact: [email, phone, ssn]
  everything: {keys: [id], include: ["*"], redact: [email, phone, ssn]}
"#;

pub(crate) fn pipeline() -> Pipeline {
    let file = ConfigFile { path: "bench.yaml".into(), text: CONFIG.into() };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
    Pipeline {
        rules: Arc::new(rules),
        id_key: IdKey::new(&ID_KEY).expect("the key is long enough"),
        event_source: "cdc-pipeline".into(),
        replay: false,
        buckets: Buckets::default(),
    }
}

pub(crate) fn shard() -> Shard {
    let stream_arn = "arn:aws:kinesis:us-east-1:123456789012:stream/coredb".into();
    Shard { stream_arn, id: "shardId-000000000003".into() }
}
