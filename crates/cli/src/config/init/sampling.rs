//! From files to samples, and which of their records were of no use.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use cdc_core::{
    arena::Arena,
    envelope::{self, Context},
    failure::Failure,
    json::Document,
    proposal::{Proposal, Sample, Samples},
    reading::Contents,
};

use crate::{
    decode::lines::{Line, Lines},
    output::{CARE, Output},
};

/// Most rejects that are kept; further ones are counted.
const REJECTS_MAX: usize = 1000;

/// The samples so far.
#[derive(Default)]
pub(super) struct Sampling {
    samples: Samples,
    seen: Seen,
}

/// How many records there were, and which could not be used.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) records: u64,
    pub(super) rejected: u64,
    pub(super) rejects: Vec<Reject>,
}

/// A record that could not be decoded, or names no table.
pub(super) struct Reject {
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) failure: Failure,
}

impl Sampling {
    /// Looks at every record of a file.
    pub(super) fn file(&mut self, path: &Path) -> io::Result<()> {
        let source: Box<dyn Read> = if path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path)?)
        };
        let name = path.display().to_string();
        for line in Lines::open(source)? {
            self.line(&name, &line?);
        }
        Ok(())
    }

    /// What follows from all of them.
    pub(super) fn propose(self) -> (Proposal, Seen) {
        (self.samples.propose(), self.seen)
    }

    fn line(&mut self, file: &str, line: &Line) {
        let Some(bytes) = &line.bytes else {
            self.seen.records += 1;
            let failure = Failure::parse("the line is too long for a record");
            return self.seen.note(file, line.number, Err(failure));
        };
        let Some(contents) = Contents::of_json(bytes) else {
            self.seen.records += 1;
            let looked = self.record(bytes, "");
            return self.seen.note(file, line.number, looked);
        };
        for content in contents {
            self.seen.records += 1;
            let looked = content.and_then(|it| self.record(it.bytes(), it.partition_key()));
            self.seen.note(file, line.number, looked);
        }
    }

    /// Looks at one record. What can't be decoded may still declare something.
    fn record(&mut self, bytes: &[u8], partition_key: &str) -> Result<(), Failure> {
        if bytes.trim_ascii().is_empty() {
            // A tombstone: another record said of what.
            return Ok(());
        }
        let document = Document::parse(bytes, Vec::new());
        let document =
            document.map_err(|error| Failure::parse(format!("the record is {error}")))?;
        let sample = Sample { unit: None, document: Some(&document), partition_key };
        let arena = Arena::default();
        match envelope::decode(Some(&document), Context::documented(&arena)) {
            Ok(units) => {
                for unit in &units {
                    self.samples.add(Sample { unit: Some(unit), ..sample });
                }
                Ok(())
            }
            Err(failure) => {
                self.samples.add(sample);
                Err(failure)
            }
        }
    }
}

impl Seen {
    /// Takes note of what came of a record.
    fn note(&mut self, file: &str, line: u64, looked: Result<(), Failure>) {
        let Err(failure) = looked else { return };
        self.rejected += 1;
        if self.rejects.len() < REJECTS_MAX {
            self.rejects.push(Reject { file: file.to_owned(), line, failure });
        }
    }

    /// Tells which records could not be used, the first of them one by one.
    pub(super) fn tell(&self, shown_max: usize, output: &mut Output) {
        for Reject { file, line, failure } in self.rejects.iter().take(shown_max) {
            output.note(format_args!("{CARE}not used:{CARE:#} {file}:{line}: {failure}"));
        }
        if self.rejected > 0 {
            let (rejected, records) = (self.rejected, self.records);
            output.note(format_args!(
                "{CARE}warning:{CARE:#} {rejected} of {records} records could not be used"
            ));
        }
    }
}
