//! Paths of fields: which members of a row a rule is for.

use std::{borrow::Cow, cmp::Ordering};

use super::names::fold;

/// Most names of a path: JSON itself is nested no deeper than [`json::DEPTH_MAX`](crate::json::DEPTH_MAX),
/// and nobody could read longer ones.
const SEGMENTS_MAX: usize = 32;

/// One part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// A name, as names are compared.
    Name(Box<str>),
    /// `*`: any one name.
    Any,
    /// `**`: any names, or none.
    Deep,
}

/// A path of names that lead to a field, from the row's column on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldPath {
    segments: Vec<Segment>,
}

impl FieldPath {
    /// The path of that text; elements of arrays stand in their array's place, `[]` and `[*]` say so and
    /// change nothing. A name in double quotes is meant literally, with its dots and stars.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut segments = Vec::new();
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (segment, behind) = next(text)?;
            segments.push(segment);
            rest = behind;
        }
        segments.dedup_by(|next, last| *next == Segment::Deep && *last == Segment::Deep);
        if segments.len() > SEGMENTS_MAX { Err("at most 32 names") } else { Ok(Self { segments }) }
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The column, where it is one and nothing inside it.
    pub(super) fn column(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [Segment::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// The column that it begins with, where it names one.
    pub(super) fn first(&self) -> Option<&str> {
        match self.segments.first() {
            Some(Segment::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether it may lead into the column of that name, which it names: one whose own name has dots may be
    /// several names of the path.
    pub(super) fn names_column(&self, folded: &str) -> bool {
        let mut rest = Some(folded);
        for segment in &self.segments {
            let Segment::Name(name) = segment else { return false };
            rest = match rest.and_then(|rest| rest.strip_prefix(&**name)) {
                Some("") => return true,
                Some(rest) => rest.strip_prefix('.'),
                None => return false,
            };
        }
        false
    }

    /// Whether only names are in it.
    pub(super) fn is_plain(&self) -> bool {
        self.segments.iter().all(|segment| matches!(segment, Segment::Name(_)))
    }

    /// Names before wildcards, `*` before `**`: the one that says more decides.
    pub(super) fn precision(&self, other: &Self) -> Ordering {
        let wildness = |path: &Self| {
            let deep = path.segments.iter().filter(|it| matches!(it, Segment::Deep)).count();
            let any = path.segments.iter().filter(|it| matches!(it, Segment::Any)).count();
            (deep, any)
        };
        wildness(self).cmp(&wildness(other))
    }
}

/// What a path may be, for messages.
const EXPECTED: &str = "names with dots between them: * is any one name, ** any number, and a name in double \
                        quotes is meant as it is";

/// The first part of a path, and the rest behind its dot.
fn next(text: &str) -> Result<(Segment, Option<&str>), &'static str> {
    if let Some(quoted) = text.strip_prefix(QUOTE) {
        let (name, behind) = literal(quoted).ok_or(EXPECTED)?;
        let behind = behind.strip_prefix("[]").or(behind.strip_prefix("[*]")).unwrap_or(behind);
        let rest = match behind {
            "" => None,
            behind => Some(behind.strip_prefix('.').ok_or(EXPECTED)?),
        };
        return Ok((Segment::Name(fold(&name).into()), rest));
    }
    let (part, rest) = match text.split_once('.') {
        Some((part, rest)) => (part, Some(rest)),
        None => (text, None),
    };
    let part = part.strip_suffix("[]").or_else(|| part.strip_suffix("[*]")).unwrap_or(part);
    let segment = match part {
        "*" => Segment::Any,
        "**" => Segment::Deep,
        name if name.is_empty() || name.trim() != name || name.contains(QUOTE) => {
            return Err(EXPECTED);
        }
        name if name.contains('*') => {
            return Err("* for a whole name; there are no patterns within one");
        }
        name if name.contains(['[', ']']) => {
            return Err("names alone: a rule is for all elements of an array");
        }
        name => Segment::Name(fold(name).into()),
    };
    Ok((segment, rest))
}

const QUOTE: char = '"';

/// A name up to its closing quote, in which two quotes are one, and what stands behind.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once(QUOTE)?;
        name.push_str(before);
        match behind.strip_prefix(QUOTE) {
            Some(more) => {
                name.push(QUOTE);
                rest = more;
            }
            None if name.is_empty() => return None,
            None => return Some((name, behind)),
        }
    }
}

/// A field that means the column of that name, whatever is in it.
#[must_use]
pub fn field_of_column(name: &str) -> Cow<'_, str> {
    let means_it = FieldPath::parse(name).is_ok_and(|path| {
        let names = path.segments.iter().map(|segment| match segment {
            Segment::Name(name) => &**name,
            Segment::Any | Segment::Deep => "*",
        });
        path.is_plain() && names.collect::<Vec<_>>().join(".") == fold(name)
    });
    if means_it {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("{QUOTE}{}{QUOTE}", name.replace(QUOTE, "\"\"")))
}

/// The names of a field that is a column or a path of names alone, as names are compared; none of what has
/// wildcards, or is no field.
#[must_use]
pub fn names_of_field(field: &str) -> Option<Vec<Box<str>>> {
    let names = FieldPath::parse(field).ok()?.segments.into_iter().map(|segment| match segment {
        Segment::Name(name) => Some(name),
        Segment::Any | Segment::Deep => None,
    });
    names.collect()
}
