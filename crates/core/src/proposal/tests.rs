//! From records to proposals.

mod keys;
mod tables;
mod written;

use super::{Proposal, Sample, Samples};
use crate::{
    arena::Arena,
    envelope::{self, Context},
    json::Document,
    rules::{Checked, ConfigFile, Rules},
};

/// The proposal of these records; one that can't be decoded is one.
fn propose(records: &[&str]) -> Proposal {
    let records: Vec<_> = records.iter().map(|record| (*record, "")).collect();
    propose_keyed(&records)
}

/// The same, each record with its partition key.
fn propose_keyed(records: &[(&str, &str)]) -> Proposal {
    let mut samples = Samples::new();
    for (record, partition_key) in records {
        let document = Document::parse(record.as_bytes(), Vec::new()).unwrap();
        let sample = Sample { unit: None, document: Some(&document), partition_key };
        let arena = Arena::default();
        match envelope::decode(Some(&document), Context::documented(&arena)) {
            Ok(units) => {
                units.iter().for_each(|unit| samples.add(Sample { unit: Some(unit), ..sample }));
            }
            Err(_) => samples.add(sample),
        }
    }
    samples.propose()
}

/// What the rules say of a text; it must have no problem and no warning.
#[track_caller]
fn parsed(files: &[ConfigFile]) -> Rules {
    let text: String = files.iter().map(|file| &*file.text).collect();
    let Checked { rules, warnings } =
        Rules::parse(files).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    assert!(warnings.is_empty(), "{warnings:?}\n{text}");
    rules
}

/// The document, which is accepted.
#[track_caller]
fn document(proposal: &Proposal) -> String {
    let text = proposal.document("test");
    parsed(&[ConfigFile { path: "proposal.yaml".to_owned(), text: text.clone() }]);
    parsed(&proposal.files("test"));
    text
}
