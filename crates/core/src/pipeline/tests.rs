//! Records in, details and outcomes out.

mod changes;
mod details;
pub(crate) mod golden;
mod identity;
mod outcomes;
mod redaction;
mod table_rules;

use serde_json::Value;

use super::{Pipeline, Prepared, Preparer, Work};
use crate::{
    outbound::PUT_EVENTS_BYTES_MAX,
    record::{RawRecord, expand},
    testing::{self, aggregate, pipeline_of, raw},
};

fn prepare_with(pipeline: &Pipeline, delivery: Vec<RawRecord>) -> Vec<Prepared> {
    let shard = testing::shard();
    let mut preparer = Preparer::new(pipeline, &shard);
    expand(delivery).records.iter().map(|record| preparer.prepare(record).unwrap()).collect()
}

/// The outcome of one record in a few words: operations, skip reason or failure.
fn outcome(data: &[u8]) -> String {
    let prepared = prepare_with(&testing::pipeline(), vec![raw(1, "k", data.to_vec())]);
    let units: Vec<String> = prepared[0].units.iter().map(|unit| told(&unit.work)).collect();
    units.join(", ")
}

fn told(work: &Work) -> String {
    match work {
        Work::Publish(events) => {
            let operation = |text: &String| {
                let detail: Value = serde_json::from_str(text).unwrap();
                detail["operation"].as_str().unwrap().to_owned()
            };
            let operations: Vec<String> =
                events.iter().map(|it| operation(it.event.detail.get())).collect();
            operations.join("+")
        }
        Work::Skip(reason) => format!("skip {}", reason.as_str()),
        Work::Bury(failure) => {
            format!("{failure}{}", if failure.by_pointer { " (pointer)" } else { "" })
        }
    }
}

/// The details of one record.
fn details(pipeline: &Pipeline, data: &str) -> Vec<String> {
    let prepared = prepare_with(pipeline, vec![raw(42, "k", data.to_owned())]);
    let mut out = Vec::new();
    for unit in &prepared[0].units {
        match &unit.work {
            Work::Publish(events) => {
                out.extend(events.iter().map(|it| it.event.detail.get().clone()));
            }
            Work::Skip(_) | Work::Bury(_) => panic!("{}", told(&unit.work)),
        }
    }
    out
}

fn detail(data: &str) -> Value {
    serde_json::from_str(&details(&testing::pipeline(), data)[0]).unwrap()
}
