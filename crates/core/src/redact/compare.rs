//! Two configurations over one change: what each would show of it, field by field, and where the newer one
//! shows more.
//!
//! Judged by the rules, not by luck: a field counts as shown where its rule leaves it, whatever stands there.
//! Only where two rules leave different parts of a value are the two results compared.

use std::borrow::Cow;

use super::{
    method::{Subject, apply},
    spot::Spot,
};
use crate::{
    event::{ChangeEvent, Row},
    json::{Document, Name, Value},
    rules::{ColumnRule, ColumnRules, Method, NodeId, TableRules},
};

/// Where in a change a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Its keys, which are published whatever is included.
    Keys,
    /// The image before.
    Before,
    /// The image after.
    After,
}

/// What a configuration makes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment<'r> {
    /// It is not published.
    Absent,
    /// Something stands in its place.
    Withheld(&'r Method),
    /// It is published as it is.
    Clear,
}

/// How much of a value can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exposure {
    /// Nothing but that there is one.
    Nothing,
    /// Whether it is the same as another one, or for who has the key.
    Keyed,
    /// A part of it.
    Partly,
    /// All of it.
    Whole,
}

/// A field of which two configurations show different things.
#[derive(Debug)]
pub struct Difference<'d> {
    /// Where it stands.
    pub part: Part,
    /// The names that lead to it, unescaped, dots between them.
    pub path: &'d str,
    /// What the older configuration makes of it.
    pub old: Treatment<'d>,
    /// What the newer one makes of it.
    pub new: Treatment<'d>,
    /// Whether the newer one shows more of its value.
    pub shows_more: bool,
}

impl Treatment<'_> {
    fn exposure(self) -> Exposure {
        match self {
            Self::Absent => Exposure::Nothing,
            Self::Clear => Exposure::Whole,
            Self::Withheld(method) => match method {
                Method::Replace { .. } | Method::Null => Exposure::Nothing,
                Method::Hash(_) | Method::Tokenize(_) | Method::Encrypt(_) => Exposure::Keyed,
                Method::Mask(_) | Method::Truncate(_) | Method::Generalize(_) => Exposure::Partly,
            },
        }
    }
}

/// Tells each field of the change of which the tables' rules show different things; a table is none where
/// the change would not be published.
pub fn compare(
    event: &ChangeEvent<'_>,
    old: Option<&TableRules>,
    new: Option<&TableRules>,
    tell: &mut dyn FnMut(Difference<'_>),
) {
    let parts: [(Part, Option<&Row<'_>>); 3] = [
        (Part::Keys, event.keys.as_ref().or(event.change.after()).or(event.change.before())),
        (Part::Before, event.change.before()),
        (Part::After, event.change.after()),
    ];
    for (part, row) in parts {
        for column in row.into_iter().flat_map(Row::columns) {
            let Some(json) = column.value.json().filter(|json| *json != "null") else { continue };
            let mut path = column.name.unescaped().into_owned();
            let mut pair = Pair { part, column: column.name, tell };
            let (old, new) = (State::of(old, column.name, part), State::of(new, column.name, part));
            pair.compare(&mut path, json, old, new);
        }
    }
}

/// What is known of a value on the way into it.
#[derive(Clone, Copy)]
enum State<'r> {
    Settled(Treatment<'r>),
    /// Paths of these rules go on in it.
    Inside(&'r ColumnRules, NodeId),
}

impl<'r> State<'r> {
    fn of(table: Option<&'r TableRules>, name: Name<'_>, part: Part) -> Self {
        let Some(table) = table else { return Self::Settled(Treatment::Absent) };
        let rules = table.columns();
        let rule: ColumnRule<'r> = rules.find(&name.unescaped(), &mut 0);
        let published = if part == Part::Keys { rule.key.is_some() } else { rule.include };
        if !published {
            return Self::Settled(Treatment::Absent);
        }
        Self::within(rules, rule.redact, rule.inside)
    }

    fn within(rules: &'r ColumnRules, method: Option<&'r Method>, inside: Option<NodeId>) -> Self {
        match (method, inside) {
            (Some(method), _) => Self::Settled(Treatment::Withheld(method)),
            (None, Some(node)) => Self::Inside(rules, node),
            (None, None) => Self::Settled(Treatment::Clear),
        }
    }

    fn member(self, name: &str) -> Self {
        match self {
            Self::Settled(_) => self,
            Self::Inside(rules, node) => {
                let (method, inside) = rules.member(node, name);
                Self::within(rules, method, inside)
            }
        }
    }

    /// What holds for a value without members.
    fn settled(self) -> Treatment<'r> {
        match self {
            Self::Settled(treatment) => treatment,
            Self::Inside(..) => Treatment::Clear,
        }
    }
}

struct Pair<'t, 'a> {
    part: Part,
    column: Name<'a>,
    tell: &'t mut dyn FnMut(Difference<'_>),
}

impl Pair<'_, '_> {
    fn compare(&mut self, path: &mut String, json: &str, old: State<'_>, new: State<'_>) {
        let settled = matches!((old, new), (State::Settled(_), State::Settled(_)));
        match Document::parse(json.as_bytes(), Vec::new()) {
            Ok(document) if !settled => self.value(path, document.root(), old, new),
            _ => self.settle(path, json, old.settled(), new.settled()),
        }
    }

    fn value(&mut self, path: &mut String, value: Value<'_, '_>, old: State<'_>, new: State<'_>) {
        if value.is_null() {
            return;
        }
        if let (State::Settled(old), State::Settled(new)) = (old, new) {
            return self.settle(path, value.text(), old, new);
        }
        if let Some(object) = value.as_object() {
            for (name, member) in object.members() {
                let (length, name) = (path.len(), name.unescaped());
                path.push('.');
                path.push_str(&name);
                self.value(path, member, old.member(&name), new.member(&name));
                path.truncate(length);
            }
            return;
        }
        let mut is_array = false;
        for element in value.elements() {
            is_array = true;
            self.value(path, element, old, new);
        }
        let content = value.as_str().filter(|text| text.trim_start().starts_with(['{', '[']));
        let document = content.as_deref().map(|text| Document::parse(text.as_bytes(), Vec::new()));
        match document {
            Some(Ok(document)) => self.value(path, document.root(), old, new),
            _ if is_array => {}
            _ => self.settle(path, value.text(), old.settled(), new.settled()),
        }
    }

    fn settle(&mut self, path: &str, json: &str, old: Treatment<'_>, new: Treatment<'_>) {
        if old == new {
            return;
        }
        let shows_more = match (old.exposure(), new.exposure()) {
            (Exposure::Partly, Exposure::Partly) => self.seen(json, new) > self.seen(json, old),
            (old, new) => new > old,
        };
        (self.tell)(Difference { part: self.part, path, old, new, shows_more });
    }

    /// How many characters at the ends of a value can be seen.
    fn seen(&self, json: &str, treatment: Treatment<'_>) -> usize {
        let Treatment::Withheld(method) = treatment else { return 0 };
        let spot = Spot::new("", self.column);
        let mut out = String::new();
        if apply(method, &Subject { json, spot: &spot }, &mut out).is_err() {
            return 0;
        }
        let (value, left) = (content(json), content(&out));
        let same = |(one, other): &(char, char)| one == other;
        let first = value.chars().zip(left.chars()).take_while(same).count();
        let last = value.chars().rev().zip(left.chars().rev()).take_while(same).count();
        first + last
    }
}

fn content(json: &str) -> Cow<'_, str> {
    let body = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    body.map_or(Cow::Borrowed(json), |body| Name::written(body).unescaped())
}
