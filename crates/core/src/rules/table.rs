//! The check of one table's settings, and the compiling of its columns.

use super::{
    Keys, Operations, TableRules,
    check::Head,
    column_type::Typed,
    columns::{Builder, ColumnRules},
    fields::{Checker, Listed, Settings},
    names::fold,
    problem::{did_you_mean, shown},
    ranked::Ranked,
    read::{Body, Node},
    redaction::Redaction,
    rename::Rename,
    settings::{
        DRIFT, EVENT_TYPE, EVERYTHING, EXCLUDE, INCLUDE, KEYS, NO_KEYS, OPERATIONS, REDACT, RENAME,
        SNAPSHOT, TABLE, TYPES, operation_names,
    },
    unchanged::Unchanged,
};
use crate::event::Operation;

/// The most columns that an index may have in PostgreSQL, SQL Server and Oracle; MySQL has 16.
const KEY_COLUMNS_MAX: usize = 32;

/// What `include` says.
enum Include<'n> {
    Everything,
    Columns(Vec<Listed<'n>>),
}

/// What the settings say about single columns.
struct Columns<'n> {
    keys: Vec<Listed<'n>>,
    include: Include<'n>,
    exclude: Vec<Listed<'n>>,
    redact: Vec<Redaction<'n>>,
    renames: Vec<Rename<'n>>,
    types: Vec<Typed<'n>>,
    unchanged: Unchanged<'n>,
}

impl Checker<'_> {
    /// The rules of one table; none where something essential of it is wrong.
    pub(super) fn table(
        &mut self,
        name: &str,
        key: &Node,
        body: &Node,
        head: &Head<'_>,
    ) -> Option<TableRules> {
        let whose = format!("table {}", shown(name));
        let settings = self.settings(body, TABLE, &whose, key.place())?;
        let event_type = self.event_type(&settings, name, &whose);
        let operations = self.operations(&settings, &whose);
        let snapshot = match settings.get(SNAPSHOT) {
            Some(node) => self.snapshot(node, &format!("snapshot of {whose}")),
            None => head.snapshot,
        };
        let drift = match settings.get(DRIFT) {
            Some(node) => self.drift(node, &format!("drift of {whose}")),
            None => head.drift,
        };
        let columns = self.columns_of(&settings, &whose)?;
        let ranked = self.ranked(&columns, head, key, &whose);
        self.check_together(&columns, ranked.as_ref(), head, &whose);
        if let Some(node) = settings.get(DRIFT) {
            let everything = matches!(columns.include, Include::Everything);
            let typed = !columns.types.is_empty();
            self.warn_about_blind_drift(node, (drift, everything, typed), &whose);
        }
        if !self.findings.problems.is_empty() {
            // Nobody will see the rules; and the bounds that compiling relies on may be broken.
            return None;
        }
        Some(TableRules {
            name: name.into(),
            place: (self.source.path.into(), key.place().line),
            keys: match columns.keys.as_slice() {
                [] => Keys::None,
                keys => Keys::Columns(keys.iter().map(|column| column.name.into()).collect()),
            },
            event_type,
            operations,
            snapshot,
            unchanged: columns.unchanged.rule(),
            drift,
            columns: compile(name, &columns, ranked?),
        })
    }

    /// What is said about columns; none where keys or include are missing or wrong.
    fn columns_of<'n>(&mut self, settings: &Settings<'n>, whose: &str) -> Option<Columns<'n>> {
        let keys = settings.get(KEYS).and_then(|node| self.keys(node, whose));
        let include = settings.get(INCLUDE).and_then(|node| self.include(node, whose));
        let exclude = settings.get(EXCLUDE).map(|node| self.excluded(node, whose));
        let redact = settings.get(REDACT).map(|node| self.redactions(node, whose));
        let renames = settings.get(RENAME).map(|node| self.renames(node, whose));
        let types = settings.get(TYPES).map(|node| self.types(node, whose));
        let unchanged = self.unchanged(settings, whose);
        Some(Columns {
            keys: keys?,
            include: include?,
            exclude: exclude.unwrap_or_default(),
            redact: redact.unwrap_or_default(),
            renames: renames.unwrap_or_default(),
            types: types.unwrap_or_default(),
            unchanged,
        })
    }

    /// The table's redactions and the defaults', by rank; none where their paths are too many.
    fn ranked<'r, 'n>(
        &mut self,
        columns: &'r Columns<'n>,
        head: &'r Head<'n>,
        key: &Node,
        whose: &str,
    ) -> Option<Ranked<'r, 'n>> {
        let ranked = Ranked::new(&columns.redact, &head.redact);
        if ranked.is_none() {
            let text = format!(
                "redact of {whose}: the paths multiply to too many cases; write fewer ** in one path"
            );
            self.problem(key, text);
        }
        ranked
    }

    /// What is wrong only in the light of another setting.
    fn check_together(
        &mut self,
        columns: &Columns<'_>,
        ranked: Option<&Ranked<'_, '_>>,
        head: &Head<'_>,
        whose: &str,
    ) {
        let Columns { keys, include, exclude, redact, renames, types, unchanged } = columns;
        let holds = |name: &str| {
            types.iter().find(|(column, _)| *fold(column.name) == *name).map(|(_, holds)| *holds)
        };
        self.refuse_unfit(redact, holds, whose);
        if let Some(ranked) = ranked {
            self.refuse_redacted_keys(keys, ranked, head.path, whose);
        }
        let Include::Columns(included) = include else {
            self.refuse_clashes(renames, None, whose);
            return;
        };
        self.refuse_both(exclude, included, whose);
        let mut published = included.clone();
        let is_new =
            |key: &&Listed<'_>| included.iter().all(|other| fold(other.name) != fold(key.name));
        published.extend(keys.iter().filter(is_new));
        if let Some(ranked) = ranked {
            self.warn_about_unused(redact, &published, ranked, whose);
        }
        self.refuse_clashes(renames, Some(&published), whose);
        self.warn_about_unknown(&unchanged.deciding, Some(&[&published, exclude]), whose);
    }

    /// The key columns; empty for `none`.
    fn keys<'n>(&mut self, node: &'n Node, whose: &str) -> Option<Vec<Listed<'n>>> {
        let what = format!("keys of {whose}");
        if matches!(&node.body, Body::Text(text) if text == NO_KEYS) {
            return Some(Vec::new());
        }
        let keys = self.columns(node, &what, KEYS.expected)?;
        if keys.len() > KEY_COLUMNS_MAX {
            let count = keys.len();
            let text = format!("{what}: found {count} columns, expected at most {KEY_COLUMNS_MAX}");
            self.problem(node, text);
            return None;
        }
        Some(keys)
    }

    fn include<'n>(&mut self, node: &'n Node, whose: &str) -> Option<Include<'n>> {
        let what = format!("include of {whose}");
        let columns = self.names(node, &what, INCLUDE.expected)?;
        let Some(star) = columns.iter().find(|column| column.name == EVERYTHING) else {
            columns.iter().for_each(|column| self.refuse_pattern(*column, &what));
            return Some(Include::Columns(columns));
        };
        if columns.len() > 1 {
            let expected = "it alone, or columns alone; remove one or the other";
            self.wrong(star.node, &what, expected, "");
            return None;
        }
        let text = format!(
            "{what}: \"*\" publishes every column, also those that are added to the table later; \
             list the columns to decide for each"
        );
        self.warn(star.node, text);
        Some(Include::Everything)
    }

    fn event_type(&mut self, settings: &Settings<'_>, table: &str, whose: &str) -> Box<str> {
        let default = || {
            let plain = table.rsplit('.').next().unwrap_or(table);
            format!("{plain}.changed").into_boxed_str()
        };
        let Some(node) = settings.get(EVENT_TYPE) else { return default() };
        let name = self.name(node, &format!("event_type of {whose}"));
        name.map_or_else(default, |listed| listed.name.into())
    }

    fn operations(&mut self, settings: &Settings<'_>, whose: &str) -> Operations {
        let Some(node) = settings.get(OPERATIONS) else { return Operations::ALL };
        let what = format!("operations of {whose}");
        let names = self.names(node, &what, OPERATIONS.expected).unwrap_or_default();
        let mut operations = Operations::NONE;
        for listed in names {
            match Operation::parse(listed.name) {
                Some(operation) => operations = operations.with(operation),
                None => {
                    let guess = did_you_mean(listed.name, operation_names());
                    let expected = operation_names().collect::<Vec<_>>().join(", ");
                    self.wrong(listed.node, &what, &format!("one of {expected}"), &guess);
                }
            }
        }
        operations
    }
}

/// The table's own redactions go before the defaults'.
fn compile(name: &str, columns: &Columns<'_>, ranked: Ranked<'_, '_>) -> ColumnRules {
    let mut compiled = Builder::new(matches!(columns.include, Include::Everything));
    if let Include::Columns(included) = &columns.include {
        included.iter().for_each(|column| compiled.include(column.name));
    }
    columns.exclude.iter().for_each(|column| compiled.exclude(column.name));
    for (number, key) in (0..=u8::MAX).zip(&columns.keys) {
        compiled.key(key.name, number);
    }
    columns.renames.iter().for_each(|it| compiled.rename(it.column.name, it.to.name));
    columns.types.iter().for_each(|(column, holds)| compiled.holds(column.name, *holds));
    columns.unchanged.deciding.iter().for_each(|column| compiled.decides(column.name));
    ranked.compile(name, &mut compiled);
    compiled.build()
}
