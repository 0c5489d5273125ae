//! How a value is withheld.

use crate::{
    json,
    keyring::{Alphabet, KeyReference, Keyring},
};

/// The text in the place of a value where a rule names no other.
pub const REDACTED: &str = "[REDACTED]";

/// How a value is withheld. What each does to which value is [`crate::redact`]'s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// The same text in the place of every value.
    Replace {
        /// The text.
        with: Box<str>,
        /// The text as a finished JSON string, quotes included.
        json: Box<str>,
    },
    /// Null in the place of every value.
    Null,
    /// Each character by its class, but for some at the ends.
    Mask(Mask),
    /// A keyed hash: equal values of one domain have equal ones.
    Hash(Keyed),
    /// Other digits and letters in the same form, which can be had back.
    Tokenize(Tokenize),
    /// A ciphertext, which can be had back.
    Encrypt(Keyed),
    /// Less of it.
    Truncate(Truncate),
    /// A larger group that it belongs to.
    Generalize(Generalize),
}

/// A mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Characters at the beginning that stay.
    pub keep_first: usize,
    /// Characters at the end that stay.
    pub keep_last: usize,
    /// In place of an upper-case letter; it stays where there is none.
    pub upper: Option<char>,
    /// In place of any other letter, and of all that is not ASCII.
    pub lower: Option<char>,
    /// In place of a digit.
    pub digit: Option<char>,
    /// In place of punctuation and white space.
    pub other: Option<char>,
    /// Whether a JSON number stays one.
    pub as_number: bool,
}

/// A key, and what is joined under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// The key.
    pub key: KeyReference,
    /// The domain.
    pub domain: Box<str>,
}

/// How tokens are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokenize {
    /// Key and domain.
    pub keyed: Keyed,
    /// What is replaced.
    pub alphabet: Alphabet,
    /// Whether the token is as long as the value, without the key's version in front.
    pub same_length: bool,
}

/// What is left of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncate {
    /// So many characters of a text.
    Characters(usize),
    /// A date's year.
    ToYear,
    /// A date's year and month.
    ToMonth,
    /// A number down to a multiple of this, which is not zero.
    Bucket(u64),
}

/// To what a value is generalized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generalize {
    /// An address to its network: /24 of IPv4, /48 of IPv6.
    Network,
    /// An e-mail address to its domain.
    Domain,
}

impl Method {
    /// Replacement by that text.
    #[must_use]
    pub fn replace(with: &str) -> Self {
        let mut json = String::with_capacity(with.len() + 2);
        json::write_string(&mut json, with);
        Self::Replace { with: with.into(), json: json.into() }
    }

    /// The name in the configuration.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Replace { .. } => "replace",
            Self::Null => "null",
            Self::Mask(_) => "mask",
            Self::Hash(_) => "hash",
            Self::Tokenize(_) => "tokenize",
            Self::Encrypt(_) => "encrypt",
            Self::Truncate(_) => "truncate",
            Self::Generalize(_) => "generalize",
        }
    }

    /// Whether different values stay different, so that a key may be withheld so. (An encrypted one
    /// would be another row in every event.)
    #[must_use]
    pub fn keeps_rows_apart(&self) -> bool {
        matches!(self, Self::Hash(_) | Self::Tokenize(_))
    }

    /// Whether the value can be had back.
    #[must_use]
    pub fn can_be_revealed(&self) -> bool {
        matches!(self, Self::Tokenize(_) | Self::Encrypt(_))
    }

    /// The key that it needs, if any.
    #[must_use]
    pub fn key(&self) -> Option<&KeyReference> {
        match self {
            Self::Hash(keyed) | Self::Encrypt(keyed) => Some(&keyed.key),
            Self::Tokenize(tokenize) => Some(&tokenize.keyed.key),
            Self::Replace { .. }
            | Self::Null
            | Self::Mask(_)
            | Self::Truncate(_)
            | Self::Generalize(_) => None,
        }
    }

    fn keyed_mut(&mut self) -> Option<&mut Keyed> {
        match self {
            Self::Hash(keyed) | Self::Encrypt(keyed) => Some(keyed),
            Self::Tokenize(tokenize) => Some(&mut tokenize.keyed),
            Self::Replace { .. }
            | Self::Null
            | Self::Mask(_)
            | Self::Truncate(_)
            | Self::Generalize(_) => None,
        }
    }

    /// The same in that domain, where it names none itself. A ciphertext needs none: it would be
    /// unreadable once the column is called otherwise.
    pub(super) fn with_default_domain(mut self, domain: impl FnOnce() -> String) -> Self {
        let encrypts = matches!(self, Self::Encrypt(_));
        if let Some(keyed) = self.keyed_mut().filter(|keyed| keyed.domain.is_empty() && !encrypts) {
            keyed.domain = domain().into();
        }
        self
    }

    /// Takes the key that it needs from the keyring; whether it is there.
    pub(super) fn bind(&mut self, keyring: &Keyring) -> bool {
        self.keyed_mut().is_none_or(|keyed| keyed.key.bind(keyring))
    }
}

impl Default for Mask {
    /// The shape: `X`, `x` and `n` for letters and digits, all else as it is.
    fn default() -> Self {
        Self {
            keep_first: 0,
            keep_last: 0,
            upper: Some('X'),
            lower: Some('x'),
            digit: Some('n'),
            other: None,
            as_number: false,
        }
    }
}
