//! Images: a row's included columns, each as its rule wants it.

use std::collections::HashSet;

use crate::{
    event::{Before, ColumnValue, Row},
    json::Name,
    rules::{ColumnRules, Method},
};

/// What was found while the images of one event were written.
#[derive(Default)]
pub(super) struct Findings<'a> {
    /// Columns that are present and altered, once for each image.
    pub(super) redacted: Vec<Name<'a>>,
    /// Columns whose value the source did not tell, once for each image.
    pub(super) unchanged: Vec<Name<'a>>,
    /// Columns whose encoding could not be interpreted, once for each image.
    pub(super) raw: Vec<Name<'a>>,
    /// Columns that differ between the images, as far as both are known.
    pub(super) changed: Vec<Name<'a>>,
    /// Whether any column besides the key is known in both images: without one nothing can be said
    /// about changes.
    pub(super) comparable: bool,
}

impl<'a> Findings<'a> {
    /// Notes whether a column of the after image differs from the one before.
    fn compare(&mut self, name: Name<'a>, json: &str, old: Option<ColumnValue<'a>>, is_key: bool) {
        let Some(old) = old.and_then(ColumnValue::json) else { return };
        self.comparable |= !is_key;
        if old != json {
            self.changed.push(name);
        }
    }
}

/// Few enough names to be compared one by one.
const FEW: usize = 32;

/// The names without repetitions: both images may have named a column.
pub(super) fn once(names: Vec<Name<'_>>) -> Vec<Name<'_>> {
    let mut once: Vec<Name<'_>> = Vec::with_capacity(names.len());
    if names.len() <= FEW {
        for name in names {
            if !once.contains(&name) {
                once.push(name);
            }
        }
        return once;
    }
    let mut seen = HashSet::with_capacity(names.len());
    once.extend(names.into_iter().filter(|name| seen.insert(name.unescaped())));
    once
}

/// Appends the row's included columns as a JSON object. An untouched column is copied byte for
/// byte. `before` is the image to compare with, where there is one.
pub(super) fn write<'a>(
    out: &mut String,
    row: &Row<'a>,
    rules: &'a ColumnRules,
    findings: &mut Findings<'a>,
    mut before: Option<Before<'_, 'a>>,
) {
    let mut hint = 0;
    let mut separator = '{';
    for column in row.columns() {
        let rule = rules.find(&column.name.unescaped(), &mut hint);
        if !rule.include {
            continue;
        }
        let published = rule.published(column.name);
        let Some(json) = column.value.json() else {
            findings.unchanged.push(published);
            continue;
        };
        if matches!(column.value, ColumnValue::Raw(_)) {
            findings.raw.push(published);
        }
        if let Some(before) = &mut before {
            let old = before.value(column.name);
            findings.compare(published, json, old, rule.key.is_some());
        }
        name(out, separator, published);
        separator = ',';
        if value(out, rule.redact, json) {
            findings.redacted.push(published);
        }
    }
    if separator == '{' {
        out.push('{');
    }
    out.push('}');
}

/// Appends a member's name, with what stands before and behind it.
pub(super) fn name(out: &mut String, separator: char, name: Name<'_>) {
    out.push(separator);
    out.push('"');
    out.push_str(name.escaped_text());
    out.push_str("\":");
}

/// Appends a value as its rule wants it; whether that altered it.
pub(super) fn value(out: &mut String, method: Option<&Method>, json: &str) -> bool {
    match method {
        // Null tells no value, and stays null.
        Some(method) if json != "null" => {
            apply(method, out);
            true
        }
        Some(_) | None => {
            out.push_str(json);
            false
        }
    }
}

/// Appends what stands in place of a value.
fn apply(method: &Method, out: &mut String) {
    match method {
        Method::Replace { json, .. } => out.push_str(json),
    }
}
