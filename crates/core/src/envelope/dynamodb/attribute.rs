//! Typed attribute values, `{"N":"1.10"}`, as plain JSON, `1.10`.

use crate::{
    arena::Arena,
    event::ColumnValue,
    json::{Document, Kind, Value},
};

/// The value that an attribute means. What is no attribute value, or a number that JSON could not write,
/// is left as it stands.
pub(super) fn plain<'a>(value: Value<'_, 'a>, arena: &'a Arena) -> ColumnValue<'a> {
    let meant = match typed(value) {
        Some(("S" | "B", it)) if it.kind() == Kind::String => Some(it.text()),
        Some(("BOOL", it)) if it.kind() == Kind::Bool => Some(it.text()),
        Some(("SS" | "BS", it)) if it.kind() == Kind::Array => Some(it.text()),
        Some(("N", it)) if it.kind() == Kind::String => number(unquoted(it.text())),
        Some(("NULL", _)) => Some("null"),
        Some(_) => {
            let mut out = String::with_capacity(value.text().len());
            write(value, &mut out).map(|()| arena.text(&out))
        }
        None => None,
    };
    meant.map_or(ColumnValue::Raw(value.text()), ColumnValue::Json)
}

/// The type and the value of an attribute: its only member.
fn typed<'d, 'a>(value: Value<'d, 'a>) -> Option<(&'a str, Value<'d, 'a>)> {
    let mut members = value.as_object()?.members();
    let (kind, value) = members.next()?;
    members.next().is_none().then_some((kind.escaped_text(), value))
}

fn write(value: Value<'_, '_>, out: &mut String) -> Option<()> {
    let (kind, it) = typed(value)?;
    match (kind, it.kind()) {
        ("S" | "B", Kind::String) | ("BOOL", Kind::Bool) | ("SS" | "BS", Kind::Array) => {
            out.push_str(it.text());
        }
        ("N", Kind::String) => out.push_str(number(unquoted(it.text()))?),
        ("NULL", _) => out.push_str("null"),
        ("NS", Kind::Array) => list(out, it, |element, out| {
            let text = (element.kind() == Kind::String).then(|| element.text())?;
            out.push_str(number(unquoted(text))?);
            Some(())
        })?,
        ("L", Kind::Array) => list(out, it, write)?,
        ("M", Kind::Object) => map(out, it)?,
        _ => return None,
    }
    Some(())
}

fn list(
    out: &mut String,
    value: Value<'_, '_>,
    write: impl Fn(Value<'_, '_>, &mut String) -> Option<()>,
) -> Option<()> {
    out.push('[');
    for (index, element) in value.elements().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(element, out)?;
    }
    out.push(']');
    Some(())
}

fn map(out: &mut String, value: Value<'_, '_>) -> Option<()> {
    out.push('{');
    for (index, (name, attribute)) in value.as_object()?.members().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(name.escaped_text());
        out.push_str("\":");
        write(attribute, out)?;
    }
    out.push('}');
    Some(())
}

fn unquoted(text: &str) -> &str {
    text.trim_matches('"')
}

/// The text, if it is a number of JSON's.
fn number(text: &str) -> Option<&str> {
    let document = Document::parse(text.as_bytes(), Vec::new()).ok()?;
    (document.root().kind() == Kind::Number && !text.contains(char::is_whitespace)).then_some(text)
}
