//! The keys of redaction: named, versioned, and never shown.
//!
//! Rules name a key ([`KeyReference`]); a [`Keyring`] has its bytes, and who starts a pipeline binds the
//! two ([`crate::rules::Rules::with_keys`]). Promises that a key's bytes leave it only as what was
//! made under it: a keyed hash, a token, a ciphertext, each under a subkey of its own. New values are
//! made under a key's current version; what older versions made stays readable as long as the keyring
//! has them.

mod key;
mod read;
#[cfg(test)]
mod tests;
mod token;

use std::{collections::BTreeMap, fmt, sync::Arc};

use sha2::{Digest as _, Sha256};

pub use key::{Key, NotSealed, Version};
pub use read::{KEYRING_BYTES_MAX, KeyringError, version_number};
pub use token::{Alphabet, TOKEN_CHARACTERS_MAX, TOKEN_VERSION_MAX, TokenError, TokenForm};

/// Fewest bytes of a key: as many as HMAC-SHA-256 gives (RFC 2104, section 3).
pub const KEY_BYTES_MIN: usize = 32;
/// Most bytes of a key: a block of SHA-256; HMAC would hash a longer one first.
pub const KEY_BYTES_MAX: usize = 64;
/// Longest name of a key: it stands in every value that is made under it.
pub const KEY_NAME_BYTES_MAX: usize = 32;
/// Highest version of a key.
pub const VERSION_MAX: u32 = 9999;

/// Named keys.
#[derive(Clone, Default)]
pub struct Keyring {
    keys: BTreeMap<Box<str>, Arc<Key>>,
    /// Whether every name has a key that everybody knows.
    fixed: bool,
}

/// A key as rules name it, and the key itself once it is bound.
#[derive(Clone)]
pub struct KeyReference {
    name: Box<str>,
    key: Option<Arc<Key>>,
}

impl Keyring {
    /// A keyring in which each name has a key that is made of the name. It protects nothing: for what
    /// stays on one machine.
    #[must_use]
    pub fn fixed() -> Self {
        Self { keys: BTreeMap::new(), fixed: true }
    }

    /// The keys of a document: `{"NAME": {"current": 2, "versions": {"1": "BASE64", "2": "BASE64"}}}`.
    ///
    /// # Errors
    /// [`KeyringError`], without a byte of any key.
    pub fn parse(document: &[u8]) -> Result<Self, KeyringError> {
        Ok(Self { keys: read::keys(document)?, fixed: false })
    }

    /// The key of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Key>> {
        if !self.fixed {
            return self.keys.get(name).cloned();
        }
        let bytes = Sha256::digest(format!("cdc local: {name}"));
        let version = Version::new(1, &bytes)?;
        Some(Arc::new(Key::new(name, 0, vec![version])))
    }

    /// The names of its keys; none of the fixed one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(AsRef::as_ref)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} keys)", self.keys.len())
    }
}

/// Whether it can be the name of a key: letters, digits, `_` and `-`.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    !name.is_empty() && name.len() <= KEY_NAME_BYTES_MAX && name.bytes().all(allowed)
}

impl KeyReference {
    /// The key of that name, not bound yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), key: None }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key, once it is bound.
    #[must_use]
    pub fn key(&self) -> Option<&Key> {
        self.key.as_deref()
    }

    /// Takes the key of that name from the keyring; whether it has one.
    pub(crate) fn bind(&mut self, keyring: &Keyring) -> bool {
        self.key = keyring.get(&self.name);
        self.key.is_some()
    }
}

impl fmt::Debug for KeyReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyReference({})", self.name)
    }
}

impl PartialEq for KeyReference {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for KeyReference {}
