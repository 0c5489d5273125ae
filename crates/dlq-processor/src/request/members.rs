//! The members of one object of a request, each read as what it must be.

use std::{borrow::Cow, ops::RangeInclusive};

use cdc_aws::function::Refusal;
use cdc_core::{
    failure::shown,
    json::{Kind, Object, Value},
};
use jiff::Timestamp;

use crate::refusals::invalid;

/// Longest time, in characters.
const TIME_CHARS_MAX: usize = 255;

/// An object whose members are all known and stand there once.
pub(super) struct Members<'d, 'a> {
    object: Object<'d, 'a>,
    /// What stands before a member's name in a refusal: nothing, or `filter.`.
    prefix: &'static str,
}

impl<'d, 'a> Members<'d, 'a> {
    pub(super) fn of(
        object: Object<'d, 'a>,
        prefix: &'static str,
        known: &[&str],
    ) -> Result<Self, Refusal> {
        let field = |name: &str| format!("{prefix}{}", shown(name));
        for (name, _) in object.members() {
            let name = name.unescaped();
            if !known.contains(&name.as_ref()) {
                let message = format!("not known; there are {}", known.join(", "));
                return Err(invalid(&field(&name), message));
            }
        }
        if let Some(name) = object.duplicate() {
            return Err(invalid(&field(&name.unescaped()), "stands twice"));
        }
        Ok(Self { object, prefix })
    }

    /// The object of that name, none where there is none.
    pub(super) fn object(
        &self,
        name: &str,
        prefix: &'static str,
        known: &[&str],
    ) -> Result<Option<Members<'d, 'a>>, Refusal> {
        let Some(value) = self.object.get(name) else { return Ok(None) };
        let object = value.as_object().ok_or_else(|| self.wrong(name, "an object"))?;
        Members::of(object, prefix, known).map(Some)
    }

    /// Whether there is such a member.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some()
    }

    /// The place of the text among those that are known.
    pub(super) fn one_of(&self, name: &str, known: &[&str]) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.object.get(name) else { return Ok(None) };
        let text = value.as_str();
        let found = known.iter().position(|known| Some(*known) == text.as_deref());
        let expected = || self.wrong(name, &format!("one of {}", known.join(", ")));
        found.map(Some).ok_or_else(expected)
    }

    /// A text of one to so many characters.
    pub(super) fn text(
        &self,
        name: &str,
        chars_max: usize,
    ) -> Result<Option<Cow<'a, str>>, Refusal> {
        let Some(value) = self.object.get(name) else { return Ok(None) };
        let fits = |text: &Cow<'_, str>| (1..=chars_max).contains(&text.chars().count());
        let text = value.as_str().filter(fits);
        text.map(Some)
            .ok_or_else(|| self.wrong(name, &format!("a text of 1 to {chars_max} characters")))
    }

    /// A time.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.text(name, TIME_CHARS_MAX)? else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| self.wrong(name, "a time (RFC 3339, such as 2026-01-15T10:30:00Z)"))
    }

    pub(super) fn number(
        &self,
        name: &str,
        allowed: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.object.get(name) else { return Ok(None) };
        let number = (value.kind() == Kind::Number).then(|| value.text().parse().ok()).flatten();
        let (low, high) = (allowed.start(), allowed.end());
        number
            .filter(|number| allowed.contains(number))
            .map(Some)
            .ok_or_else(|| self.wrong(name, &format!("a whole number from {low} to {high}")))
    }

    /// A flag, which is down unless it is there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.object.get(name).map(Value::text) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    /// What is expected in that member. What was found is not repeated: it can be anything.
    pub(super) fn wrong(&self, name: &str, expected: &str) -> Refusal {
        invalid(&format!("{}{name}", self.prefix), format!("{expected} is expected"))
    }
}
