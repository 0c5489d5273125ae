//! How producers encode values that JSON has no form for, and what they mean.
//!
//! [`Encoding`] says what a column holds on the wire, told by the record's schema or by the table's
//! `types`; [`Encoding::interpret`] writes its meaning: a plain decimal with all its digits, a date or
//! time as ISO 8601 has it. Nothing is guessed: what does not fit is not interpreted. The forms are
//! those of Kafka Connect and Debezium
//! (<https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-data-types>).

mod decimal;
mod time;

use crate::json::{Document, Kind, Value};

pub use decimal::{DECIMAL_BYTES_MAX, SCALE_MAX};

/// What a column holds on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Base64 of the unscaled value's two's complement, most significant byte first
    /// (`org.apache.kafka.connect.data.Decimal`).
    Decimal {
        /// Digits behind the point; below zero, zeros before it.
        scale: i32,
    },
    /// `{"scale":2,"value":"…"}`, the value as in [`Encoding::Decimal`]
    /// (`io.debezium.data.VariableScaleDecimal`).
    VariableDecimal,
    /// Days since 1970.
    Date,
    /// Time since midnight, in units of 10⁻ᵈⁱᵍⁱᵗˢ seconds: 0, 3, 6 or 9.
    Time {
        /// Decimal digits of a second that a unit is.
        digits: u8,
    },
    /// Time since 1970 without a zone, in units of 10⁻ᵈⁱᵍⁱᵗˢ seconds: 0, 3, 6 or 9.
    Timestamp {
        /// Decimal digits of a second that a unit is.
        digits: u8,
    },
}

/// What came of interpreting a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interpreted {
    /// It is plain already: null, or a number where a decimal is expected.
    Plain,
    /// It means this JSON text.
    Means(String),
    /// It is not what the encoding says.
    Unfit,
}

impl Encoding {
    /// What a value of this encoding means.
    #[must_use]
    pub fn interpret(self, value: Value<'_, '_>) -> Interpreted {
        if value.is_null() {
            return Interpreted::Plain;
        }
        let meaning = match self {
            Self::Decimal { .. } if value.kind() == Kind::Number => return Interpreted::Plain,
            Self::VariableDecimal if value.kind() == Kind::Number => return Interpreted::Plain,
            Self::Decimal { scale } => value.as_str().and_then(|it| decimal::plain(&it, scale)),
            Self::VariableDecimal => variable(value),
            Self::Date => count(value).and_then(time::date),
            Self::Time { digits } => count(value).and_then(|it| time::time(it, digits)),
            Self::Timestamp { digits } => count(value).and_then(|it| time::timestamp(it, digits)),
        };
        meaning.map_or(Interpreted::Unfit, Interpreted::Means)
    }

    /// Whether a string's text already says what a count of this encoding would: a date, a time.
    #[must_use]
    pub fn is_told_as_text(self, text: &str) -> bool {
        match self {
            Self::Date => time::is_date(text),
            Self::Time { .. } => time::is_time(text),
            Self::Timestamp { .. } => time::is_timestamp(text),
            Self::Decimal { .. } | Self::VariableDecimal => false,
        }
    }

    /// The same for a value's JSON text.
    #[must_use]
    pub fn interpret_text(self, json: &str) -> Interpreted {
        match Document::parse(json.as_bytes(), Vec::new()) {
            Ok(document) => self.interpret(document.root()),
            Err(_) => Interpreted::Unfit,
        }
    }
}

/// Whether a text is a decimal number as JSON writes them, without exponent: digits, a point, digits.
#[must_use]
pub fn is_plain_decimal(text: &str) -> bool {
    let (whole, fraction) = match text.strip_prefix('-').unwrap_or(text).split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.strip_prefix('-').unwrap_or(text), None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits)
}

/// A whole number that is written as one.
fn count(value: Value<'_, '_>) -> Option<i64> {
    (value.kind() == Kind::Number).then(|| value.text().parse().ok()).flatten()
}

fn variable(value: Value<'_, '_>) -> Option<String> {
    let object = value.as_object()?;
    let scale = count(object.get("scale")?)?;
    decimal::plain(&object.get("value")?.as_str()?, i32::try_from(scale).ok()?)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Interpreted, is_plain_decimal};

    fn check(encoding: Encoding, json: &str, expected: &str) {
        let told = match encoding.interpret_text(json) {
            Interpreted::Plain => "plain".to_owned(),
            Interpreted::Means(text) => text,
            Interpreted::Unfit => "unfit".to_owned(),
        };
        assert_eq!(told, expected, "{encoding:?} {json}");
    }

    #[test]
    fn decimals_keep_every_digit_and_their_scale() {
        let of = |scale| Encoding::Decimal { scale };
        check(of(2), r#""bg==""#, "1.10");
        check(of(0), r#""AP//////////""#, "18446744073709551615");
        check(of(0), r#""//////////8=""#, "-1");
        check(of(3), r#""/w==""#, "-0.001");
        check(of(2), r#""AA==""#, "0.00");
        check(of(-2), r#""Cw==""#, "1100");
        check(of(-2), r#""AA==""#, "0");
        check(of(0), r#""gAAAAAAAAAAAAAAAAAAAAA==""#, "-170141183460469231731687303715884105728");
        check(of(10), r#""A6DJIHXA2/O4rLxfls4/CtI=""#, "123456789012345678901234567890.1234567890");
        check(
            of(40),
            r#""/+Kc1g48o1tAVEYKnwAAAAAA""#,
            "-1.0000000000000000000000000000000000000000",
        );
    }

    #[test]
    fn what_is_no_encoded_decimal_is_left_alone() {
        let of = |scale| Encoding::Decimal { scale };
        check(of(2), "1.10", "plain");
        check(of(2), "null", "plain");
        check(of(2), r#""""#, "unfit");
        check(of(2), r#""1.10""#, "unfit");
        check(of(2), r#"{"scale":2,"value":"bg=="}"#, "unfit");
        check(of(129), r#""bg==""#, "unfit");
        check(of(0), &format!("\"{}\"", "A".repeat(344)), "unfit");
        check(Encoding::VariableDecimal, r#"{"scale":2,"value":"bg=="}"#, "1.10");
        check(Encoding::VariableDecimal, r#"{"scale":2}"#, "unfit");
        check(Encoding::VariableDecimal, r#"{"scale":2000000000,"value":"bg=="}"#, "unfit");
        check(Encoding::VariableDecimal, r#""bg==""#, "unfit");
    }

    #[test]
    fn counts_of_time_become_iso_8601_in_their_own_precision() {
        check(Encoding::Date, "18262", r#""2020-01-01""#);
        check(Encoding::Date, "-1", r#""1969-12-31""#);
        check(Encoding::Date, "2147483647", "unfit");
        check(Encoding::Date, r#""2020-01-01""#, "unfit");
        check(Encoding::Date, "1.5", "unfit");
        check(Encoding::Time { digits: 3 }, "49023123", r#""13:37:03.123""#);
        check(Encoding::Time { digits: 6 }, "86399999999", r#""23:59:59.999999""#);
        check(Encoding::Time { digits: 6 }, "-1", "unfit");
        check(Encoding::Time { digits: 6 }, "86400000000", "unfit");
        check(Encoding::Timestamp { digits: 3 }, "0", r#""1970-01-01T00:00:00.000""#);
        check(
            Encoding::Timestamp { digits: 6 },
            "1705314600123456",
            r#""2024-01-15T10:30:00.123456""#,
        );
        check(Encoding::Timestamp { digits: 9 }, "-1", r#""1969-12-31T23:59:59.999999999""#);
        check(Encoding::Timestamp { digits: 3 }, "9223372036854775807", "unfit");
        check(Encoding::Timestamp { digits: 0 }, "1705314600", r#""2024-01-15T10:30:00""#);
    }

    #[test]
    fn texts_that_say_it_already_are_known() {
        for (encoding, text, told) in [
            (Encoding::Date, "2020-01-01", true),
            (Encoding::Date, "2020-13-01", false),
            (Encoding::Date, "18262", false),
            (Encoding::Time { digits: 3 }, "13:37:03.5", true),
            (Encoding::Time { digits: 3 }, "noon", false),
            (Encoding::Timestamp { digits: 3 }, "2024-01-15 10:30:00", true),
            (Encoding::Timestamp { digits: 3 }, "2024-01-15T10:30:00.5Z", true),
            (Encoding::Timestamp { digits: 3 }, "2024-01-15T10:30:00+02:00", true),
            (Encoding::Timestamp { digits: 3 }, "yesterday", false),
            (Encoding::VariableDecimal, "2020-01-01", false),
        ] {
            assert_eq!(encoding.is_told_as_text(text), told, "{encoding:?} {text}");
        }
        for text in ["0", "-0.5", "1.10", "18446744073709551615"] {
            assert!(is_plain_decimal(text), "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "1e3", "+1", "1 ", "bg=="] {
            assert!(!is_plain_decimal(text), "{text}");
        }
    }
}
