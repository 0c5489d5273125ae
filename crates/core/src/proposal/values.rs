//! What the values of a column look like, without keeping one of them.
//!
//! Values are looked at and counted; none is stored, shown or compared with another column's. Some
//! shapes are told by one value alone (an e-mail address, an IBAN with its check digits); others
//! happen by chance (a number that passes for a card's), so that half of the values must have them.

use crate::json::{Kind, Value};

use super::{
    columns::Personal,
    shapes::{self, Shape},
};

// A status or an id has fewer characters; what has more is text.
const SHORT_CHARS_MAX: usize = 128;
// A shape shows itself early; longer texts are searched no further than this.
const SEARCHED_BYTES_MAX: usize = 16 << 10;
// Milliseconds of a day: epoch times of pure dates are multiples of it, in whatever unit.
const DAY_MS: i64 = 86_400_000;

/// Counts of what the values of one column were, nulls aside.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    all: u64,
    bools: u64,
    numbers: u64,
    texts: u64,
    /// Objects and lists, also inside a string.
    composites: u64,
    long: u64,
    /// Texts that are a date and a time.
    instants: u64,
    /// Dates with a time other than midnight, as text or number.
    clocks: u64,
    shapes: [u64; Shape::ALL.len()],
}

impl Values {
    /// Looks at a value that isn't null.
    pub(super) fn look(&mut self, value: Value<'_, '_>) {
        self.all += 1;
        match value.kind() {
            Kind::Null => self.all -= 1,
            Kind::Bool => self.bools += 1,
            Kind::Number => self.number(value),
            Kind::String => self.text(&value.as_str().unwrap_or_default()),
            Kind::Object | Kind::Array => {
                self.composites += 1;
                self.search(value.text());
            }
        }
    }

    /// Adds what was seen elsewhere of the same column.
    pub(super) fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.all, other.all),
            (&mut self.bools, other.bools),
            (&mut self.numbers, other.numbers),
            (&mut self.texts, other.texts),
            (&mut self.composites, other.composites),
            (&mut self.long, other.long),
            (&mut self.instants, other.instants),
            (&mut self.clocks, other.clocks),
        ];
        pairs.into_iter().for_each(|(mine, theirs)| *mine += theirs);
        for (mine, theirs) in self.shapes.iter_mut().zip(other.shapes) {
            *mine += theirs;
        }
    }

    /// What the values look like, if that is personal.
    pub(super) fn look_personal(&self) -> Option<Personal> {
        let seen = Shape::ALL.into_iter().zip(self.shapes);
        seen.filter(|(shape, count)| *count > 0 && (shape.is_certain() || 2 * count >= self.all))
            .map(|(shape, _)| shape.is())
            .next()
    }

    pub(super) fn are_switches(&self) -> bool {
        self.all > 0 && self.bools == self.all
    }

    pub(super) fn are_numbers(&self) -> bool {
        self.all > 0 && self.numbers == self.all
    }

    /// Whether any has parts, or more text than a status or an id.
    pub(super) fn are_large(&self) -> bool {
        self.composites > 0 || self.long > 0
    }

    /// Whether all are dates with a time, and not all at midnight: those could be birthdays.
    pub(super) fn are_instants(&self) -> bool {
        self.all > 0 && self.instants == self.all && self.clocks > 0
    }

    /// Whether numbers that are declared to be times are more than dates.
    pub(super) fn have_clocks(&self) -> bool {
        self.clocks > 0
    }

    fn number(&mut self, value: Value<'_, '_>) {
        self.numbers += 1;
        if value.as_i64().is_some_and(|units| units % DAY_MS != 0) {
            self.clocks += 1;
        }
        if shapes::is_card(value.text()) {
            self.count(Shape::Card);
        }
    }

    fn text(&mut self, text: &str) {
        self.texts += 1;
        let trimmed = text.trim();
        if trimmed.chars().nth(SHORT_CHARS_MAX).is_some() {
            self.long += 1;
        }
        if trimmed.starts_with(['{', '[']) {
            self.composites += 1;
        }
        if let Some(has_clock) = shapes::instant(trimmed) {
            self.instants += 1;
            self.clocks += u64::from(has_clock);
            return;
        }
        for shape in Shape::ALL {
            if shape.fits(trimmed) {
                self.count(shape);
            }
        }
        self.search(trimmed);
    }

    /// What may stand in the middle of a text.
    fn search(&mut self, text: &str) {
        let end = text.floor_char_boundary(SEARCHED_BYTES_MAX);
        if shapes::has_email(&text[..end]) {
            self.count(Shape::Email);
        }
    }

    fn count(&mut self, shape: Shape) {
        self.shapes[shape as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Personal, Values};
    use crate::json::Document;

    fn values(texts: &[&str]) -> Values {
        let mut values = Values::default();
        for text in texts {
            values.look(Document::parse(text.as_bytes(), Vec::new()).unwrap().root());
        }
        values
    }

    #[test]
    fn one_certain_shape_is_enough_and_a_likely_one_needs_half_of_the_values() {
        let check = |texts: &[&str], expected| {
            assert_eq!(values(texts).look_personal(), expected, "{texts:?}");
        };
        check(&["1", "\"x\"", "\"write to ada@example.com now\""], Some(Personal::Email));
        check(&["{\"to\":[\"ada@example.com\"]}", "{}"], Some(Personal::Email));
        check(&["\"DE89 3704 0044 0532 0130 00\"", "\"x\"", "\"y\""], Some(Personal::Bank));
        check(&["4111111111111111", "\"4111 1111 1111 1111\""], Some(Personal::Bank));
        check(&["4111111111111111", "4111111111111112", "4111111111111113"], None);
        check(&["\"10.0.0.1\"", "null", "null"], Some(Personal::Network));
        check(&["\"10.0.0.1\"", "\"x\"", "\"y\""], None);
        check(&["1700000000000", "1705312200123"], None);
        check(&[], None);
    }

    #[test]
    fn kinds_of_values_are_told_apart() {
        assert!(values(&["true", "null", "false"]).are_switches());
        assert!(!values(&["true", "1"]).are_switches() && !values(&["null"]).are_switches());
        assert!(values(&["1", "1.5e400"]).are_numbers() && !values(&["1", "\"1\""]).are_numbers());
        for large in ["[1]", "{}", "\"{\\\"a\\\":1}\"", &format!("\"{}\"", "x".repeat(129))] {
            assert!(values(&[large]).are_large(), "{large}");
        }
        assert!(!values(&["\"open\"", "12"]).are_large());
        assert!(values(&["\"2024-01-15T10:30:00Z\"", "\"2024-01-15 00:00:00\""]).are_instants());
        assert!(!values(&["\"1980-05-01T00:00:00Z\""]).are_instants(), "it could be a birthday");
        assert!(values(&["1705312200123"]).have_clocks());
        assert!(!values(&["19723", "0"]).are_instants());
        assert!(!values(&["1705276800000000"]).have_clocks(), "midnight in microseconds");
    }

    #[test]
    fn what_was_seen_elsewhere_adds_up() {
        let mut one = values(&["\"x\"", "1"]);
        one.merge(&values(&["\"ada@example.com\"", "true"]));
        assert_eq!(one.look_personal(), Some(Personal::Email));
        assert_eq!((one.all, one.texts, one.numbers, one.bools), (4, 2, 1, 1));
    }
}
