//! Checks of single settings: each reports what is wrong and goes on, so that one run names all.

use std::collections::HashMap;

use super::{
    names::fold,
    problem::{Place, Problem, Warning, did_you_mean, shown},
    read::{Body, Node, Source},
    settings::Setting,
};

/// No database's column or table names are longer (DynamoDB's table names; others end at 128).
const NAME_CHARS_MAX: usize = 255;
/// A path of four of the longest names.
const FIELD_CHARS_MAX: usize = 1024;
/// MySQL's bound on the columns of a table; no other database allows more.
pub(super) const COLUMNS_MAX: usize = 4096;

/// One file under examination, and what was found in it.
pub(super) struct Checker<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) findings: &'a mut Findings,
}

/// What was found in all files.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Warning>,
}

/// The settings of one map: names known, none twice.
pub(super) struct Settings<'n> {
    entries: Vec<(&'n str, &'n Node)>,
}

impl<'n> Settings<'n> {
    /// The value of a setting, if it is there.
    pub(super) fn get(&self, setting: Setting) -> Option<&'n Node> {
        self.entries.iter().find(|(name, _)| *name == setting.name).map(|(_, value)| *value)
    }
}

/// A name in a list, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Listed<'n> {
    pub(super) name: &'n str,
    pub(super) node: &'n Node,
}

impl Checker<'_> {
    pub(super) fn problem(&mut self, node: &Node, text: String) {
        self.problem_at(node.place(), text);
    }

    pub(super) fn problem_at(&mut self, place: Place, text: String) {
        self.findings.problems.push(Problem::new(self.source.path, place, text));
    }

    pub(super) fn warn(&mut self, node: &Node, text: String) {
        let problem = Problem::new(self.source.path, node.place(), text);
        self.findings.warnings.push(Warning(problem));
    }

    /// `keys of table users: found "id", expected a list of columns, or none`, with advice.
    pub(super) fn wrong(&mut self, node: &Node, what: &str, expected: &str, advice: &str) {
        let found = self.source.describe(node);
        self.problem(node, format!("{what}: found {found}, expected {expected}{advice}"));
    }

    /// The settings of a map that may hold `known`. `whose` names the map; `at` is the place of
    /// what is missing.
    pub(super) fn settings<'n>(
        &mut self,
        node: &'n Node,
        known: &[Setting],
        whose: &str,
        at: Place,
    ) -> Option<Settings<'n>> {
        let Body::Map(map) = &node.body else {
            self.wrong(node, whose, &format!("settings: {}", listed(known)), "");
            return None;
        };
        let mut entries: Vec<(&str, &Node)> = Vec::new();
        for (key, value) in unique(self, map, whose) {
            if known.iter().any(|setting| setting.name == key.name) {
                entries.push((key.name, value));
            } else {
                self.unknown_setting(key, known, whose);
            }
        }
        let settings = Settings { entries };
        for missing in known.iter().filter(|known| known.required) {
            if settings.get(*missing).is_none() {
                let Setting { name, expected, .. } = missing;
                self.problem_at(at, format!("{whose} has no {name}; expected {name}: {expected}"));
            }
        }
        Some(settings)
    }

    fn unknown_setting(&mut self, key: Listed<'_>, known: &[Setting], whose: &str) {
        let guess = did_you_mean(key.name, known.iter().map(|setting| setting.name));
        let (name, listed) = (shown(key.name), listed(known));
        let text =
            format!("unknown setting \"{name}\" in {whose}; expected one of {listed}{guess}");
        self.problem(key.node, text);
    }

    /// The number of the choice that stands there.
    pub(super) fn choice(&mut self, node: &Node, what: &str, choices: &[&str]) -> Option<usize> {
        let found = self.source.choice_text(node);
        let position = found.and_then(|found| choices.iter().position(|choice| *choice == found));
        if position.is_none() {
            let guess = did_you_mean(found.unwrap_or(""), choices.iter().copied());
            self.wrong(node, what, &choices.join(" or "), &guess);
        }
        position
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, node: &Node, setting: Setting, what: &str) -> Option<bool> {
        match (&node.body, self.source.written(node)) {
            (Body::Bool, "true") => Some(true),
            (Body::Bool, "false") => Some(false),
            _ => {
                self.wrong(node, what, setting.expected, "");
                None
            }
        }
    }

    /// A name of a table, column or the like: not empty, without control characters, bounded.
    pub(super) fn name<'n>(&mut self, node: &'n Node, what: &str) -> Option<Listed<'n>> {
        self.name_of(node, what, NAME_CHARS_MAX)
    }

    /// A field of `redact`: a name, or several with dots between them.
    pub(super) fn field<'n>(&mut self, node: &'n Node, what: &str) -> Option<Listed<'n>> {
        self.name_of(node, what, FIELD_CHARS_MAX)
    }

    fn name_of<'n>(&mut self, node: &'n Node, what: &str, most: usize) -> Option<Listed<'n>> {
        let Body::Text(name) = &node.body else {
            let scalar = matches!(node.body, Body::Null | Body::Bool | Body::Number(_));
            let quotable = scalar && !self.source.written(node).is_empty();
            let quotes = if quotable { "; put it in quotes if that is the name" } else { "" };
            self.wrong(node, what, "a name", quotes);
            return None;
        };
        let wrong = if name.trim().is_empty() {
            Some("an empty name, expected a name".to_owned())
        } else if name.chars().any(char::is_control) {
            let name = shown(name);
            Some(format!("a control character in \"{name}\", expected a name without"))
        } else if name.chars().count() > most {
            let name = shown(name);
            Some(format!("\"{name}\", expected a name of at most {most} characters"))
        } else {
            None
        };
        match wrong {
            Some(found) => {
                self.problem(node, format!("{what}: found {found}"));
                None
            }
            None => Some(Listed { name, node }),
        }
    }

    /// The names of a list, each once, regardless of case. `None` if what stands there is no list
    /// of names, or one too long.
    pub(super) fn names<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        expected: &str,
    ) -> Option<Vec<Listed<'n>>> {
        let items = self.list(node, what, expected, false)?;
        let names: Vec<_> = items.iter().filter_map(|item| self.name(item, what)).collect();
        self.refuse_duplicates(&names, what);
        Some(names)
    }

    /// The columns of a list, as [`Checker::names`]; patterns are refused.
    pub(super) fn columns<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        expected: &str,
    ) -> Option<Vec<Listed<'n>>> {
        let columns = self.names(node, what, expected)?;
        columns.iter().for_each(|column| self.refuse_pattern(*column, what));
        Some(columns)
    }

    /// The entries of a map from columns to something, each column once, regardless of case; patterns
    /// are refused.
    pub(super) fn by_column<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        expected: &str,
    ) -> Vec<(Listed<'n>, &'n Node)> {
        let Body::Map(map) = &node.body else {
            self.wrong(node, what, expected, "");
            return Vec::new();
        };
        if map.len() > COLUMNS_MAX {
            let count = map.len();
            let text = format!("{what}: found {count} entries, expected at most {COLUMNS_MAX}");
            self.problem(node, text);
            return Vec::new();
        }
        let entries = unique(self, map, what);
        let columns: Vec<_> = entries.iter().map(|(column, _)| *column).collect();
        self.refuse_duplicates(&columns, what);
        columns.iter().for_each(|column| self.refuse_pattern(*column, what));
        entries
    }

    /// A pattern would match nothing, and in `redact` that would be noticed too late.
    pub(super) fn refuse_pattern(&mut self, listed: Listed<'_>, what: &str) {
        if listed.name.contains('*') {
            self.wrong(listed.node, what, "a name; there are no patterns", ": write out each");
        }
    }

    /// The items of a list, of at least one where it mustn't be empty.
    pub(super) fn list<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        expected: &str,
        allow_empty: bool,
    ) -> Option<&'n [Node]> {
        match &node.body {
            Body::List(items) if items.is_empty() && !allow_empty => {
                self.problem(node, format!("{what}: found an empty list, expected {expected}"));
                None
            }
            Body::List(items) if items.len() > COLUMNS_MAX => {
                let count = items.len();
                let text = format!("{what}: found {count} entries, expected at most {COLUMNS_MAX}");
                self.problem(node, text);
                None
            }
            Body::List(items) => Some(items),
            Body::Text(name) => {
                let advice = format!("; write [{}]", shown(name));
                self.wrong(node, what, expected, &advice);
                None
            }
            _ => {
                self.wrong(node, what, expected, "");
                None
            }
        }
    }

    /// Reports each name that stands there again, in any case.
    pub(super) fn refuse_duplicates(&mut self, names: &[Listed<'_>], what: &str) {
        let mut seen = HashMap::new();
        for listed in names {
            let Some(first) = seen.insert(fold(listed.name), listed.node.place().line) else {
                continue;
            };
            let name = shown(listed.name);
            let text =
                format!("{what}: found \"{name}\" again, before on line {first}; remove one");
            self.problem(listed.node, text);
        }
    }
}

impl Source<'_> {
    /// What stands at a scalar where a fixed word is expected; also for `null`, which is one.
    pub(super) fn choice_text<'n>(&'n self, node: &'n Node) -> Option<&'n str> {
        match &node.body {
            Body::Text(text) => Some(text),
            Body::Null => Some(self.written(node)),
            _ => None,
        }
    }
}

/// The entries of a map whose keys are text, each once; the others are reported.
pub(super) fn unique<'n>(
    checker: &mut Checker<'_>,
    map: &'n [(Node, Node)],
    whose: &str,
) -> Vec<(Listed<'n>, &'n Node)> {
    let mut seen = HashMap::new();
    let mut entries = Vec::new();
    for (key, value) in map {
        let Some(key) = checker.name(key, whose) else { continue };
        if let Some(line) = seen.get(key.name) {
            let name = shown(key.name);
            let text = format!("{whose} has \"{name}\" twice, first on line {line}; remove one");
            checker.problem(key.node, text);
        } else {
            seen.insert(key.name, key.node.place().line);
            entries.push((key, value));
        }
    }
    entries
}

/// `keys, event_type, include`
fn listed(settings: &[Setting]) -> String {
    settings.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ")
}
