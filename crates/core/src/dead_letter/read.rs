//! Reading a letter.
//!
//! Unknown members pass: a later version may write more. What a replay depends on is strict: the
//! version, exactly one original, the whole position. Originals stay byte for byte, and what is
//! wrong is told without a word of the letter.

use std::{borrow::Cow, fmt, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

use super::{replay::ReplayOrder, write::VERSION};
use crate::{
    claim_check::{ClaimCheck, RECORD_OBJECT_BYTES_MAX},
    failure::told,
    json::{Document, Kind, Object, Value},
    objects::{BucketName, OBJECT_KEY_BYTES_MAX},
    record::{PARTITION_KEY_BYTES_MAX, Position, RecordKey, SequenceNumber},
};

/// Longest text of a letter that is kept, in characters: ours are shorter.
pub const LETTER_TEXT_CHARS_MAX: usize = 1000;

/// Most units that a record can have said anything of: far more than one of 10 MiB holds.
const PART_MAX: u32 = 10_000_000;

/// Longest name in a letter that is kept, in characters; see `write`.
const NAME_CHARS_MAX: usize = 255;

/// Hexadecimal digits of a SHA-256.
const SHA256_DIGITS: usize = 64;

/// A letter, read. Nothing in it is believed. (`Debug` shows its place: the rest can be a row.)
#[derive(Clone, PartialEq, Eq)]
pub struct OpenLetter {
    /// The pipeline that it says gave up on the change. At most [`LETTER_TEXT_CHARS_MAX`]
    /// characters, escaped; so are code and message.
    pub pipeline: Box<str>,
    /// Where it says the record stands.
    pub place: Place,
    /// The record.
    pub original: Original,
    /// The failure's code.
    pub code: Box<str>,
    /// What it says was wrong.
    pub message: Box<str>,
    /// Tries in all.
    pub attempts: u32,
    /// The time of the last.
    pub last_attempt: Timestamp,
    /// The id that the event would have had, where known. Unescaped, cut to 255 characters.
    pub event_id: Option<Box<str>>,
    /// The table, where known. Unescaped, cut to 255 characters.
    pub table: Option<Box<str>>,
    /// The seal that it bears; see [`OpenLetter::is_sealed`].
    pub(super) seal: Option<Box<str>>,
}

/// The record of a letter.
#[derive(Clone, PartialEq, Eq)]
pub enum Original {
    /// The producer's JSON, inflated.
    Event(Bytes),
    /// The bytes as the stream had them.
    Data(Bytes),
    /// Nothing but the place, and the object in which the bytes lie. The bucket is compared with the
    /// configured one; the object, once it is read, with the hash.
    Object(ClaimCheck),
    /// Nothing but the place.
    Pointer,
}

/// Where a record stands, and which of its events is meant.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The stream's ARN as the letter says it: compared with the configured one, never used.
    pub stream: Box<str>,
    /// The shard's id; likewise.
    pub shard: Box<str>,
    /// The record's place in the shard.
    pub position: Position,
    /// The unit within the record.
    pub part: u32,
    /// Which half of a changed key.
    pub half: Option<u32>,
    /// Whether the record as a whole is meant: it could not be taken apart into units.
    pub whole: bool,
    /// Whether nobody can say where it stood among the records of its number.
    pub unplaced: bool,
    /// The key of the record as it was delivered. It can't be made again from an inflated text.
    pub key: RecordKey,
    /// As the producer chose it: it can hold row values.
    pub partition_key: Arc<str>,
    /// When the stream took the record.
    pub arrived: Timestamp,
}

/// Why a message is no letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no dead letter of this pipeline's: {why}")]
pub struct NotALetter {
    why: String,
    /// Whether it is one all the same, of a version that this program does not know.
    pub other_version: bool,
}

impl NotALetter {
    fn because(why: String) -> Self {
        Self { why, other_version: false }
    }
}

/// Reads a letter.
///
/// # Errors
/// [`NotALetter`] says what is wrong with it.
pub fn read(body: &str) -> Result<OpenLetter, NotALetter> {
    let document = Document::parse(body.as_bytes(), Vec::new())
        .map_err(|error| NotALetter::because(format!("it is {error}")))?;
    let letter = Members::of(Some(document.root()), "it")?;
    let version = letter.number("version")?;
    if version != VERSION {
        let why = format!("its version is {version}, and this program knows {VERSION}");
        return Err(NotALetter { why, other_version: true });
    }
    let error = Members::of(letter.object.get("error"), "error")?;
    let place = place(letter.object.get("position"), "position")?;
    Ok(OpenLetter {
        original: original(&letter, &place)?,
        place,
        pipeline: letter.told("pipeline")?,
        code: error.told("code")?,
        message: error.told("message")?,
        attempts: letter.number("attempts")?.max(1),
        last_attempt: letter.time("lastAttempt")?,
        event_id: letter.name("eventId")?,
        table: letter.name("table")?,
        seal: letter.object.get("seal").and_then(Value::as_str).map(|seal| (*seal).into()),
    })
}

fn original(letter: &Members<'_, '_>, place: &Place) -> Result<Original, NotALetter> {
    let found = ["originalEvent", "originalData", "originalPointer"]
        .map(|name| letter.object.get(name).filter(|value| !value.is_null()));
    let check = letter.object.get("claimCheck").filter(|value| !value.is_null());
    if check.is_some() && found[2].is_none() {
        let why = "claimCheck stands beside another original than originalPointer";
        return Err(NotALetter::because(why.to_owned()));
    }
    match found {
        [Some(event), None, None] => {
            Ok(Original::Event(Bytes::copy_from_slice(event.text().as_bytes())))
        }
        [None, Some(data), None] => data_bytes(data).map(Original::Data),
        [None, None, Some(pointer)] => {
            if self::place(Some(pointer), "originalPointer")? != *place {
                return Err(NotALetter::because("originalPointer and position differ".to_owned()));
            }
            Ok(match check {
                Some(check) => Original::Object(claim_check(check)?),
                None => Original::Pointer,
            })
        }
        _ => Err(NotALetter::because(
            "exactly one of originalEvent, originalData and originalPointer must be set".to_owned(),
        )),
    }
}

fn data_bytes(data: Value<'_, '_>) -> Result<Bytes, NotALetter> {
    let data = Members::of(Some(data), "originalData")?;
    let wrong = || NotALetter::because("originalData must be base64".to_owned());
    if data.text("encoding")? != "base64" {
        return Err(wrong());
    }
    let decoded = base64_simd::STANDARD.decode_to_vec(data.text("data")?.as_bytes());
    decoded.map(Bytes::from).map_err(|_| wrong())
}

fn claim_check(value: Value<'_, '_>) -> Result<ClaimCheck, NotALetter> {
    let check = Members::of(Some(value), "claimCheck")?;
    let bucket = BucketName::parse(&check.text("bucket")?)
        .map_err(|_| check.wrong("bucket", "no name of a bucket"))?;
    let key = check.text("key")?;
    if key.is_empty() || key.len() > OBJECT_KEY_BYTES_MAX {
        return Err(check.wrong("key", "empty or too long"));
    }
    let size = check.number("size")? as usize;
    if size > RECORD_OBJECT_BYTES_MAX {
        return Err(check.wrong("size", "more than a record has"));
    }
    let sha256 = check.text("sha256")?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if sha256.len() != SHA256_DIGITS || !sha256.bytes().all(is_digit) {
        return Err(check.wrong("sha256", "no SHA-256 in lower-case hexadecimal"));
    }
    Ok(ClaimCheck { bucket, key: key.into(), size, sha256: sha256.into() })
}

fn place(value: Option<Value<'_, '_>>, what: &'static str) -> Result<Place, NotALetter> {
    let place = Members::of(value, what)?;
    let number = SequenceNumber::parse(&place.text("sequenceNumber")?)
        .map_err(|error| place.wrong("sequenceNumber", &error.to_string()))?;
    let key = RecordKey::from_hex(&place.text("recordKey")?)
        .ok_or_else(|| place.wrong("recordKey", "no record key"))?;
    let partition_key = place.text("partitionKey")?;
    if partition_key.len() > PARTITION_KEY_BYTES_MAX {
        return Err(place.wrong("partitionKey", "too long"));
    }
    let half = match place.object.get("half").filter(|value| !value.is_null()) {
        Some(_) => Some(place.number("half")?),
        None => None,
    };
    if half.is_some_and(|half| half > 1) {
        return Err(place.wrong("half", "neither 0 nor 1"));
    }
    let part = place.number("part")?;
    if part > PART_MAX {
        return Err(place.wrong("part", "more than a record holds"));
    }
    Ok(Place {
        stream: place.told("stream")?,
        shard: place.told("shard")?,
        position: Position { number, sub_sequence: place.number("subSequence")? },
        part,
        half,
        whole: place.object.get("whole").is_some_and(|whole| whole.text() == "true"),
        unplaced: place.object.get("unplaced").is_some_and(|it| it.text() == "true"),
        key,
        partition_key: partition_key.into(),
        arrived: place.time("arrivedAt")?,
    })
}

/// The members of one object, each read as what it must be.
struct Members<'d, 'a> {
    object: Object<'d, 'a>,
    what: &'static str,
}

impl<'d, 'a> Members<'d, 'a> {
    fn of(value: Option<Value<'d, 'a>>, what: &'static str) -> Result<Self, NotALetter> {
        let object = value.and_then(Value::as_object);
        let object =
            object.ok_or_else(|| NotALetter::because(format!("{what} is no JSON object")))?;
        // Two readers of one text must not see two letters.
        if object.duplicate().is_some() {
            return Err(NotALetter::because(format!("a member of {what} stands twice")));
        }
        Ok(Self { object, what })
    }

    fn wrong(&self, name: &str, why: &str) -> NotALetter {
        NotALetter::because(format!("{name} in {} is {why}", self.what))
    }

    fn value(&self, name: &str) -> Result<Value<'d, 'a>, NotALetter> {
        self.object.get(name).ok_or_else(|| self.wrong(name, "missing"))
    }

    fn text(&self, name: &str) -> Result<Cow<'a, str>, NotALetter> {
        self.value(name)?.as_str().ok_or_else(|| self.wrong(name, "no text"))
    }

    /// A text to be shown.
    fn told(&self, name: &str) -> Result<Box<str>, NotALetter> {
        Ok(told(&self.text(name)?, LETTER_TEXT_CHARS_MAX).into())
    }

    /// A name, or none.
    fn name(&self, name: &str) -> Result<Option<Box<str>>, NotALetter> {
        if self.value(name)?.is_null() {
            return Ok(None);
        }
        let cut: String = self.text(name)?.chars().take(NAME_CHARS_MAX).collect();
        Ok(Some(cut.into()))
    }

    fn number(&self, name: &str) -> Result<u32, NotALetter> {
        let value = self.value(name)?;
        let number = (value.kind() == Kind::Number).then(|| value.text().parse().ok());
        number.flatten().ok_or_else(|| self.wrong(name, "no whole number that fits"))
    }

    fn time(&self, name: &str) -> Result<Timestamp, NotALetter> {
        self.text(name)?.parse().map_err(|_| self.wrong(name, "no time (RFC 3339)"))
    }
}

impl Original {
    /// Its bytes; none where the letter only points to the record, or to an object.
    #[must_use]
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Event(bytes) | Self::Data(bytes) => Some(bytes),
            Self::Object(_) | Self::Pointer => None,
        }
    }
}

impl OpenLetter {
    /// The object in which its record lies, where that is said.
    #[must_use]
    pub fn claim_check(&self) -> Option<&ClaimCheck> {
        match &self.original {
            Original::Object(check) => Some(check),
            Original::Event(_) | Original::Data(_) | Original::Pointer => None,
        }
    }

    /// Where it stands among the letters of its stream.
    #[must_use]
    pub fn order(&self) -> ReplayOrder {
        let Place { shard, position, part, half, .. } = &self.place;
        ReplayOrder::of(shard, position, *part, *half)
    }
}

impl fmt::Debug for OpenLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenLetter({:?}, {:?})", self.place, self.original)
    }
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(bytes) => write!(f, "Event({} bytes)", bytes.len()),
            Self::Data(bytes) => write!(f, "Data({} bytes)", bytes.len()),
            Self::Object(check) => write!(f, "Object({} bytes)", check.size),
            Self::Pointer => f.write_str("Pointer"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({} {:?} part {})", self.shard, self.position, self.part)
    }
}
