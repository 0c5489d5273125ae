//! Masks: the shape of a value, and perhaps its ends.

use std::ops::Range;

use super::{Scalar, Unfit};
use crate::{json::write_string, rules::Mask};

pub(super) fn write(mask: &Mask, json: &str, out: &mut String) -> Result<(), Unfit> {
    if let Some(body) = plain_body(mask, json) {
        masked_plain(mask, body, out);
        return Ok(());
    }
    match Scalar::of(json, "mask", "text and numbers")? {
        Scalar::Number(number) if mask.as_number => out.push_str(&masked_number(mask, number)),
        Scalar::Number(text) => write_string(out, &masked(mask, text)),
        Scalar::Text(text) => write_string(out, &masked(mask, &text)),
    }
    Ok(())
}

/// The content of a text in ASCII that is written without escapes, for a mask that needs none either: of
/// these a byte is a character, and most texts are.
fn plain_body<'a>(mask: &Mask, json: &'a str) -> Option<&'a str> {
    let body = json.strip_prefix('"')?.strip_suffix('"')?;
    let needs_no_escape = |it: char| it.is_ascii_graphic() && it != '"' && it != '\\';
    let classes = [mask.upper, mask.lower, mask.digit, mask.other];
    let plain = body.is_ascii() && !body.as_bytes().contains(&b'\\');
    (plain && classes.into_iter().flatten().all(needs_no_escape)).then_some(body)
}

fn masked_plain(mask: &Mask, body: &str, out: &mut String) {
    let middle = middle(mask, body.len());
    let [upper, lower, digit, other] =
        [mask.upper, mask.lower, mask.digit, mask.other].map(Class::of);
    let masked = |byte: u8| match byte {
        b'0'..=b'9' => digit.masked(byte),
        b'A'..=b'Z' => upper.masked(byte),
        // Of ASCII there are punctuation and white space left, for a text without escapes has no
        // control characters but DEL.
        b'a'..=b'z' | 0x7f => lower.masked(byte),
        _ => other.masked(byte),
    };
    out.reserve(body.len() + 2);
    out.push('"');
    out.push_str(&body[..middle.start]);
    for chunk in body.as_bytes()[middle.clone()].chunks(CHUNK_BYTES) {
        let mut bytes = [0; CHUNK_BYTES];
        for (byte, new) in chunk.iter().zip(&mut bytes) {
            *new = masked(*byte);
        }
        out.push_str(std::str::from_utf8(&bytes[..chunk.len()]).expect("ASCII stays ASCII"));
    }
    out.push_str(&body[middle.end..]);
    out.push('"');
}

/// Bytes that are masked at once: most values are shorter.
const CHUNK_BYTES: usize = 64;

/// What stands for the characters of a class of ASCII.
#[derive(Clone, Copy)]
struct Class {
    /// All bits, where the characters stay.
    stays: u8,
    /// The character, where they do not.
    stand_in: u8,
}

impl Class {
    fn of(stand_in: Option<char>) -> Self {
        let stand_in = stand_in.map(|it| u8::try_from(it).unwrap_or(b'*'));
        Self {
            stays: if stand_in.is_none() { u8::MAX } else { 0 },
            stand_in: stand_in.unwrap_or_default(),
        }
    }

    fn masked(self, byte: u8) -> u8 {
        byte & self.stays | self.stand_in
    }
}

/// The places of the characters that do not stay, of so many. Of a value that is no longer than what is kept,
/// all would stay: then none does.
fn middle(mask: &Mask, count: usize) -> Range<usize> {
    let keeps = count > mask.keep_first.saturating_add(mask.keep_last);
    if keeps { mask.keep_first..count - mask.keep_last } else { 0..count }
}

fn masked(mask: &Mask, text: &str) -> String {
    each(mask, text, |character| class(mask, character).unwrap_or(character))
}

/// Sign, point and exponent stay. A first digit that is no zero stays none, so it is a number still.
fn masked_number(mask: &Mask, number: &str) -> String {
    let digit = mask.digit.unwrap_or('1');
    each(mask, number, |character| if character.is_ascii_digit() { digit } else { character })
}

/// What stands for a character, where it is not to stay.
fn class(mask: &Mask, character: char) -> Option<char> {
    if character.is_ascii_punctuation() || character.is_whitespace() {
        mask.other
    } else if character.is_numeric() {
        mask.digit
    } else if character.is_uppercase() {
        mask.upper
    } else {
        // Letters without case, marks, symbols, and control characters: none of them may stay by chance.
        mask.lower
    }
}

fn each(mask: &Mask, text: &str, masked: impl Fn(char) -> char) -> String {
    let middle = middle(mask, text.chars().count());
    let characters = text.chars().enumerate();
    characters.map(|(at, it)| if middle.contains(&at) { masked(it) } else { it }).collect()
}
