//! One run of the local system, in a few words.

use std::{path::PathBuf, time::Duration};

use cdc_core::rules::{ConfigFile, Rules};
use cdc_local::{
    cloud::fault::Fault,
    run::{Finished, InputFile, LocalOptions, OnceOptions, Via, once},
};
use serde_json::Value;

use crate::schemas;

/// A run's settings, with what most tests want.
pub(crate) struct World {
    pub(crate) via: Via,
    pub(crate) rules: Rules,
    pub(crate) batch_size: u32,
    pub(crate) shards: u32,
    pub(crate) parallelization: u32,
    pub(crate) faults: Vec<&'static str>,
    pub(crate) seed: u64,
    pub(crate) redeliver: u32,
}

impl World {
    /// A run with rules for these tables, as they stand under `tables:`.
    pub(crate) fn new(tables: &str) -> Self {
        let text =
            format!("version: 1\npipeline: test\nunlisted_tables: reject\ntables:\n{tables}");
        let file = ConfigFile { path: "test.yaml".into(), text };
        Self::of(Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules)
    }

    /// A run with the project's own rules.
    pub(crate) fn compiled_in() -> Self {
        Self::of(Rules::compiled_in().unwrap_or_else(|problems| panic!("{problems}")).rules)
    }

    fn of(rules: Rules) -> Self {
        Self {
            rules,
            via: Via::Kinesis,
            batch_size: 100,
            shards: 2,
            parallelization: 1,
            faults: Vec::new(),
            seed: 7,
            redeliver: 0,
        }
    }

    /// Runs one input until all is settled.
    pub(crate) fn run(&self, name: &str, content: Vec<u8>) -> Ran {
        let rules = self.rules.clone();
        let faults = self.faults.iter().map(|fault| Fault::parse(fault).unwrap()).collect();
        let options = LocalOptions {
            rules,
            via: self.via,
            shards: self.shards,
            parallelization: self.parallelization,
            batch_size: self.batch_size,
            batch_window: Duration::ZERO,
            data: None,
            listen: None,
            max_retries: -1,
            record_age_s: -1,
            faults,
            seed: self.seed,
        };
        let inputs = vec![InputFile { name: name.to_owned(), content }];
        let timeout = Duration::from_secs(300);
        let once_options = OnceOptions { inputs, redeliver: self.redeliver, timeout };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let finished = runtime.block_on(once(options, once_options)).unwrap();
        assert!(!finished.timed_out, "timed out: {:?}", finished.summary);
        Ran::of(finished)
    }
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) finished: Finished,
}

impl Ran {
    fn of(finished: Finished) -> Self {
        let summary = &finished.summary;
        let sum = summary.published
            + summary.suppressed
            + summary.unsettled
            + summary.skipped.values().sum::<u64>()
            + summary.dead_lettered.values().sum::<u64>();
        assert_eq!(sum, summary.units, "the outcomes add up to the units: {summary:?}");
        schemas::check_run(&finished);
        Self { finished }
    }

    /// The subscriber's messages: full EventBridge events. (Numbers beyond a double don't parse.)
    pub(crate) fn events(&self) -> Vec<Value> {
        parse(&self.finished.events)
    }

    /// The dead letters; the same remark holds.
    pub(crate) fn letters(&self) -> Vec<Value> {
        parse(&self.finished.dead_letters)
    }

    /// `published 82, skipped control 55` and so on, as far as there is any.
    pub(crate) fn outcome(&self) -> String {
        let summary = &self.finished.summary;
        let mut told = vec![
            format!("records {}", summary.records),
            format!("published {}", summary.published),
        ];
        told.extend(
            summary.skipped.iter().map(|(reason, count)| format!("skipped {reason} {count}")),
        );
        told.extend(
            summary.dead_lettered.iter().map(|(code, count)| format!("dead {code} {count}")),
        );
        for (name, count) in [
            ("suppressed", summary.suppressed),
            ("unsettled", summary.unsettled),
            ("duplicates", summary.duplicates),
        ] {
            if count > 0 {
                told.push(format!("{name} {count}"));
            }
        }
        told.join(", ")
    }
}

fn parse(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The folder of real data, where it is.
#[expect(clippy::disallowed_methods, reason = "the one place where tests ask for the fixtures")]
pub(crate) fn fixtures() -> Option<PathBuf> {
    let folder = std::env::var_os("CDC_FIXTURES");
    if folder.is_none() {
        println!("skipped: CDC_FIXTURES does not name the folder of real data");
    }
    folder.map(PathBuf::from)
}

/// A file of it.
pub(crate) fn fixture(path: &str) -> Option<Vec<u8>> {
    let path = fixtures()?.join(path);
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
