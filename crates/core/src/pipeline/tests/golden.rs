//! Pairs of files: a record as its producer writes it, and what becomes of it, a line a unit: the
//! detail, byte for byte, or why there is none.
//!
//! With `CDC_GOLDEN=write` the second files are written; whoever does that reads them.

use std::{fs, path::PathBuf};

use super::*;

const CONFIG: &str = "
version: 1
pipeline: golden
tables:
  orders: {keys: [id], include: [\"*\"]}
  ORDERS: {keys: [id], include: [\"*\"]}
  dialler.calls: {keys: [id], include: [\"*\"]}
";

const RECORD: &str = ".in.json";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pipeline/tests/golden"))
}

/// The records that say something, to be broken on purpose.
pub(crate) fn records() -> Vec<Vec<u8>> {
    let read = |name| fs::read(folder().join(format!("{name}{RECORD}"))).unwrap();
    let records = names().into_iter().map(read).map(|record| record.trim_ascii().to_vec());
    records.filter(|record| !record.is_empty()).collect()
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.unwrap().file_name().to_str()?.strip_suffix(RECORD).map(str::to_owned)
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

fn outcome_of(record: &[u8]) -> String {
    let pipeline = pipeline_of(CONFIG);
    let prepared = prepare_with(&pipeline, vec![raw(42, "k", record.to_vec())]);
    let mut out = String::new();
    for unit in &prepared[0].units {
        match &unit.work {
            Work::Publish(events) => events.iter().for_each(|it| {
                out.push_str(it.event.detail.get());
                out.push('\n');
            }),
            Work::Skip(_) | Work::Bury(_) => {
                out.push_str(&told(&unit.work));
                out.push('\n');
            }
        }
    }
    out
}

#[test]
fn every_record_becomes_what_stands_beside_it() {
    let write = std::env::vars_os().any(|(name, value)| name == "CDC_GOLDEN" && value == "write");
    let names = names();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let record = fs::read(folder().join(format!("{name}{RECORD}"))).unwrap();
        let beside = folder().join(format!("{name}.out.json"));
        let found = outcome_of(record.trim_ascii());
        if write {
            fs::write(&beside, &found).unwrap();
        }
        assert_eq!(found, fs::read_to_string(&beside).unwrap(), "{name}");
    }
}
