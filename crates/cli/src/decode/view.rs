//! What of a unit may be shown, and under which names.

use std::borrow::Cow;

use cdc_core::{
    envelope::{Conventions, Unit},
    event::{ChangeEvent, Column, ColumnValue, Envelope, Row},
    failure::Failure,
    json::Name,
    redact::shown_value,
    rules::{Keys, Rules, TableRules},
};

use super::units::{Found, Place};

/// The kind of a row change.
const CHANGE: &str = "change";
/// The kind of what could not be decoded.
pub(super) const REJECT: &str = "reject";

/// A unit, or a reject, as it is shown.
pub(super) struct View<'f, 'a> {
    pub(super) place: Place,
    pub(super) envelope: Option<Envelope>,
    pub(super) kind: &'static str,
    pub(super) database: Option<&'f str>,
    pub(super) schema: Option<&'f str>,
    pub(super) table: Option<&'f str>,
    pub(super) change: Option<&'f ChangeEvent<'a>>,
    pub(super) failure: Option<&'f Failure>,
    /// The rules of the table, where it has some.
    rules: Option<&'f TableRules>,
    conventions: &'f Conventions,
}

/// A column that is there, with the value that may be shown.
pub(super) struct ShownColumn<'a> {
    pub(super) name: Name<'a>,
    /// JSON text.
    pub(super) json: Cow<'a, str>,
}

impl<'f, 'a> View<'f, 'a> {
    pub(super) fn new(place: Place, found: Found<'f, 'a>, rules: &'f Rules) -> Self {
        let mut view = Self {
            place,
            envelope: None,
            kind: REJECT,
            database: None,
            schema: None,
            table: None,
            change: None,
            failure: found.err(),
            rules: None,
            conventions: rules.conventions(),
        };
        match found {
            Err(_) => {}
            Ok(Unit::Other(other)) => {
                view.kind = other.kind.as_str();
                view.envelope = other.envelope;
                view.database = other.about.database.as_deref();
                view.schema = other.about.schema.as_deref();
                view.table = other.about.table.as_deref();
            }
            Ok(Unit::Change(event)) => {
                view.kind = CHANGE;
                view.envelope = Some(event.envelope);
                view.database = event.database.as_deref();
                view.schema = event.schema.as_deref();
                view.table = Some(&event.table);
                view.rules = rules.find(view.database, view.schema, &event.table);
                view.change = Some(event);
            }
        }
        view
    }

    /// The row's keys: the envelope's own, as far as the rules publish them; else the columns that the
    /// rules name, where the row has all of them.
    pub(super) fn keys(&self) -> Option<Vec<ShownColumn<'a>>> {
        let event = self.change?;
        if let Some(row) = event.keys.as_ref().filter(|row| !row.is_empty()) {
            let told = row.columns().iter().filter(|column| self.tells(column.name));
            return Some(told.filter_map(|column| self.column(column)).collect());
        }
        let Keys::Columns(names) = self.rules?.keys() else { return None };
        let row = event.change.after().or(event.change.before())?;
        let columns = names.iter().map(|name| row.find(name));
        columns.map(|column| self.column(column?)).collect()
    }

    /// The columns of an image whose values are told, in their order; none where the row is empty.
    pub(super) fn image(&self, row: Option<&Row<'a>>) -> Option<Vec<ShownColumn<'a>>> {
        row.filter(|row| !row.is_empty()).map(|row| self.columns(row))
    }

    /// The columns that the source did not tell, each once.
    pub(super) fn unchanged(&self) -> Vec<Name<'a>> {
        self.in_state(|value| value == ColumnValue::Unchanged)
    }

    /// The columns whose encoding could not be interpreted, each once.
    pub(super) fn raw(&self) -> Vec<Name<'a>> {
        self.in_state(|value| matches!(value, ColumnValue::Raw(_)))
    }

    fn in_state(&self, is: impl Fn(ColumnValue<'a>) -> bool) -> Vec<Name<'a>> {
        let mut names: Vec<Name<'a>> = Vec::new();
        let Some(event) = self.change else { return names };
        for row in [event.change.before(), event.change.after()].into_iter().flatten() {
            for column in row.columns().iter().filter(|column| is(column.value)) {
                if !names.contains(&column.name) {
                    names.push(column.name);
                }
            }
        }
        names
    }

    fn columns(&self, row: &Row<'a>) -> Vec<ShownColumn<'a>> {
        row.columns().iter().filter_map(|column| self.column(column)).collect()
    }

    fn column(&self, column: &Column<'a>) -> Option<ShownColumn<'a>> {
        let json = column.value.json()?;
        let json = match self.rules {
            Some(table) => shown_value(column.name, json, table, self.conventions),
            None => Cow::Borrowed(json),
        };
        Some(ShownColumn { name: column.name, json })
    }

    /// Whether the table's rules publish the column, as one of the row or of its key.
    fn tells(&self, name: Name<'_>) -> bool {
        let rule = self.rules.map(|rules| rules.columns().find(&name.unescaped(), &mut 0));
        rule.is_none_or(|rule| rule.include || rule.key.is_some())
    }
}
