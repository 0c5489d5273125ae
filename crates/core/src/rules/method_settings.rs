//! The check of a method's own settings.

use super::{
    fields::{Checker, Settings},
    method::{Generalize, Keyed, Mask, Method, REDACTED, Tokenize, Truncate},
    read::{Body, Node},
    settings::{
        ALPHABET, AS, AS_CHOICES, BUCKET, CHARACTERS, DIGIT, DOMAIN, FIELDS, KEEP, KEEP_FIRST,
        KEEP_LAST, KEY, LOWER, METHOD, METHODS, OTHER, REDACTION, SAME_LENGTH, Setting, TO,
        TO_DATE_CHOICES, TO_GROUP_CHOICES, UPPER, WITH,
    },
};
use crate::keyring::{Alphabet, KEY_NAME_BYTES_MAX, KeyReference, is_key_name};

/// A replacement stands in every row; a longer one is no placeholder.
const WITH_CHARS_MAX: usize = 256;
/// More than that is not kept of a value that is to be withheld.
const CHARACTERS_MAX: u64 = 1000;
/// Longest domain: it goes into every hash.
const DOMAIN_CHARS_MAX: usize = 255;
/// Largest bucket; no number that is one of many is larger.
const BUCKET_MAX: u64 = 1_000_000_000_000_000_000;

/// The settings that a method has, beside `fields` and `method`.
fn settings_of(method: &str) -> &'static [Setting] {
    match method {
        "replace" => &[WITH],
        "mask" => &[KEEP_FIRST, KEEP_LAST, UPPER, LOWER, DIGIT, OTHER, AS],
        "hash" | "encrypt" => &[KEY, DOMAIN],
        "tokenize" => &[KEY, DOMAIN, ALPHABET, SAME_LENGTH],
        "truncate" => &[CHARACTERS, TO, BUCKET],
        "generalize" => &[TO],
        _ => &[],
    }
}

impl Checker<'_> {
    /// The method of an entry; none where something about it is wrong.
    pub(super) fn method(
        &mut self,
        settings: &Settings<'_>,
        item: &Node,
        what: &str,
    ) -> Option<Method> {
        let node = settings.get(METHOD)?;
        let name = METHODS[self.choice(node, &format!("method in {what}"), METHODS)?];
        self.refuse_others(settings, name, what);
        match name {
            "null" => Some(Method::Null),
            "mask" => self.mask(settings, what),
            "hash" => self.keyed(settings, item, what).map(Method::Hash),
            "encrypt" => self.keyed(settings, item, what).map(Method::Encrypt),
            "tokenize" => self.tokenize(settings, item, what),
            "truncate" => self.truncate(settings, item, what),
            "generalize" => self.generalize(settings, item, what),
            _ => {
                let with = settings.get(WITH).map(|node| self.replacement(node, what));
                Some(Method::replace(with.flatten().unwrap_or(REDACTED)))
            }
        }
    }

    /// A setting of another method means something that would not happen.
    fn refuse_others(&mut self, settings: &Settings<'_>, method: &str, what: &str) {
        let own = settings_of(method);
        let others = REDACTION.iter().filter(|it| ![FIELDS.name, METHOD.name].contains(&it.name));
        for setting in others.filter(|it| own.iter().all(|own| own.name != it.name)) {
            let Some(node) = settings.get(*setting) else { continue };
            let known = match own {
                [] => "none of its own".to_owned(),
                own => own.iter().map(|it| it.name).collect::<Vec<_>>().join(", "),
            };
            let text = format!(
                "{} in {what}: the method {method} has no such setting; it has {known}",
                setting.name
            );
            self.problem(node, text);
        }
    }

    fn mask(&mut self, settings: &Settings<'_>, what: &str) -> Option<Method> {
        let default = Mask::default();
        let as_number = settings.get(AS).map(|node| {
            self.choice(node, &format!("as in {what}"), AS_CHOICES).map(|choice| choice == 1)
        });
        let as_number = as_number.unwrap_or(Some(false));
        let mut keep = |setting: Setting| match settings.get(setting) {
            Some(node) => self.number(node, setting, (0, CHARACTERS_MAX), what),
            None => Some(0),
        };
        let (keep_first, keep_last) = (keep(KEEP_FIRST), keep(KEEP_LAST));
        let mut class = |setting, default| match settings.get(setting) {
            Some(node) => self.mask_character(node, setting, what),
            None => Some(default),
        };
        let digit = if as_number == Some(true) { Some('1') } else { default.digit };
        let (upper, lower) = (class(UPPER, default.upper), class(LOWER, default.lower));
        let (digit, other) = (class(DIGIT, digit), class(OTHER, default.other));
        let mask = Mask {
            keep_first: usize::try_from(keep_first?).ok()?,
            keep_last: usize::try_from(keep_last?).ok()?,
            upper: upper?,
            lower: lower?,
            digit: digit?,
            other: other?,
            as_number: as_number?,
        };
        if mask.as_number && !matches!(mask.digit, Some('1'..='9')) {
            let node = settings.get(DIGIT)?;
            self.wrong(node, &format!("digit in {what}"), "1 to 9: as number", "");
            return None;
        }
        Some(Method::Mask(mask))
    }

    /// One character, or the word `keep`.
    #[expect(clippy::option_option, reason = "wrong, kept, or replaced")]
    fn mask_character(
        &mut self,
        node: &Node,
        setting: Setting,
        what: &str,
    ) -> Option<Option<char>> {
        let written = match &node.body {
            Body::Text(text) if text == KEEP => return Some(None),
            Body::Text(text) => text.as_str(),
            Body::Number(Some(0..=9)) => self.source.written(node),
            _ => "",
        };
        let mut characters = written.chars();
        match (characters.next(), characters.next()) {
            (Some(one), None) if !one.is_control() => Some(Some(one)),
            _ => {
                self.wrong(node, &format!("{} in {what}", setting.name), setting.expected, "");
                None
            }
        }
    }

    fn keyed(&mut self, settings: &Settings<'_>, item: &Node, what: &str) -> Option<Keyed> {
        let Some(node) = settings.get(KEY) else {
            let text = format!("{what} has no key; expected key: {}", KEY.expected);
            self.problem(item, text);
            return None;
        };
        let key = self.name(node, &format!("key in {what}"))?.name;
        if !is_key_name(key) {
            let expected = format!("{}, at most {KEY_NAME_BYTES_MAX}", KEY.expected);
            self.wrong(node, &format!("key in {what}"), &expected, "");
            return None;
        }
        let domain = match settings.get(DOMAIN) {
            Some(node) => self.domain(node, what)?,
            None => "",
        };
        Some(Keyed { key: KeyReference::new(key), domain: domain.into() })
    }

    fn domain<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let name = self.name(node, &format!("domain in {what}"))?.name;
        if name.chars().count() > DOMAIN_CHARS_MAX {
            self.wrong(node, &format!("domain in {what}"), DOMAIN.expected, "");
            return None;
        }
        Some(name)
    }

    fn tokenize(&mut self, settings: &Settings<'_>, item: &Node, what: &str) -> Option<Method> {
        let keyed = self.keyed(settings, item, what);
        let alphabet = match settings.get(ALPHABET) {
            Some(node) => self.choice(node, &format!("alphabet in {what}"), Alphabet::NAMES),
            None => Some(0),
        };
        let same_length = match settings.get(SAME_LENGTH) {
            Some(node) => self.flag(node, SAME_LENGTH, &format!("same_length in {what}")),
            None => Some(false),
        };
        let alphabet = Alphabet::ALL[alphabet?];
        Some(Method::Tokenize(Tokenize { keyed: keyed?, alphabet, same_length: same_length? }))
    }

    fn truncate(&mut self, settings: &Settings<'_>, item: &Node, what: &str) -> Option<Method> {
        let characters = settings.get(CHARACTERS);
        let (to, bucket) = (settings.get(TO), settings.get(BUCKET));
        Some(Method::Truncate(match (characters, to, bucket) {
            (Some(node), None, None) => {
                let most = self.number(node, CHARACTERS, (1, CHARACTERS_MAX), what)?;
                Truncate::Characters(usize::try_from(most).ok()?)
            }
            (None, Some(node), None) => {
                match self.choice(node, &format!("to in {what}"), TO_DATE_CHOICES)? {
                    0 => Truncate::ToYear,
                    _ => Truncate::ToMonth,
                }
            }
            (None, None, Some(node)) => {
                Truncate::Bucket(self.number(node, BUCKET, (1, BUCKET_MAX), what)?)
            }
            _ => {
                let text = format!("{what}: truncate needs one of characters, to and bucket");
                self.problem(item, text);
                return None;
            }
        }))
    }

    fn generalize(&mut self, settings: &Settings<'_>, item: &Node, what: &str) -> Option<Method> {
        let Some(node) = settings.get(TO) else {
            let text = format!("{what}: generalize needs to: {}", TO_GROUP_CHOICES.join(" or "));
            self.problem(item, text);
            return None;
        };
        let choice = self.choice(node, &format!("to in {what}"), TO_GROUP_CHOICES)?;
        let to = if choice == 0 { Generalize::Network } else { Generalize::Domain };
        Some(Method::Generalize(to))
    }

    fn number(
        &mut self,
        node: &Node,
        setting: Setting,
        (least, most): (u64, u64),
        what: &str,
    ) -> Option<u64> {
        match node.body {
            Body::Number(Some(number)) if (least..=most).contains(&number) => Some(number),
            _ => {
                let expected = format!("a whole number from {least} to {most}");
                self.wrong(node, &format!("{} in {what}", setting.name), &expected, "");
                None
            }
        }
    }

    fn replacement<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let what = format!("with in {what}");
        match &node.body {
            Body::Text(text) if text.chars().count() <= WITH_CHARS_MAX => Some(text),
            Body::Text(_) => {
                let expected = format!("text of at most {WITH_CHARS_MAX} characters");
                self.wrong(node, &what, &expected, "");
                None
            }
            _ => {
                self.wrong(node, &what, WITH.expected, "; put it in quotes");
                None
            }
        }
    }
}
