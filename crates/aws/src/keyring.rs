//! The keyring of redaction, by reference.
//!
//! The setting names where it lies; what lies there is read once, at start, and shown nowhere. A function
//! whose rules name no key reads nothing.

use std::fmt;

use aws_sdk_kms::primitives::Blob;
use cdc_core::{
    delivery::CallError,
    keyring::{Keyring, KeyringError},
    rules::{MissingKeys, Rules},
};

use crate::{
    config::{Connection, READ_TIMEOUT},
    endpoint::Region,
    error::{call_error, within},
    secrets::{KeyReferenceError, secret_of, secret_value},
};

const DECRYPT: &str = "Decrypt";

/// What KMS is told beside the ciphertext, so that no other ciphertext of the same key is taken for one.
pub const ENCRYPTION_CONTEXT: (&str, &str) = ("purpose", "cdc-redaction-keys");

/// Longest ciphertext that KMS decrypts (`Decrypt`, `CiphertextBlob`).
const CIPHERTEXT_BYTES_MAX: usize = 6144;

/// Where the keyring lies.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyringReference {
    /// `secretsmanager:NAME` or `secretsmanager:ARN`: the secret is the keyring's document.
    SecretsManager(String),
    /// `kms:BASE64`: the document, encrypted by KMS with [`ENCRYPTION_CONTEXT`].
    Kms(Vec<u8>),
    /// `env:NAME`: the document is the value of that variable; for local use.
    Environment(String),
    /// `local:fixed`: keys that everybody knows, for calls that stay on this machine.
    LocalFixed,
}

/// Why a reference is refused. The text is not repeated: it may be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringReferenceError {
    /// No known kind of reference.
    #[error(
        "not a reference to a keyring; expected is secretsmanager:NAME, secretsmanager:ARN, kms:BASE64, or \
         for local use env:NAME or local:fixed"
    )]
    UnknownKind,
    /// No secret of the region.
    #[error(transparent)]
    Secret(#[from] KeyReferenceError),
    /// No ciphertext.
    #[error(
        "what follows kms: is no base64 of a ciphertext of at most {CIPHERTEXT_BYTES_MAX} bytes"
    )]
    NotACiphertext,
    /// The variable is not there.
    #[error("the variable that follows env: is not set")]
    NoVariable,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum RedactionKeysError {
    /// The rules name keys, and nothing says where they lie.
    #[error("REDACTION_KEYS is not set; name the secret that holds the keyring")]
    NotSet(#[source] MissingKeys),
    /// A reference for local use elsewhere.
    #[error("REDACTION_KEYS: env: and local:fixed are for local use only; name a secret")]
    LocalKeysOnAws,
    /// It could not be read.
    #[error("the keyring that REDACTION_KEYS names could not be read")]
    Call(#[source] CallError),
    /// There is nothing in it.
    #[error("the keyring that REDACTION_KEYS names has no value")]
    Empty,
    /// It is none.
    #[error("REDACTION_KEYS names no usable keyring")]
    Keyring(#[source] KeyringError),
    /// It lacks a key that the rules name.
    #[error("the keyring that REDACTION_KEYS names is not complete")]
    Missing(#[source] MissingKeys),
}

impl KeyringReference {
    /// Parses a reference; a secret has to lie in `region`, `variable` looks into the environment.
    ///
    /// # Errors
    /// [`KeyringReferenceError`] says what is expected.
    pub fn parse(
        text: &str,
        region: &Region,
        variable: impl FnOnce(&str) -> Option<String>,
    ) -> Result<Self, KeyringReferenceError> {
        match text.trim().split_once(':') {
            Some(("local", "fixed")) => Ok(Self::LocalFixed),
            Some(("secretsmanager", secret)) => {
                Ok(Self::SecretsManager(secret_of(secret, region)?))
            }
            Some(("kms", ciphertext)) => base64_simd::STANDARD
                .decode_to_vec(ciphertext.trim())
                .ok()
                .filter(|bytes| (1..=CIPHERTEXT_BYTES_MAX).contains(&bytes.len()))
                .map(Self::Kms)
                .ok_or(KeyringReferenceError::NotACiphertext),
            Some(("env", name)) => {
                variable(name).map(Self::Environment).ok_or(KeyringReferenceError::NoVariable)
            }
            _ => Err(KeyringReferenceError::UnknownKind),
        }
    }
}

impl fmt::Debug for KeyringReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecretsManager(_) => "KeyringReference(secretsmanager)",
            Self::Kms(_) => "KeyringReference(kms)",
            Self::Environment(_) => "KeyringReference(env)",
            Self::LocalFixed => "KeyringReference(local)",
        })
    }
}

/// The rules with the keys that they name, or the same rules where they name none.
///
/// # Errors
/// [`RedactionKeysError`]: no function starts with rules that could not be applied.
pub async fn with_redaction_keys(
    connection: &Connection,
    reference: Option<&KeyringReference>,
    rules: Rules,
) -> Result<Rules, RedactionKeysError> {
    if rules.keys().is_empty() {
        return Ok(rules);
    }
    let Some(reference) = reference else {
        return rules.with_keys(&Keyring::default()).map_err(RedactionKeysError::NotSet);
    };
    let keyring = fetch(connection, reference).await?;
    rules.with_keys(&keyring).map_err(RedactionKeysError::Missing)
}

async fn fetch(
    connection: &Connection,
    reference: &KeyringReference,
) -> Result<Keyring, RedactionKeysError> {
    let local =
        matches!(reference, KeyringReference::Environment(_) | KeyringReference::LocalFixed);
    if local && !connection.is_local() {
        return Err(RedactionKeysError::LocalKeysOnAws);
    }
    let document = match reference {
        KeyringReference::LocalFixed => return Ok(Keyring::fixed()),
        KeyringReference::Environment(document) => document.clone().into_bytes(),
        KeyringReference::Kms(ciphertext) => decrypted(connection, ciphertext).await?,
        KeyringReference::SecretsManager(secret) => {
            let value = secret_value(connection, secret).await.map_err(RedactionKeysError::Call)?;
            match (value.secret_binary, value.secret_string) {
                (Some(binary), _) => binary.into_inner(),
                (None, Some(text)) => text.into_bytes(),
                (None, None) => return Err(RedactionKeysError::Empty),
            }
        }
    };
    Keyring::parse(&document).map_err(RedactionKeysError::Keyring)
}

async fn decrypted(
    connection: &Connection,
    ciphertext: &[u8],
) -> Result<Vec<u8>, RedactionKeysError> {
    let (name, value) = ENCRYPTION_CONTEXT;
    let answer = within(DECRYPT, READ_TIMEOUT, async {
        let request = connection.kms().decrypt().ciphertext_blob(Blob::new(ciphertext));
        let request = request.encryption_context(name, value);
        request.send().await.map_err(|error| call_error(DECRYPT, &error))
    });
    let answer = answer.await.map_err(RedactionKeysError::Call)?;
    answer.plaintext.map(Blob::into_inner).ok_or(RedactionKeysError::Empty)
}

#[cfg(test)]
mod tests;
