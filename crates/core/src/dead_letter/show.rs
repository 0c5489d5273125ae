//! What a person may see of the change in a letter.
//!
//! A listed table's change is shown as the pipeline would publish it: include decides presence,
//! redact decides form. What is not understood, or belongs to a table that nobody listed, is
//! withheld.

use std::fmt::Write as _;

use bytes::Bytes;

use super::{OpenLetter, Original};
use crate::{
    arena::Arena,
    envelope::{self, Context, Unit},
    event::ChangeEvent,
    failure::shown,
    json::{Document, write_string},
    pipeline::{IdKey, interpret},
    record::{Inflater, is_aggregate},
    redact::{Redacted, write_shown},
    rules::Rules,
};

/// Longest change that is shown, in bytes of its JSON: a thousand letters have to fit an answer.
pub const SHOWN_BYTES_MAX: usize = 64 * 1024;

/// What is shown of a letter's change.
#[derive(Debug)]
pub enum Shown {
    /// The change by its table's rules, as a JSON object.
    Change(Redacted<String>),
    /// Something that is no row change, by the name that counts use for it.
    Other(&'static str),
    /// A change of a table without rules: its name, and how many bytes are withheld.
    Unlisted {
        /// The table, fit to be shown.
        table: String,
        /// The record's bytes.
        bytes: usize,
    },
    /// A change that is too large to be shown.
    Large(Digest),
    /// What can't be decoded, and why.
    Undecodable {
        /// What can be told of it.
        digest: Digest,
        /// Why.
        why: String,
    },
    /// The letter only points to the record, or to the object that holds it.
    Pointer,
}

/// What can be told of bytes without telling them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many.
    pub bytes: usize,
    /// The same for the same bytes, under the id key, in lower-case hexadecimal.
    pub fingerprint: String,
    /// What they begin like.
    pub begins: BytesClass,
}

/// What bytes begin like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesClass {
    /// There are none, or only white space.
    Empty,
    /// An object or array of JSON.
    Json,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by zstd.
    Zstd,
    /// An aggregate of the Kinesis Producer Library.
    KplAggregate,
    /// Text in UTF-8.
    Text,
    /// None of these.
    Binary,
}

/// How many bytes are looked at to tell text from binary.
const CLASS_BYTES_MAX: usize = 64;

impl BytesClass {
    /// The class of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let start = bytes.trim_ascii_start();
        match start {
            [] => Self::Empty,
            [b'{' | b'[', ..] => Self::Json,
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ if is_aggregate(bytes) => Self::KplAggregate,
            _ if is_text(start) => Self::Text,
            _ => Self::Binary,
        }
    }

    /// The name in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Json => "json",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::KplAggregate => "kpl-aggregate",
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(CLASS_BYTES_MAX)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character may be cut at the end.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|it| it.is_control() && !it.is_ascii_whitespace())
}

impl Digest {
    fn of(bytes: &[u8], id_key: &IdKey) -> Self {
        let fingerprint = id_key.fingerprint(bytes);
        Self { bytes: bytes.len(), fingerprint, begins: BytesClass::of(bytes) }
    }
}

/// What a person may see of the change in a letter, by these rules.
#[must_use]
pub fn show(letter: &OpenLetter, rules: &Rules, id_key: &IdKey) -> Shown {
    match &letter.original {
        Original::Event(bytes) | Original::Data(bytes) => {
            show_fetched(letter, bytes, rules, id_key)
        }
        Original::Object(_) | Original::Pointer => Shown::Pointer,
    }
}

/// The same, where the letter's record was fetched from elsewhere.
#[must_use]
pub fn show_fetched(letter: &OpenLetter, bytes: &Bytes, rules: &Rules, id_key: &IdKey) -> Shown {
    let undecodable = |why: String| Shown::Undecodable { digest: Digest::of(bytes, id_key), why };
    match Inflater::default().inflate(bytes) {
        Ok(content) => {
            content_shown(&content, letter.place.part, rules, id_key).unwrap_or_else(undecodable)
        }
        Err(error) => undecodable(format!("the record {error}")),
    }
}

/// What a person may see of each unit of a record, by these rules; one that can't be taken apart is one.
#[must_use]
pub fn show_record(bytes: &Bytes, rules: &Rules, id_key: &IdKey) -> Vec<Shown> {
    let undecodable =
        |why: String| vec![Shown::Undecodable { digest: Digest::of(bytes, id_key), why }];
    let content = match Inflater::default().inflate(bytes) {
        Ok(content) => content,
        Err(error) => return undecodable(format!("the record {error}")),
    };
    units_shown(&content, rules, id_key).unwrap_or_else(undecodable)
}

fn units_shown(content: &Bytes, rules: &Rules, id_key: &IdKey) -> Result<Vec<Shown>, String> {
    let document = parsed(content)?;
    let arena = Arena::default();
    let context = Context { conventions: rules.conventions(), arena: &arena };
    let units = envelope::decode(document.as_ref(), context).map_err(|failure| failure.message)?;
    Ok(units.into_iter().map(|unit| unit_shown(unit, content, (rules, id_key), &arena)).collect())
}

fn content_shown(
    content: &Bytes,
    part: u32,
    rules: &Rules,
    id_key: &IdKey,
) -> Result<Shown, String> {
    let document = parsed(content)?;
    let arena = Arena::default();
    let context = Context { conventions: rules.conventions(), arena: &arena };
    let units = envelope::decode(document.as_ref(), context).map_err(|failure| failure.message)?;
    let count = units.len();
    match units.into_iter().nth(part as usize) {
        Some(unit) => Ok(unit_shown(unit, content, (rules, id_key), &arena)),
        None => Err(format!("the letter names part {part} of its record, which has {count}")),
    }
}

/// The record's JSON; none where there is nothing but white space.
fn parsed(content: &Bytes) -> Result<Option<Document<'_>>, String> {
    if content.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let parsed = Document::parse(content, Vec::new());
    parsed.map(Some).map_err(|error| format!("the record is {error}"))
}

fn unit_shown<'a>(
    unit: Unit<'a>,
    content: &Bytes,
    by: (&Rules, &IdKey),
    arena: &'a Arena,
) -> Shown {
    match unit {
        Unit::Change(mut event) => change_shown(&mut event, content, by, arena),
        Unit::Other(other) => Shown::Other(other.kind.as_str()),
    }
}

fn change_shown<'a>(
    event: &mut ChangeEvent<'a>,
    content: &Bytes,
    (rules, id_key): (&Rules, &IdKey),
    arena: &'a Arena,
) -> Shown {
    let table = rules.find(event.database.as_deref(), event.schema.as_deref(), &event.table);
    let Some(table) = table else {
        return Shown::Unlisted { table: shown(&event.table), bytes: content.len() };
    };
    interpret(event, table.columns(), arena);
    let seed = std::str::from_utf8(content).unwrap_or_default();
    let change = write_shown(event, table, (rules.conventions(), seed));
    if change.get().len() > SHOWN_BYTES_MAX {
        return Shown::Large(Digest::of(content, id_key));
    }
    Shown::Change(change)
}

impl Shown {
    /// As a JSON object, whose member `kind` says what it is: `change`, `other`, `withheld` or
    /// `pointer`.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Change(change) => change.get().clone(),
            Self::Other(name) => format!("{{\"kind\":\"other\",\"is\":\"{name}\"}}"),
            Self::Pointer => "{\"kind\":\"pointer\"}".to_owned(),
            Self::Unlisted { table, bytes } => {
                let mut out = withheld("unlisted");
                out.push_str(",\"table\":");
                write_string(&mut out, table);
                let _ = write!(out, ",\"bytes\":{bytes}}}");
                out
            }
            Self::Large(digest) => withheld("large") + &digest.members() + "}",
            Self::Undecodable { digest, why } => {
                let mut out = withheld("undecodable") + &digest.members();
                out.push_str(",\"message\":");
                write_string(&mut out, why);
                out.push('}');
                out
            }
        }
    }
}

fn withheld(why: &str) -> String {
    format!("{{\"kind\":\"withheld\",\"why\":\"{why}\"")
}

impl Digest {
    fn members(&self) -> String {
        let Self { bytes, fingerprint, begins } = self;
        let begins = begins.as_str();
        format!(",\"bytes\":{bytes},\"fingerprint\":\"{fingerprint}\",\"begins\":\"{begins}\"")
    }
}
