//! Event ids and the order of a row's changes.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::{keys::RowKey, time::is_believable};
use crate::{
    event::{ChangeEvent, Identity, Reading, RowOrder},
    record::{Position, Record, RecordKey, SourceKind, hex},
};

/// Bytes of an HMAC that become an event id, written as twice as many hexadecimal digits.
const EVENT_ID_BYTES: usize = 16;

/// Fewest bytes of an id key: as many as the hash gives (RFC 2104, section 3).
pub const ID_KEY_BYTES_MIN: usize = 32;

/// The pipeline's id key. Whatever goes into an event id goes in under it, so that nobody can guess
/// a row's value back from an id.
#[derive(Clone)]
pub struct IdKey(Hmac<Sha256>);

/// A key too short to keep a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id key has {0} bytes; at least {ID_KEY_BYTES_MIN} are needed")]
pub struct IdKeyTooShort(usize);

impl IdKey {
    /// A key of these bytes.
    ///
    /// # Errors
    /// [`IdKeyTooShort`] below [`ID_KEY_BYTES_MIN`] bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, IdKeyTooShort> {
        if bytes.len() < ID_KEY_BYTES_MIN {
            return Err(IdKeyTooShort(bytes.len()));
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|_| IdKeyTooShort(bytes.len()))
    }

    /// A seal over these parts, each with its length, in hexadecimal digits. Not an event id: made for
    /// a purpose of its own.
    pub(crate) fn seal(&self, parts: &[&[u8]]) -> String {
        self.sign("letter", parts).0.into()
    }

    /// What tells bytes that nobody is shown from others, in hexadecimal digits. Under the key: a body can be a
    /// value and little else, and a plain hash of it could be found by trying.
    #[must_use]
    pub fn fingerprint(&self, bytes: &[u8]) -> String {
        self.sign("fingerprint", &[bytes]).0.into()
    }

    fn sign(&self, purpose: &str, parts: &[&[u8]]) -> EventId {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let digest = mac.finalize().into_bytes();
        EventId(hex(&digest[..EVENT_ID_BYTES]).into())
    }
}

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey")
    }
}

/// An event's id: the same on retry, redelivery and replay.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventId(Box<str>);

impl EventId {
    /// The id of that text, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 2 * EVENT_ID_BYTES && is_hex).then(|| Self(text.into()))
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which of a record's events this is.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// The unit within the record.
    pub(crate) part: u32,
    /// The event within the unit: 1 for the INSERT of a moved key.
    pub(crate) half: u32,
}

/// The id of one event of a record.
///
/// By the source's position and the row's key where both are known: what the producer itself sends
/// twice has one id. A position alone is not enough, rows of one snapshot share it. Otherwise by the
/// record.
pub(crate) fn event_id(
    id_key: &IdKey,
    event: &ChangeEvent<'_>,
    key: Option<&RowKey<'_>>,
    record: impl FnOnce() -> RecordKey,
    slot: Slot,
) -> EventId {
    match (&event.identity, key) {
        (Some(identity), Some(key)) => by_source(id_key, event, identity, key, slot),
        _ => {
            let place = u64::from(slot.part) << 32 | u64::from(slot.half);
            id_key.sign("record", &[&record().0, &place.to_be_bytes()])
        }
    }
}

fn by_source(
    id_key: &IdKey,
    event: &ChangeEvent<'_>,
    identity: &Identity<'_>,
    key: &RowKey<'_>,
    slot: Slot,
) -> EventId {
    let units;
    let time: &[u8] = match event.times[0].as_ref().map(|time| &time.reading) {
        Some(Reading::Epoch { units: number, .. }) => {
            units = number.to_be_bytes();
            &units
        }
        Some(Reading::Rfc3339(text)) => text.as_bytes(),
        None => &[],
    };
    id_key.sign(
        "source",
        &[
            identity.source.as_bytes(),
            identity.place.as_bytes(),
            event.database.as_deref().unwrap_or_default().as_bytes(),
            event.schema.as_deref().unwrap_or_default().as_bytes(),
            event.table.as_bytes(),
            event.change.operation().as_str().as_bytes(),
            &key.identity(),
            time,
            &slot.half.to_be_bytes(),
        ],
    )
}

/// Digits of the numbers that a FIFO queue gives its messages (SQS).
const FIFO_DIGITS: usize = 20;

/// The order of one event among its row's: the source's own where there is one, else its place in
/// the shard or the message group; none where it could not be compared with that of its siblings.
/// Compared byte by byte, later changes of a row are greater.
pub(crate) fn order<'e>(
    event: &'e ChangeEvent<'_>,
    record: &Record,
    kind: SourceKind,
    part: u32,
) -> Option<Cow<'e, str>> {
    let mut order = match &event.row_order {
        RowOrder::Source { order, shared: false } => return Some(Cow::Borrowed(order)),
        RowOrder::Unknown => return None,
        // Nothing tells which of two came first.
        _ if record.unplaced || kind == SourceKind::StandardQueue => return None,
        RowOrder::Source { order, .. } => format!("{order}:"),
        RowOrder::Time { microseconds } => {
            let at = Timestamp::from_microsecond(*microseconds).ok()?;
            is_believable(at, record.arrived).then(|| format!("time:{microseconds:020}:"))?
        }
        RowOrder::Arrival => String::new(),
    };
    let Position { number, sub_sequence } = &record.position;
    let number = number.as_str();
    let width = number.len();
    order.reserve(width + 32);
    let _ = match kind {
        SourceKind::FifoQueue if width > FIFO_DIGITS => return None,
        SourceKind::FifoQueue => {
            write!(order, "fifo:{number:0>FIFO_DIGITS$}:{sub_sequence:06}:{part:06}")
        }
        SourceKind::Stream | SourceKind::Topic | SourceKind::StandardQueue => {
            write!(order, "shard:{width:03}:{number}:{sub_sequence:06}:{part:06}")
        }
    };
    Some(Cow::Owned(order))
}
