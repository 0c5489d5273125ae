//! What a table's columns hold: the types that `types` tells.
//!
//! A type says how a value stands on the wire where no schema beside it does, and lets drift be seen:
//! what a column holds is of its type, or it was retyped. Nothing is guessed from values.

use super::{
    fields::{Checker, Listed},
    problem::{did_you_mean, shown},
    read::{Body, Node},
    settings::TYPES,
};
use crate::{
    encoding::{Encoding, SCALE_MAX},
    json::{Kind, Name},
};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// A value that producers encode: a decimal, a date, a time.
    Encoded(Encoding),
    /// A JSON value of that kind, as it is.
    Plain(PlainType),
}

/// What is not encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainType {
    /// A JSON string.
    Text {
        /// The most characters that it may have, where that is told.
        most: Option<u32>,
    },
    /// A JSON number.
    Number {
        /// The most digits that it may have, where that is told.
        most: Option<u32>,
    },
    /// `true` or `false`.
    Boolean,
    /// A JSON object or array.
    Json,
}

/// The types, as a message lists them.
const EXPECTED: &str = "decimal, decimal(SCALE), date, time(DIGITS), timestamp(DIGITS), text, text(MOST), \
                        number, number(MOST), boolean or json";
/// The words of a type, for a guess at what was meant.
const WORDS: &[&str] =
    &["decimal", "date", "time", "timestamp", "text", "number", "boolean", "json"];
/// The longest text of any database (4 GiB).
const MOST_MAX: u32 = u32::MAX;
/// Decimal digits of a second that producers count in: seconds, milli-, micro- and nanoseconds.
const DIGITS: [u8; 4] = [0, 3, 6, 9];

impl ColumnType {
    /// The type of that text, such as `decimal(2)`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (word, argument) = match text.split_once('(') {
            Some((word, rest)) => (word.trim_end(), Some(rest.strip_suffix(')')?.trim())),
            None => (text, None),
        };
        Some(match (word, argument) {
            ("decimal", None) => Self::Encoded(Encoding::VariableDecimal),
            ("decimal", Some(scale)) => Self::Encoded(Encoding::Decimal { scale: bounded(scale)? }),
            ("date", None) => Self::Encoded(Encoding::Date),
            ("time", Some(digits)) => Self::Encoded(Encoding::Time { digits: of_second(digits)? }),
            ("timestamp", Some(digits)) => {
                Self::Encoded(Encoding::Timestamp { digits: of_second(digits)? })
            }
            ("text", most) => Self::Plain(PlainType::Text { most: at_most(most)? }),
            ("number", most) => Self::Plain(PlainType::Number { most: at_most(most)? }),
            ("boolean", None) => Self::Plain(PlainType::Boolean),
            ("json", None) => Self::Plain(PlainType::Json),
            _ => return None,
        })
    }
}

impl PlainType {
    /// Whether a checked value is one. Null is a value of every type.
    #[must_use]
    pub fn fits(self, json: &str) -> bool {
        match (Kind::of_text(json), self) {
            (Kind::Null, _)
            | (Kind::Bool, Self::Boolean)
            | (Kind::Object | Kind::Array, Self::Json) => true,
            (Kind::String, Self::Text { most }) => most.is_none_or(|most| {
                // No character is written in fewer bytes.
                let body = &json[1..json.len() - 1];
                let most = most as usize;
                body.len() <= most || Name::written(body).unescaped().chars().count() <= most
            }),
            (Kind::Number, Self::Number { most }) => most.is_none_or(|most| {
                json.bytes().filter(u8::is_ascii_digit).count() <= most as usize
            }),
            _ => false,
        }
    }
}

impl std::fmt::Display for ColumnType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Encoded(Encoding::VariableDecimal) => f.write_str("decimal"),
            Self::Encoded(Encoding::Decimal { scale }) => write!(f, "decimal({scale})"),
            Self::Encoded(Encoding::Date) => f.write_str("date"),
            Self::Encoded(Encoding::Time { digits }) => write!(f, "time({digits})"),
            Self::Encoded(Encoding::Timestamp { digits }) => write!(f, "timestamp({digits})"),
            Self::Plain(PlainType::Text { most }) => with_most(f, "text", *most),
            Self::Plain(PlainType::Number { most }) => with_most(f, "number", *most),
            Self::Plain(PlainType::Boolean) => f.write_str("boolean"),
            Self::Plain(PlainType::Json) => f.write_str("json"),
        }
    }
}

fn with_most(f: &mut std::fmt::Formatter<'_>, word: &str, most: Option<u32>) -> std::fmt::Result {
    match most {
        Some(most) => write!(f, "{word}({most})"),
        None => f.write_str(word),
    }
}

/// The most that is told, if anything is; none where it is no such number.
#[expect(clippy::option_option, reason = "not told, told, or wrong")]
fn at_most(argument: Option<&str>) -> Option<Option<u32>> {
    match argument {
        None => Some(None),
        Some(most) => most.parse().ok().filter(|most| (1..=MOST_MAX).contains(most)).map(Some),
    }
}

fn bounded(scale: &str) -> Option<i32> {
    scale.parse().ok().filter(|scale| (-SCALE_MAX..=SCALE_MAX).contains(scale))
}

fn of_second(digits: &str) -> Option<u8> {
    digits.parse().ok().filter(|digits| DIGITS.contains(digits))
}

/// A column, and its type.
pub(super) type Typed<'n> = (Listed<'n>, ColumnType);

impl Checker<'_> {
    /// `{price: decimal(2), born: date}`
    pub(super) fn types<'n>(&mut self, node: &'n Node, whose: &str) -> Vec<Typed<'n>> {
        let what = format!("types of {whose}");
        let entries = self.by_column(node, &what, TYPES.expected);
        let typed = |(column, node): (Listed<'n>, &Node)| {
            Some((column, self.type_of(column, node, &what)?))
        };
        entries.into_iter().filter_map(typed).collect()
    }

    fn type_of(&mut self, column: Listed<'_>, node: &Node, what: &str) -> Option<ColumnType> {
        let text = match &node.body {
            Body::Text(text) => Some(&**text),
            _ => None,
        };
        let found = text.and_then(ColumnType::parse);
        if found.is_none() {
            let word = text.and_then(|text| text.split('(').next()).unwrap_or_default();
            let advice = match word {
                "time" | "timestamp" => {
                    ", where DIGITS is 0, 3, 6 or 9: whether it counts seconds, milli-, micro- or \
                     nanoseconds"
                        .to_owned()
                }
                "text" | "number" => {
                    ", where MOST is how many characters or digits it has at most".to_owned()
                }
                "decimal" => {
                    format!(", where SCALE is a number from -{SCALE_MAX} to {SCALE_MAX}")
                }
                _ => did_you_mean(word, WORDS.iter().copied()),
            };
            self.wrong(node, &format!("\"{}\" in {what}", shown(column.name)), EXPECTED, &advice);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{ColumnType, PlainType};

    #[test]
    fn a_value_fits_its_type_by_kind_and_length() {
        let (nine, any) = (PlainType::Text { most: Some(4) }, PlainType::Text { most: None });
        for (plain, json, fits) in [
            (nine, r#""1234""#, true),
            (nine, r#""12345""#, false),
            (nine, r#""\u0031\u0032""#, true),
            (nine, r#""\u0031\u0032345""#, false),
            (nine, "1234", false),
            (nine, "null", true),
            (any, r#""123456789""#, true),
            (PlainType::Number { most: Some(3) }, "-1.25", true),
            (PlainType::Number { most: Some(3) }, "1234", false),
            (PlainType::Boolean, "true", true),
            (PlainType::Json, "[]", true),
            (PlainType::Json, r#""[]""#, false),
        ] {
            assert_eq!(plain.fits(json), fits, "{plain:?} {json}");
        }
    }

    #[test]
    fn a_type_is_read_as_it_is_written() {
        for text in [
            "decimal",
            "decimal(2)",
            "decimal(-3)",
            "date",
            "time(0)",
            "time(3)",
            "timestamp(6)",
            "timestamp(9)",
            "text",
            "text(9)",
            "number",
            "number(19)",
            "boolean",
            "json",
        ] {
            assert_eq!(ColumnType::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "Decimal",
            "decimal(",
            "decimal(129)",
            "time",
            "time(2)",
            "date(3)",
            "int",
            "text(0)",
            "text(x)",
            "number()",
        ] {
            assert_eq!(ColumnType::parse(text), None, "{text}");
        }
    }
}
