//! The id key, by reference.
//!
//! Event ids that depend on row values are HMACs under this key, so that nobody can guess a value
//! back. The setting only names where the key lies; the key itself is read once, at start, and
//! shown nowhere.

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use cdc_core::{
    delivery::CallError,
    pipeline::{ID_KEY_BYTES_MIN, IdKey, IdKeyTooShort},
};

use crate::{
    config::{Connection, READ_TIMEOUT},
    endpoint::Region,
    error::{call_error, within},
};

/// Longest name of a secret (Secrets Manager).
const SECRET_NAME_CHARS_MAX: usize = 512;

const GET_SECRET_VALUE: &str = "GetSecretValue";

/// The key that `local:fixed` means. It protects nothing, so it is taken on this machine only.
const LOCAL_KEY: &[u8; ID_KEY_BYTES_MIN] = b"cdc local: a key without secrets";

/// Where the id key lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyReference {
    /// `secretsmanager:NAME` or `secretsmanager:ARN`. The value is [`ID_KEY_BYTES_MIN`] bytes or
    /// more: a binary secret as it is, a text secret as base64.
    SecretsManager(String),
    /// `local:fixed`: the same key for everybody, for calls that stay on this machine.
    LocalFixed,
}

/// Why a reference is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyReferenceError {
    /// No known kind of reference. The text is not repeated: it may be the key itself.
    #[error(
        "not a reference to a key; expected is secretsmanager:NAME, secretsmanager:ARN, or local:fixed for local use"
    )]
    UnknownKind,
    /// Not a secret's name or ARN.
    #[error(
        "what follows secretsmanager: is no secret's name (letters, digits and /_+=.@-) or ARN (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME)"
    )]
    NotASecret,
    /// A secret of another region.
    #[error(
        "the secret lies in another region than the function; create it, or a replica, in the function's region"
    )]
    OtherRegion,
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// `local:fixed` outside this machine.
    #[error("local:fixed is for local use only: name a secret, as in secretsmanager:NAME")]
    LocalKeyOnAws,
    /// The secret could not be read.
    #[error("the secret with the id key could not be read")]
    Call(#[source] CallError),
    /// A secret without a value, or a text that is not base64.
    #[error("the secret with the id key is neither binary nor base64 text")]
    NotAKey,
    /// Too little to be a key.
    #[error("the secret with the id key is too short (make one with: openssl rand -base64 32)")]
    TooShort(#[source] IdKeyTooShort),
}

/// The key that `local:fixed` means, for what shows on this machine what was made here.
///
/// # Panics
/// Never: it is as long as a key must be.
#[must_use]
pub fn local_key() -> IdKey {
    IdKey::new(LOCAL_KEY).expect("it is as long as a key must be")
}

impl KeyReference {
    /// Parses a reference; a secret has to lie in `region`.
    ///
    /// # Errors
    /// [`KeyReferenceError`] says what is expected.
    pub fn parse(text: &str, region: &Region) -> Result<Self, KeyReferenceError> {
        match text.trim().split_once(':') {
            Some(("local", "fixed")) => Ok(Self::LocalFixed),
            Some(("secretsmanager", secret)) => secret_of(secret, region).map(Self::SecretsManager),
            _ => Err(KeyReferenceError::UnknownKind),
        }
    }
}

/// A secret's name, or the ARN of one in that region.
pub(crate) fn secret_of(secret: &str, region: &Region) -> Result<String, KeyReferenceError> {
    let name = if secret.starts_with("arn:") { of_arn(secret, region)? } else { secret };
    is_name(name).then(|| secret.to_owned()).ok_or(KeyReferenceError::NotASecret)
}

/// The secret's name in an ARN of that region.
fn of_arn<'a>(arn: &'a str, region: &Region) -> Result<&'a str, KeyReferenceError> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", "aws" | "aws-cn" | "aws-us-gov", "secretsmanager", found, account, "secret", name] =
        parts[..]
    else {
        return Err(KeyReferenceError::NotASecret);
    };
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return Err(KeyReferenceError::NotASecret);
    }
    if found == region.as_str() { Ok(name) } else { Err(KeyReferenceError::OtherRegion) }
}

fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-".contains(&b);
    !name.is_empty() && name.len() <= SECRET_NAME_CHARS_MAX && name.bytes().all(allowed)
}

/// Reads the key that `reference` names.
///
/// # Errors
/// [`KeyError`], without a byte of what was read.
pub async fn fetch_id_key(
    connection: &Connection,
    reference: &KeyReference,
) -> Result<IdKey, KeyError> {
    let secret = match reference {
        KeyReference::LocalFixed if connection.is_local() => {
            return Ok(local_key());
        }
        KeyReference::LocalFixed => return Err(KeyError::LocalKeyOnAws),
        KeyReference::SecretsManager(secret) => secret,
    };
    let answer = secret_value(connection, secret).await.map_err(KeyError::Call)?;
    let bytes = key_bytes(answer).ok_or(KeyError::NotAKey)?;
    IdKey::new(&bytes).map_err(KeyError::TooShort)
}

/// Reads a secret.
pub(crate) async fn secret_value(
    connection: &Connection,
    secret: &str,
) -> Result<GetSecretValueOutput, CallError> {
    within(GET_SECRET_VALUE, READ_TIMEOUT, async {
        let request = connection.secrets_manager().get_secret_value().secret_id(secret);
        request.send().await.map_err(|error| call_error(GET_SECRET_VALUE, &error))
    })
    .await
}

fn key_bytes(value: GetSecretValueOutput) -> Option<Vec<u8>> {
    match (value.secret_binary, value.secret_string) {
        (Some(binary), _) => Some(binary.into_inner()),
        (None, Some(text)) => base64_simd::STANDARD.decode_to_vec(text.trim()).ok(),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use cdc_core::pipeline::IdKey;

    use super::{KeyError, KeyReference, KeyReferenceError, fetch_id_key};
    use crate::{
        canned::{Answer, Canned},
        config::Connection,
        endpoint::Region,
    };

    #[test]
    fn a_reference_names_a_secret_of_the_region() {
        use KeyReferenceError::{NotASecret, OtherRegion, UnknownKind};
        let secret = |name: &str| Ok(KeyReference::SecretsManager(name.to_owned()));
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cdc/id-key-AbCdEf";
        for (text, expected) in [
            ("local:fixed", Ok(KeyReference::LocalFixed)),
            ("secretsmanager:cdc/id-key", secret("cdc/id-key")),
            (&format!("secretsmanager:{arn}"), secret(arn)),
            ("", Err(UnknownKind)),
            ("local:other", Err(UnknownKind)),
            ("c2VjcmV0", Err(UnknownKind)),
            ("ssm:/cdc/id-key", Err(UnknownKind)),
            (arn, Err(UnknownKind)),
            ("secretsmanager:", Err(NotASecret)),
            ("secretsmanager:a b", Err(NotASecret)),
            (&format!("secretsmanager:{}", "a".repeat(513)), Err(NotASecret)),
            ("secretsmanager:arn:aws:ssm:eu-west-1:123456789012:secret:x", Err(NotASecret)),
            ("secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:x", Err(NotASecret)),
            (
                "secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
                Err(OtherRegion),
            ),
        ] {
            let region = Region::parse("eu-west-1").unwrap();
            assert_eq!(KeyReference::parse(text, &region), expected, "{text:?}");
        }
    }

    #[tokio::test]
    async fn a_key_is_binary_or_base64_and_long_enough() {
        let full = base64_simd::STANDARD.encode_to_string([7; 32]);
        let short = base64_simd::STANDARD.encode_to_string([7; 31]);
        let value = |name: &str, value: &str| Answer::ok(format!(r#"{{"{name}":"{value}"}}"#));
        let too_short = || Err(KeyError::TooShort(IdKey::new(&[7; 31]).unwrap_err()));
        for (name, answer, expected) in [
            ("binary", value("SecretBinary", &full), Ok(())),
            ("text", value("SecretString", &full), Ok(())),
            ("with a line end", value("SecretString", &format!("{full}\\n")), Ok(())),
            ("short binary", value("SecretBinary", &short), too_short()),
            ("short text", value("SecretString", &short), too_short()),
            ("no base64", value("SecretString", "{}"), Err(KeyError::NotAKey)),
            ("nothing", Answer::ok("{}"), Err(KeyError::NotAKey)),
        ] {
            let canned = Canned::new([answer]);
            let reference = KeyReference::SecretsManager("cdc/id-key".to_owned());
            let key = fetch_id_key(&canned.connection(), &reference).await;
            assert_eq!(key.map(drop), expected, "{name}");
            assert_eq!(canned.requests()[0].body["SecretId"], "cdc/id-key", "{name}");
        }
    }

    #[tokio::test]
    async fn the_fixed_key_stays_on_this_machine() {
        let canned = Canned::new([Answer::Lost]);
        let local = fetch_id_key(&canned.connection(), &KeyReference::LocalFixed).await;
        assert_eq!((local.map(drop), canned.requests().len()), (Ok(()), 0));
        let aws = Connection::of_function(Region::parse("eu-west-1").unwrap(), None);
        let refused = fetch_id_key(&aws, &KeyReference::LocalFixed).await;
        assert_eq!(refused.map(drop), Err(KeyError::LocalKeyOnAws));
    }
}
