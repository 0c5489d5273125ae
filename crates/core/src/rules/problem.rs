//! What is wrong with a configuration, said so that a person can mend it.
//!
//! Every text says what was found, what was expected and what to do. Whatever comes from a file is
//! escaped and cut on its way into a message: a name can hold a terminal's control codes.

use std::fmt;

use crate::failure::told;

/// Longer texts from a file are cut where they are shown.
const SHOWN_CHARS_MAX: usize = 80;
/// Longest path of a file system.
const PATH_CHARS_MAX: usize = 4096;
/// A screen or two; whoever has more has one mistake many times.
const PROBLEMS_SHOWN_MAX: usize = 50;
/// More suggestions are a list to read.
const NEAREST_MAX: usize = 3;

/// A place in a file; zero where only the file is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Place {
    /// The beginning of a file.
    pub(super) const START: Self = Self { line: 1, column: 1 };
}

/// One thing that keeps a configuration from being used. Ordered by file, line and column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    file: Box<str>,
    place: Place,
    text: String,
}

impl Problem {
    pub(super) fn new(file: &str, place: Place, text: String) -> Self {
        Self { file: file.into(), place, text }
    }

    /// The path that the file was given with.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Line and column, both from 1, the column in characters; none for a problem of the whole
    /// file or of all files together.
    #[must_use]
    pub fn place(&self) -> Option<(u32, u32)> {
        (self.place.line > 0).then_some((self.place.line, self.place.column))
    }

    /// What was found, what was expected, what to do: one line, without the place.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_path(&self.file))?;
        if let Some((line, column)) = self.place() {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// Everything that keeps a configuration from being used, sorted, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Sorts them and drops what is there twice.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self(problems)
    }

    /// All of them, by file, line and column.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().take(PROBLEMS_SHOWN_MAX).enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        match self.0.len().saturating_sub(PROBLEMS_SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for Problems {}

/// Something that is allowed, but perhaps not what was meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning(pub(super) Problem);

impl Warning {
    /// Where and what.
    #[must_use]
    pub fn as_problem(&self) -> &Problem {
        &self.0
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A path as a message shows it: whole, for somebody opens it, with control characters escaped.
pub(super) fn shown_path(path: &str) -> String {
    told(path, PATH_CHARS_MAX)
}

/// Text from a file as a message may show it: control characters escaped, and cut.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * SHOWN_CHARS_MAX));
    for (index, character) in text.chars().enumerate() {
        if index == SHOWN_CHARS_MAX {
            out.push('…');
            break;
        }
        match character {
            '"' => out.push_str("\\\""),
            '\'' => out.push('\''),
            other => out.extend(other.escape_debug()),
        }
    }
    out
}

/// ` (did you mean "…"?)` where one of `known` is written almost like `found`, else nothing.
pub(super) fn did_you_mean<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let found: Vec<char> =
        found.chars().take(SHOWN_CHARS_MAX).flat_map(char::to_lowercase).collect();
    let nearest = known
        .into_iter()
        .map(|name| (edits(&found, &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, name)) if is_slip(distance, name) => {
            format!(" (did you mean \"{}\"?)", shown(name))
        }
        _ => String::new(),
    }
}

/// Those of `known` that are written almost like `found`, nearest first. A name with its schema is
/// also near by its table alone.
pub(super) fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |name: &str| name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let whole: Vec<char> =
        found.chars().take(SHOWN_CHARS_MAX).flat_map(char::to_lowercase).collect();
    let table: Vec<char> = plain(found).chars().take(SHOWN_CHARS_MAX).collect();
    let distance = |name: &'a str| {
        let both = [(&whole, name.to_lowercase()), (&table, plain(name))];
        let near = both.iter().filter_map(|(found, name)| {
            let distance = edits(found, name);
            (distance == 0 || is_slip(distance, name)).then_some(distance)
        });
        near.min().map(|distance| (distance, edits(&whole, &name.to_lowercase()), name))
    };
    let mut near: Vec<_> = known.filter_map(distance).collect();
    near.sort_unstable();
    near.into_iter().map(|(.., name)| name).take(NEAREST_MAX).collect()
}

/// A third of the letters may be wrong, and less than half: more is another word.
fn is_slip(distance: usize, name: &str) -> bool {
    let letters = name.chars().count();
    distance <= letters.div_ceil(3) && 2 * distance < letters
}

/// How many letters must be put in, left out or changed to make `to` of `from` (Levenshtein).
fn edits(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (line, wanted) in to.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, found) in from.iter().enumerate() {
            let changed = diagonal + usize::from(*found != wanted);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[from.len()]
}
