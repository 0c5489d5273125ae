//! What lies inside an output: strings of JSON, base64, gzip, and these inside each other.

use std::io::Read as _;

use serde_json::Value;

/// How deep is looked.
pub(super) const DEPTH_MAX: usize = 5;

/// Most bytes that a compressed part is inflated to.
const INFLATED_BYTES_MAX: u64 = 16 << 20;

/// Fewest characters of a part that is tried as base64: shorter than any planted value in it.
const BASE64_CHARS_MIN: usize = 12;

/// What lies one layer deeper.
pub(super) fn inside(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut content = Vec::new();
        // Whatever came before the end is looked at, too.
        let _ =
            flate2::read::GzDecoder::new(bytes).take(INFLATED_BYTES_MAX).read_to_end(&mut content);
        found.push(content);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return found };
    let mut strings = String::new();
    for json in jsons(text) {
        collect(&json, &mut strings, &mut found);
    }
    if strings.is_empty() {
        text.split(|it| !is_base64(it)).for_each(|part| try_base64(part, &mut found));
    } else {
        found.push(strings.into_bytes());
    }
    found
}

/// The text as JSON, or those of its lines that are.
fn jsons(text: &str) -> Vec<Value> {
    if let Ok(whole) = serde_json::from_str::<Value>(text) {
        return vec![whole];
    }
    let lines = text.lines().filter_map(|line| {
        let start = line.find(['{', '['])?;
        let mut values = serde_json::Deserializer::from_str(&line[start..]).into_iter();
        values.next()?.ok()
    });
    lines.collect()
}

/// Every string in it, one a line; and those that hold something again.
fn collect(value: &Value, strings: &mut String, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => string(text, strings, found),
        Value::Array(items) => items.iter().for_each(|item| collect(item, strings, found)),
        Value::Object(members) => {
            for (name, member) in members {
                string(name, strings, found);
                collect(member, strings, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn string(text: &str, strings: &mut String, found: &mut Vec<Vec<u8>>) {
    strings.push_str(text);
    strings.push('\n');
    if text.contains(['{', '[']) && serde_json::from_str::<Value>(text).is_ok() {
        found.push(text.into());
    } else {
        text.split(|it| !is_base64(it)).for_each(|part| try_base64(part, found));
    }
}

fn is_base64(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+/-_".contains(character)
}

fn try_base64(text: &str, found: &mut Vec<Vec<u8>>) {
    if text.len() < BASE64_CHARS_MIN {
        return;
    }
    for base64 in [base64_simd::STANDARD_NO_PAD, base64_simd::URL_SAFE_NO_PAD] {
        if let Ok(bytes) = base64.decode_to_vec(text) {
            return found.push(bytes);
        }
    }
}
