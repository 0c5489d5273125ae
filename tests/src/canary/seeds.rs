//! The values that are planted, each once, with the place where it was.

use super::records::Seeded;

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Name,
    /// An e-mail address.
    Email,
    /// Digits with marks between them.
    Phone,
    /// Nine digits: a number in some records, a text in others.
    NineDigits,
    /// Words and a number.
    Address,
    /// Letters that are none of ASCII's.
    Unicode,
    /// Characters that JSON, URLs and terminals write otherwise.
    Quirk,
}

/// A planted value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// Where it was planted: `RECORD: MEMBER`.
    pub place: String,
    /// What it looks like.
    pub kind: Kind,
    /// The value.
    pub value: String,
}

/// All planted values. The same calls make the same values.
#[derive(Debug, Default)]
pub struct Seeds {
    planted: Vec<Canary>,
    made: usize,
}

const TEXTS: [Kind; 6] =
    [Kind::Name, Kind::Email, Kind::Phone, Kind::Address, Kind::Unicode, Kind::Quirk];

/// Letters of a tag: none that makes a word.
const LETTERS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";

/// Letters in a tag: enough for 8,000 values.
const TAG_LETTERS: u32 = 3;

/// Country codes that no country has.
const PHONES_FROM: usize = 900_000;

/// Nine-digit numbers begin here, and lie so far apart that none looks like another.
const NUMBERS_FROM: u64 = 802_000_000;
const NUMBERS_STEP: u64 = 10_007;

impl Seeds {
    /// A value of that kind for that place.
    pub fn plant(&mut self, kind: Kind, place: impl Into<String>) -> String {
        let value = value(kind, self.made);
        self.made += 1;
        self.planted.push(Canary { place: place.into(), kind, value: value.clone() });
        value
    }

    /// A text for that place; of each kind in turn.
    pub fn text(&mut self, place: impl Into<String>) -> String {
        self.plant(TEXTS[self.made % TEXTS.len()], place)
    }

    /// A number of nine digits for that place.
    ///
    /// # Panics
    /// Never: nine digits are a number.
    pub fn number(&mut self, place: impl Into<String>) -> u64 {
        self.plant(Kind::NineDigits, place).parse().expect("nine digits")
    }

    /// Forgets what was planted in other records than these.
    pub fn keep(&mut self, records: &[Seeded]) {
        let is_kept = |canary: &Canary| {
            records.iter().any(|record| {
                let rest = canary.place.strip_prefix(record.name);
                rest.is_some_and(|rest| rest.starts_with([':', ',']))
            })
        };
        self.planted.retain(is_kept);
    }

    /// All of them.
    #[must_use]
    pub fn planted(&self) -> &[Canary] {
        &self.planted
    }
}

/// What tells a value from all others stands at its beginning: there the search looks first.
fn value(kind: Kind, number: usize) -> String {
    let tag = tag(number);
    match kind {
        Kind::Name => format!("{tag}ine Quirina Vogel"),
        Kind::Email => format!("{tag}.quirina@canary.example"),
        Kind::Phone => format!("+{} (555) 0123", PHONES_FROM + number),
        Kind::NineDigits => (NUMBERS_FROM + NUMBERS_STEP * number as u64).to_string(),
        Kind::Address => format!("{number:04}-{tag} Lane, Birdham"),
        Kind::Unicode => format!("Ć{tag}ík Žofie 陽菜"),
        Kind::Quirk => format!("{tag}'s \"Q\"\\/ <b>&\t100% +1"),
    }
}

fn tag(number: usize) -> String {
    let letters = LETTERS.len();
    let digit = |place: u32| LETTERS[number / letters.pow(place) % letters];
    (0..TAG_LETTERS).map(|place| char::from(digit(place))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Kind, Seeds, TEXTS};

    #[test]
    fn no_value_is_planted_twice_or_is_part_of_another() {
        let mut seeds = Seeds::default();
        for kind in TEXTS.into_iter().chain([Kind::NineDigits]) {
            (0..500).for_each(|number| drop(seeds.plant(kind, format!("{number}"))));
        }
        let values: HashSet<&str> = seeds.planted().iter().map(|canary| &*canary.value).collect();
        assert_eq!(values.len(), seeds.planted().len());
        let all = seeds.planted().iter().map(|it| it.value.clone()).collect::<Vec<_>>().join("\n");
        for value in values {
            assert_eq!(all.matches(value).count(), 1, "{value}");
        }
    }
}
