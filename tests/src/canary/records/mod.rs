//! Records of every envelope, with a planted value in every place where a producer can put one.
//!
//! Not planted are names (of tables, columns and members), which are no personal data, and the places that
//! databases make themselves and that are published for it: numbers of transactions and positions.

mod aggregate;
mod cloudevents;
mod debezium;
mod dms;
mod dynamodb;
mod failing;
mod mysql;
mod native;
mod ogg;
mod row;

use std::io::Write as _;

use serde_json::Value;

use super::seeds::{Kind, Seeds};
pub use failing::{failures, oversize};
use row::Row;

/// A record with planted values in it.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// What it is, for messages.
    pub name: &'static str,
    /// Its partition key, which is planted too.
    pub partition_key: String,
    /// The record as the producer would write it.
    pub data: Vec<u8>,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// So many events.
    Events(u64),
    /// It is no row change.
    Skipped,
    /// It is given up on.
    Letter,
}

/// Good records of every envelope.
pub fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    let mut records = native::records(seeds);
    records.extend(dms::records(seeds));
    records.extend(debezium::records(seeds));
    records.extend(cloudevents::records(seeds));
    records.extend(mysql::records(seeds));
    records.extend(ogg::records(seeds));
    records.extend(dynamodb::records(seeds));
    records.push(aggregate::record(seeds));
    records
}

/// Rows of the table `people` alone, for who redacts rows.
pub fn rows(seeds: &mut Seeds) -> Vec<Value> {
    let mut row = Row::of(seeds, "a row");
    vec![row.person("the first", 1).into(), row.person("the second", 2).into()]
}

impl Seeded {
    fn new(
        seeds: &mut Seeds,
        name: &'static str,
        data: impl Into<Vec<u8>>,
        becomes: Becomes,
    ) -> Self {
        let partition_key = seeds.plant(Kind::Email, format!("{name}: the partition key"));
        Self { name, partition_key, data: data.into(), becomes }
    }

    fn json(seeds: &mut Seeds, name: &'static str, record: &Value, becomes: Becomes) -> Self {
        Self::new(seeds, name, record.to_string(), becomes)
    }
}

/// As producers write it that compress.
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(data).and_then(|()| gzip.finish()).expect("memory takes it")
}
