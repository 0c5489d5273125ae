//! The check of `skip_unchanged` and `only_if_changed`: updates that are left out because of what they
//! don't change.

use super::{
    UnchangedRule,
    fields::{Checker, Listed, Settings},
    names::fold,
    problem::{did_you_mean, shown},
    settings::{ONLY_IF_CHANGED, SKIP_UNCHANGED},
};

/// The rule, and the columns that decide.
#[derive(Default)]
pub(super) struct Unchanged<'n> {
    pub(super) skip: bool,
    pub(super) deciding: Vec<Listed<'n>>,
}

impl Unchanged<'_> {
    pub(super) fn rule(&self) -> UnchangedRule {
        UnchangedRule { skip: self.skip, only_if_changed: !self.deciding.is_empty() }
    }
}

impl Checker<'_> {
    pub(super) fn unchanged<'n>(&mut self, settings: &Settings<'n>, whose: &str) -> Unchanged<'n> {
        let skip = settings.get(SKIP_UNCHANGED);
        let skip = skip.is_some_and(|node| {
            self.flag(node, SKIP_UNCHANGED, &format!("skip_unchanged of {whose}")) == Some(true)
        });
        let what = format!("only_if_changed of {whose}");
        let deciding = settings
            .get(ONLY_IF_CHANGED)
            .and_then(|node| self.columns(node, &what, ONLY_IF_CHANGED.expected));
        Unchanged { skip, deciding: deciding.unwrap_or_default() }
    }

    /// A column that is nowhere else in the rules is perhaps a slip of the pen, and then no update
    /// would be published.
    pub(super) fn warn_about_unknown(
        &mut self,
        deciding: &[Listed<'_>],
        known: Option<&[&[Listed<'_>]]>,
        whose: &str,
    ) {
        let Some(known) = known else { return };
        let known = || known.iter().copied().flatten().map(|column| column.name);
        for column in deciding {
            if known().any(|name| fold(name) == fold(column.name)) {
                continue;
            }
            let (name, guess) = (shown(column.name), did_you_mean(column.name, known()));
            let text = format!(
                "only_if_changed of {whose}: \"{name}\" is neither in include, exclude nor a \
                 key{guess}; where the table has no such column, every UPDATE is published"
            );
            self.warn(column.node, text);
        }
    }
}
