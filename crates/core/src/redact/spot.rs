//! Where a value stands: its column, the names that lead to it, and whose it is.

use crate::{json::Name, rules::fold};

/// A place in a row.
pub(super) struct Spot<'s> {
    /// What makes this row's ciphertexts its own: the event's id, else the text that the row is in.
    seed: &'s str,
    column: Name<'s>,
    /// The names inside the column, each with a dot before it.
    inside: String,
}

impl<'s> Spot<'s> {
    pub(super) fn new(seed: &'s str, column: Name<'s>) -> Self {
        Self { seed, column, inside: String::new() }
    }

    /// Goes to a member; what [`Spot::leave`] wants to go back.
    pub(super) fn enter(&mut self, name: &str) -> usize {
        let outer = self.inside.len();
        self.inside.push('.');
        self.inside.push_str(name);
        outer
    }

    pub(super) fn leave(&mut self, outer: usize) {
        self.inside.truncate(outer);
    }

    pub(super) fn seed(&self) -> &[u8] {
        self.seed.as_bytes()
    }

    /// The path as names are compared.
    pub(super) fn path(&self) -> String {
        fold(&self.shown()).into_owned()
    }

    /// The path as names are meant.
    pub(super) fn shown(&self) -> String {
        format!("{}{}", self.column.unescaped(), self.inside)
    }
}
