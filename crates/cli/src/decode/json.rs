//! A unit as a line of JSON. Columns are copied as the producer wrote them, so a number keeps its
//! digits.

use std::fmt::Write as _;

use cdc_core::{
    json::{Name, write_string},
    redact::identifier,
};

use super::view::{ShownColumn, View};
use crate::output::one_line;

/// Writes the object, without the line's end. Images come only with `values`.
pub(super) fn write(out: &mut String, view: &View<'_, '_>, values: bool) {
    let _ = write!(out, "{{\"line\":{},\"part\":{}", view.place.line, view.place.part);
    string(out, "envelope", view.envelope.map(|envelope| envelope.as_str()));
    string(out, "kind", Some(view.kind));
    string(out, "database", view.database);
    string(out, "schema", view.schema);
    string(out, "table", view.table);
    let event = view.change;
    string(out, "operation", event.map(|event| event.change.operation().as_str()));
    let _ = write!(out, ",\"snapshot\":{}", event.is_some_and(|event| event.snapshot));
    columns(out, "keys", view.keys());
    let change = event.filter(|_| values).map(|event| &event.change);
    columns(out, "before", view.image(change.and_then(|change| change.before())));
    columns(out, "after", view.image(change.and_then(|change| change.after())));
    names(out, "unchanged", &view.unchanged());
    let raw = view.raw();
    if !raw.is_empty() {
        names(out, "raw", &raw);
    }
    string(
        out,
        "position",
        event.and_then(|event| event.source_position.as_deref()).and_then(identifier),
    );
    string(
        out,
        "transactionId",
        event.and_then(|event| event.transaction_id.as_deref()).and_then(identifier),
    );
    error(out, view);
    out.push('}');
    one_line(out);
}

fn error(out: &mut String, view: &View<'_, '_>) {
    let Some(failure) = view.failure else { return out.push_str(",\"error\":null") };
    out.push_str(",\"error\":{\"code\":");
    write_string(out, failure.code.as_str());
    string(out, "message", Some(&failure.message));
    out.push('}');
}

fn member(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

fn string(out: &mut String, name: &str, value: Option<&str>) {
    member(out, name);
    match value {
        Some(value) => write_string(out, value),
        None => out.push_str("null"),
    }
}

fn columns(out: &mut String, name: &str, columns: Option<Vec<ShownColumn<'_>>>) {
    member(out, name);
    match columns {
        Some(columns) => object(out, &columns),
        None => out.push_str("null"),
    }
}

/// Appends the columns as a JSON object.
pub(super) fn object(out: &mut String, columns: &[ShownColumn<'_>]) {
    out.push('{');
    for (index, column) in columns.iter().enumerate() {
        separate(out, index);
        quoted(out, column.name);
        out.push(':');
        out.push_str(&column.json);
    }
    out.push('}');
}

fn names(out: &mut String, name: &str, names: &[Name<'_>]) {
    member(out, name);
    out.push('[');
    for (index, name) in names.iter().enumerate() {
        separate(out, index);
        quoted(out, *name);
    }
    out.push(']');
}

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

/// A name with the escapes that its producer gave it.
fn quoted(out: &mut String, name: Name<'_>) {
    out.push('"');
    out.push_str(name.escaped_text());
    out.push('"');
}
