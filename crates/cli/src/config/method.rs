//! How a value is withheld, for a person and for a program.

use cdc_core::{
    failure::shown,
    rules::{Generalize, Keyed, Mask, Method, Tokenize, Truncate},
};
use serde::Serialize;

/// A method and its settings, as `--json` prints them; those that a method doesn't have are not there.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told<'a> {
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_first: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_last: Option<usize>,
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    number_as: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    /// Null where an encrypted value is bound to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alphabet: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_length: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    characters: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket: Option<u64>,
}

impl<'a> Told<'a> {
    pub(super) fn of(method: &'a Method) -> Self {
        let told = Self { method: method.as_str(), ..Self::default() };
        match method {
            Method::Replace { with, .. } => Self { with: Some(with), ..told },
            Method::Null => told,
            Method::Mask(mask) => Self {
                keep_first: Some(mask.keep_first),
                keep_last: Some(mask.keep_last),
                number_as: Some(if mask.as_number { "number" } else { "text" }),
                ..told
            },
            Method::Hash(keyed) | Method::Encrypt(keyed) => told.keyed(keyed),
            Method::Tokenize(Tokenize { keyed, alphabet, same_length }) => Self {
                alphabet: Some(alphabet.as_str()),
                same_length: Some(*same_length),
                ..told.keyed(keyed)
            },
            Method::Truncate(Truncate::Characters(most)) => {
                Self { characters: Some(*most), ..told }
            }
            Method::Truncate(Truncate::ToYear) => Self { to: Some("year"), ..told },
            Method::Truncate(Truncate::ToMonth) => Self { to: Some("month"), ..told },
            Method::Truncate(Truncate::Bucket(bucket)) => Self { bucket: Some(*bucket), ..told },
            Method::Generalize(Generalize::Network) => Self { to: Some("network"), ..told },
            Method::Generalize(Generalize::Domain) => Self { to: Some("domain"), ..told },
        }
    }

    fn keyed(self, keyed: &'a Keyed) -> Self {
        let domain = Some(&*keyed.domain).filter(|domain| !domain.is_empty());
        Self { key: Some(keyed.key.name()), domain, ..self }
    }
}

/// What a value is published as: `"[REDACTED]"`, `a hash under the key people`.
pub(crate) fn words(method: &Method) -> String {
    match method {
        Method::Replace { with, .. } => format!("\"{}\"", shown(with)),
        Method::Null => "null".to_owned(),
        Method::Mask(mask) => masked(mask),
        Method::Hash(keyed) => format!("a hash{}", under(keyed)),
        Method::Tokenize(tokenize) => {
            format!("a token of {}{}", tokenize.alphabet.as_str(), under(&tokenize.keyed))
        }
        Method::Encrypt(keyed) => format!("a ciphertext{}", under(keyed)),
        Method::Truncate(Truncate::Characters(1)) => "its first character".to_owned(),
        Method::Truncate(Truncate::Characters(most)) => format!("its first {most} characters"),
        Method::Truncate(Truncate::ToYear) => "its year".to_owned(),
        Method::Truncate(Truncate::ToMonth) => "its year and month".to_owned(),
        Method::Truncate(Truncate::Bucket(bucket)) => format!("its multiple of {bucket} below"),
        Method::Generalize(Generalize::Network) => "its network, /24 or /48".to_owned(),
        Method::Generalize(Generalize::Domain) => "its e-mail domain".to_owned(),
    }
}

fn masked(mask: &Mask) -> String {
    match (mask.keep_first, mask.keep_last) {
        (0, 0) => "a mask of it".to_owned(),
        (first, 0) => format!("a mask of all but its first {first}"),
        (0, last) => format!("a mask of all but its last {last}"),
        (first, last) => format!("a mask of all but its first {first} and last {last}"),
    }
}

fn under(keyed: &Keyed) -> String {
    let domain = match &*keyed.domain {
        "" => String::new(),
        domain => format!(", in the domain {}", shown(domain)),
    };
    format!(" under the key {}{domain}", keyed.key.name())
}
