//! What a column looks like by its name: personal, plain, or neither.
//!
//! The one notion of "looks personal" by name. It errs on the side of withholding: a column that is
//! taken for personal and isn't costs a person one line, the other way round costs a leak. It is
//! a proposal's help and no guarantee, and never decides about an event.

use super::{
    lists::{ABOUT, NAME, PERSONAL, PERSONS, PLAIN, PLAIN_FIRST},
    words::Words,
};

/// What a column seems to hold that isn't everybody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Personal {
    /// An e-mail address.
    Email,
    /// A phone or fax number, or who calls.
    Phone,
    /// A number or document by which authorities know a person, or their car.
    Identity,
    /// Bank accounts and cards.
    Bank,
    /// A birthday or an age.
    Birth,
    /// A person's name.
    Name,
    /// Where somebody lives.
    Address,
    /// IP and MAC addresses.
    Network,
    /// Where somebody is.
    Place,
    /// Passwords, tokens, keys.
    Secret,
    /// What somebody earns.
    Pay,
    /// Text in which people write whatever they hear.
    FreeText,
    /// Health, belief, origin and the like, where even a yes or no tells.
    Sensitive,
    /// Gender and forms of address.
    Gender,
    /// What tells a device or a browser.
    Device,
    /// Voices, pictures and what was said.
    Recording,
}

impl Personal {
    /// What it is, in a few words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "phone number",
            Self::Identity => "identity number",
            Self::Bank => "bank or card details",
            Self::Birth => "birth or age",
            Self::Name => "person's name",
            Self::Address => "postal address",
            Self::Network => "network address",
            Self::Place => "place",
            Self::Secret => "secret",
            Self::Pay => "pay",
            Self::FreeText => "free text",
            Self::Sensitive => "health, belief or origin",
            Self::Gender => "gender",
            Self::Device => "device",
            Self::Recording => "recording or picture",
        }
    }

    /// Whether `…_status`, `…_type` and the like take the personal out of it. A health status is
    /// still somebody's health.
    fn ends_where_it_is_about(self) -> bool {
        !matches!(self, Self::Sensitive | Self::Birth | Self::Gender | Self::Pay)
    }

    /// Whether `…_id` is a reference to it, kept elsewhere. A device's id is the device.
    fn is_kept_elsewhere(self) -> bool {
        matches!(self, Self::FreeText | Self::Address | Self::Place | Self::Recording | Self::Bank)
    }

    /// Whether a number can't be it.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Email | Self::Name | Self::FreeText | Self::Recording)
    }

    /// Whether even a yes or no tells it.
    pub(super) fn is_told_by_a_switch(self) -> bool {
        matches!(self, Self::Sensitive | Self::Gender)
    }
}

/// What a column seems to hold by its name, if that is personal. The table's name, without its
/// schema, decides about names that are people's in one table and things' in another.
#[must_use]
pub fn looks_personal(table: &str, column: &str) -> Option<Personal> {
    let words = Words::of(column);
    let told = PERSONAL.iter().find(|telling| {
        let phrases = telling.phrases.split(' ').any(|phrase| words.has(phrase));
        (phrases || telling.stems.split_whitespace().any(|stem| words.has_stem(stem)))
            && !is_about(&words, telling.what)
    });
    told.map(|telling| telling.what).or_else(|| of_a_person(table, &words))
}

/// Whether the name says what the column holds, and that it is nobody's secret: an id, a status, a
/// time, a count. Only for names that don't look personal.
pub(super) fn is_plain(column: &str) -> bool {
    let words = Words::of(column);
    PLAIN.split(' ').any(|phrase| words.ends_with(phrase))
        || PLAIN_FIRST.split(' ').any(|word| word == words.first())
}

/// Whether the name is one of those that references and keys have.
pub(super) fn is_reference(column: &str) -> bool {
    const ENDS: [&str; 9] = ["id", "ids", "uuid", "guid", "oid", "key", "code", "no", "number"];
    let words = Words::of(column);
    ENDS.contains(&words.last()) || words.last().ends_with("id")
}

/// Whether the name is of something about the personal thing, or of a reference to it.
fn is_about(words: &Words, what: Personal) -> bool {
    let about = what.ends_where_it_is_about() && ABOUT.split(' ').any(|word| words.ends_with(word));
    about || what.is_kept_elsewhere() && matches!(words.last(), "id" | "ids")
}

/// `name` in a table of persons, `customer_name` in any; a person's weight.
fn of_a_person(table: &str, words: &Words) -> Option<Personal> {
    let names_persons = is_persons(Words::of(table).last());
    if names_persons && matches!(words.last(), "weight" | "height") {
        return Some(Personal::Sensitive);
    }
    let name =
        NAME.split(' ').filter(|name| words.ends_with(name)).max_by_key(|name| name.len())?;
    let alone = words.first() == name.split('_').next().unwrap_or_default();
    let whose = if alone { names_persons } else { words.last_but_one().is_some_and(is_persons) };
    whose.then_some(Personal::Name)
}

fn is_persons(word: &str) -> bool {
    let one = word.strip_suffix('s');
    PERSONS.split(' ').any(|person| person == word || Some(person) == one)
}

#[cfg(test)]
mod tests;
