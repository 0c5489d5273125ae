//! What stands in place of a value that the source did not tell.
//!
//! Wherever it stands inside a column, the column is not published: part of a value that nobody knows
//! whole would overwrite what a subscriber has.

use crate::json::{Kind, Object, Value};

/// The default placeholder as base64 of its bytes, as their hexadecimal digits and as the UUID made of
/// them.
const DEFAULT_FORMS: [&str; 3] = [
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",
    "5f5f646562657a69756d5f756e617661696c61626c655f76616c7565",
    "b68a35a7-17ad-35b3-af2a-ae46edb4545a",
];

/// Whether the placeholder, in any of its forms, is the value or stands anywhere inside it. (As deep as
/// a document may be nested.)
pub(super) fn holds(value: Value<'_, '_>, placeholder: &str) -> bool {
    match value.kind() {
        // None of the forms needs an escape.
        Kind::String => between_quotes(value.text())
            .is_some_and(|text| text == placeholder || DEFAULT_FORMS.contains(&text)),
        Kind::Array => {
            let bytes = placeholder.bytes().map(|byte| Some(i64::from(byte)));
            value.elements().any(|element| holds(element, placeholder))
                || value.elements().map(Value::as_i64).eq(bytes)
        }
        Kind::Object => value
            .as_object()
            .into_iter()
            .flat_map(Object::members)
            .any(|(_, member)| holds(member, placeholder)),
        Kind::Number | Kind::Bool | Kind::Null => false,
    }
}

fn between_quotes(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}
