//! Images: a row's included columns, each as its rule wants it.

use crate::{
    event::{ColumnValue, Row},
    json::Name,
    rules::{ColumnRules, Method},
};

/// What was found while the images of one event were written.
#[derive(Default)]
pub(super) struct Findings<'a> {
    /// Columns that are present and altered.
    pub(super) redacted: Vec<Name<'a>>,
    /// Columns whose value the source did not tell.
    pub(super) unchanged: Vec<Name<'a>>,
    /// Columns that differ between the images, as far as both are known.
    pub(super) changed: Vec<Name<'a>>,
    /// Whether any column besides the key is known in both images: without one nothing can be said
    /// about changes.
    pub(super) comparable: bool,
}

impl<'a> Findings<'a> {
    fn altered(&mut self, name: Name<'a>) {
        if !self.redacted.contains(&name) {
            self.redacted.push(name);
        }
    }

    fn not_told(&mut self, name: Name<'a>) {
        if !self.unchanged.contains(&name) {
            self.unchanged.push(name);
        }
    }

    /// Notes whether a column of the after image differs from the one before.
    fn compare(&mut self, name: Name<'a>, json: &str, old: Option<ColumnValue<'a>>, is_key: bool) {
        let Some(ColumnValue::Json(old)) = old else { return };
        self.comparable |= !is_key;
        if old != json {
            self.changed.push(name);
        }
    }
}

/// The value of a column, which mostly stands at the same place in both images.
fn value_of<'a>(row: &Row<'a>, name: Name<'a>, index: usize) -> Option<ColumnValue<'a>> {
    let columns = row.columns();
    let here = columns.get(index).filter(|column| column.name == name);
    here.or_else(|| columns.iter().find(|column| column.name == name)).map(|column| column.value)
}

/// Appends the row's included columns as a JSON object. An untouched column is copied byte for
/// byte. `before` is the image to compare with, where there is one.
pub(super) fn write<'a>(
    out: &mut String,
    row: &Row<'a>,
    rules: &ColumnRules,
    findings: &mut Findings<'a>,
    before: Option<&Row<'a>>,
) {
    let mut hint = 0;
    let mut separator = '{';
    for (index, column) in row.columns().iter().enumerate() {
        let rule = rules.find(&column.name.unescaped(), &mut hint);
        if !rule.include {
            continue;
        }
        let ColumnValue::Json(json) = column.value else {
            findings.not_told(column.name);
            continue;
        };
        if let Some(before) = before {
            let old = value_of(before, column.name, index);
            findings.compare(column.name, json, old, rule.key.is_some());
        }
        out.push(separator);
        separator = ',';
        out.push('"');
        out.push_str(column.name.escaped_text());
        out.push_str("\":");
        match rule.redact {
            // Null tells no value, and stays null.
            Some(method) if json != "null" => {
                apply(method, out);
                findings.altered(column.name);
            }
            Some(_) | None => out.push_str(json),
        }
    }
    if separator == '{' {
        out.push('{');
    }
    out.push('}');
}

/// Appends what stands in place of a value.
fn apply(method: &Method, out: &mut String) {
    match method {
        Method::Replace { json, .. } => out.push_str(json),
    }
}
