//! Column values: JSON texts that look real and are made up.

use std::fmt::Write as _;

use cdc_core::json::write_string;
use rand::{Rng as _, RngExt};
use rand_chacha::ChaCha8Rng;

use super::producer::Moment;

/// How a column's values are made.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// `user-17`: the row's number behind a prefix.
    Id(&'static str),
    /// The row's number, counted from here.
    Number(u64),
    /// The row's number where so many rows share one: the first half of a composite key.
    Group(u64),
    /// The row's number within its group: the second half.
    Member(u64),
    /// The same, by name.
    MemberOf(&'static [&'static str]),
    /// A UUID made of the row's number.
    Uuid,
    /// `user-5`: one of so many rows of another table.
    Reference(&'static str, u64),
    /// The same, as a number.
    ReferenceNumber(u64),
    /// The name of the row's person.
    Name,
    /// An address of the row's person, at a domain set aside for examples.
    Email,
    /// A number of those set aside for fiction.
    Phone,
    /// A social security number that was never given out.
    Ssn,
    /// An address of a network set aside for documentation.
    IpAddress,
    /// So many random bytes in hexadecimal behind a prefix.
    Secret(&'static str, usize),
    /// A street and house number.
    Street,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these texts, with a number behind it.
    Numbered(&'static [&'static str], u64),
    /// These texts, up to so many lines of them.
    Prose(&'static [&'static str], usize),
    /// A whole number below this.
    Integer(u64),
    /// An amount below this, with two digits behind the point, zeros included.
    Amount(u64),
    /// True or false.
    Flag,
    /// A day between these years.
    Day(i16, i16),
    /// When the change was committed.
    Now,
}

/// Texts of so many lines are large: PostgreSQL keeps them out of line.
const LARGE_LINES: usize = 10;

impl Kind {
    /// Whether a source may leave the value out where it didn't change.
    pub(super) fn is_large(self) -> bool {
        matches!(self, Self::Prose(_, lines) if lines >= LARGE_LINES)
    }
}

/// What a value is drawn from.
pub(super) struct Draft<'d> {
    pub(super) rng: &'d mut ChaCha8Rng,
    moment: &'d Moment,
}

impl<'d> Draft<'d> {
    pub(super) fn new(rng: &'d mut ChaCha8Rng, moment: &'d Moment) -> Self {
        Self { rng, moment }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.rng.random_range(0..bound)
    }

    fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.rng.random_range(0..texts.len())]
    }
}

/// A value of that kind for the row of that number, as JSON.
pub(super) fn json(kind: Kind, number: u64, draft: &mut Draft<'_>) -> String {
    let text = match kind {
        Kind::Number(first) => return (first + number).to_string(),
        Kind::Group(size) => return (number / size + 1).to_string(),
        Kind::Member(size) => return (number % size + 1).to_string(),
        Kind::ReferenceNumber(rows) => return (draft.below(rows) + 1).to_string(),
        Kind::Integer(bound) => return draft.below(bound).to_string(),
        Kind::Amount(bound) => return format!("{}.{:02}", draft.below(bound), draft.below(100)),
        Kind::Flag => return draft.rng.random_bool(0.5).to_string(),
        Kind::Id(prefix) => format!("{prefix}{number}"),
        Kind::Reference(prefix, rows) => format!("{prefix}{}", draft.below(rows) + 1),
        Kind::MemberOf(names) => names[number as usize % names.len()].to_owned(),
        Kind::Uuid => format!("c0de0000-cdc0-4000-8000-{number:012x}"),
        Kind::Name => person(number).join(" "),
        Kind::Email => email(number, draft),
        Kind::Phone => format!("+1-{}-555-01{:02}", draft.below(800) + 200, draft.below(100)),
        Kind::Ssn => format!("000-{:02}-{:04}", draft.below(99) + 1, draft.below(9999) + 1),
        Kind::IpAddress => format!("198.51.100.{}", draft.below(254) + 1),
        Kind::Secret(prefix, bytes) => secret(prefix, bytes, draft),
        Kind::Street => format!("{} {}", draft.below(900) + 1, draft.pick(&STREETS)),
        Kind::OneOf(texts) => draft.pick(texts).to_owned(),
        Kind::Numbered(texts, bound) => format!("{} {}", draft.pick(texts), draft.below(bound) + 1),
        Kind::Prose(texts, lines_max) => prose(texts, lines_max, draft),
        Kind::Day(from, to) => day(from, to, draft),
        Kind::Now => draft.moment.committed.clone(),
    };
    quoted(&text)
}

fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    write_string(&mut json, text);
    json
}

/// The person whose row this is: always the same for the same number.
fn person(number: u64) -> [&'static str; 2] {
    let number = number as usize;
    [FIRST_NAMES[number % FIRST_NAMES.len()], LAST_NAMES[number * 7 % LAST_NAMES.len()]]
}

fn email(number: u64, draft: &mut Draft<'_>) -> String {
    let [first, last] = person(number);
    let letters = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let (first, last) = (letters(first), letters(last));
    let domain = draft.pick(&["example.com", "example.org", "mail.example.net"]);
    format!("{first}.{last}{}@{domain}", draft.below(90) + 10).to_ascii_lowercase()
}

fn secret(prefix: &str, bytes: usize, draft: &mut Draft<'_>) -> String {
    let mut text = String::with_capacity(prefix.len() + 2 * bytes + 14);
    text.push_str(prefix);
    while text.len() < prefix.len() + 2 * bytes {
        let _ = write!(text, "{:016x}", draft.rng.next_u64());
    }
    text.truncate(prefix.len() + 2 * bytes);
    text
}

fn prose(texts: &[&'static str], lines_max: usize, draft: &mut Draft<'_>) -> String {
    let mut prose = String::new();
    for _ in 0..=draft.rng.random_range(0..lines_max) {
        if !prose.is_empty() {
            prose.push('\n');
        }
        prose.push_str(draft.pick(texts));
    }
    prose
}

fn day(from: i16, to: i16, draft: &mut Draft<'_>) -> String {
    let year = draft.rng.random_range(from..=to);
    format!("{year}-{:02}-{:02}", draft.below(12) + 1, draft.below(28) + 1)
}

const FIRST_NAMES: [&str; 20] = [
    "Ada", "Bjørn", "Carmen", "Dmitri", "Élise", "Farid", "Grace", "Hiro", "Imani", "José",
    "Katya", "Liam", "Mei", "Noor", "Olga", "Priya", "Quinn", "Rosa", "Siobhán", "Tariq",
];

const LAST_NAMES: [&str; 20] = [
    "Abara", "Blanc", "Castillo", "Dvořák", "Eriksen", "Fischer", "García", "Haddad", "Ito",
    "Jensen", "Kowalski", "Lovelace", "Müller", "Nakamura", "O'Neill", "Petrov", "Quispe", "Rossi",
    "Singh", "Tanaka",
];

const STREETS: [&str; 8] = [
    "Acacia Avenue",
    "Birch Lane",
    "Calle Mayor",
    "Dock Street",
    "Elm Road",
    "Hauptstraße",
    "Rue de l’Exemple",
    "Sample Square",
];
