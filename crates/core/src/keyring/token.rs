//! Tokens: a text's digits and letters replaced by others, so that its form stays, and it can be had back.
//!
//! FF1 is a permutation of all texts of one length and alphabet. It is refused below 10^6 of them (NIST
//! SP 800-38G revision 1, section 5.1): whoever sees the tokens of so few values could match them. What
//! is no letter or digit stays where it is; a letter or digit beyond the alphabet would stay readable and is
//! refused.

use super::{Key, Version};

/// Most characters of one value that become a token: the arithmetic grows with their square.
pub const TOKEN_CHARACTERS_MAX: usize = 256;

/// Fewest texts of one length and alphabet.
const TEXTS_MIN: u64 = 1_000_000;

/// Versions up to this one stand before a token as one digit, higher ones as a nine and two digits.
const ONE_DIGIT_MAX: u32 = 8;
/// Highest version that can stand before a token.
pub const TOKEN_VERSION_MAX: u32 = ONE_DIGIT_MAX + 100;

/// Tries to find a number that begins with no zero. Each fails for one in ten at most.
const WALK_MAX: usize = 1000;

/// The characters that a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `0` to `9`.
    Digits,
    /// Digits and lower-case letters of ASCII.
    Lowercase,
    /// Digits and upper-case letters of ASCII.
    Uppercase,
    /// Digits and all letters of ASCII.
    Alphanumeric,
}

/// How tokens are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenForm<'a> {
    /// The characters that are replaced, and by which.
    pub alphabet: Alphabet,
    /// Values of one domain get equal tokens where they are equal.
    pub domain: &'a str,
    /// Whether the token is as long as the value, so that the key's version can't be told from it.
    pub same_length: bool,
    /// Whether it is a number, which begins with no zero.
    pub number: bool,
}

/// Why a value can't become a token, or a token not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too few characters of the alphabet.
    #[error(
        "has fewer than {0} characters of the alphabet, too few for a token that nobody can guess"
    )]
    TooShort(usize),
    /// Too many.
    #[error("has more than {TOKEN_CHARACTERS_MAX} characters, too many for a token")]
    TooLong,
    /// A letter or digit beyond the alphabet, which would stay readable.
    #[error("has letters or digits that are not of the token's alphabet")]
    BeyondAlphabet,
    /// The key's current version has too high a number to stand in front.
    #[error("the key's version is too high to stand before a token; begin a key of another name")]
    VersionTooHigh,
    /// No such version of the key.
    #[error("is of a version that the keyring does not have")]
    UnknownVersion,
}

impl Alphabet {
    /// All of them, in the order of [`Alphabet::NAMES`].
    pub const ALL: [Self; 4] = [Self::Digits, Self::Lowercase, Self::Uppercase, Self::Alphanumeric];
    /// Their names in the configuration.
    pub const NAMES: &[&str] = &["digits", "lowercase", "uppercase", "alphanumeric"];

    pub(super) const RADIXES: [u32; 3] = [10, 36, 62];

    /// Its name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Fewest characters of it that make a token.
    #[must_use]
    pub fn characters_min(self) -> usize {
        let radix = u64::from(Self::RADIXES[self.radix_index()]);
        let texts = std::iter::successors(Some(radix), |texts| Some(texts * radix));
        1 + texts.take_while(|texts| *texts < TEXTS_MIN).count()
    }

    pub(super) fn radix_index(self) -> usize {
        match self {
            Self::Digits => 0,
            Self::Lowercase | Self::Uppercase => 1,
            Self::Alphanumeric => 2,
        }
    }

    fn numeral(self, character: char) -> Option<u16> {
        let ascii = u8::try_from(character).ok()?;
        Some(u16::from(match (self, ascii) {
            (_, b'0'..=b'9') => ascii - b'0',
            (Self::Lowercase | Self::Alphanumeric, b'a'..=b'z') => ascii - b'a' + 10,
            (Self::Uppercase, b'A'..=b'Z') => ascii - b'A' + 10,
            (Self::Alphanumeric, b'A'..=b'Z') => ascii - b'A' + 36,
            _ => return None,
        }))
    }

    fn character(self, numeral: u16) -> char {
        const CHARACTERS: &[u8; 62] =
            b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let character = char::from(CHARACTERS[usize::from(numeral)]);
        if self == Self::Uppercase { character.to_ascii_uppercase() } else { character }
    }
}

/// A text taken apart: the numerals in it, and what stands around them.
struct Text {
    numerals: Vec<u16>,
    /// Each character, or the place of a numeral.
    characters: Vec<Option<char>>,
}

impl Text {
    fn of(text: &str, alphabet: Alphabet) -> Result<Self, TokenError> {
        let (mut numerals, mut characters) = (Vec::new(), Vec::new());
        for character in text.chars() {
            match alphabet.numeral(character) {
                Some(numeral) => {
                    numerals.push(numeral);
                    characters.push(None);
                }
                None if character.is_ascii_punctuation() || character.is_whitespace() => {
                    characters.push(Some(character));
                }
                None => return Err(TokenError::BeyondAlphabet),
            }
            if characters.len() > TOKEN_CHARACTERS_MAX {
                return Err(TokenError::TooLong);
            }
        }
        Ok(Self { numerals, characters })
    }

    /// The text with other numerals, and something before the first of them.
    fn with(&self, numerals: &[u16], before: &str, alphabet: Alphabet) -> String {
        let mut out = String::with_capacity(self.characters.len() + before.len());
        let (mut before, mut numerals) = (before, numerals.iter());
        for character in &self.characters {
            match (character, character.is_none().then(|| numerals.next()).flatten()) {
                (Some(character), _) => out.push(*character),
                (None, Some(numeral)) => {
                    out.push_str(std::mem::take(&mut before));
                    out.push(alphabet.character(*numeral));
                }
                (None, None) => {}
            }
        }
        out
    }
}

impl TokenForm<'_> {
    /// The token of a text, under the key's current version.
    ///
    /// # Errors
    /// [`TokenError`], without the text.
    pub fn token(self, key: &Key, text: &str) -> Result<String, TokenError> {
        let taken = Text::of(text, self.alphabet)?;
        let version = key.current();
        let before = match (self.same_length, version.number()) {
            (true, _) => String::new(),
            (false, number @ ..=ONE_DIGIT_MAX) => number.to_string(),
            (false, number @ ..=TOKEN_VERSION_MAX) => format!("9{:02}", number - ONE_DIGIT_MAX - 1),
            (false, _) => return Err(TokenError::VersionTooHigh),
        };
        let tweak = self.tweak();
        let step = |numerals| version.token(self.alphabet, &tweak, numerals);
        let numerals = self.walk(taken.numerals.clone(), step)?;
        Ok(taken.with(&numerals, &before, self.alphabet))
    }

    /// The text that a token was made of. Tokens have no seal: a text that is none has one, too.
    ///
    /// `version` is that of a token which is as long as its value; where it is not told, the current one.
    ///
    /// # Errors
    /// [`TokenError`] where it can be none.
    pub fn text(self, key: &Key, version: Option<u32>, token: &str) -> Result<String, TokenError> {
        let mut taken = Text::of(token, self.alphabet)?;
        let version = match version {
            _ if !self.same_length => taken.take_version(key)?,
            Some(version) => key.version(version).ok_or(TokenError::UnknownVersion)?,
            None => key.current(),
        };
        let tweak = self.tweak();
        let step = |numerals| version.of_token(self.alphabet, &tweak, numerals);
        let numerals = self.walk(taken.numerals.clone(), step)?;
        Ok(taken.with(&numerals, "", self.alphabet))
    }

    fn tweak(self) -> Vec<u8> {
        [self.alphabet.as_str().as_bytes(), b"\0", self.domain.as_bytes()].concat()
    }

    /// The cipher's next text, and of a number as long as its version in front gives it no first digit,
    /// the next that begins with no zero: among those it is a permutation as well.
    fn walk(
        self,
        numerals: Vec<u16>,
        step: impl Fn(Vec<u16>) -> Result<Vec<u16>, fpe::ff1::NumeralStringError>,
    ) -> Result<Vec<u16>, TokenError> {
        let walks = self.number && self.same_length;
        // Nine tenths of the numbers of seven digits are more than 10^6, of six they are fewer.
        let least = self.alphabet.characters_min() + usize::from(walks);
        let too_short = TokenError::TooShort(least);
        if numerals.len() < least {
            return Err(too_short);
        }
        let mut numerals = step(numerals).map_err(|_| too_short)?;
        for _ in 0..WALK_MAX {
            if !walks || numerals.first() != Some(&0) {
                return Ok(numerals);
            }
            numerals = step(numerals).map_err(|_| too_short)?;
        }
        Err(too_short)
    }
}

impl Text {
    /// Takes the version off that stands before the first numeral.
    fn take_version<'k>(&mut self, key: &'k Key) -> Result<&'k Version, TokenError> {
        let (number, digits) = match *self.numerals.as_slice() {
            [9, tens @ ..10, ones @ ..10, ..] => {
                (ONE_DIGIT_MAX + 1 + u32::from(tens * 10 + ones), 3)
            }
            [one @ 1..=8, ..] => (u32::from(one), 1),
            _ => return Err(TokenError::UnknownVersion),
        };
        self.numerals.drain(..digits);
        for _ in 0..digits {
            let place = self.characters.iter().position(Option::is_none);
            self.characters.remove(place.ok_or(TokenError::UnknownVersion)?);
        }
        key.version(number).ok_or(TokenError::UnknownVersion)
    }
}
