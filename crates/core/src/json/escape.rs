//! Escapes, both ways.

use super::scan::plain_length;

/// Appends `text` as a JSON string, quotes included.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    write_string_body(out, text);
    out.push('"');
}

/// Appends `text` as it stands between the quotes of a JSON string.
pub fn write_string_body(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let plain = plain_length(rest.as_bytes());
        out.push_str(&rest[..plain]);
        let Some(&special) = rest.as_bytes().get(plain) else { return };
        match special {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(control >> 4)]));
                out.push(char::from(HEX[usize::from(control & 15)]));
            }
        }
        rest = &rest[plain + 1..];
    }
}

/// The meaning of a string body that the scanner accepted. A surrogate without its other half
/// becomes U+FFFD.
pub(super) fn unescape(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = rest.as_bytes()[at + 1];
        let mut width = 2;
        match escape {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let (character, read) = unicode_escape(&rest[at..]);
                out.push(character);
                width = read;
            }
            itself => out.push(char::from(itself)),
        }
        rest = &rest[at + width..];
    }
    out.push_str(rest);
    out
}

/// The character of `\uXXXX` or of a surrogate pair at the start of `text`, and the bytes it took.
fn unicode_escape(text: &str) -> (char, usize) {
    let first = hex4(text);
    if let Some(character) = char::from_u32(first) {
        return (character, 6);
    }
    let second = text.get(6..).filter(|tail| tail.starts_with("\\u")).map(hex4);
    match second {
        Some(low @ 0xDC00..=0xDFFF) if first < 0xDC00 => {
            let combined = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
            (char::from_u32(combined).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

fn hex4(escape: &str) -> u32 {
    escape.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0xFFFD)
}
