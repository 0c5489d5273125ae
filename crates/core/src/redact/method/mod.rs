//! What stands in a value's place: one file a method.
//!
//! A value that a method can't be applied to is [`Unfit`], and what becomes of it then is the caller's
//! to say; it never passes. No part of it is told.

mod generalize;
mod mask;
mod token;
mod truncate;

use std::borrow::Cow;

pub(super) use token::{form as token_form, is_whole};

use super::spot::Spot;
use crate::{
    json::{Kind, Name, write_string},
    keyring::{Key, TokenError},
    record::hex,
    rules::{Keyed, Method},
};

/// Why a method can't be applied to a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The rules were not bound to a keyring that has the key.
    #[error("the key \"{0}\" is not there")]
    NoKey(String),
    /// A value of another kind.
    #[error("{method} is for {expected}, and it is {found}")]
    Kind {
        /// The method.
        method: &'static str,
        /// What it is for.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A text or number that is not what the method is for.
    #[error("it is not {0}")]
    NotA(&'static str),
    /// No token can be made of it.
    #[error("it {0}")]
    Token(#[from] TokenError),
    /// A path leads into what has no members.
    #[error("a path of the rules leads into it, and it is {0}")]
    NoMembers(&'static str),
    /// It looks like JSON in a text and can't be read.
    #[error("a path of the rules leads into it, and the JSON in its text can't be read")]
    BrokenJson,
    /// JSON in texts in JSON in texts, too deep.
    #[error("the JSON in its text holds JSON in texts, deeper than is looked into")]
    TooManyLayers,
    /// A name stands twice where a path leads.
    #[error("the member \"{0}\" stands twice in it")]
    Duplicate(String),
}

/// A value, and where it stands.
pub(super) struct Subject<'s> {
    /// As JSON, not null.
    pub(super) json: &'s str,
    pub(super) spot: &'s Spot<'s>,
}

/// Appends what stands in place of a value that is not null.
pub(super) fn apply(method: &Method, subject: &Subject<'_>, out: &mut String) -> Result<(), Unfit> {
    match method {
        Method::Replace { json, .. } => out.push_str(json),
        Method::Null => out.push_str("null"),
        Method::Mask(mask) => mask::write(mask, subject.json, out)?,
        Method::Hash(keyed) => hash(keyed, subject.json, out)?,
        Method::Tokenize(tokenize) => token::write(tokenize, subject.json, out)?,
        Method::Encrypt(keyed) => encrypt(keyed, subject, out)?,
        Method::Truncate(truncate) => truncate::write(*truncate, subject.json, out)?,
        Method::Generalize(to) => generalize::write(*to, subject.json, out)?,
    }
    Ok(())
}

pub(super) fn key(keyed: &Keyed) -> Result<&Key, Unfit> {
    keyed.key.key().ok_or_else(|| Unfit::NoKey(keyed.key.name().to_owned()))
}

/// `NAME.VERSION:` and 64 hexadecimal digits. Of a text its content is hashed, of anything else its JSON:
/// a number and a text of the same digits are joinable.
fn hash(keyed: &Keyed, json: &str, out: &mut String) -> Result<(), Unfit> {
    let key = key(keyed)?;
    let version = key.current();
    let content = text(json).unwrap_or(Cow::Borrowed(json));
    let hash = version.hash(&keyed.domain, content.as_bytes());
    tagged(key, version.number(), &hex(&hash), out);
    Ok(())
}

/// `NAME.VERSION:` and base64 (RFC 4648, section 5, without padding) of nonce, ciphertext and tag. The
/// value is encrypted as JSON, so that it comes back as it was.
fn encrypt(keyed: &Keyed, subject: &Subject<'_>, out: &mut String) -> Result<(), Unfit> {
    let key = key(keyed)?;
    let version = key.current();
    let (seed, path) = (subject.spot.seed(), subject.spot.path());
    let length = (seed.len() as u64).to_be_bytes();
    let seed: [&[u8]; 3] = [&length, seed, path.as_bytes()];
    let sealed = version.seal(&seed, &keyed.domain, subject.json);
    let sealed = base64_simd::URL_SAFE_NO_PAD.encode_to_string(sealed);
    tagged(key, version.number(), &sealed, out);
    Ok(())
}

/// Neither a key's name nor what follows needs escapes.
fn tagged(key: &Key, version: u32, text: &str, out: &mut String) {
    out.push('"');
    out.push_str(key.name());
    out.push('.');
    out.push_str(&version.to_string());
    out.push(':');
    out.push_str(text);
    out.push('"');
}

/// The content of a text, if it is one.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    let body = json.strip_prefix('"')?.strip_suffix('"')?;
    Some(Name::written(body).unescaped())
}

/// A text or a number, for methods that take both.
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
}

impl<'a> Scalar<'a> {
    pub(super) fn of(
        json: &'a str,
        method: &'static str,
        expected: &'static str,
    ) -> Result<Self, Unfit> {
        match Kind::of_text(json) {
            Kind::Number => Ok(Self::Number(json)),
            kind => match text(json) {
                Some(text) => Ok(Self::Text(text)),
                None => Err(Unfit::Kind { method, expected, found: kind_name(kind) }),
            },
        }
    }

    /// The text, where a number will not do.
    fn text(self, method: &'static str) -> Result<Cow<'a, str>, Unfit> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Number(_) => {
                Err(Unfit::Kind { method, expected: "text", found: kind_name(Kind::Number) })
            }
        }
    }
}

pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "an object",
        Kind::Array => "an array",
        Kind::String => "a text",
        Kind::Number => "a number",
        Kind::Bool => "true or false",
        Kind::Null => "null",
    }
}

/// Appends a value of the same kind as before.
pub(super) fn write_as(scalar: &Scalar<'_>, new: &str, out: &mut String) {
    match scalar {
        Scalar::Text(_) => write_string(out, new),
        Scalar::Number(_) => out.push_str(new),
    }
}
