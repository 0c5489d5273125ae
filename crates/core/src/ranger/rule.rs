//! A mask → an entry of `redact`.
//!
//! Hive's functions look at the column's type. Where nobody tells it, a value is taken for text: a mask of
//! characters hides numbers and dates as well. Where the configuration tells it, the rule gives what
//! Hive would: other digits for a number, one date for all dates, NULL for every type that the function
//! doesn't take.

use super::mask::{Characters, Mask, Part};
use crate::{
    encoding::Encoding,
    rules::{ColumnType, Piece, PlainType, field_of_column},
    yaml,
};

/// The key's name in a keyring, and the domain, for what Ranger hashes.
const KEY: &str = "ranger";
/// What Hive makes of every date that is masked as a whole.
const DATE: &str = "0000-01-01";

/// How a column is withheld: an entry of `redact` without its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `mask`, `hash`, `null` and so on.
    pub method: &'static str,
    /// The method's settings, by their names in the configuration.
    pub settings: Vec<(&'static str, Setting)>,
}

/// The value of a method's setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// A whole number.
    Number(u32),
}

/// A type as Hive's functions tell types apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HiveType {
    Text,
    Number,
    Date,
    /// Decimals, times, booleans, structures: the mask functions give NULL for them.
    Other,
}

impl HiveType {
    fn of(holds: ColumnType) -> Self {
        match holds {
            ColumnType::Plain(PlainType::Text { .. }) => Self::Text,
            ColumnType::Plain(PlainType::Number { .. }) => Self::Number,
            ColumnType::Encoded(Encoding::Date) => Self::Date,
            ColumnType::Encoded(_) | ColumnType::Plain(PlainType::Boolean | PlainType::Json) => {
                Self::Other
            }
        }
    }
}

impl Rule {
    /// What withholds a value as the mask does; none where it stays as it is.
    pub(super) fn of(mask: &Mask, holds: Option<ColumnType>) -> Option<Self> {
        let holds = holds.map(HiveType::of);
        Some(match (mask, holds) {
            (Mask::Clear, _) => return None,
            (Mask::Null, _) => Self::null(),
            (Mask::Withheld, _) => Self::new("replace"),
            (Mask::Constant(text), _) => Self::new("replace").with("with", text),
            (Mask::First(length), None | Some(HiveType::Text | HiveType::Date)) => {
                Self::new("truncate").with("characters", *length)
            }
            // Hive would make a text of it first.
            (Mask::First(_), Some(HiveType::Number | HiveType::Other)) => Self::new("replace"),
            (Mask::Hash, None | Some(HiveType::Text)) => Self::hash(),
            (Mask::Date(part, _), None | Some(HiveType::Date)) => {
                let to = match part {
                    Part::Year => "year",
                    Part::Month => "month",
                };
                Self::new("truncate").with("to", to)
            }
            (
                Mask::Characters(characters) | Mask::Date(_, characters),
                None | Some(HiveType::Text),
            ) => Self::characters(characters),
            (Mask::Characters(characters) | Mask::Date(_, characters), Some(HiveType::Number)) => {
                Self::number(characters)
            }
            (Mask::Characters(_), Some(HiveType::Date)) => Self::new("replace").with("with", DATE),
            (Mask::Hash | Mask::Characters(_) | Mask::Date(..), Some(_)) => Self::null(),
        })
    }

    /// Equal values have equal hashes in whatever column, as Ranger's have: people join by them.
    fn hash() -> Self {
        Self::key().with("domain", KEY)
    }

    /// What a key column gets in place of any other mask: its rows stay apart.
    pub(super) fn key() -> Self {
        Self::new("hash").with("key", KEY)
    }

    /// Whether a key may have it.
    pub(super) fn is_hash(&self) -> bool {
        self.method == "hash"
    }

    fn null() -> Self {
        Self::new("null")
    }

    fn new(method: &'static str) -> Self {
        Self { method, settings: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<Setting>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// Settings that are as they would be anyway are left out.
    fn characters(characters: &Characters) -> Self {
        let default = Characters::MASK;
        let classes = [
            ("upper", characters.upper, default.upper),
            ("lower", characters.lower, default.lower),
            ("digit", characters.digit, default.digit),
            ("other", characters.other, default.other),
        ];
        let told = classes.into_iter().filter(|(_, character, default)| character != default);
        told.fold(Self::kept(characters), |rule, (name, character, _)| {
            rule.with(name, character.map_or_else(|| "keep".to_owned(), String::from))
        })
    }

    fn number(characters: &Characters) -> Self {
        let rule = Self::kept(characters).with("as", "number");
        match characters.number {
            1 => rule,
            digit => rule.with("digit", digit.to_string()),
        }
    }

    fn kept(characters: &Characters) -> Self {
        let ends = [("keep_first", characters.keep_first), ("keep_last", characters.keep_last)];
        let told = ends.into_iter().filter(|(_, count)| *count > 0);
        told.fold(Self::new("mask"), |rule, (name, count)| rule.with(name, count))
    }

    /// The entry for these fields in one line: `{fields: [ssn], method: mask, keep_last: 4}`.
    pub(super) fn entry(&self, field: &str) -> String {
        let field =
            if field == "*" { yaml::scalar(field) } else { yaml::scalar(&field_of_column(field)) };
        let mut out = format!("{{fields: [{field}], method: {}", yaml::scalar(self.method));
        for (name, value) in &self.settings {
            match value {
                Setting::Text(text) => out.push_str(&format!(", {name}: {}", yaml::scalar(text))),
                Setting::Number(number) => out.push_str(&format!(", {name}: {number}")),
            }
        }
        out.push('}');
        out
    }

    /// Whether an entry of a configuration says the same in the same words.
    pub(super) fn is_written(&self, entry: &Piece) -> bool {
        if entry.text().is_some() {
            return self.method == "replace" && self.settings.is_empty();
        }
        let told = |name: &str| entry.get(name).and_then(Piece::text);
        let fields_and_method = 2;
        told("method") == Some(self.method)
            && entry.entries().len() == self.settings.len() + fields_and_method
            && self.settings.iter().all(|(name, value)| match value {
                Setting::Text(text) => told(name) == Some(text),
                Setting::Number(number) => told(name) == Some(&number.to_string()),
            })
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Setting {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Setting {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Setting {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::mask::{Characters, Mask, Part},
        Rule,
    };
    use crate::rules::ColumnType;

    #[track_caller]
    fn check(mask: &Mask, expected: &[(&str, &str)]) {
        for (holds, entry) in expected {
            let told = (*holds != "?").then(|| ColumnType::parse(holds).unwrap());
            let entry = format!("{{fields: [a], method: {entry}}}");
            assert_eq!(Rule::of(mask, told).unwrap().entry("a"), entry, "{holds}");
        }
    }

    #[test]
    fn a_mask_of_characters_knows_texts_numbers_and_dates() {
        check(
            &Mask::Characters(Characters::MASK),
            &[
                ("?", "mask"),
                ("text", "mask"),
                ("number", "mask, as: number"),
                ("date", "replace, with: \"0000-01-01\""),
                ("decimal(2)", "\"null\""),
                ("timestamp(6)", "\"null\""),
                ("boolean", "\"null\""),
            ],
        );
        let last = Characters { keep_last: 4, ..Characters::SHOW };
        check(
            &Mask::Characters(last.clone()),
            &[
                ("?", "mask, keep_last: 4, upper: x, digit: x"),
                ("number", "mask, keep_last: 4, as: number"),
            ],
        );
        let kept = Characters {
            keep_first: 2,
            upper: None,
            digit: Some('n'),
            other: Some('*'),
            number: 7,
            ..last
        };
        check(
            &Mask::Characters(kept),
            &[
                ("?", "mask, keep_first: 2, keep_last: 4, upper: keep, other: \"*\""),
                ("number", "mask, keep_first: 2, keep_last: 4, as: number, digit: \"7\""),
            ],
        );
    }

    #[test]
    fn the_other_masks_have_methods_of_their_own() {
        let year = Mask::Date(Part::Year, Characters::SHOW);
        check(
            &year,
            &[
                ("?", "truncate, to: year"),
                ("date", "truncate, to: year"),
                ("text", "mask, upper: x, digit: x"),
                ("number", "mask, as: number"),
                ("timestamp(3)", "\"null\""),
            ],
        );
        check(&Mask::Date(Part::Month, Characters::SHOW), &[("?", "truncate, to: month")]);
        check(
            &Mask::Hash,
            &[
                ("?", "hash, key: ranger, domain: ranger"),
                ("text", "hash, key: ranger, domain: ranger"),
                ("number", "\"null\""),
            ],
        );
        check(
            &Mask::First(3),
            &[("?", "truncate, characters: 3"), ("number", "replace"), ("boolean", "replace")],
        );
        check(&Mask::Constant("no: #".to_owned()), &[("?", "replace, with: \"no: #\"")]);
        check(&Mask::Withheld, &[("?", "replace"), ("number", "replace")]);
        check(&Mask::Null, &[("?", "\"null\"")]);
        assert_eq!(Rule::of(&Mask::Clear, None), None);
    }
}
