//! YAML text → a tree in which every node knows its place.
//!
//! Typed deserialization stops at the first mistake; a tree lets [`super::check`] name all of
//! them. What YAML offers beyond lists, maps and scalars (anchors, merge keys, tags, several
//! documents in a file) is refused: a rule is read where it stands.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    DuplicateKeyPolicy, MergeKeyPolicy, MessageFormatter, NonFiniteFloatPolicy, Options, Spanned,
    UserMessageFormatter,
};

use super::problem::{Place, Problem, shown};

/// A thousand tables of a hundred columns are about half of this.
pub(super) const FILE_BYTES_MAX: usize = 4 << 20;
/// The deepest setting stands at 6: file, tables, table, redact, entry, fields.
const DEPTH_MAX: usize = 16;
/// Enough for the largest file that the bound on its bytes lets through in practice.
const NODES_MAX: usize = 500_000;

/// One file's tree, with its text for showing what was written.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    text: &'a str,
    pub(super) root: Node,
}

/// A value and where it stands.
pub(super) struct Node {
    pub(super) body: Body,
    at: serde_saphyr::Location,
}

/// What a value is, by YAML 1.2.
pub(super) enum Body {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number: its value where it is a whole one that is not negative.
    Number(Option<u64>),
    /// Text, quoted or not.
    Text(String),
    /// `[a, b]`, or lines with dashes.
    List(Vec<Node>),
    /// Settings, in the order in which they stand, duplicates included.
    Map(Vec<(Node, Node)>),
}

/// Reads one file.
///
/// # Errors
/// The first mistake in its YAML, or its size.
pub(super) fn read<'a>(path: &'a str, text: &'a str) -> Result<Source<'a>, Problem> {
    if text.len() > FILE_BYTES_MAX {
        let found = format!(
            "found {} bytes, expected at most {FILE_BYTES_MAX}; \
             split the file, one a family of tables",
            text.len()
        );
        return Err(Problem::new(path, Place::default(), found));
    }
    match serde_saphyr::from_str_with_options::<Node>(text, options()) {
        Ok(root) => Ok(Source { path, text, root }),
        Err(error) => Err(syntax_problem(path, &error)),
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_aliases: 0,
            max_anchors: 0,
        },
        // Seen by the checks, which name both places.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        reject_unsupported_tags: true,
        // `no` and `on` are names like any other.
        strict_booleans: true,
        with_snippet: false,
    }
}

fn syntax_problem(path: &str, error: &serde_saphyr::Error) -> Problem {
    use serde_saphyr::Error;
    let place = error.location().map(place_of).unwrap_or_default();
    let text = match error {
        Error::MultipleDocuments { .. } => {
            "found a second document (---), expected one a file; split the file".to_owned()
        }
        Error::Budget { breach, .. } => budget_text(breach),
        other => {
            let message = UserMessageFormatter.format_message(other);
            format!("not valid YAML: {}", shown(&message))
        }
    };
    Problem::new(path, place, text)
}

fn budget_text(breach: &serde_saphyr::budget::BudgetBreach) -> String {
    use serde_saphyr::budget::BudgetBreach;
    match breach {
        BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => {
            "found an anchor or alias (& or *), which isn't supported here; write the value out"
                .to_owned()
        }
        BudgetBreach::Depth { .. } => {
            format!("found settings nested deeper than {DEPTH_MAX} levels; check the indentation")
        }
        _ => "the file is larger than a configuration can be; split it, one a family of tables"
            .to_owned(),
    }
}

fn place_of(at: serde_saphyr::Location) -> Place {
    let bounded = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: bounded(at.line()), column: bounded(at.column()) }
}

impl Source<'_> {
    /// What stands at a node, for a person: its kind, and a scalar as it was written.
    pub(super) fn describe(&self, node: &Node) -> String {
        match &node.body {
            Body::Null => match self.written(node) {
                "" => "nothing".to_owned(),
                null => shown(null),
            },
            Body::Bool => shown(self.written(node)),
            Body::Number(_) => format!("the number {}", shown(self.written(node))),
            Body::Text(text) => format!("\"{}\"", shown(text)),
            Body::List(_) => "a list".to_owned(),
            Body::Map(_) => "settings".to_owned(),
        }
    }

    /// The text of a scalar as it stands in the file.
    pub(super) fn written(&self, node: &Node) -> &str {
        let span = node.at.span();
        let bounds = span.byte_offset().zip(span.byte_len()).and_then(|(from, length)| {
            Some((usize::try_from(from).ok()?, usize::try_from(length).ok()?))
        });
        bounds.and_then(|(from, length)| self.text.get(from..from + length)).unwrap_or("").trim()
    }
}

impl Node {
    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        place_of(self.at)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Body>::deserialize(deserializer)?;
        Ok(Self { body: spanned.value, at: spanned.referenced })
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body, E> {
        Ok(Body::Bool)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Body, E> {
        Ok(Body::Number(Some(number)))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body, E> {
        Ok(Body::Number(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body, E> {
        Ok(Body::Number(None))
    }

    fn visit_str<E>(self, text: &str) -> Result<Body, E> {
        Ok(Body::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Body, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Body::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Body, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Body::Map(map))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Body, E> {
        Err(E::custom("binary data isn't supported"))
    }
}
