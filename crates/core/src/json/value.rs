//! Looking at a scanned text.

use std::{borrow::Cow, fmt};

use super::{JsonError, JsonErrorKind, Node, escape, scan};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kinds of JSON value")]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl Kind {
    /// The kind of a checked value's text.
    #[must_use]
    pub fn of_text(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }
}

/// A checked JSON text and where its values stand.
pub struct Document<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

impl<'a> Document<'a> {
    /// Checks `bytes`. `scratch` is a list of nodes to use again ([`Document::into_scratch`]),
    /// or an empty one.
    ///
    /// # Errors
    /// [`JsonError`] with the kind of fault and its byte.
    pub fn parse(bytes: &'a [u8], mut scratch: Vec<Node>) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes).map_err(|error| JsonError {
            kind: JsonErrorKind::NotUtf8,
            offset: error.valid_up_to(),
        })?;
        scan::scan(text, &mut scratch)?;
        Ok(Self { text, nodes: scratch })
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Value<'_, 'a> {
        Value { document: self, at: 0 }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The list of nodes, for the next document.
    #[must_use]
    pub fn into_scratch(self) -> Vec<Node> {
        self.nodes
    }
}

/// One value of a document.
#[derive(Clone, Copy)]
pub struct Value<'d, 'a> {
    document: &'d Document<'a>,
    at: u32,
}

impl<'d, 'a> Value<'d, 'a> {
    #[inline]
    fn node(self) -> Node {
        self.document.nodes[self.at as usize]
    }

    /// What the value is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// The value's text, byte for byte (a string with its quotes and escapes).
    #[must_use]
    pub fn text(self) -> &'a str {
        let node = self.node();
        &self.document.text[node.start as usize..node.end as usize]
    }

    /// The whole text that it stands in.
    #[must_use]
    pub fn around(self) -> &'a str {
        self.document.text
    }

    /// Where the value's text begins in the document's, in bytes.
    #[must_use]
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The object, if it is one.
    #[must_use]
    pub fn as_object(self) -> Option<Object<'d, 'a>> {
        (self.kind() == Kind::Object).then_some(Object { value: self })
    }

    /// The elements of an array; none of anything else.
    pub fn elements(self) -> impl Iterator<Item = Value<'d, 'a>> {
        let is_array = self.kind() == Kind::Array;
        let end = if is_array { self.node().skip } else { self.at };
        let document = self.document;
        let first = Value { document, at: self.at + 1 };
        let next = |value: &Self| {
            #[cfg(test)]
            super::steps::add(1);
            Some(Value { document: value.document, at: value.node().skip })
        };
        let behind = move |value: &Self| value.at < end;
        std::iter::successors((self.at + 1 < end).then_some(first), move |value| {
            next(value).filter(behind)
        })
    }

    /// The string's content, if it is one.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| self.name().unescaped())
    }

    /// The text of a string's content or of a number: what identifiers are written as, by turns.
    #[must_use]
    pub fn as_token(self) -> Option<Cow<'a, str>> {
        match self.kind() {
            Kind::String => self.as_str(),
            Kind::Number => Some(Cow::Borrowed(self.text())),
            Kind::Object | Kind::Array | Kind::Bool | Kind::Null => None,
        }
    }

    /// The value of an integer that fits, written as a number or in a string.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        self.as_token()?.parse().ok()
    }

    /// Whether it is `true`, or the string `"true"`.
    #[must_use]
    pub fn is_true(self) -> bool {
        matches!(self.text(), "true" | "\"true\"")
    }

    #[inline]
    fn name(self) -> Name<'a> {
        let node = self.node();
        let body = &self.document.text[node.start as usize + 1..node.end as usize - 1];
        Name { body, escaped: node.escaped }
    }
}

/// An object of a document.
#[derive(Clone, Copy)]
pub struct Object<'d, 'a> {
    value: Value<'d, 'a>,
}

impl<'d, 'a> Object<'d, 'a> {
    /// The members in the order of the text.
    #[must_use]
    pub fn members(self) -> Members<'d, 'a> {
        let node = self.value.node();
        Members { document: self.value.document, at: self.value.at + 1, end: node.skip }
    }

    /// How many members there are.
    #[must_use]
    pub fn count(self) -> usize {
        let Members { document, mut at, end } = self.members();
        let mut count = 0;
        while at < end {
            at = document.nodes[at as usize + 1].skip;
            count += 1;
        }
        count
    }

    /// The first member of that name (unescaped).
    #[must_use]
    pub fn get(self, name: &str) -> Option<Value<'d, 'a>> {
        self.members().find(|(member, _)| *member == *name).map(|(_, value)| value)
    }

    /// The object as a value.
    #[must_use]
    pub fn value(self) -> Value<'d, 'a> {
        self.value
    }
}

/// Iterates over an object's members.
#[derive(Clone)]
pub struct Members<'d, 'a> {
    document: &'d Document<'a>,
    at: u32,
    end: u32,
}

impl<'d, 'a> Iterator for Members<'d, 'a> {
    type Item = (Name<'a>, Value<'d, 'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        #[cfg(test)]
        super::steps::add(1);
        let name = Value { document: self.document, at: self.at };
        let value = Value { document: self.document, at: self.at + 1 };
        self.at = value.node().skip;
        Some((name.name(), value))
    }
}

/// A member's name or a string's content, as it stands between the quotes.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    body: &'a str,
    escaped: bool,
}

impl<'a> Name<'a> {
    /// A name that needs no escapes: no quote, backslash or control character in it.
    #[must_use]
    pub fn plain(body: &'a str) -> Self {
        debug_assert_eq!(scan::plain_length(body.as_bytes()), body.len());
        Self { body, escaped: false }
    }

    /// The content of a checked JSON string, as it stands between the quotes.
    #[must_use]
    pub fn written(body: &'a str) -> Self {
        Self { body, escaped: body.contains('\\') }
    }

    /// The text between the quotes, escapes and all.
    #[must_use]
    pub fn escaped_text(self) -> &'a str {
        self.body
    }

    /// The name without `prefix`, if it starts with it literally.
    #[must_use]
    pub fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let body = self.body.strip_prefix(prefix)?;
        Some(Self { body, escaped: self.escaped })
    }

    /// The name without `suffix`, if it ends with it literally.
    #[must_use]
    pub fn strip_suffix(self, suffix: &str) -> Option<Self> {
        let body = self.body.strip_suffix(suffix)?;
        // A suffix that begins behind a backslash would be the end of an escape.
        let cut = !suffix.is_empty() && self.escaped && body.ends_with('\\');
        (!cut).then_some(Self { body, escaped: self.escaped })
    }

    /// The name as meant: `\u0073sn` is `ssn`. Allocates only where there are escapes.
    #[must_use]
    #[inline]
    pub fn unescaped(self) -> Cow<'a, str> {
        if self.escaped {
            #[cfg(test)]
            super::steps::add(self.body.len());
            Cow::Owned(escape::unescape(self.body))
        } else {
            Cow::Borrowed(self.body)
        }
    }
}

impl PartialEq<str> for Name<'_> {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        #[cfg(test)]
        super::steps::add(1);
        if self.escaped { self.unescaped() == other } else { self.body == other }
    }
}

impl PartialEq for Name<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        #[cfg(test)]
        super::steps::add(1);
        match (self.escaped, other.escaped) {
            (false, false) => self.body == other.body,
            _ => self.unescaped() == other.unescaped(),
        }
    }
}

impl Eq for Name<'_> {}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({} bytes)", self.body.len())
    }
}
