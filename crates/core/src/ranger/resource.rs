//! Which tables and columns a policy is about.
//!
//! `*` alone is any name; `*` and `?` among letters make a pattern. (In Hive's masking policies Ranger
//! takes such a pattern literally, and in those of other services not: read as a pattern it masks more.)
//! Names match in any case, as Hive's do.

use crate::{
    json::{Object, Value},
    rules::fold,
};

/// The names of one kind of resource: of databases, tables or columns.
#[derive(Debug)]
pub(super) struct Names {
    values: Vec<Name>,
    /// Whether it is about all but these.
    excludes: bool,
}

#[derive(Debug)]
struct Name {
    text: String,
    folded: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Literal,
    Any,
    Pattern,
}

/// What a policy is about.
#[derive(Debug)]
pub(super) struct Resources {
    /// Of the database, or of the schema where a service has catalogs.
    pub(super) outer: Names,
    pub(super) table: Names,
    pub(super) column: Names,
}

impl Resources {
    /// The resources of a policy; or, where they are no columns of tables, what they are.
    pub(super) fn of(value: Option<Value<'_, '_>>) -> Result<Self, String> {
        let Some(object) = value.and_then(Value::as_object) else {
            return Err("nothing".to_owned());
        };
        let names = |kind: &str| object.get(kind).and_then(Names::of);
        let outer = names("database").or_else(|| names("schema"));
        match (outer, names("table"), names("column")) {
            (Some(outer), Some(table), Some(column)) => Ok(Self { outer, table, column }),
            _ => Err(kinds(object)),
        }
    }
}

/// `tag`, or `schema, field`.
fn kinds(resources: Object<'_, '_>) -> String {
    let kinds: Vec<_> =
        resources.members().map(|(name, _)| name.unescaped().into_owned()).collect();
    if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
}

impl Names {
    fn of(value: Value<'_, '_>) -> Option<Self> {
        let resource = value.as_object()?;
        let texts = resource.get("values").into_iter().flat_map(Value::elements);
        let texts = texts.filter_map(Value::as_str).filter(|text| !text.is_empty());
        let values: Vec<Name> = texts.map(|text| Name::of(&text)).collect();
        let excludes = resource.get("isExcludes").is_some_and(Value::is_true);
        // Ranger takes an empty list for any name.
        let values = if values.is_empty() { vec![Name::of("*")] } else { values };
        Some(Self { values, excludes })
    }

    /// Whether every name is one of these.
    pub(super) fn is_any(&self) -> bool {
        !self.excludes && self.has(Kind::Any)
    }

    /// Whether it says which names it means, or all.
    pub(super) fn is_told(&self) -> bool {
        !self.excludes && (self.is_any() || !self.has(Kind::Pattern))
    }

    /// Whether a name that nobody told may be one of these, and masking it is on the safe side.
    pub(super) fn may_be_any(&self) -> bool {
        self.is_any() || (self.excludes && !self.has(Kind::Any))
    }

    /// Whether the name is one of these. It is folded already.
    pub(super) fn matches(&self, folded: &str) -> bool {
        self.values.iter().any(|name| name.matches(folded)) != self.excludes
    }

    /// The names themselves, where they are told.
    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        let told = self.values.iter().filter(|name| !self.excludes && name.kind == Kind::Literal);
        told.map(|name| &*name.text)
    }

    pub(super) fn excludes(&self) -> bool {
        self.excludes
    }

    /// As a person would write it: `ssn*`, `all but id, status`.
    pub(super) fn told(&self) -> String {
        let names: Vec<&str> = self.values.iter().map(|name| &*name.text).collect();
        let names = names.join(", ");
        if self.excludes { format!("all but {names}") } else { names }
    }

    fn has(&self, kind: Kind) -> bool {
        self.values.iter().any(|name| name.kind == kind)
    }
}

impl Name {
    fn of(text: &str) -> Self {
        let kind = if text.bytes().all(|byte| byte == b'*') {
            Kind::Any
        } else if text.contains(['*', '?']) {
            Kind::Pattern
        } else {
            Kind::Literal
        };
        Self { text: text.to_owned(), folded: fold(text).into_owned(), kind }
    }

    fn matches(&self, folded: &str) -> bool {
        match self.kind {
            Kind::Any => true,
            Kind::Literal => self.folded == folded,
            Kind::Pattern => matches_pattern(&self.folded, folded),
        }
    }
}

/// `*` is any number of characters, `?` one. A `*` is tried once more at most for each character of the
/// name, so that no pattern takes more than pattern times name steps.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                (at, seen) = (back + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::{Names, Resources, matches_pattern};
    use crate::json::Document;

    fn names(json: &str) -> Names {
        let document = Document::parse(json.as_bytes(), Vec::new()).unwrap();
        Names::of(document.root()).unwrap()
    }

    #[test]
    fn a_pattern_matches_whole_names() {
        for (pattern, name, expected) in [
            ("ssn*", "ssn", true),
            ("ssn*", "ssn_last", true),
            ("ssn*", "my_ssn", false),
            ("*ssn*", "my_ssn_last", true),
            ("?sn", "ssn", true),
            ("?sn", "sn", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("*a", "aaab", false),
            ("a?", "aä", true),
        ] {
            assert_eq!(matches_pattern(pattern, name), expected, "{pattern} {name}");
        }
        let (pattern, name) = ("*a".repeat(100), "a".repeat(2000));
        assert!(!matches_pattern(&format!("{pattern}b"), &name), "and in no time");
    }

    #[test]
    fn names_match_in_any_case_and_none_are_all() {
        let some = names(r#"{"values":["Users","orders"]}"#);
        assert!(some.matches("users") && some.matches("orders") && !some.matches("user"));
        assert!(some.is_told() && !some.is_any() && some.literals().eq(["Users", "orders"]));
        for any in [r#"{"values":["*"]}"#, r#"{"values":[]}"#, r#"{"values":["users","**"]}"#, "{}"]
        {
            assert!(names(any).is_any() && names(any).matches("anything"), "{any}");
        }
    }

    #[test]
    fn what_is_excluded_is_all_but_that() {
        let but = names(r#"{"values":["id","no*"],"isExcludes":true}"#);
        assert!(!but.matches("id") && !but.matches("note") && but.matches("ssn"));
        assert!(!but.is_told() && but.may_be_any() && !but.is_any() && but.literals().count() == 0);
        assert_eq!(but.told(), "all but id, no*");
        let none = names(r#"{"values":["*"],"isExcludes":true}"#);
        assert!(!none.matches("id") && !none.may_be_any());
    }

    #[test]
    fn resources_are_columns_of_tables() {
        let read = |json: &str| {
            let document = Document::parse(json.as_bytes(), Vec::new()).unwrap();
            Resources::of(Some(document.root())).map(|found| found.outer.told())
        };
        let (table, column) = (r#""table":{"values":["t"]}"#, r#""column":{"values":["c"]}"#);
        let hive = format!(r#"{{"database":{{"values":["d"]}},{table},{column}}}"#);
        assert_eq!(read(&hive), Ok("d".to_owned()));
        let trino = format!(
            r#"{{"catalog":{{"values":["k"]}},"schema":{{"values":["s"]}},{table},{column}}}"#
        );
        assert_eq!(read(&trino), Ok("s".to_owned()));
        assert_eq!(read(r#"{"tag":{"values":["PII"]}}"#), Err("tag".to_owned()));
        assert_eq!(read(&format!("{{{table},{column}}}")), Err("table, column".to_owned()));
        assert_eq!(read("{}"), Err("nothing".to_owned()));
    }
}
