//! Which letters a request is about.

use std::fmt;

use cdc_aws::function::Refusal;
use cdc_core::{
    dead_letter::{NotALetter, OpenLetter, Original},
    envelope::about,
    failure::{FailureCode, shown},
    json::Document,
};
use jiff::Timestamp;

use super::Members;
use crate::{
    refusals::invalid,
    run::{NOT_A_LETTER, OTHER_VERSION},
};

/// Longest name that a letter keeps, in characters.
const NAME_CHARS_MAX: usize = 255;

const MEMBERS: [&str; 5] = ["code", "table", "eventId", "since", "until"];

/// Which letters. What is not set, every letter has.
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
    /// Last tried then or later.
    pub since: Option<Timestamp>,
    /// Last tried before.
    pub until: Option<Timestamp>,
}

impl Filter {
    pub(super) fn read(request: &Members<'_, '_>) -> Result<Self, Refusal> {
        let Some(members) = request.object("filter", "filter.", &MEMBERS)? else {
            return Ok(Self::default());
        };
        let mut codes = FailureCode::ALL.map(FailureCode::as_str).to_vec();
        codes.extend([NOT_A_LETTER, OTHER_VERSION]);
        let time = |name: &str| match members.text(name, NAME_CHARS_MAX)? {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                members.wrong(name, "a time (RFC 3339, such as 2026-01-15T10:30:00Z)")
            }),
        };
        let filter = Self {
            code: members.one_of("code", &codes)?.map(|index| codes[index]),
            table: members.text("table", NAME_CHARS_MAX)?.map(Into::into),
            event_id: members.text("eventId", NAME_CHARS_MAX)?.map(Into::into),
            since: time("since")?,
            until: time("until")?,
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
            && self.since.is_none_or(|since| letter.last_attempt >= since)
            && self.until.is_none_or(|until| letter.last_attempt < until)
    }

    /// Whether it takes what is no letter, or one of another version: nothing is known of these.
    #[must_use]
    pub fn takes_what_is_no_letter(&self, error: &NotALetter) -> bool {
        let known = Self { code: None, ..self.clone() };
        let own = if error.other_version { OTHER_VERSION } else { NOT_A_LETTER };
        self.code.is_none_or(|code| code == own) && known == Self::default()
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
