//! Images: a row's included columns, each as its rule wants it.

use std::collections::HashSet;

use super::{
    inside,
    method::{Subject, Unfit, apply},
    spot::Spot,
};
use crate::{
    envelope::Conventions,
    event::{Before, ColumnValue, Row},
    failure::shown,
    json::{Name, write_string},
    rules::{ColumnRule, ColumnRules, Method, REDACTED},
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

/// Whose columns are written, and by which rules.
#[derive(Clone, Copy)]
pub(super) struct Columns<'r> {
    pub(super) rules: &'r ColumnRules,
    pub(super) conventions: &'r Conventions,
    /// What makes the row's ciphertexts its own.
    pub(super) seed: &'r str,
    pub(super) unfit: OnUnfit,
}

/// What becomes of a column that a rule can't be applied to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnUnfit {
    /// Nothing is written.
    Fail,
    /// It is withheld as a whole.
    Withhold,
}

/// A column that a rule can't be applied to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnfitColumn {
    /// The path, escaped and cut.
    pub(crate) path: String,
    pub(crate) why: Unfit,
}

/// Appends the row's included columns as a JSON object. An untouched column is copied byte for
/// byte. `before` is the image to compare with, where there is one.
///
/// # Errors
/// [`UnfitColumn`], as `columns.unfit` says; what is written by then is no image.
pub(super) fn write<'a>(
    out: &mut String,
    row: &Row<'a>,
    columns: &Columns<'a>,
    findings: &mut Findings<'a>,
    mut before: Option<Before<'_, 'a>>,
) -> Result<(), Box<UnfitColumn>> {
    let mut hint = 0;
    let mut separator = '{';
    for column in row.columns() {
        let mut rule = columns.rules.find(&column.name.unescaped(), &mut hint);
        if !rule.include {
            continue;
        }
        if rule.index.is_none() {
            rule = columns.rule_of_unnamed(column.name, rule);
            if !rule.include {
                continue;
            }
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
        // Most columns are nobody's secret: no call for them.
        if rule.redact.is_none() && rule.inside.is_none() {
            out.push_str(json);
        } else if columns.value(out, column.name, &rule, json)? {
            findings.redacted.push(published);
        }
    }
    if separator == '{' {
        out.push('{');
    }
    out.push('}');
    Ok(())
}

impl<'r> Columns<'r> {
    /// The rule of a column.
    pub(super) fn rule(&self, name: Name<'_>) -> ColumnRule<'r> {
        let rule = self.rules.find(&name.unescaped(), &mut 0);
        if rule.index.is_some() { rule } else { self.rule_of_unnamed(name, rule) }
    }

    /// The rule of a column that the rules don't name: it is withheld as the column is whose value before
    /// the change AWS DMS would write under that name, where it was not taken for that.
    fn rule_of_unnamed(&self, name: Name<'_>, rule: ColumnRule<'r>) -> ColumnRule<'r> {
        let name = name.unescaped();
        let Some(column) = self.conventions.before_column(&name) else { return rule };
        let before = self.rules.find(column, &mut 0);
        ColumnRule {
            include: rule.include && before.include,
            redact: rule.redact.or(before.redact),
            inside: rule.inside.or(before.inside),
            ..rule
        }
    }

    /// Appends a column's value as its rule wants it; whether that altered it.
    pub(super) fn value(
        &self,
        out: &mut String,
        column: Name<'_>,
        rule: &ColumnRule<'_>,
        json: &str,
    ) -> Result<bool, Box<UnfitColumn>> {
        // Null tells no value, and stays null.
        if rule.redact.is_none() && rule.inside.is_none() || json == "null" {
            out.push_str(json);
            return Ok(false);
        }
        if let Some(Method::Replace { json, .. }) = rule.redact {
            out.push_str(json);
            return Ok(true);
        }
        self.withheld(out, column, rule, json)
    }

    fn withheld(
        &self,
        out: &mut String,
        column: Name<'_>,
        rule: &ColumnRule<'_>,
        json: &str,
    ) -> Result<bool, Box<UnfitColumn>> {
        let start = out.len();
        let mut spot = Spot::new(self.seed, column);
        let written = match (rule.redact, rule.inside) {
            (Some(method), _) => apply(method, &Subject { json, spot: &spot }, out).map(|()| true),
            (None, Some(node)) => inside::write(out, json, (self.rules, node), &mut spot),
            (None, None) => Ok(false),
        };
        match (written, self.unfit) {
            (Ok(altered), _) => Ok(altered),
            (Err(_), OnUnfit::Withhold) => {
                out.truncate(start);
                write_string(out, REDACTED);
                Ok(true)
            }
            (Err(why), OnUnfit::Fail) => {
                Err(Box::new(UnfitColumn { path: shown(&spot.shown()), why }))
            }
        }
    }
}

/// Appends a member's name, with what stands before and behind it.
pub(super) fn name(out: &mut String, separator: char, name: Name<'_>) {
    out.push(separator);
    out.push('"');
    out.push_str(name.escaped_text());
    out.push_str("\":");
}
