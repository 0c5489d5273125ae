//! The keyring's document: strict, for it is ours, and silent about what is in it.

use std::{collections::BTreeMap, sync::Arc};

use super::{KEY_BYTES_MAX, KEY_BYTES_MIN, Key, VERSION_MAX, Version, is_key_name};
use crate::{
    failure::shown,
    json::{Document, Object, Value},
};

/// Longest document: a secret of Secrets Manager holds no more.
pub const KEYRING_BYTES_MAX: usize = 64 * 1024;

const CURRENT: &str = "current";
const VERSIONS: &str = "versions";

/// What is wrong with a keyring. Names are told, escaped and cut; no byte of a key is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Not a JSON object of keys.
    #[error(
        "the keyring is no JSON object of keys: {{\"NAME\": {{\"current\": 1, \"versions\": {{\"1\": \"BASE64\"}}}}}}"
    )]
    NotAKeyring,
    /// Too long.
    #[error("the keyring has more than {KEYRING_BYTES_MAX} bytes")]
    TooLong,
    /// A name that no rule could have.
    #[error("\"{0}\" is no key's name: letters, digits, _ and -, at most 32")]
    NotAName(String),
    /// A member stands twice.
    #[error("\"{0}\" stands twice in the keyring")]
    Twice(String),
    /// A member of a key that nobody knows, or one that is missing.
    #[error("key \"{0}\" needs the members current and versions, and no others")]
    Members(String),
    /// Versions that are none.
    #[error("key \"{0}\": versions are numbered 1 to {VERSION_MAX}, and current is one of them")]
    Versions(String),
    /// A version that is no key.
    #[error(
        "key \"{0}\", version {1}: expected base64 of {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes \
         (make one with: openssl rand -base64 32)"
    )]
    NotAKey(String, u32),
}

type Keys = BTreeMap<Box<str>, Arc<Key>>;

pub(super) fn keys(document: &[u8]) -> Result<Keys, KeyringError> {
    if document.len() > KEYRING_BYTES_MAX {
        return Err(KeyringError::TooLong);
    }
    let document = Document::parse(document, Vec::new()).map_err(|_| KeyringError::NotAKeyring)?;
    let root = unique(document.root())?;
    let mut keys = Keys::new();
    for (name, value) in root.members() {
        let name = name.unescaped();
        if !is_key_name(&name) {
            return Err(KeyringError::NotAName(shown(&name)));
        }
        keys.insert(name.as_ref().into(), Arc::new(key(&name, value)?));
    }
    if keys.is_empty() { Err(KeyringError::NotAKeyring) } else { Ok(keys) }
}

fn unique<'d, 'a>(value: Value<'d, 'a>) -> Result<Object<'d, 'a>, KeyringError> {
    let object = value.as_object().ok_or(KeyringError::NotAKeyring)?;
    match object.duplicate() {
        Some(name) => Err(KeyringError::Twice(shown(&name.unescaped()))),
        None => Ok(object),
    }
}

fn key(name: &str, value: Value<'_, '_>) -> Result<Key, KeyringError> {
    let members = || KeyringError::Members(name.to_owned());
    let object = unique(value)?;
    if object.members().any(|(member, _)| member != *CURRENT && member != *VERSIONS) {
        return Err(members());
    }
    let current = object.get(CURRENT).ok_or_else(members)?;
    let listed = unique(object.get(VERSIONS).ok_or_else(members)?)?;
    let mut versions = Vec::new();
    for (number, bytes) in listed.members() {
        let number = version_number(&number.unescaped());
        let number = number.ok_or_else(|| KeyringError::Versions(name.to_owned()))?;
        let bytes = bytes.as_str().unwrap_or_default();
        let bytes = base64_simd::STANDARD.decode_to_vec(bytes.trim().as_bytes());
        let version = bytes.ok().and_then(|bytes| Version::new(number, &bytes));
        let not_a_key = || KeyringError::NotAKey(name.to_owned(), number);
        versions.push(version.ok_or_else(not_a_key)?);
    }
    let current = version_number(current.text());
    let current = versions.iter().position(|version| Some(version.number()) == current);
    let current = current.ok_or_else(|| KeyringError::Versions(name.to_owned()))?;
    Ok(Key::new(name, current, versions))
}

/// A version's number, in the only way to write it.
#[must_use]
pub fn version_number(text: &str) -> Option<u32> {
    let plain = text.starts_with(|first: char| ('1'..='9').contains(&first))
        && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = text.parse().ok().filter(|_| plain)?;
    (number <= VERSION_MAX).then_some(number)
}
