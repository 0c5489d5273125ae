//! The check of `redact`: which columns, and by which method.

use super::{
    columns::{Method, REDACTED},
    fields::{COLUMNS_MAX, Checker, Listed},
    problem::shown,
    read::{Body, Node},
    settings::{FIELDS, METHOD, METHODS, METHODS_LATER, REDACT, REDACTION, WITH},
};

/// A replacement stands in every row; a longer one is no placeholder.
const WITH_CHARS_MAX: usize = 256;

/// One column that is redacted, and how.
pub(super) struct Redaction<'n> {
    pub(super) column: Listed<'n>,
    pub(super) method: Method,
}

impl Checker<'_> {
    /// The columns of a `redact` list, each once. `whose` is `defaults` or `table …`.
    pub(super) fn redactions<'n>(&mut self, node: &'n Node, whose: &str) -> Vec<Redaction<'n>> {
        let what = format!("{} of {whose}", REDACT.name);
        let Some(items) = self.list(node, &what, REDACT.expected, true) else { return Vec::new() };
        let mut redactions = Vec::new();
        for item in items {
            match &item.body {
                Body::Map(_) => redactions.extend(self.long_form(item, &what)),
                _ => redactions.extend(self.short_form(item, &what)),
            }
        }
        let columns: Vec<_> = redactions.iter().map(|redaction| redaction.column).collect();
        self.refuse_duplicates(&columns, &what);
        if columns.len() > COLUMNS_MAX {
            let count = columns.len();
            self.problem(
                node,
                format!("{what}: found {count} columns, expected at most {COLUMNS_MAX}"),
            );
        }
        redactions
    }

    fn short_form<'n>(&mut self, item: &'n Node, what: &str) -> Option<Redaction<'n>> {
        let column = self.name(item, what)?;
        self.refuse_pattern(column, what);
        Some(Redaction { column, method: Method::replace(REDACTED) })
    }

    /// `{fields: [phone], method: replace, with: "…"}`
    fn long_form<'n>(&mut self, item: &'n Node, what: &str) -> Vec<Redaction<'n>> {
        if self.refuse_later_method(item, what) {
            return Vec::new();
        }
        let Some(settings) = self.settings(item, REDACTION, what, item.place()) else {
            return Vec::new();
        };
        if let Some(node) = settings.get(METHOD) {
            self.choice(node, &format!("method in {what}"), METHODS);
        }
        let with = settings.get(WITH).and_then(|node| self.replacement(node, what));
        let method = Method::replace(with.unwrap_or(REDACTED));
        let Some(fields) = settings.get(FIELDS) else { return Vec::new() };
        let columns = self.columns(fields, &format!("fields in {what}"), FIELDS.expected);
        let columns = columns.unwrap_or_default().into_iter();
        columns.map(|column| Redaction { column, method: method.clone() }).collect()
    }

    /// Says of a method that only a later release has that this is why. Its own settings aren't
    /// known here, so nothing else of the entry is checked.
    fn refuse_later_method(&mut self, item: &Node, what: &str) -> bool {
        let Body::Map(entries) = &item.body else { return false };
        let method = entries.iter().find(|(key, _)| match &key.body {
            Body::Text(name) => name == METHOD.name,
            _ => false,
        });
        let Some((_, node)) = method else { return false };
        let Some(name) = self.source.choice_text(node).filter(|name| METHODS_LATER.contains(name))
        else {
            return false;
        };
        let text = format!(
            "method in {what}: found {}, which this version doesn't have yet; available: {}",
            shown(name),
            METHODS.join(", ")
        );
        self.problem(node, text);
        true
    }

    fn replacement<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let what = format!("with in {what}");
        match &node.body {
            Body::Text(text) if text.chars().count() <= WITH_CHARS_MAX => Some(text),
            Body::Text(_) => {
                let expected = format!("text of at most {WITH_CHARS_MAX} characters");
                self.wrong(node, &what, &expected, "");
                None
            }
            _ => {
                self.wrong(node, &what, WITH.expected, "; put it in quotes");
                None
            }
        }
    }
}
