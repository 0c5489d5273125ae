//! The members of one object of a document, each read as what it must be.

use std::borrow::Cow;

use jiff::Timestamp;

use super::NotADocument;
use crate::{
    failure::told,
    json::{Kind, Object, Value},
    record::SequenceNumber,
};

/// Longest text of a document that is kept, in characters: ARNs of streams and functions fit.
const TEXT_CHARS_MAX: usize = 300;

pub(super) struct Members<'d, 'a> {
    object: Object<'d, 'a>,
    what: &'static str,
}

impl<'d, 'a> Members<'d, 'a> {
    pub(super) fn of(
        value: Option<Value<'d, 'a>>,
        what: &'static str,
    ) -> Result<Self, NotADocument> {
        let object = value.and_then(Value::as_object);
        let object =
            object.ok_or_else(|| NotADocument::because(format!("{what} is no JSON object")))?;
        // Two readers of one text must not see two documents.
        if object.duplicate().is_some() {
            return Err(NotADocument::because(format!("a member of {what} stands twice")));
        }
        Ok(Self { object, what })
    }

    pub(super) fn get(&self, name: &str) -> Option<Value<'d, 'a>> {
        self.object.get(name)
    }

    pub(super) fn object(&self, name: &'static str) -> Result<Self, NotADocument> {
        Members::of(self.get(name), name)
    }

    pub(super) fn optional_object(&self, name: &'static str) -> Result<Option<Self>, NotADocument> {
        let value = self.get(name).filter(|value| !value.is_null());
        value.map(|value| Members::of(Some(value), name)).transpose()
    }

    pub(super) fn text(&self, name: &str) -> Result<Cow<'a, str>, NotADocument> {
        let value = self.get(name).ok_or_else(|| self.wrong(name, "missing"))?;
        value.as_str().ok_or_else(|| self.wrong(name, "no text"))
    }

    /// A text to be shown and compared.
    pub(super) fn told(&self, name: &str) -> Result<Box<str>, NotADocument> {
        Ok(told(&self.text(name)?, TEXT_CHARS_MAX).into())
    }

    /// A text for people, where there is one.
    pub(super) fn optional_told(&self, name: &str) -> Option<Box<str>> {
        Some(told(&self.get(name)?.as_str()?, TEXT_CHARS_MAX).into())
    }

    pub(super) fn number(&self, name: &str) -> Result<u32, NotADocument> {
        let value = self.get(name).ok_or_else(|| self.wrong(name, "missing"))?;
        let number = (value.kind() == Kind::Number).then(|| value.text().parse().ok()).flatten();
        number.ok_or_else(|| self.wrong(name, "no whole number that fits"))
    }

    pub(super) fn optional_number(&self, name: &str) -> Option<u32> {
        self.number(name).ok()
    }

    pub(super) fn sequence(&self, name: &str) -> Result<SequenceNumber, NotADocument> {
        SequenceNumber::parse(&self.text(name)?)
            .map_err(|error| self.wrong(name, &error.to_string()))
    }

    pub(super) fn time(&self, name: &str) -> Result<Timestamp, NotADocument> {
        self.text(name)?.parse().map_err(|_| self.wrong(name, "no time (RFC 3339)"))
    }

    pub(super) fn wrong(&self, name: &str, why: &str) -> NotADocument {
        NotADocument::because(format!("{name} in {} is {why}", self.what))
    }
}
