//! Which letters or documents a request is about.

use std::fmt;

use cdc_aws::function::Refusal;
use cdc_core::{
    dead_letter::{NotALetter, OpenLetter, Original},
    envelope::about,
    failure::{FailureCode, shown},
    json::Document,
    on_failure::{DocumentKey, OnFailure},
};
use jiff::{SignedDuration, Timestamp};

use super::{From, Members};
use crate::{
    refusals::{invalid, of_letters_only},
    run::{NOT_A_LETTER, OTHER_VERSION},
};

/// Longest name that a letter keeps, in characters.
const NAME_CHARS_MAX: usize = 255;

/// How far the time in a document's key may be from the one that it tells.
const KEY_TIME_OFF: SignedDuration = SignedDuration::from_hours(1);

const MEMBERS: [&str; 6] = ["code", "table", "eventId", "shard", "since", "until"];

/// What a document can't be asked for: it holds records of many tables, and its records have no error.
const OF_LETTERS: [&str; 3] = ["code", "table", "eventId"];

/// Which letters or documents. What is not set, each of them has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With that code; `NOT_A_LETTER` takes the messages that are no letters, `OTHER_VERSION` letters
    /// that this program does not know.
    pub code: Option<&'static str>,
    /// Of that table, as it is configured: `table`, `schema.table` or `database.schema.table`, case
    /// included. Letters know the table alone; the rest is looked up in the record, where they carry
    /// it as JSON.
    pub table: Option<String>,
    /// Of that event.
    pub event_id: Option<String>,
    /// Of that shard.
    pub shard: Option<String>,
    /// Last tried then or later; of documents: given up.
    pub since: Option<Timestamp>,
    /// Last tried before; of documents: given up.
    pub until: Option<Timestamp>,
}

impl Filter {
    pub(super) fn read(request: &Members<'_, '_>, from: From) -> Result<Self, Refusal> {
        let Some(members) = request.object("filter", "filter.", &MEMBERS)? else {
            return Ok(Self::default());
        };
        if from == From::Documents
            && let Some(name) = OF_LETTERS.into_iter().find(|name| members.has(name))
        {
            return Err(of_letters_only(&format!("filter.{name}")));
        }
        let mut codes = FailureCode::ALL.map(FailureCode::as_str).to_vec();
        codes.extend([NOT_A_LETTER, OTHER_VERSION]);
        let filter = Self {
            code: members.one_of("code", &codes)?.map(|index| codes[index]),
            table: members.text("table", NAME_CHARS_MAX)?.map(Into::into),
            event_id: members.text("eventId", NAME_CHARS_MAX)?.map(Into::into),
            shard: members.text("shard", NAME_CHARS_MAX)?.map(Into::into),
            since: members.time("since")?,
            until: members.time("until")?,
        };
        if let (Some(since), Some(until)) = (filter.since, filter.until)
            && since >= until
        {
            return Err(invalid("filter.until", "a time after filter.since is expected"));
        }
        Ok(filter)
    }

    /// Whether it takes that letter.
    #[must_use]
    pub fn takes(&self, letter: &OpenLetter) -> bool {
        self.code.is_none_or(|code| code == &*letter.code)
            && self.table.as_deref().is_none_or(|name| is_of_table(letter, name))
            && self.event_id.as_deref().is_none_or(|id| Some(id) == letter.event_id.as_deref())
            && self.is_of_shard(&letter.place.shard)
            && self.is_in_time(letter.last_attempt)
    }

    /// Whether it takes that document.
    #[must_use]
    pub fn takes_document(&self, document: &OnFailure) -> bool {
        self.is_of_shard(&document.shard) && self.is_in_time(document.given_up)
    }

    /// Whether it can take the document under that key: what it can't is not worth reading. Keys tell
    /// about when, so there is an hour's room.
    #[must_use]
    pub fn can_take_key(&self, key: &str) -> bool {
        let Some(key) = DocumentKey::read(key) else { return true };
        let [earlier, later] = [KEY_TIME_OFF, -KEY_TIME_OFF]
            .map(|off| key.given_up.checked_add(off).unwrap_or(key.given_up));
        self.is_of_shard(key.shard)
            && self.since.is_none_or(|since| earlier >= since)
            && self.until.is_none_or(|until| later < until)
    }

    /// Whether it takes everything.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        *self == Self::default()
    }

    fn is_of_shard(&self, id: &str) -> bool {
        self.shard.as_deref().is_none_or(|shard| shard == id)
    }

    fn is_in_time(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }

    /// Whether it takes what is no letter, or one of another version: nothing is known of these.
    #[must_use]
    pub fn takes_what_is_no_letter(&self, error: &NotALetter) -> bool {
        let known = Self { code: None, ..self.clone() };
        let own = if error.other_version { OTHER_VERSION } else { NOT_A_LETTER };
        self.code.is_none_or(|code| code == own) && known.takes_all()
    }
}

fn is_of_table(letter: &OpenLetter, name: &str) -> bool {
    let Some(table) = letter.table.as_deref() else { return false };
    if table == name {
        return true;
    }
    let outer = name.strip_suffix(table).and_then(|outer| outer.strip_suffix('.'));
    match (outer, &letter.original) {
        (Some(outer), Original::Event(text)) => stands_in(text, outer),
        _ => false,
    }
}

/// Whether the record says that its table stands in that `schema`, `database` or `database.schema`.
fn stands_in(text: &[u8], outer: &str) -> bool {
    let Ok(document) = Document::parse(text, Vec::new()) else { return false };
    let about = about(&document);
    let (database, schema) = (about.database.as_deref(), about.schema.as_deref());
    match (database, schema) {
        (Some(database), Some(schema)) => {
            outer == schema || outer.strip_prefix(database) == Some(&format!(".{schema}"))
        }
        (found, None) | (None, found) => found == Some(outer),
    }
}

/// For the log: what is set, as JSON members would have it.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let set = [
            ("code", self.code.map(str::to_owned)),
            ("table", self.table.as_deref().map(shown)),
            ("eventId", self.event_id.as_deref().map(shown)),
            ("shard", self.shard.as_deref().map(shown)),
            ("since", time(self.since)),
            ("until", time(self.until)),
        ];
        let mut separator = "";
        for (name, value) in set {
            if let Some(value) = value {
                write!(f, "{separator}{name}={value}")?;
                separator = " ";
            }
        }
        if separator.is_empty() { f.write_str("all") } else { Ok(()) }
    }
}
