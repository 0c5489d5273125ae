//! The check of `producer`: what the producer's own configuration names otherwise than its
//! documentation.

use super::{
    fields::{Checker, Settings},
    problem::did_you_mean,
    read::{Body, Node},
    settings::{
        BEFORE_IMAGE, BEFORE_PREFIX, BEFORE_SUFFIX, ENVELOPE, FLATTENED_PREFIX, PRODUCER,
        PRODUCERS, SIGNAL_TABLE, Setting, UNAVAILABLE,
    },
};
use crate::{envelope::Conventions, event::Envelope};

/// Longest text that replaces a documented name; the longest of those has 28 characters.
const TEXT_CHARS_MAX: usize = 128;

impl Checker<'_> {
    pub(super) fn producer(&mut self, node: &Node) -> Conventions {
        let mut conventions = Conventions::default();
        let Some(settings) = self.settings(node, PRODUCERS, PRODUCER.name, node.place()) else {
            return conventions;
        };
        conventions.envelope = settings.get(ENVELOPE).and_then(|node| self.envelope(node));
        // An affix may be switched off; a name or a placeholder that is empty would hit anything.
        for (setting, place, may_be_empty) in [
            (BEFORE_PREFIX, &mut conventions.before_prefix, true),
            (BEFORE_SUFFIX, &mut conventions.before_suffix, true),
            (BEFORE_IMAGE, &mut conventions.before_image, false),
            (UNAVAILABLE, &mut conventions.unavailable, false),
            (FLATTENED_PREFIX, &mut conventions.flattened_prefix, false),
            (SIGNAL_TABLE, &mut conventions.signal_table, false),
        ] {
            if let Some(text) = self.convention(&settings, setting, may_be_empty) {
                *place = text.into();
            }
        }
        conventions
    }

    fn envelope(&mut self, node: &Node) -> Option<Envelope> {
        let what = format!("{} of {}", ENVELOPE.name, PRODUCER.name);
        let names = || Envelope::ALL.into_iter().map(Envelope::as_str);
        let found = match &node.body {
            Body::Text(name) => Envelope::parse(name),
            _ => None,
        };
        if found.is_none() {
            let written = self.source.choice_text(node).unwrap_or_default();
            let guess = did_you_mean(written, names());
            let expected = format!("one of {}", names().collect::<Vec<_>>().join(", "));
            self.wrong(node, &what, &expected, &guess);
        }
        found
    }

    /// The text of a setting: short, and nothing that would have to be escaped in JSON, where it is
    /// compared with what is written.
    fn convention<'n>(
        &mut self,
        settings: &Settings<'n>,
        setting: Setting,
        may_be_empty: bool,
    ) -> Option<&'n str> {
        let node = settings.get(setting)?;
        let what = format!("{} of {}", setting.name, PRODUCER.name);
        let Body::Text(text) = &node.body else {
            self.wrong(node, &what, setting.expected, "; put it in quotes");
            return None;
        };
        let plain = !text.chars().any(|it| it.is_control() || matches!(it, '"' | '\\'));
        if !plain {
            let expected = "text without quotes, backslashes and control characters";
            self.wrong(node, &what, expected, "");
        } else if text.chars().count() > TEXT_CHARS_MAX {
            self.wrong(node, &what, &format!("text of at most {TEXT_CHARS_MAX} characters"), "");
        } else if text.is_empty() && !may_be_empty {
            self.wrong(node, &what, setting.expected, "; leave the setting out for the default");
        } else {
            return Some(text);
        }
        None
    }
}
