//! Where a member stands in a record: the names that lead to it, dots between them, array positions
//! left out.

use crate::rules::fold;

/// The path of the member that is looked at.
#[derive(Default)]
pub(super) struct Path {
    /// The names as meant.
    shown: String,
    /// The same as names are compared.
    folded: String,
    /// Where the member's own name begins in `folded`.
    name: usize,
}

/// A path's length before a member was entered.
pub(super) struct Outer {
    shown: usize,
    folded: usize,
    name: usize,
}

impl Path {
    /// Goes to a member of that name, already unescaped.
    pub(super) fn enter(&mut self, name: &str) -> Outer {
        let outer = Outer { shown: self.shown.len(), folded: self.folded.len(), name: self.name };
        if !self.shown.is_empty() {
            self.shown.push('.');
            self.folded.push('.');
        }
        self.name = self.folded.len();
        self.shown.push_str(name);
        self.folded.push_str(&fold(name));
        outer
    }

    /// Goes back to where [`Path::enter`] was called.
    pub(super) fn leave(&mut self, outer: Outer) {
        self.shown.truncate(outer.shown);
        self.folded.truncate(outer.folded);
        self.name = outer.name;
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    /// The member's own name, as names are compared.
    pub(super) fn folded_name(&self) -> &str {
        &self.folded[self.name..]
    }
}
