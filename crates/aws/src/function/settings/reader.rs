//! Reads settings one by one and keeps every problem, so that all are reported together.

use std::fmt;

use crate::endpoint::Region;

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
pub struct Reader<'l> {
    lookup: &'l dyn Fn(&str) -> Option<String>,
    /// Once it is known: what depends on it is parsed in it.
    region: Option<Region>,
    problems: Vec<Problem>,
}

impl<'l> Reader<'l> {
    pub(super) fn new(lookup: &'l dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, region: None, problems: Vec::new() }
    }

    pub(super) fn set_region(&mut self, region: Option<Region>) {
        self.region = region;
    }

    /// A setting that has to be there; `None` only after noting a problem.
    pub fn required<T>(
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
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(name)?;
        self.parsed(name, &text, parse)
    }

    /// As [`Reader::required`], for what is checked against the region. Nothing is parsed where the
    /// region itself is the problem.
    pub fn required_in_region<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str, &Region) -> Result<T, String>,
    ) -> Option<T> {
        let region = self.region.clone();
        let parse = |text: &str| region.as_ref().map(|region| parse(text, region)).transpose();
        self.required(name, parse).flatten()
    }

    /// As [`Reader::optional`], for what is checked against the region.
    pub fn optional_in_region<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str, &Region) -> Result<T, String>,
    ) -> Option<T> {
        let region = self.region.clone();
        let parse = |text: &str| region.as_ref().map(|region| parse(text, region)).transpose();
        self.optional(name, parse).flatten()
    }

    /// Whether there is a value, right or wrong.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Notes a problem that only several settings together show.
    pub fn problem(&mut self, name: &'static str, text: impl Into<String>) {
        self.problems.push(Problem { name, text: text.into() });
    }

    /// All problems, if any.
    pub(super) fn finish(self) -> Result<(), SettingsError> {
        let problems = self.problems;
        if problems.is_empty() { Ok(()) } else { Err(SettingsError { problems }) }
    }

    /// The variables themselves, for a setting that names another.
    pub(super) fn lookup(&self) -> &'l dyn Fn(&str) -> Option<String> {
        self.lookup
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

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({} problems)", self.problems.len())
    }
}

/// A value as an error shows it: quoted, escaped, cut.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}
