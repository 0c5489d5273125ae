//! Any bytes on the whole road: every detail is JSON, the same a second time, and holds no value of a
//! column that is withheld.
#![no_main]

use std::{collections::HashMap, sync::LazyLock};

use cdc_core::{
    pipeline::{Pipeline, Preparer, Work},
    record::{Shard, expand},
};
use cdc_fuzz::{pipeline, raw, shard};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::value::RawValue;

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(pipeline);
static SHARD: LazyLock<Shard> = LazyLock::new(shard);

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(borrow)]
    before: Option<HashMap<String, &'a RawValue>>,
    #[serde(borrow)]
    after: Option<HashMap<String, &'a RawValue>>,
}

fuzz_target!(|data: &[u8]| {
    let details = details(data);
    for detail in &details {
        let detail: Detail<'_> = serde_json::from_str(detail).expect("a detail is JSON");
        for (name, value) in [detail.before, detail.after].into_iter().flatten().flatten() {
            if name.eq_ignore_ascii_case("ssn") {
                assert!(matches!(value.get(), "null" | "\"[REDACTED]\""));
            }
        }
    }
    assert_eq!(details, self::details(data));
});

/// The details of all events that come out of a record.
fn details(data: &[u8]) -> Vec<String> {
    let mut preparer = Preparer::new(&PIPELINE, &SHARD);
    let mut details = Vec::new();
    for record in &expand(vec![raw(data.to_vec())]).records {
        let Some(prepared) = preparer.prepare(record) else { continue };
        for unit in prepared.units {
            match unit.work {
                Work::Publish(events) => {
                    details.extend(events.iter().map(|it| it.event.detail.get().to_string()));
                }
                Work::Bury(failure) => assert!(!failure.to_string().is_empty()),
                Work::Skip(_) => {}
            }
        }
    }
    details
}
