//! The forms that a value can take on its way: how programs write texts, and what they hash.

use std::fmt::Write as _;

use base64_simd::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::seeds::{Canary, Kind};

/// A value as it may stand in an output, and what that form is called. Case is of no account.
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Bytes of a hash that are looked for: more are not kept of one everywhere.
const HASH_BYTES: usize = 16;

/// Every form of a value.
pub(super) fn forms(canary: &Canary) -> Vec<Form> {
    let value = &*canary.value;
    let mut forms = Vec::new();
    let mut add = |name, bytes: Vec<u8>| forms.push(Form { name, bytes });
    add("plain text", value.into());
    if canary.kind == Kind::Phone {
        add("digits", value.bytes().filter(u8::is_ascii_digit).collect());
    }
    for escaped in escaped(value) {
        add("escaped text", escaped.into());
    }
    for encoded in base64(value.as_bytes()) {
        add("base64", encoded.into());
    }
    add("hex", hex(value.as_bytes()).into());
    for separator in [",", ", "] {
        let numbers: Vec<String> = value.bytes().map(|byte| byte.to_string()).collect();
        add("bytes as numbers", numbers.join(separator).into());
    }
    for encoded in url_encoded(value) {
        add("URL encoding", encoded.into());
    }
    for hashed in [value.to_owned(), json(value)] {
        let mut digest = |name, digest: &[u8]| {
            for form in digested(&digest[..HASH_BYTES]) {
                add(name, form);
            }
        };
        digest("MD5", &Md5::digest(&hashed));
        digest("SHA-1", &Sha1::digest(&hashed));
        digest("SHA-256", &Sha256::digest(&hashed));
    }
    forms
}

/// As JSON writers and Rust's `Debug` write it, once and twice.
fn escaped(value: &str) -> Vec<String> {
    let inside = |json: String| json[1..json.len() - 1].to_owned();
    let minimal = inside(json(value));
    let unicode = |is_escaped: fn(char) -> bool| -> String {
        let mut units = [0; 2];
        let mut out = String::new();
        for character in value.chars() {
            match character {
                '"' | '\\' if !is_escaped('a') => out.extend(['\\', character]),
                '\t' if !is_escaped('a') => out.push_str("\\t"),
                _ if is_escaped(character) => {
                    for unit in character.encode_utf16(&mut units) {
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
                _ => out.push(character),
            }
        }
        out
    };
    let debug = inside(format!("{value:?}"));
    vec![
        minimal.replace('/', "\\/"),
        unicode(|it| !it.is_ascii()),
        unicode(|it| !it.is_ascii() || matches!(it, '<' | '>' | '&' | '\'')),
        unicode(|_| true),
        inside(json(&minimal)),
        inside(json(&debug)),
        inside(json(&value.escape_debug().to_string())),
        value.escape_debug().to_string(),
        minimal,
        debug,
    ]
}

/// Wherever it stands among other bytes: the characters that it determines alone.
fn base64(bytes: &[u8]) -> Vec<String> {
    let shifted = |shift: usize| {
        let mut all = vec![0; shift];
        all.extend(bytes);
        let (from, to) = ((shift * 8).div_ceil(6), all.len() * 8 / 6);
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD]
            .map(|base64| base64.encode_to_string(&all)[from..to].to_owned())
    };
    (0..3).flat_map(shifted).collect()
}

fn url_encoded(value: &str) -> [String; 5] {
    let encode = |kept: &str, space: &str| {
        let mut out = String::new();
        for byte in value.bytes() {
            match byte {
                b' ' => out.push_str(space),
                _ if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) => {
                    out.push(char::from(byte));
                }
                _ => drop(write!(out, "%{byte:02x}")),
            }
        }
        out
    };
    [
        encode("-_.~", "%20"),
        encode("-_.~/@+()", "%20"),
        encode("-_.*", "+"),
        encode("-_.!~*'()", "%20"),
        value.bytes().fold(String::new(), |out, byte| format!("{out}%{byte:02x}")),
    ]
}

/// A hash as bytes, as hex, as a UUID, and in base64.
fn digested(digest: &[u8]) -> Vec<Vec<u8>> {
    let hex = hex(digest);
    let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    let mut forms = vec![digest.to_vec(), hex.into(), uuid.into()];
    forms.extend(base64(digest).into_iter().map(String::into_bytes));
    forms
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
