//! The image before a change, looked into column by column.

use std::{borrow::Cow, collections::HashMap};

use super::{ColumnValue, Row};
use crate::json::Name;

/// Few enough columns to be compared one by one.
const FEW: usize = 32;

/// The image before, to be looked into column by column.
pub(crate) struct Before<'r, 'a> {
    row: &'r Row<'a>,
    /// Behind the column found last: images mostly have one order.
    next: usize,
    /// For columns that stand elsewhere, of rows with more than a few.
    by_name: Option<HashMap<Cow<'a, str>, usize>>,
}

impl<'r, 'a> Before<'r, 'a> {
    /// Nothing looked up yet.
    pub(crate) fn new(row: &'r Row<'a>) -> Self {
        Self { row, next: 0, by_name: None }
    }

    /// What the column of that name held; `None` where the image does not have it.
    pub(crate) fn value(&mut self, name: Name<'a>) -> Option<ColumnValue<'a>> {
        let columns = self.row.columns();
        if columns.get(self.next).is_none_or(|column| column.name != name) {
            self.next = self.find(name)?;
        }
        let column = columns[self.next];
        self.next += 1;
        Some(column.value)
    }

    fn find(&mut self, name: Name<'a>) -> Option<usize> {
        let columns = self.row.columns();
        if columns.len() <= FEW {
            return columns.iter().position(|column| column.name == name);
        }
        let by_name = self.by_name.get_or_insert_with(|| {
            columns.iter().enumerate().map(|(at, column)| (column.name.unescaped(), at)).collect()
        });
        by_name.get(&name.unescaped()).copied()
    }
}
