//! What `cdc local --once --input` reads: records to be put on the stream.
//!
//! A file is one of three things, told apart by its shape alone: a Lambda event of Kinesis records
//! (they are put as they were), one JSON object written over several lines (an indented envelope:
//! one record), or lines, each a record. A line is put byte for byte, or, where it is
//! `{"kinesis":{"data":"…"}}`, as what its base64 stands for.
//!
//! Promises that a line the pipeline cannot read is still a record: what becomes of it is the
//! pipeline's decision, so no JSON, no UTF-8 and no known envelope are no errors here. Promises
//! also that changes of one row share a partition key, as far as the rules tell the row. Refuses
//! only what could not be put: broken base64, and more bytes than a record or a file may have.

mod error;
mod key;

use std::{
    fs::File,
    io::{self, Read},
};

use bytes::Bytes;
use cdc_core::{
    json::{Document, Kind, Node},
    record::{JsonRecord, json_record, json_records},
    rules::Rules,
};

pub use error::{InputError, Place};
pub use key::PARTITION_KEY_CHARS_MAX;
pub(crate) use key::{content_key, row_key};

/// Largest data of one record: what Kinesis takes since October 2025 (10 MiB, before base64).
pub const RECORD_BYTES_MAX: usize = 10 << 20;

/// Largest input: it is held in memory, and its records beside it.
pub const INPUT_BYTES_MAX: usize = 1 << 30;

/// The name that stands for standard input.
pub const STDIN: &str = "-";

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A record to be put on the stream.
#[derive(Clone, PartialEq, Eq)]
pub struct InputRecord {
    /// 1 to [`PARTITION_KEY_CHARS_MAX`] characters. It can hold row values: never shown.
    pub partition_key: String,
    /// The data, at most [`RECORD_BYTES_MAX`] bytes.
    pub data: Bytes,
}

impl std::fmt::Debug for InputRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InputRecord({} bytes)", self.data.len())
    }
}

/// The content of a file, or of standard input where `name` is [`STDIN`].
///
/// # Errors
/// [`InputError`] where it cannot be read or is larger than [`INPUT_BYTES_MAX`].
pub fn load(name: &str) -> Result<Vec<u8>, InputError> {
    let source: io::Result<Box<dyn Read>> = match name {
        STDIN => Ok(Box::new(io::stdin().lock())),
        path => File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
    };
    let mut content = Vec::new();
    source
        .and_then(|source| source.take(INPUT_BYTES_MAX as u64 + 1).read_to_end(&mut content))
        .map_err(|cause| InputError::unreadable(name, cause))?;
    within_bound(name, content.len())?;
    Ok(content)
}

/// The records that `content` holds, in its order. `name` is for messages, `rules` tell the keys of
/// the tables.
///
/// # Errors
/// [`InputError`] where it is larger than [`INPUT_BYTES_MAX`] or holds a record that cannot be put.
pub fn read(name: &str, content: &[u8], rules: &Rules) -> Result<Vec<InputRecord>, InputError> {
    within_bound(name, content.len())?;
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    let mut reader = Reader { file: name, rules, scratch: Vec::new() };
    match reader.whole(content)? {
        Some(records) => Ok(records),
        None => reader.lines(content),
    }
}

/// Whether the content is one event as Lambda's event source mappings write them, of whatever
/// source: an object with a list of `Records`.
#[must_use]
pub fn is_event(content: &[u8]) -> bool {
    let Ok(document) = Document::parse(content.trim_ascii(), Vec::new()) else { return false };
    let records = document.root().as_object().and_then(|object| object.get("Records"));
    records.is_some_and(|records| records.kind() == Kind::Array)
}

fn within_bound(name: &str, bytes: usize) -> Result<(), InputError> {
    if bytes > INPUT_BYTES_MAX { Err(InputError::too_large(name)) } else { Ok(()) }
}

/// What reading one file needs.
struct Reader<'r> {
    file: &'r str,
    rules: &'r Rules,
    scratch: Vec<Node>,
}

impl Reader<'_> {
    /// The content as one JSON object: a Lambda event, or an envelope over several lines.
    fn whole(&mut self, content: &[u8]) -> Result<Option<Vec<InputRecord>>, InputError> {
        let content = content.trim_ascii();
        if let Some(records) = json_records(content) {
            let put = (1..)
                .zip(&records)
                .map(|(number, record)| self.kinesis(record, Place::record(self.file, number)));
            return put.collect::<Result<_, _>>().map(Some);
        }
        let one_line = !content.contains(&b'\n');
        if one_line || !is_object(content) {
            return Ok(None);
        }
        self.line(content, Place::line(self.file, 1)).map(|record| Some(vec![record]))
    }

    fn lines(&mut self, content: &[u8]) -> Result<Vec<InputRecord>, InputError> {
        let lines = (1..).zip(content.split(|&byte| byte == b'\n'));
        let full = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
        full.map(|(number, line)| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.line(line, Place::line(self.file, number))
        })
        .collect()
    }

    fn line(&mut self, line: &[u8], place: Place) -> Result<InputRecord, InputError> {
        if let Some(record) = json_record(line) {
            return self.kinesis(&record, place);
        }
        let key = self.row_key(line).unwrap_or_else(|| content_key(line));
        bounded(key, Bytes::copy_from_slice(line), place)
    }

    /// The key of the row that the line is about.
    fn row_key(&mut self, line: &[u8]) -> Option<String> {
        let document = Document::parse(line, std::mem::take(&mut self.scratch)).ok()?;
        let key = key::of_change(&document, self.rules);
        self.scratch = document.into_scratch();
        key
    }

    fn kinesis(&self, record: &JsonRecord<'_>, place: Place) -> Result<InputRecord, InputError> {
        let Ok(data) = base64_simd::STANDARD.decode_to_vec(record.data.as_bytes()) else {
            return Err(InputError::NotBase64 { place });
        };
        let data = Bytes::from(data);
        let key = match record.partition_key.as_deref() {
            None | Some("") => key::of_data(&data, self.rules),
            Some(given) => key::fit(given),
        };
        bounded(key, data, place)
    }
}

fn is_object(content: &[u8]) -> bool {
    let document = Document::parse(content, Vec::new());
    document.is_ok_and(|document| document.root().as_object().is_some())
}

fn bounded(partition_key: String, data: Bytes, place: Place) -> Result<InputRecord, InputError> {
    if data.len() > RECORD_BYTES_MAX {
        return Err(InputError::RecordTooLarge { place, bytes: data.len() });
    }
    Ok(InputRecord { partition_key, data })
}

#[cfg(test)]
mod tests;
