//! Reads settings one by one and keeps every problem, so that all are reported together.

use std::fmt;

/// Longest part of a value that an error shows.
const SHOWN_CHARS_MAX: usize = 40;

/// What is wrong with the settings: all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    problems: Vec<Problem>,
}

/// One setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The environment variable.
    pub name: &'static str,
    /// What is wrong with it and what to do.
    pub text: String,
}

impl SettingsError {
    /// All problems, in the order in which settings are read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment variables are wrong in {} place(s)", self.problems.len())?;
        self.problems.iter().try_for_each(|Problem { name, text }| write!(f, "\n  {name}: {text}"))
    }
}

/// Reads through a lookup. An empty value counts as none: templates cannot leave a variable out.
pub(super) struct Reader<F> {
    lookup: F,
    problems: Vec<Problem>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    pub(super) fn new(lookup: F) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// A setting that has to be there; `None` only after noting a problem.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let Some(text) = self.text(name) else {
            self.problem(name, "missing; set it on the function");
            return None;
        };
        self.parsed(name, &text, parse)
    }

    /// A setting that need not be there.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(name)?;
        self.parsed(name, &text, parse)
    }

    /// Whether there is a value, right or wrong.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Notes a problem that only several settings together show.
    pub(super) fn problem(&mut self, name: &'static str, text: impl Into<String>) {
        self.problems.push(Problem { name, text: text.into() });
    }

    /// All problems, if any.
    pub(super) fn finish(self) -> Result<(), SettingsError> {
        let problems = self.problems;
        if problems.is_empty() { Ok(()) } else { Err(SettingsError { problems }) }
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn parsed<T>(
        &mut self,
        name: &'static str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(text).map_err(|problem| self.problem(name, problem)).ok()
    }
}

/// A value as an error shows it: quoted, escaped, cut.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}
