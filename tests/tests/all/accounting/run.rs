//! A run under faults, and the account of it: what was put, what the subscriber and the dead-letter
//! queue hold, and whether the summary says so.

use std::{collections::HashMap, time::Duration};

use cdc_core::rules::{ConfigFile, Rules};
use cdc_local::{
    cloud::fault::{Fault, Kind, Port},
    run::{Finished, InputFile, LocalOptions, OnceOptions, Summary, once},
    workload::{WorkloadRecord, changes_of_rows_some_hot},
};
use serde_json::{Value, json};

const RULES: &str = "version: 1\npipeline: test\nunlisted_tables: reject\ntables:\n  \
                     users: {keys: [id], include: [\"*\"]}\n";

/// One record in so many is poison.
const POISON_ONE_IN: usize = 50;

/// What is run, and what goes wrong.
pub(crate) struct Wanted<'w> {
    pub(crate) changes: usize,
    pub(crate) rows: usize,
    pub(crate) batch_size: u32,
    pub(crate) parallelization: u32,
    pub(crate) faults: &'w [&'w str],
    pub(crate) seed: u64,
}

/// Runs the changes, some of hot rows, with poison between them; holds the promises against what came
/// of it, and returns the summary.
///
/// # Panics
/// Where something was lost, invented, published out of order, published twice for no reason, or
/// miscounted; names faults and seed.
pub(crate) fn run(wanted: &Wanted<'_>) -> Summary {
    let Wanted { changes, rows, seed, faults, .. } = *wanted;
    let name = format!("faults {faults:?}, seed {seed}");
    let from = "2024-01-15T10:30:00Z".parse().unwrap();
    let records = changes_of_rows_some_hot(seed, changes, rows, from);
    let mut put = Put::default();
    let mut lines = Vec::new();
    for (index, record) in records.iter().enumerate() {
        if index % POISON_ONE_IN == 0 {
            lines.push(poison(put.poison));
            put.poison += 1;
        }
        put.change(record);
        lines.push(line(&record.partition_key, &record.data));
    }
    let finished = finish(wanted, lines.join("\n").into_bytes());
    put.compare(&finished, &name);
    let letters_twice = finished.dead_letters.len() - put.poison;
    explained(&finished.summary, letters_twice, wanted, &name);
    finished.summary
}

fn finish(wanted: &Wanted<'_>, content: Vec<u8>) -> Finished {
    let file = ConfigFile { path: "test.yaml".into(), text: RULES.to_owned() };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
    let options = LocalOptions {
        shards: 2,
        batch_size: wanted.batch_size,
        parallelization: wanted.parallelization,
        faults: wanted.faults.iter().map(|fault| Fault::parse(fault).unwrap()).collect(),
        seed: wanted.seed,
        ..LocalOptions::new(rules)
    };
    let inputs = vec![InputFile { name: "changes".to_owned(), content }];
    let once_options = OnceOptions { inputs, redeliver: 0, timeout: Duration::from_secs(3600) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let finished = runtime.block_on(once(options, once_options)).unwrap();
    assert!(!finished.timed_out, "timed out: {:?}", finished.summary);
    finished
}

fn line(partition_key: &str, data: &[u8]) -> String {
    let data = base64_simd::STANDARD.encode_to_string(data);
    json!({"kinesis": {"partitionKey": partition_key, "data": data}}).to_string()
}

/// A change whose operation nobody knows.
fn poison(number: usize) -> String {
    let id = format!("poison-{number}");
    let data = json!({"table": "users", "operation": "MERGE", "after": {"id": id}}).to_string();
    line(&id, data.as_bytes())
}

/// What was put on the stream.
#[derive(Default)]
struct Put {
    /// How many changes of each row, numbered from 1 on.
    rows: HashMap<String, u64>,
    changes: u64,
    poison: usize,
}

impl Put {
    fn change(&mut self, record: &WorkloadRecord) {
        let envelope: Value = serde_json::from_slice(&record.data).unwrap();
        let (row, version) = change(&envelope["after"]);
        self.changes += 1;
        let before = self.rows.insert(row, version).unwrap_or(0);
        assert_eq!(version, before + 1, "the generator numbers each row's changes");
    }

    /// Everything is there, each row in order, and counted as what it is.
    fn compare(&self, finished: &Finished, name: &str) {
        let summary = &finished.summary;
        let poison = self.poison as u64;
        assert_eq!(summary.records, self.changes + poison, "{name}: {summary:?}");
        assert_eq!(summary.units, summary.records, "{name}: {summary:?}");
        assert_eq!(summary.published, self.changes, "{name}: {summary:?}");
        assert_eq!(summary.wanting(), poison, "{name}: {summary:?}");
        assert_eq!((summary.suppressed, summary.unsettled), (0, 0), "{name}: {summary:?}");
        let repeated = self.received(&finished.events, name);
        assert_eq!(summary.duplicates, repeated, "{name}: {summary:?}");
        self.buried(&finished.dead_letters, name);
    }

    /// How many events came more than once. What comes first of each row comes in order.
    fn received(&self, events: &[String], name: &str) -> u64 {
        let mut ids: HashMap<String, (String, u64)> = HashMap::new();
        let mut accepted: HashMap<String, u64> = HashMap::new();
        let mut repeated = 0;
        for event in events {
            let event: Value = serde_json::from_str(event).unwrap();
            let (row, version) = change(&event["detail"]["after"]);
            let id = event["detail"]["metadata"]["eventId"].as_str().unwrap().to_owned();
            let last = accepted.entry(row.clone()).or_default();
            if version > *last {
                assert_eq!(version, *last + 1, "{name}: row {row} out of order");
                *last = version;
                let other = ids.insert(id, (row, version));
                assert!(other.is_none(), "{name}: {other:?} has the same event id");
            } else {
                assert_eq!(ids.get(&id), Some(&(row, version)), "{name}: another event id");
                repeated += 1;
            }
        }
        assert!(accepted == self.rows, "{name}: lost or invented");
        repeated
    }

    /// Every poison lies in the dead-letter queue, and nothing else.
    fn buried(&self, letters: &[String], name: &str) {
        let id = |letter: &String| -> String {
            let letter: Value = serde_json::from_str(letter).unwrap();
            letter["originalEvent"]["after"]["id"].as_str().unwrap().to_owned()
        };
        let mut found: Vec<String> = letters.iter().map(id).collect();
        found.sort_unstable();
        found.dedup();
        let mut expected: Vec<String> =
            (0..self.poison).map(|number| format!("poison-{number}")).collect();
        expected.sort_unstable();
        assert!(found == expected, "{name}: {} letters of {}", found.len(), expected.len());
    }
}

/// The row, and which of its changes this is.
fn change(after: &Value) -> (String, u64) {
    let version = after["status"].as_str().and_then(|status| status.strip_prefix("change-"));
    (after["id"].as_str().unwrap().to_owned(), version.unwrap().parse().unwrap())
}

/// Events and letters come twice only where an invocation ended unheard, an answer of the bus was lost, or claims
/// were not written: each explains one batch, or one request of ten.
fn explained(summary: &Summary, letters_twice: usize, wanted: &Wanted<'_>, name: &str) {
    let struck = |of: &dyn Fn(&Fault) -> bool| -> u64 {
        summary.injected.iter().filter(|(fault, _)| of(fault)).map(|(_, count)| count).sum()
    };
    for (fault, count) in &summary.injected {
        assert!(*count > 0, "{name}: {fault} never struck");
    }
    let unheard = struck(&|fault| {
        fault.port == Port::Function
            && matches!(fault.kind, Kind::Kill | Kind::Hang | Kind::LoseAnswer)
    });
    let unanswered = |port| {
        struck(&|fault| fault.port == port && matches!(fault.kind, Kind::LoseAnswer | Kind::Late))
            * 10
    };
    let unclaimed: u64 = summary
        .troubles
        .iter()
        .filter(|(what, _)| what.contains("BatchWriteItem"))
        .map(|(_, count)| count)
        .sum();
    let batches = (unheard + unclaimed) * u64::from(wanted.batch_size);
    let most = batches + unanswered(Port::PutEvents);
    assert!(summary.duplicates <= most, "{name}: at most {most} duplicates: {summary:?}");
    let most = batches + unanswered(Port::DeadLetter);
    assert!(letters_twice as u64 <= most, "{name}: {letters_twice} letters twice: {summary:?}");
}
