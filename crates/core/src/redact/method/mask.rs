//! Masks: the shape of a value, and perhaps its ends.

use super::{Scalar, Unfit};
use crate::{json::write_string, rules::Mask};

pub(super) fn write(mask: &Mask, json: &str, out: &mut String) -> Result<(), Unfit> {
    match Scalar::of(json, "mask", "text and numbers")? {
        Scalar::Number(number) if mask.as_number => out.push_str(&masked_number(mask, number)),
        Scalar::Number(text) => write_string(out, &masked(mask, text)),
        Scalar::Text(text) => write_string(out, &masked(mask, &text)),
    }
    Ok(())
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
    let count = text.chars().count();
    // Of a value that is no longer than what is kept, all would be.
    let keeps = count > mask.keep_first.saturating_add(mask.keep_last);
    let middle = if keeps { mask.keep_first..count - mask.keep_last } else { 0..count };
    let characters = text.chars().enumerate();
    characters.map(|(at, it)| if middle.contains(&at) { masked(it) } else { it }).collect()
}
