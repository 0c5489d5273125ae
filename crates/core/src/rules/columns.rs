//! A table's columns, compiled for lookup: the one part of the rules that every column of every
//! row goes through.
//!
//! Names match without regard to case, letter by letter by Unicode's lower case. A name in ASCII
//! of at most [`ASCII_BYTES_MAX`] bytes is looked up without allocating, and mostly without
//! hashing.

use std::{collections::HashMap, fmt};

use foldhash::fast::FixedState;

use super::{
    ColumnType,
    method::Method,
    names::fold,
    nested::{Compiled, Nested, NodeId, Step},
};
use crate::{
    json::{self, Name},
    keyring::Keyring,
};

/// Longer names, and names beyond ASCII, are folded on the heap.
const ASCII_BYTES_MAX: usize = 64;
/// Enough that of a hundred named columns few are met by chance.
const BITS: usize = 512;

/// What the rules say about one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnRule<'a> {
    /// Whether it is part of the published images.
    pub include: bool,
    /// Its place among the table's keys, if it is one. Keys are published in any case.
    pub key: Option<u8>,
    /// How its value is withheld wherever it appears. Goes before everything else.
    pub redact: Option<&'a Method>,
    /// Whether it is the defaults that withhold it, and not the table itself.
    pub by_default: bool,
    /// Where in the rules' paths it stands, if any of them leads into it.
    pub inside: Option<NodeId>,
    /// The name that it is published under, where that is another.
    pub rename: Option<Name<'a>>,
    /// What it holds, where the rules say so.
    pub holds: Option<ColumnType>,
    /// Whether it is one of those that an update must change to be published.
    pub decides: bool,
    /// Its number among the columns that the rules name, below [`ColumnRules::len`]; none for a
    /// column that they don't name.
    pub index: Option<u16>,
}

impl<'a> ColumnRule<'a> {
    /// The name that a column so written is published under.
    #[must_use]
    #[inline]
    pub fn published(&self, written: Name<'a>) -> Name<'a> {
        self.rename.unwrap_or(written)
    }
}

/// The rules of all columns of a table.
#[derive(Clone)]
pub struct ColumnRules {
    named: Vec<Named>,
    by_name: HashMap<Box<[u8]>, u16, FixedState>,
    /// By their rank: of two that hit one value, the first counts.
    methods: Vec<Ranked>,
    nested: Nested,
    /// Of a column that neither the rules nor their paths name.
    unnamed: Step,
    /// Which [`bit`]s the names have, so that most other names need no lookup.
    bits: [u64; BITS / 64],
    /// Of a column that is not named: published only under `include: ["*"]`.
    unnamed_included: bool,
    /// Whether any column has a type.
    typed: bool,
    /// The names that columns are published under in place of their own, as names are compared.
    renamed: Vec<Box<str>>,
}

/// A method, and the field that names it.
#[derive(Clone)]
pub(super) struct Ranked {
    pub(super) method: Method,
    /// Whether it is of the defaults, and not of the table itself.
    pub(super) by_default: bool,
    /// As it is written.
    pub(super) field: Box<str>,
    /// Whether the field is one column as a whole.
    pub(super) is_column: bool,
}

/// One column that the rules name.
#[derive(Clone, Default)]
struct Named {
    folded: Box<str>,
    include: bool,
    key: Option<u8>,
    step: Step,
    by_default: bool,
    /// The name that it is published under, as a JSON string has it between its quotes.
    rename: Option<Box<str>>,
    holds: Option<ColumnType>,
    decides: bool,
}

impl ColumnRules {
    /// The rules of the column of that name, already unescaped, in any case.
    ///
    /// `hint` is where the search starts, and where it should start next time: rows come in column
    /// order, so that the next lookup is mostly one comparison. It affects speed alone. Begin a
    /// table's first row with 0 and keep it for the following ones.
    #[must_use]
    #[inline]
    pub fn find(&self, name: &str, hint: &mut usize) -> ColumnRule<'_> {
        // Where they differ in the case of ASCII letters alone, both fold alike.
        let hinted = self
            .named
            .get(*hint)
            .filter(|named| *named.folded == *name || named.folded.eq_ignore_ascii_case(name));
        let index = if hinted.is_some() { u16::try_from(*hint).ok() } else { self.search(name) };
        let Some(index) = index else { return self.unnamed() };
        *hint = usize::from(index) + 1;
        if *hint == self.named.len() {
            *hint = 0;
        }
        self.rule(index)
    }

    /// The number of columns that the rules name.
    #[must_use]
    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// Whether the rules name no column.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// The columns that the rules name, in lower case, each with its rule: included ones first, in
    /// the order of `include`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ColumnRule<'_>)> {
        let indices = (0..=u16::MAX).take(self.named.len());
        self.named.iter().zip(indices).map(|(named, index)| (&*named.folded, self.rule(index)))
    }

    /// What holds for a column that the rules don't name.
    #[must_use]
    pub fn unnamed(&self) -> ColumnRule<'_> {
        let (redact, by_default) = self.method(self.unnamed.hit).unzip();
        ColumnRule {
            include: self.unnamed_included,
            key: None,
            redact,
            by_default: by_default.unwrap_or_default(),
            inside: self.unnamed.inside,
            rename: None,
            holds: None,
            decides: false,
            index: None,
        }
    }

    /// Whether the rules tell any column's type.
    #[must_use]
    pub fn has_types(&self) -> bool {
        self.typed
    }

    /// Whether any column is published under another name.
    #[must_use]
    pub fn has_renames(&self) -> bool {
        !self.renamed.is_empty()
    }

    /// Whether a column that the rules don't name would be published under a name that another column
    /// was given.
    #[must_use]
    pub fn is_taken(&self, name: &str) -> bool {
        self.unnamed_included
            && self.has_renames()
            && self.renamed.iter().any(|taken| **taken == *fold(name))
            && self.find(name, &mut 0).index.is_none()
    }

    fn search(&self, name: &str) -> Option<u16> {
        let mut buffer = [0; ASCII_BYTES_MAX];
        match buffer.get_mut(..name.len()).filter(|_| name.is_ascii()) {
            Some(_) if !self.has_bit(name) => None,
            Some(lower) => {
                lower.copy_from_slice(name.as_bytes());
                lower.make_ascii_lowercase();
                self.by_name.get(&*lower).copied()
            }
            None => self.by_name.get(fold(name).as_bytes()).copied(),
        }
    }

    fn has_bit(&self, name: &str) -> bool {
        let bit = bit(name);
        self.bits[bit / 64] & (1 << (bit % 64)) != 0
    }

    fn rule(&self, index: u16) -> ColumnRule<'_> {
        let Some(named) = self.named.get(usize::from(index)) else { return self.unnamed() };
        let Named { include, key, step, by_default, holds, decides, .. } = *named;
        let redact = step.hit.and_then(|hit| self.methods.get(usize::from(hit)));
        let redact = redact.map(|ranked| &ranked.method);
        let rename = named.rename.as_deref().map(Name::written);
        let (inside, index) = (step.inside, Some(index));
        ColumnRule { include, key, redact, by_default, inside, rename, holds, decides, index }
    }

    #[inline]
    fn method(&self, number: Option<u16>) -> Option<(&Method, bool)> {
        let ranked = self.methods.get(usize::from(number?))?;
        Some((&ranked.method, ranked.by_default))
    }

    /// The paths that lead into columns or name more than one, as they are written, each with its method
    /// and whether it is of the defaults; the one that counts first comes first.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &Method, bool)> {
        let paths = self.methods.iter().filter(|ranked| !ranked.is_column);
        paths.map(|ranked| (&*ranked.field, &ranked.method, ranked.by_default))
    }

    /// How the value is withheld to which these names lead from the row on.
    #[must_use]
    pub fn at(&self, names: &[&str]) -> Option<&Method> {
        let (column, names) = names.split_first()?;
        let rule = self.find(column, &mut 0);
        let mut found = (rule.redact, rule.inside);
        for name in names {
            found = self.member(found.1.filter(|_| found.0.is_none())?, name);
        }
        found.0
    }

    /// What becomes of the member of that name inside a value that stands there, and where to go on.
    pub(crate) fn member(&self, node: NodeId, name: &str) -> (Option<&Method>, Option<NodeId>) {
        let step = self.nested.step(node, name);
        (self.method(step.hit).map(|(method, _)| method), step.inside)
    }

    /// Whether a path leads there by names alone, so that there have to be members.
    pub(crate) fn expects_members(&self, node: NodeId) -> bool {
        self.nested.is_expected(node)
    }

    /// The methods that any path or column has.
    pub(super) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.methods.iter().map(|ranked| &ranked.method)
    }

    /// Whether each method that needs a key found it in the keyring.
    pub(super) fn bind(&mut self, keyring: &Keyring) -> bool {
        let mut complete = true;
        for ranked in &mut self.methods {
            complete &= ranked.method.bind(keyring);
        }
        complete
    }
}

impl fmt::Debug for ColumnRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A number that names which differ in case alone have in common, by their length and ends.
fn bit(name: &str) -> usize {
    let letter = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(byte.to_ascii_lowercase()));
    let (first, last) = (name.as_bytes().first(), name.as_bytes().last());
    (name.len() * 97 + letter(first) * 31 + letter(last)) % BITS
}

/// Collects a table's columns; each may be told several things.
pub(super) struct Builder {
    rules: ColumnRules,
}

impl Builder {
    /// No column yet; those never named are published or not.
    pub(super) fn new(unnamed_included: bool) -> Self {
        let by_name = HashMap::with_hasher(FixedState::default());
        Self {
            rules: ColumnRules {
                named: Vec::new(),
                by_name,
                methods: Vec::new(),
                nested: Nested::default(),
                unnamed: Step::default(),
                bits: [0; BITS / 64],
                unnamed_included,
                typed: false,
                renamed: Vec::new(),
            },
        }
    }

    /// The column is published.
    pub(super) fn include(&mut self, name: &str) {
        self.named(name).include = true;
    }

    /// The column is known, and not published.
    pub(super) fn exclude(&mut self, name: &str) {
        self.named(name).include = false;
    }

    /// The column is published under that name.
    pub(super) fn rename(&mut self, name: &str, to: &str) {
        let mut json = String::with_capacity(to.len());
        json::write_string_body(&mut json, to);
        self.named(name).rename = Some(json.into());
        self.rules.renamed.push(fold(to).into());
    }

    /// The column holds values of that type.
    pub(super) fn holds(&mut self, name: &str, holds: ColumnType) {
        self.named(name).holds = Some(holds);
        self.rules.typed = true;
    }

    /// The column is one of those that an update must change to be published.
    pub(super) fn decides(&mut self, name: &str) {
        self.named(name).decides = true;
    }

    /// The column is the key of that number.
    pub(super) fn key(&mut self, name: &str, number: u8) {
        self.named(name).key = Some(number);
    }

    /// How values are withheld, by rank; [`Step::hit`] is a number among these.
    pub(super) fn methods(&mut self, methods: Vec<Ranked>) {
        self.rules.methods = methods;
    }

    /// The column is withheld by the method of that rank, unless it already is by a lower one.
    pub(super) fn redact(&mut self, name: &str, rank: u16) {
        let hit = &mut self.named(name).step.hit;
        *hit = Some(hit.map_or(rank, |known| known.min(rank)));
    }

    /// What the paths say that lead into columns, or name more than one. After everything else: it holds
    /// for every column that is named by then.
    pub(super) fn paths(&mut self, paths: Compiled) {
        paths.columns.keys().for_each(|name| _ = self.named(name));
        for named in &mut self.rules.named {
            let path = paths.columns.get(&named.folded).unwrap_or(&paths.other);
            let hit = named.step.hit.into_iter().chain(path.hit).min();
            let inside = path.inside.filter(|_| hit.is_none());
            named.step = Step { hit, inside };
            let ranked = hit.and_then(|hit| self.rules.methods.get(usize::from(hit)));
            named.by_default = ranked.is_some_and(|ranked| ranked.by_default);
        }
        (self.rules.nested, self.rules.unnamed) = (paths.nested, paths.other);
    }

    pub(super) fn build(self) -> ColumnRules {
        self.rules
    }

    fn named(&mut self, name: &str) -> &mut Named {
        let rules = &mut self.rules;
        let next = u16::try_from(rules.named.len()).expect("columns are bounded by COLUMNS_MAX");
        let folded = fold(name);
        let index = *rules.by_name.entry(folded.as_bytes().into()).or_insert(next);
        if index == next {
            let bit = bit(&folded);
            rules.bits[bit / 64] |= 1 << (bit % 64);
            let folded = folded.as_ref().into();
            let include = rules.unnamed_included;
            rules.named.push(Named { folded, include, ..Named::default() });
        }
        &mut rules.named[usize::from(index)]
    }
}
