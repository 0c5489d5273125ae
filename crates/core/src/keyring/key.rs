//! One key: its versions, and what is made under them.
//!
//! HMAC-SHA-256 under a version's own bytes is the hash that others can make, too. The keys for
//! ciphertexts, their nonces and tokens are HMACs as well, over texts that begin with a zero byte, which no
//! hashed text does: none of them can be had by asking for a hash.

use std::fmt;

use aes::Aes256;
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use fpe::ff1::{FF1, FlexibleNumeralString, NumeralStringError};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{Alphabet, KEY_BYTES_MAX, KEY_BYTES_MIN};

/// Bytes of a nonce (RFC 8452, section 4).
const NONCE_BYTES: usize = 12;

/// A key with all its versions.
pub struct Key {
    name: Box<str>,
    /// Its place in `versions`.
    current: usize,
    versions: Vec<Version>,
}

/// One version of a key.
pub struct Version {
    number: u32,
    mac: Hmac<Sha256>,
    nonces: Hmac<Sha256>,
    cipher: Aes256GcmSiv,
    /// One for each radix, which is part of the cipher.
    tokens: [FF1<Aes256>; Alphabet::RADIXES.len()],
}

/// A ciphertext that was not made under this key, for this purpose, or not as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ciphertext of this key and domain, or changed since")]
pub struct NotSealed;

impl Key {
    pub(super) fn new(name: &str, current: usize, versions: Vec<Version>) -> Self {
        debug_assert!(current < versions.len());
        Self { name: name.into(), current, versions }
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version that new values are made under.
    #[must_use]
    pub fn current(&self) -> &Version {
        &self.versions[self.current]
    }

    /// The version of that number, if the keyring has it.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {} versions)", self.name, self.versions.len())
    }
}

impl Version {
    /// A version with those bytes; none where they are too few or too many.
    pub(super) fn new(number: u32, bytes: &[u8]) -> Option<Self> {
        if !(KEY_BYTES_MIN..=KEY_BYTES_MAX).contains(&bytes.len()) {
            return None;
        }
        let mac = Hmac::new_from_slice(bytes).ok()?;
        let subkey = |purpose: &str| hmac(&mac, &[b"\0", purpose.as_bytes()]);
        let token_key = subkey("tokenize");
        let [ten, thirty_six, sixty_two] =
            Alphabet::RADIXES.map(|radix| FF1::new(&token_key, radix).ok());
        Some(Self {
            number,
            nonces: Hmac::new_from_slice(&subkey("nonce")).ok()?,
            cipher: Aes256GcmSiv::new(&subkey("encrypt").into()),
            tokens: [ten?, thirty_six?, sixty_two?],
            mac,
        })
    }

    /// Its number, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// HMAC-SHA-256 of the domain, a zero byte, and the value, under the version's own bytes.
    #[must_use]
    pub fn hash(&self, domain: &str, value: &[u8]) -> [u8; 32] {
        hmac(&self.mac, &[domain.as_bytes(), b"\0", value])
    }

    /// The text encrypted by AES-256-GCM-SIV (RFC 8452): nonce, ciphertext, tag. The nonce is made of the
    /// `seed`'s parts; the same one twice tells no more than whether the texts are equal. `domain` is
    /// authenticated with it.
    #[must_use]
    pub fn seal(&self, seed: &[&[u8]], domain: &str, text: &str) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&hmac(&self.nonces, seed)[..NONCE_BYTES]);
        let payload = Payload { msg: text.as_bytes(), aad: domain.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload);
        let mut out = nonce.to_vec();
        out.extend(sealed.expect("a record is shorter than 2^36 bytes"));
        out
    }

    /// The text that [`Version::seal`] made this of.
    ///
    /// # Errors
    /// [`NotSealed`] where it did not.
    pub fn open(&self, domain: &str, sealed: &[u8]) -> Result<String, NotSealed> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(NotSealed)?;
        let payload = Payload { msg: ciphertext, aad: domain.as_bytes() };
        let text = self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| NotSealed)?;
        String::from_utf8(text).map_err(|_| NotSealed)
    }

    /// The numerals encrypted by FF1 (NIST SP 800-38G): as many, of the same alphabet.
    ///
    /// # Errors
    /// Where there are too few of them, or one is not of the alphabet.
    pub(super) fn token(
        &self,
        alphabet: Alphabet,
        tweak: &[u8],
        numerals: Vec<u16>,
    ) -> Result<Vec<u16>, NumeralStringError> {
        let cipher = &self.tokens[alphabet.radix_index()];
        cipher.encrypt(tweak, &FlexibleNumeralString::from(numerals)).map(Vec::from)
    }

    /// The numerals that [`Version::token`] made these of.
    ///
    /// # Errors
    /// As there.
    pub(super) fn of_token(
        &self,
        alphabet: Alphabet,
        tweak: &[u8],
        numerals: Vec<u16>,
    ) -> Result<Vec<u16>, NumeralStringError> {
        let cipher = &self.tokens[alphabet.radix_index()];
        cipher.decrypt(tweak, &FlexibleNumeralString::from(numerals)).map(Vec::from)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({})", self.number)
    }
}

/// One after the other, without a length between them: of a seed's parts all but the last have one that
/// is known, or end in a byte that they can't hold.
fn hmac(mac: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
