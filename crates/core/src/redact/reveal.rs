//! The way back: what `encrypt` and `tokenize` left, as it was.
//!
//! By the rules that withheld it, and the keys that are bound to them. A ciphertext is sealed: what was not
//! made of its column's values is refused. A token is not: whatever has the form of one is taken for one.
//! No error tells a value, nor a part of one. Who may ask is the caller's to say.

use super::method::{Scalar, is_whole, key, text, token_form, write_as};
use crate::{
    json::{Document, Kind},
    keyring::{NotSealed, TokenError, version_number},
    rules::{ColumnRules, Keyed, Method, TableRules, Tokenize, names_of_field, same_name},
};

/// Why a value can't be had back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevealError {
    /// The rules withhold nothing under that name.
    #[error(
        "the table's rules withhold no such column; a column's name is expected, or the path of names \
         to what is withheld in one, without wildcards"
    )]
    NotWithheld,
    /// What the method leaves is all there is.
    #[error("it is withheld by {0}, and what {0} leaves can't be had back")]
    Irreversible(&'static str),
    /// The rules were not bound to a keyring that has the key.
    #[error("the key \"{0}\" is not there")]
    NoKey(String),
    /// A version was told where the value says its own.
    #[error(
        "a version is told for tokens of same_length alone: all else that can be had back says its own"
    )]
    VersionTold,
    /// No ciphertext at all.
    #[error("it is not what encrypt leaves, a text KEY.VERSION:CIPHERTEXT")]
    NotACiphertext,
    /// A ciphertext of another key than the rules name for the column now.
    #[error(
        "it was not made under the key \"{0}\", which the rules name for this column; what another key \
         made is had back by rules that name that key"
    )]
    OtherKey(String),
    /// A version that the keyring does not have, any more or yet.
    #[error("it was made under a version of the key \"{0}\" that the keyring does not have")]
    UnknownVersion(String),
    /// Made under another key or domain, or changed.
    #[error("it is {0}")]
    NotSealed(#[from] NotSealed),
    /// Neither a text nor a whole number.
    #[error("it is not what tokenize leaves, a text or a whole number")]
    NotAToken,
    /// A text or number that no token can be.
    #[error("it {0}")]
    Token(#[from] TokenError),
}

impl RevealError {
    /// Whether it is the column that is at fault, so that no value of it can be had back.
    #[must_use]
    pub fn is_of_column(&self) -> bool {
        matches!(self, Self::NotWithheld | Self::Irreversible(_) | Self::NoKey(_))
    }
}

/// A value of that column as it was, as JSON: `value` is what stands in its place, as JSON too.
///
/// `column` is a name or a path of names, as the rules or the events have it. `version` is the key's for
/// tokens as long as their values (`same_length`), which don't say it; the current one where it is not told.
/// Null stays null.
///
/// # Errors
/// [`RevealError`], without the value.
pub fn reveal(
    table: &TableRules,
    column: &str,
    value: &str,
    version: Option<u32>,
) -> Result<String, RevealError> {
    let method = method_of(table.columns(), column).ok_or(RevealError::NotWithheld)?;
    let says_none = matches!(method, Method::Tokenize(tokenize) if tokenize.same_length);
    match method {
        Method::Encrypt(_) | Method::Tokenize(_) if version.is_some() && !says_none => {
            Err(RevealError::VersionTold)
        }
        Method::Encrypt(_) | Method::Tokenize(_) if value == "null" => Ok(value.to_owned()),
        Method::Encrypt(keyed) => decrypted(keyed, value),
        Method::Tokenize(tokenize) => detokenized(tokenize, value, version),
        Method::Replace { .. }
        | Method::Null
        | Method::Mask(_)
        | Method::Hash(_)
        | Method::Truncate(_)
        | Method::Generalize(_) => Err(RevealError::Irreversible(method.as_str())),
    }
}

/// How a column, or what stands in one, is withheld. A name is looked for as a path, as it is, and
/// as one that `rename` gave; what can be had back goes before what can't.
fn method_of<'r>(columns: &'r ColumnRules, name: &str) -> Option<&'r Method> {
    let names = names_of_field(name).unwrap_or_default();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let first = names.first().and_then(|first| source_name(columns, first));
    let renamed: Vec<&str> =
        first.into_iter().chain(names.iter().skip(1).copied()).take(names.len()).collect();
    let whole = source_name(columns, name);
    let found = [
        columns.at(&names),
        columns.at(&[name]),
        first.and_then(|_| columns.at(&renamed)),
        whole.and_then(|whole| columns.at(&[whole])),
    ];
    let found = found.into_iter().flatten();
    found.clone().find(|method| method.can_be_revealed()).or_else(|| found.clone().next())
}

/// The column's own name, where it is published under this one.
fn source_name<'r>(columns: &'r ColumnRules, published: &str) -> Option<&'r str> {
    let is_it = |rename: crate::json::Name<'_>| same_name(&rename.unescaped(), published);
    columns.iter().find(|(_, rule)| rule.rename.is_some_and(is_it)).map(|(name, _)| name)
}

fn decrypted(keyed: &Keyed, value: &str) -> Result<String, RevealError> {
    let key = key(keyed).map_err(|_| RevealError::NoKey(keyed.key.name().to_owned()))?;
    let name = || keyed.key.name().to_owned();
    let value = text(value).ok_or(RevealError::NotACiphertext)?;
    let (tag, sealed) = value.split_once(':').ok_or(RevealError::NotACiphertext)?;
    let (made_under, version) = tag.rsplit_once('.').ok_or(RevealError::NotACiphertext)?;
    let version = version_number(version).ok_or(RevealError::NotACiphertext)?;
    if made_under != key.name() {
        return Err(RevealError::OtherKey(name()));
    }
    let version = key.version(version).ok_or_else(|| RevealError::UnknownVersion(name()))?;
    let sealed = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(sealed.as_bytes());
    let json = version.open(&keyed.domain, &sealed.map_err(|_| RevealError::NotACiphertext)?)?;
    // Others who have the key may seal what they like.
    match Document::parse(json.as_bytes(), Vec::new()) {
        Ok(_) => Ok(json),
        Err(_) => Err(NotSealed.into()),
    }
}

fn detokenized(
    tokenize: &Tokenize,
    value: &str,
    version: Option<u32>,
) -> Result<String, RevealError> {
    let keyed = &tokenize.keyed;
    let key = key(keyed).map_err(|_| RevealError::NoKey(keyed.key.name().to_owned()))?;
    let scalar = Scalar::of(value, "", "").map_err(|_| RevealError::NotAToken)?;
    let form = token_form(tokenize, matches!(scalar, Scalar::Number(_)));
    let was = match &scalar {
        Scalar::Text(token) => form.text(key, version, token)?,
        Scalar::Number(token) if is_whole(token) => {
            let was = form.text(key, version, token)?;
            // Of no number: one has no zeros in front.
            let is_number = Kind::of_text(&was) == Kind::Number
                && Document::parse(was.as_bytes(), Vec::new()).is_ok();
            is_number.then_some(was).ok_or(RevealError::NotAToken)?
        }
        Scalar::Number(_) => return Err(RevealError::NotAToken),
    };
    let mut out = String::with_capacity(was.len() + 2);
    write_as(&scalar, &was, &mut out);
    Ok(out)
}
