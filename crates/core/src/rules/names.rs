//! How names are compared: without regard to case, letter by letter.

use std::borrow::Cow;

/// A name as names are compared: each letter in Unicode's lower case, whatever stands around it
/// (`str::to_lowercase` would look at a Greek word's end).
pub(crate) fn fold(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    let folded = |character: char| {
        let mut lower = character.to_lowercase();
        lower.next() == Some(character) && lower.next().is_none()
    };
    if name.chars().all(folded) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().flat_map(char::to_lowercase).collect())
}

/// Whether two names are one, as names are compared.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || !(one.is_ascii() && other.is_ascii()) && fold(one) == fold(other)
}
