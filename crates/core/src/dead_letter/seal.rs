//! The seal of a letter: that one of the pipeline's own functions wrote what a replay would publish.
//!
//! Whoever may send to the queue could otherwise choose an event, and an order that no later change of
//! the row ever outdoes. The seal is made under the id key over everything that decides about the
//! event: where the record stands, which of its events is meant, and its bytes. What a replay does not
//! use (the error, tries, times of tries) is not in it.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{OpenLetter, Original};
use crate::{
    claim_check::ClaimCheck,
    pipeline::IdKey,
    record::{Position, RecordKey},
};

/// What is sealed.
pub(super) struct Sealed<'a> {
    pub(super) pipeline: &'a str,
    pub(super) stream: &'a str,
    pub(super) shard: &'a str,
    pub(super) position: &'a Position,
    pub(super) part: u32,
    pub(super) half: Option<u32>,
    pub(super) whole: bool,
    pub(super) unplaced: bool,
    pub(super) key: RecordKey,
    pub(super) partition_key: &'a str,
    pub(super) arrived: Timestamp,
    pub(super) original: SealedOriginal<'a>,
}

/// The original as the letter carries it.
pub(super) enum SealedOriginal<'a> {
    Event(&'a [u8]),
    Data(&'a [u8]),
    /// Not the object's bytes: their hash is part of what points to them.
    Object(&'a ClaimCheck),
    Pointer,
}

impl Sealed<'_> {
    /// The seal under this key, in hexadecimal digits.
    pub(super) fn seal(&self, id_key: &IdKey) -> String {
        let (kind, bytes): (&str, Cow<'_, [u8]>) = match self.original {
            SealedOriginal::Event(text) => ("event", without_blanks(text)),
            SealedOriginal::Data(data) => ("data", data.into()),
            SealedOriginal::Object(check) => {
                let mut text = String::new();
                check.write(&mut text);
                ("object", text.into_bytes().into())
            }
            SealedOriginal::Pointer => ("pointer", (&[]).into()),
        };
        // To the millisecond, as letters tell it.
        let arrived = format!("{:.3}", self.arrived);
        let half = self.half.map_or(u32::MAX, |half| half);
        id_key.seal(&[
            self.pipeline.as_bytes(),
            self.stream.as_bytes(),
            self.shard.as_bytes(),
            self.position.number.as_str().as_bytes(),
            &self.position.sub_sequence.to_be_bytes(),
            &self.part.to_be_bytes(),
            &half.to_be_bytes(),
            &[u8::from(self.whole) | u8::from(self.unplaced) << 1],
            &self.key.0,
            self.partition_key.as_bytes(),
            arrived.as_bytes(),
            kind.as_bytes(),
            &bytes,
        ])
    }
}

impl OpenLetter {
    /// Whether the letter bears the seal that a function with this key gives it.
    #[must_use]
    pub fn is_sealed(&self, id_key: &IdKey) -> bool {
        let place = &self.place;
        let sealed = Sealed {
            pipeline: &self.pipeline,
            stream: &place.stream,
            shard: &place.shard,
            position: &place.position,
            part: place.part,
            half: place.half,
            whole: place.whole,
            unplaced: place.unplaced,
            key: place.key,
            partition_key: &place.partition_key,
            arrived: place.arrived,
            original: match &self.original {
                Original::Event(text) => SealedOriginal::Event(text),
                Original::Data(data) => SealedOriginal::Data(data),
                Original::Object(check) => SealedOriginal::Object(check),
                Original::Pointer => SealedOriginal::Pointer,
            },
        };
        self.seal.as_deref().is_some_and(|seal| same(seal, &sealed.seal(id_key)))
    }
}

/// A JSON text without the white space between its tokens: a letter that was printed another way on its
/// way is the same letter.
fn without_blanks(text: &[u8]) -> Cow<'_, [u8]> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    if !text.iter().any(is_blank) {
        return text.into();
    }
    let (mut in_string, mut escaped) = (false, false);
    let kept = text.iter().copied().filter(|byte| {
        let keep = in_string || !is_blank(byte);
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        keep
    });
    kept.collect::<Vec<u8>>().into()
}

/// Compares in a time that does not tell where the texts differ.
fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::without_blanks;

    #[test]
    fn white_space_between_tokens_is_not_sealed_and_inside_of_texts_is() {
        for (text, expected) in [
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("{ \"a\" :\n 1 ,\t\"b c\": \"d  e\" }\r", r#"{"a":1,"b c":"d  e"}"#),
            (r#"{"a" : "\" b \\" , "c" : " "}"#, r#"{"a":"\" b \\","c":" "}"#),
        ] {
            let found = without_blanks(text.as_bytes());
            assert_eq!(std::str::from_utf8(&found).unwrap(), expected);
        }
    }
}
