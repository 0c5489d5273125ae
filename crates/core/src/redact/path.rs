//! Where a member stands in a record: the names that lead to it, dots between them, array positions
//! left out.

use super::fields::without_prefix;
use crate::{envelope::BEFORE_PREFIX, rules::fold};

/// The path of the member that is looked at.
#[derive(Default)]
pub(super) struct Path {
    /// The names as meant.
    shown: String,
    /// The same as names are compared.
    folded: String,
    /// Where the member's own name begins in `folded`.
    name: usize,
    /// Where the first name begins that may be a before-image column of AWS DMS.
    before: Option<usize>,
}

/// A path's length before a member was entered.
pub(super) struct Outer {
    shown: usize,
    folded: usize,
    name: usize,
    before: Option<usize>,
}

impl Path {
    /// Goes to a member of that name, already unescaped.
    pub(super) fn enter(&mut self, name: &str) -> Outer {
        let outer = Outer {
            shown: self.shown.len(),
            folded: self.folded.len(),
            name: self.name,
            before: self.before,
        };
        if !self.shown.is_empty() {
            self.shown.push('.');
            self.folded.push('.');
        }
        self.name = self.folded.len();
        self.shown.push_str(name);
        self.folded.push_str(&fold(name));
        if self.before.is_none() && without_prefix(self.folded_name()).is_some() {
            self.before = Some(self.name);
        }
        outer
    }

    /// Goes back to where [`Path::enter`] was called.
    pub(super) fn leave(&mut self, outer: Outer) {
        self.shown.truncate(outer.shown);
        self.folded.truncate(outer.folded);
        self.name = outer.name;
        self.before = outer.before;
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

    /// The folded path with the prefix of AWS DMS taken off one name, where one has it: off the first
    /// that does, and off the member's own. Never off each in turn: a path may have a hundred. A path
    /// that is longer than `longest` without the prefix is not made.
    pub(super) fn without_prefixes(&self, longest: usize) -> impl Iterator<Item = String> {
        let fits = self.folded.len() - self.folded.len().min(BEFORE_PREFIX.len()) <= longest;
        let before = self.before.filter(|_| fits);
        let own = Some(self.name).filter(|own| before.is_some_and(|before| before < *own));
        before.into_iter().chain(own).filter_map(|place| {
            let (outer, rest) = self.folded.split_at(place);
            without_prefix(rest).map(|rest| format!("{outer}{rest}"))
        })
    }
}
