//! Where a member stands in a record: the names that lead to it, dots between them, array positions
//! left out.

use std::ops::Range;

use crate::{envelope::Conventions, rules::fold};

/// The path of the member that is looked at.
pub(super) struct Path<'c> {
    conventions: &'c Conventions,
    /// The names as meant.
    shown: String,
    /// The same as names are compared.
    folded: String,
    /// Where the member's own name begins in `folded`.
    name: usize,
    /// Where the first name stands that may be a before-image column of AWS DMS.
    before: Option<Range<usize>>,
}

/// A path's length before a member was entered.
pub(super) struct Outer {
    shown: usize,
    folded: usize,
    name: usize,
    had_before: bool,
}

impl<'c> Path<'c> {
    /// At no member yet.
    pub(super) fn new(conventions: &'c Conventions) -> Self {
        let (shown, folded) = (String::new(), String::new());
        Self { conventions, shown, folded, name: 0, before: None }
    }

    /// Goes to a member of that name, already unescaped.
    pub(super) fn enter(&mut self, name: &str) -> Outer {
        let outer = Outer {
            shown: self.shown.len(),
            folded: self.folded.len(),
            name: self.name,
            had_before: self.before.is_some(),
        };
        if !self.shown.is_empty() {
            self.shown.push('.');
            self.folded.push('.');
        }
        self.name = self.folded.len();
        self.shown.push_str(name);
        self.folded.push_str(&fold(name));
        if self.before.is_none() && self.before_column(self.folded_name()).is_some() {
            self.before = Some(self.name..self.folded.len());
        }
        outer
    }

    /// Goes back to where [`Path::enter`] was called.
    pub(super) fn leave(&mut self, outer: Outer) {
        self.shown.truncate(outer.shown);
        self.folded.truncate(outer.folded);
        self.name = outer.name;
        self.before.take_if(|_| !outer.had_before);
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

    /// The column that a before-image column of AWS DMS is about.
    pub(super) fn before_column<'n>(&self, name: &'n str) -> Option<&'n str> {
        self.conventions.before_column(name)
    }

    /// The folded path with what AWS DMS puts around a name taken off one, where one has it: off the first
    /// that does, and off the member's own. Never off each in turn: a path may have a hundred. A path
    /// that is longer than `longest` without is not made.
    pub(super) fn without_affixes(&self, longest: usize) -> impl Iterator<Item = String> {
        let affixes = self.folded.len().min(self.conventions.affix_bytes_max());
        let fits = self.folded.len() - affixes <= longest;
        let before = self.before.clone().filter(|_| fits);
        let own = self.name..self.folded.len();
        let own = Some(own).filter(|own| before.as_ref().is_some_and(|it| it.start < own.start));
        before.into_iter().chain(own).filter_map(|Range { start, end }| {
            let column = self.before_column(&self.folded[start..end])?;
            Some(format!("{}{column}{}", &self.folded[..start], &self.folded[end..]))
        })
    }
}
