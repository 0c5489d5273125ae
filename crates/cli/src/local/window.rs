//! The place on a terminal where the display is drawn, again and again over itself.
//!
//! The window's size is asked for with every picture. Where it has become narrower, many terminals
//! break the lines that stand there anew: they then take more rows than were drawn.

use std::fmt::Write as _;

use anstream::adapter::strip_str;
use terminal_size::{Height, Width, terminal_size_of};

/// The size of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Size {
    /// Of standard error's window; what terminals had in the beginning, where nobody says.
    pub(super) fn now() -> Self {
        let size = terminal_size_of(std::io::stderr());
        let (Width(columns), Height(rows)) = size.unwrap_or((Width(80), Height(24)));
        Self { columns: usize::from(columns.max(1)), rows: usize::from(rows.max(2)) }
    }
}

/// What was drawn last: by line, the columns that it took.
#[derive(Debug, Default)]
pub(super) struct Window {
    drawn: Vec<usize>,
}

impl Window {
    /// The text that puts this picture in the place of the last one. A line's end follows it.
    pub(super) fn draw(&mut self, mut picture: Vec<String>, size: Size) -> String {
        // What scrolled out of the window could not be drawn over any more.
        picture.truncate(size.rows - 1);
        let mut text = String::new();
        let rows = self.rows(size.columns).min(size.rows - 1);
        if rows > 0 {
            // Up to the first line of the last picture, and away with it.
            let _ = write!(text, "\x1b[{rows}A\x1b[J");
        }
        // A line that wrapped would be two.
        let _ = write!(text, "\x1b[?7l{}\x1b[?7h", picture.join("\n"));
        self.drawn = picture.iter().map(|line| visible(line).min(size.columns)).collect();
        text
    }

    /// Rows that the last picture takes in a window of so many columns.
    fn rows(&self, columns: usize) -> usize {
        self.drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum()
    }
}

/// Columns that a line takes: its characters without the colours. (No name here is of wide ones.)
fn visible(line: &str) -> usize {
    strip_str(line).to_string().chars().count()
}

/// Lines of at most so many columns; a word that is longer stands alone.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Size, Window, visible, wrapped};

    const WIDE: Size = Size { columns: 80, rows: 24 };

    fn lines(widths: &[usize]) -> Vec<String> {
        widths.iter().map(|width| "x".repeat(*width)).collect()
    }

    /// Draws these lines in the first window, others in the second: rows gone up in between.
    fn up(widths: &[usize], first: Size, second: Size) -> Option<usize> {
        let mut window = Window::default();
        window.draw(lines(widths), first);
        let text = window.draw(lines(&[1]), second);
        let (rows, _) = text.strip_prefix("\x1b[")?.split_once("A\x1b[J")?;
        rows.parse().ok()
    }

    #[test]
    fn a_picture_covers_the_one_before_also_in_a_narrower_window() {
        let narrow = Size { columns: 40, ..WIDE };
        for (widths, second, rows) in [
            (&[10, 0, 80][..], WIDE, Some(3)),
            (&[10, 0, 80], narrow, Some(4)),
            (&[41, 40, 39], narrow, Some(4)),
            // Cut at the window's edge, it took no more.
            (&[200], WIDE, Some(1)),
            (&[200], narrow, Some(2)),
            (&[], WIDE, None),
        ] {
            assert_eq!(up(widths, WIDE, second), rows, "{widths:?} {second:?}");
        }
    }

    #[test]
    fn a_picture_higher_than_the_window_is_cut() {
        let low = Size { columns: 80, rows: 5 };
        let mut window = Window::default();
        let text = window.draw(lines(&[3; 9]), low);
        assert_eq!(text.matches("xxx").count(), 4);
        assert_eq!(up(&[3; 9], WIDE, low), Some(4), "no further up than the window goes");
    }

    #[test]
    fn colours_take_no_columns() {
        assert_eq!(visible("\x1b[1m\x1b[31m●\x1b[0m well"), 6);
    }

    #[test]
    fn words_stand_on_lines_that_fit() {
        assert_eq!(
            wrapped("6 letters, the oldest at least 5 s old", 16),
            ["6 letters, the", "oldest at least", "5 s old"]
        );
        assert_eq!(
            wrapped("an unbreakablelongword there", 8),
            ["an", "unbreakablelongword", "there"]
        );
        assert!(wrapped("", 8).is_empty());
    }
}
