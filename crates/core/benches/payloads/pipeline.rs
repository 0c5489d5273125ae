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

/// The same fifteen columns under other rules: the name of a table, and its `redact`.
const RULES: [(&str, &str); 8] = [
    ("nothing", "[]"),
    ("replaced", "[email, phone, ssn]"),
    ("masked", "[{fields: [email, phone, ssn], method: mask, keep_last: 4}]"),
    // What a table with personal data would say: whole columns, a date cut, a member inside JSON.
    (
        "fields",
        "[ssn, preferences.newsletter, {fields: [email, phone], method: mask, keep_last: 4}, \
         {fields: [date_of_birth], method: truncate, to: year}]",
    ),
    // A name wherever it stands: every text that looks like JSON is looked into.
    ("anywhere", "[\"**.newsletter\", \"**.iban\"]"),
    ("hashed", "[{fields: [email], method: hash, key: k}]"),
    ("tokenized", "[{fields: [phone], method: tokenize, key: k}]"),
    ("encrypted", "[{fields: [email], method: encrypt, key: k}]"),
];

/// The configuration, with a table for each of the rules.
fn config() -> String {
    let columns = "[id, tenant_id, first_name, last_name, email, phone, ssn, date_of_birth, city, country, \
                   status, balance, preferences, created_at, updated_at]";
    let table = |(name, redact): &(&str, &str)| {
        format!("  {name}: {{keys: [id], include: {columns}, redact: {redact}}}\n")
    };
    let tables: String = RULES.iter().map(table).collect();
    format!("{CONFIG}{tables}")
}

pub(crate) fn pipeline() -> Pipeline {
    let file = ConfigFile { path: "bench.yaml".into(), text: config() };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}"));
    let rules = rules.rules.with_fixed_keys();
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
