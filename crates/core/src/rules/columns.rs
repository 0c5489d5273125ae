//! A table's columns, compiled for lookup: the one part of the rules that every column of every
//! row goes through.
//!
//! Names match without regard to case, letter by letter by Unicode's lower case. A name in ASCII
//! of at most [`ASCII_BYTES_MAX`] bytes is looked up without allocating, and mostly without
//! hashing.

use std::{borrow::Cow, collections::HashMap, fmt};

use foldhash::fast::FixedState;

use super::ColumnType;
use crate::json::{self, Name};

/// Longer names, and names beyond ASCII, are folded on the heap.
const ASCII_BYTES_MAX: usize = 64;
/// Enough that of a hundred named columns few are met by chance.
const BITS: usize = 512;

/// The text in the place of a value where a rule names no other.
pub const REDACTED: &str = "[REDACTED]";

/// How a column's value is withheld. A later release brings mask, null, hash, tokenize, encrypt,
/// truncate and generalize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// The same text in the place of every value.
    Replace {
        /// The text.
        with: Box<str>,
        /// The text as a finished JSON string, quotes included.
        json: Box<str>,
    },
}

impl Method {
    /// Replacement by that text.
    #[must_use]
    pub fn replace(with: &str) -> Self {
        let mut json = String::with_capacity(with.len() + 2);
        json::write_string(&mut json, with);
        Self::Replace { with: with.into(), json: json.into() }
    }
}

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
    methods: Vec<Method>,
    /// Which [`bit`]s the names have, so that most other names need no lookup.
    bits: [u64; BITS / 64],
    /// Of a column that is not named: published only under `include: ["*"]`.
    unnamed_included: bool,
    /// Whether any column has a type.
    typed: bool,
    /// The names that columns are published under in place of their own, as names are compared.
    renamed: Vec<Box<str>>,
}

/// One column that the rules name.
#[derive(Clone, Default)]
struct Named {
    folded: Box<str>,
    include: bool,
    key: Option<u8>,
    /// Its number in `methods`.
    method: Option<u16>,
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
        ColumnRule {
            include: self.unnamed_included,
            key: None,
            redact: None,
            by_default: false,
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
        let redact = named.method.and_then(|method| self.methods.get(usize::from(method)));
        let Named { include, key, by_default, holds, decides, .. } = *named;
        let rename = named.rename.as_deref().map(Name::written);
        let index = Some(index);
        ColumnRule { include, key, redact, by_default, rename, holds, decides, index }
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

/// A name as names are compared: each letter in Unicode's lower case, whatever stands around it
/// (`str::to_lowercase` would look at a Greek word's end).
pub(crate) fn fold(name: &str) -> Cow<'_, str> {
    let folded = |character: char| {
        let mut lower = character.to_lowercase();
        lower.next() == Some(character) && lower.next().is_none()
    };
    if name.chars().all(folded) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().flat_map(char::to_lowercase).collect())
}

/// Whether two names are one, as names are compared.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || !(one.is_ascii() && other.is_ascii()) && fold(one) == fold(other)
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

    /// The column is withheld by that method, of the table's own rules or of the defaults', unless
    /// it already is by another.
    pub(super) fn redact(&mut self, name: &str, method: &Method, by_default: bool) {
        let known = self.rules.methods.iter().position(|other| other == method);
        let number = known.unwrap_or_else(|| {
            self.rules.methods.push(method.clone());
            self.rules.methods.len() - 1
        });
        let number = u16::try_from(number).expect("no more methods than columns, COLUMNS_MAX");
        let named = self.named(name);
        if named.method.is_none() {
            (named.method, named.by_default) = (Some(number), by_default);
        }
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
