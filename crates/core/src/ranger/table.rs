//! What the policies on one table make of each of its columns.

use std::collections::HashMap;

use super::{
    Note, NoteKind, PolicyName,
    mask::Mask,
    read::{Item, Policy},
    resource::{Names, Resources},
    rule::Rule,
};
use crate::{
    rules::{ColumnType, Piece, Written, WrittenTable, field_of_column, fold},
    yaml,
};

/// The name of all columns, in `include` and among the fields of a redaction.
pub(super) const EVERY: &str = "*";
/// More readers are a list to look up in Ranger.
const READERS_TOLD_MAX: usize = 5;

/// A table that is named by policies, or configured.
#[derive(Debug)]
pub struct ImportedTable {
    /// Its name in the configuration.
    pub name: String,
    /// Whether the configuration had it before.
    pub configured: bool,
    /// The columns that policies name, in their order. The name `*` is that of all others.
    pub columns: Vec<ImportedColumn>,
}

/// A column that is named by policies.
#[derive(Clone, Debug)]
pub struct ImportedColumn {
    /// Its name.
    pub name: String,
    /// How it is withheld; none where it is published as it is.
    pub rule: Option<Rule>,
    /// Whether the configuration already redacts it, so that the rule isn't added.
    pub kept: bool,
    /// The policies that say so, each with its type of mask.
    pub said: Vec<Said>,
    pub(super) mask: Mask,
    pub(super) holds: Option<ColumnType>,
}

/// What a policy says of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The policy.
    pub policy: PolicyName,
    /// Its mask type.
    pub kind: String,
}

/// A policy, and one of the things that it is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'p> {
    pub(super) policy: &'p Policy,
    pub(super) resources: &'p Resources,
}

/// A table, and what is said of it.
pub(super) struct Subject<'s, 'p> {
    pub(super) name: &'s str,
    /// The name of the table alone, folded.
    pub(super) plain: &'s str,
    /// Each with its number.
    pub(super) claims: Vec<(usize, Claim<'p>)>,
    pub(super) written: Option<(&'s Written, &'s WrittenTable)>,
}

/// What was found at a table.
pub(super) struct Outcome {
    pub(super) table: ImportedTable,
    pub(super) notes: Vec<Note>,
    /// The numbers of the claims that are about some column of it.
    pub(super) hits: Vec<usize>,
}

impl Subject<'_, '_> {
    /// Decides about each column.
    pub(super) fn decide(&self) -> Outcome {
        let mut outcome = self.decide_about(&self.columns());
        if self.is_open() {
            let about = self.claims.iter().filter(|(_, it)| it.resources.column.may_be_any());
            self.column(EVERY, about.copied().collect(), &mut outcome);
            self.patterns(&mut outcome);
        }
        outcome
    }

    /// Patterns of columns where a configured table lists none.
    fn patterns(&self, outcome: &mut Outcome) {
        let columns = self.claims.iter().map(|(number, it)| (number, it, &it.resources.column));
        let is_pattern = |names: &Names| !names.is_told() && !names.excludes();
        for (number, claim, names) in columns.filter(|(.., names)| is_pattern(names)) {
            if self.written.is_some() {
                let why = format!(
                    "column {} of table {}, whose include lists no columns: list them",
                    names.told(),
                    self.name
                );
                outcome.notes.push(Note::of_policy(NoteKind::LeftOut, &claim.policy.name, &why));
                outcome.hits.push(*number);
            }
        }
    }

    /// Decides about these columns alone.
    pub(super) fn decide_about(&self, columns: &[String]) -> Outcome {
        let configured = self.written.is_some();
        let table = ImportedTable { name: self.name.to_owned(), configured, columns: Vec::new() };
        let mut outcome = Outcome { table, notes: Vec::new(), hits: Vec::new() };
        for name in columns {
            let folded = fold(name).into_owned();
            let about = self.claims.iter().filter(|(_, it)| it.resources.column.matches(&folded));
            self.column(name, about.copied().collect(), &mut outcome);
        }
        outcome
    }

    /// The columns that are known: those of the configuration, and those that policies on this very
    /// table name. A policy on tables of a pattern says nothing about which columns each has; where
    /// every column is published, those that it names are, too.
    fn columns(&self) -> Vec<String> {
        let mut seen = HashMap::new();
        let mut columns = Vec::new();
        let mut add = |name: &str| {
            if name != EVERY && seen.insert(fold(name).into_owned(), ()).is_none() {
                columns.push(name.to_owned());
            }
        };
        if let Some((_, table)) = self.written {
            table.names("keys").chain(table.names("include")).for_each(&mut add);
        }
        // A rule for all columns of the table would go before a default that is stricter.
        let by_wildcard = self.claims.iter().any(|(_, it)| it.resources.column.may_be_any());
        let all = self.is_open() && (by_wildcard || self.written.is_some());
        for (_, claim) in &self.claims {
            let own = claim.resources.table.literals().any(|name| fold(name) == self.plain);
            claim.resources.column.literals().filter(|_| own || all).for_each(&mut add);
        }
        columns
    }

    /// Whether it may have columns that nobody named here and that are published.
    fn is_open(&self) -> bool {
        self.written.is_none_or(|(_, table)| table.names("include").any(|name| name == EVERY))
    }

    fn column(&self, name: &str, claims: Vec<(usize, Claim<'_>)>, outcome: &mut Outcome) {
        let items = || {
            claims.iter().flat_map(|(_, it)| it.policy.items.iter().map(|item| (it.policy, item)))
        };
        let Some(mask) = items().map(|(_, item)| item.mask.clone()).reduce(Mask::and) else {
            return;
        };
        outcome.hits.extend(claims.iter().map(|(number, _)| *number));
        // An unnamed column that no mask hides stays inside.
        if name == EVERY && mask == Mask::Clear {
            return;
        }
        if name != EVERY && !yaml::is_listable(name) {
            let why = "by its name it can't be listed, so it isn't published";
            outcome.notes.push(Note::of_column(NoteKind::LeftOut, self.name, name, why));
            return;
        }
        if let Some(why) = readers_note(&mask, items()) {
            outcome.notes.push(Note::of_column(NoteKind::Stricter, self.name, name, &why));
        }
        let holds = self.holds(name);
        let mut rule = Rule::of(&mask, holds);
        if self.is_key(name) && rule.as_ref().is_some_and(|rule| !rule.is_hash()) {
            let why = "a key: hashed in place of masked, so that rows stay apart";
            outcome.notes.push(Note::of_column(NoteKind::Stricter, self.name, name, why));
            rule = Some(Rule::key());
        }
        if let (Mask::First(_), Some("replace")) = (&mask, rule.as_ref().map(|rule| rule.method)) {
            let why = "the first characters are those of texts and dates: \"[REDACTED]\" instead";
            outcome.notes.push(Note::of_column(NoteKind::Stricter, self.name, name, why));
        }
        let (kept, note) = self.kept(name, rule.as_ref());
        outcome.notes.extend(note);
        let said = said(&mask, items());
        let column = ImportedColumn { name: name.to_owned(), rule, kept, said, mask, holds };
        outcome.table.columns.push(column);
    }

    fn holds(&self, name: &str) -> Option<ColumnType> {
        let types = self.written?.1.setting("types")?.entries();
        let (_, told) = types.iter().find(|(column, _)| fold(column) == fold(name))?;
        ColumnType::parse(told.text()?)
    }

    fn is_key(&self, name: &str) -> bool {
        self.written
            .is_some_and(|(_, table)| table.names("keys").any(|key| fold(key) == fold(name)))
    }

    /// Whether the configuration redacts the column already, and a note where it does so otherwise.
    fn kept(&self, name: &str, rule: Option<&Rule>) -> (bool, Option<Note>) {
        let Some((written, table)) = self.written else { return (false, None) };
        let defaults = written.setting("defaults").and_then(|it| it.get("redact"));
        let places = [(table.setting("redact"), "the table's"), (defaults, "the defaults'")];
        for (redact, whose) in places {
            let entry =
                redact.into_iter().flat_map(Piece::items).find(|entry| is_about(entry, name));
            let Some(entry) = entry else { continue };
            let same = rule.is_some_and(|rule| rule.is_written(entry));
            let why = format!("{whose} own rule stays: {}", entry.flow());
            let note = || Note::of_column(NoteKind::LeftOut, self.name, name, &why);
            return (true, (!same && rule.is_some()).then(note));
        }
        (false, None)
    }
}

/// Whether an entry of `redact` is about a column: by its name, by `*` or by `**` before it.
fn is_about(entry: &Piece, column: &str) -> bool {
    let is = |path: &str| {
        let path = path.trim_start_matches("**.");
        let path_is = |name: &str| fold(path) == fold(name);
        matches!(path, EVERY | "**") || path_is(column) || path_is(&field_of_column(column))
    };
    let fields = entry.get("fields").into_iter().flat_map(Piece::items);
    entry.text().into_iter().chain(fields.filter_map(Piece::text)).any(is)
}

/// Who saw more in Ranger than the rules show, if anybody did.
fn readers_note<'i>(
    mask: &Mask,
    items: impl Iterator<Item = (&'i Policy, &'i Item)> + Clone,
) -> Option<String> {
    if *mask == Mask::Clear {
        return None;
    }
    let milder = items.clone().filter(|(_, item)| item.mask != *mask);
    let mut told: Vec<String> = Vec::new();
    for (policy, item) in milder {
        let of = policy.name.id.as_ref().map_or_else(String::new, |id| format!(" by policy {id}"));
        told.push(format!("{} for {}{of}", item.kind, item.readers));
    }
    told.dedup();
    let more = told.len().saturating_sub(READERS_TOLD_MAX);
    told.truncate(READERS_TOLD_MAX);
    if more > 0 {
        told.push(format!("{more} more"));
    }
    // Whoever no item is for sees the column as it is.
    if !items.clone().any(|(_, item)| item.everybody) {
        told.push("no mask for anybody else".to_owned());
    }
    (!told.is_empty()).then(|| {
        format!("one mask holds for every reader, the strictest; Ranger has {}", told.join(", "))
    })
}

/// The policies that have the mask; all of them where it was made of several.
fn said<'i>(mask: &Mask, items: impl Iterator<Item = (&'i Policy, &'i Item)> + Clone) -> Vec<Said> {
    let exactly = items.clone().any(|(_, item)| item.mask == *mask);
    let mut said: Vec<Said> = Vec::new();
    for (policy, item) in items.filter(|(_, item)| !exactly || item.mask == *mask) {
        let one = Said { policy: policy.name.clone(), kind: item.kind.clone() };
        if !said.contains(&one) {
            said.push(one);
        }
    }
    said
}
