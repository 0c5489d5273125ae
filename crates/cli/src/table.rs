//! Aligned columns.

use anstyle::Style;

use crate::output::{HEAD, one_line};

// Between two columns.
const GAP: usize = 2;

/// A cell: what it says and how it looks.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl Cell {
    /// Texts of cells come from anywhere, so none of them can command a terminal or break its line.
    pub(crate) fn new(text: impl Into<String>, style: Style) -> Self {
        let mut text = text.into();
        one_line(&mut text);
        Self { text, style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Style::new())
    }
}

/// Columns under their names; the last one is as wide as it likes.
#[derive(Clone, Debug)]
pub(crate) struct Columns<const N: usize> {
    names: [&'static str; N],
    widths: [usize; N],
}

impl<const N: usize> Columns<N> {
    pub(crate) fn new(names: [&'static str; N]) -> Self {
        Self { names, widths: names.map(width) }
    }

    /// Widens the columns so that the row fits.
    pub(crate) fn fit(&mut self, row: &[Cell; N]) {
        for (wide, cell) in self.widths.iter_mut().zip(row) {
            *wide = (*wide).max(width(&cell.text));
        }
    }

    /// The line with the names.
    pub(crate) fn head(&self) -> String {
        self.row(&self.names.map(|name| Cell::new(name, HEAD)))
    }

    /// The line of a row.
    pub(crate) fn row(&self, row: &[Cell; N]) -> String {
        let mut line = String::new();
        let mut blanks = 0;
        for (cell, wide) in row.iter().zip(self.widths) {
            let Cell { text, style } = cell;
            if !text.is_empty() {
                line.push_str(&format!("{:blanks$}{style}{text}{style:#}", ""));
                blanks = 0;
            }
            blanks += wide.saturating_sub(width(text)) + GAP;
        }
        line
    }
}

/// All rows, under the names of their columns.
pub(crate) fn lines<const N: usize>(
    names: [&'static str; N],
    rows: &[[Cell; N]],
) -> impl Iterator<Item = String> {
    let mut columns = Columns::new(names);
    rows.iter().for_each(|row| columns.fit(row));
    std::iter::once(columns.head()).chain(rows.iter().map(move |row| columns.row(row)))
}

fn width(text: &str) -> usize {
    text.chars().count()
}
