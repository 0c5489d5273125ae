//! The redactions of one table, its own and the defaults', by rank: of two that hit one value, the
//! table's own count before the defaults', names before wildcards, and then the one that stands first.

use super::{
    columns::{self, Builder},
    fields::{Checker, Listed},
    names::fold,
    nested::{self, Compiled},
    problem::{Place, did_you_mean, shown, shown_path},
    redaction::Redaction,
};

/// All redactions that hold for a table.
pub(super) struct Ranked<'r, 'n> {
    /// Each, and whether it is of the defaults.
    redactions: Vec<(&'r Redaction<'n>, bool)>,
    paths: Compiled,
}

impl<'r, 'n> Ranked<'r, 'n> {
    /// Ranks them; none where the paths are too many to be compiled.
    pub(super) fn new(own: &'r [Redaction<'n>], defaults: &'r [Redaction<'n>]) -> Option<Self> {
        let own = own.iter().map(|redaction| (redaction, false));
        let defaults = defaults.iter().map(|redaction| (redaction, true));
        let mut redactions: Vec<_> = own.chain(defaults).collect();
        redactions.sort_by(|(one, one_default), (other, other_default)| {
            one_default.cmp(other_default).then_with(|| one.path.precision(&other.path))
        });
        let numbered = (0..=u16::MAX).zip(&redactions);
        let inner = numbered.filter(|(_, (redaction, _))| redaction.path.column().is_none());
        let inner: Vec<_> = inner.map(|(rank, (it, _))| (rank, &it.path)).collect();
        let paths = nested::compile(&inner).ok()?;
        Some(Self { redactions, paths })
    }

    /// What withholds a column as a whole, and whether that is of the defaults.
    fn of_column(&self, name: &str) -> Option<(&'r Redaction<'n>, bool)> {
        let folded = fold(name);
        let plain = self.redactions.iter().position(|(it, _)| it.path.column() == Some(&folded));
        let path = self.paths.columns.get(&*folded).unwrap_or(&self.paths.other).hit;
        let first = plain.into_iter().chain(path.map(usize::from)).min()?;
        self.redactions.get(first).copied()
    }

    /// What withholds something inside a column that it names.
    fn inside_column(&self, name: &str) -> Option<(&'r Redaction<'n>, bool)> {
        let folded = fold(name);
        let leads = |(it, _): &&(&Redaction<'_>, bool)| {
            it.path.column().is_none() && it.path.names_column(&folded)
        };
        self.redactions.iter().find(leads).copied()
    }

    /// Tells the compiled columns. `table` is the table's name, for domains that nobody named: without
    /// its schema, so that the same table has the same however it is listed.
    pub(super) fn compile(self, table: &str, columns: &mut Builder) {
        let plain = table.rsplit('.').next().unwrap_or(table);
        let methods = self.redactions.iter().map(|(redaction, by_default)| {
            let domain = || format!("{plain}.{}", fold(redaction.field.name));
            columns::Ranked {
                method: redaction.method.clone().with_default_domain(domain),
                by_default: *by_default,
                field: redaction.field.name.into(),
                is_column: redaction.path.column().is_some(),
            }
        });
        columns.methods(methods.collect());
        for (rank, (redaction, _)) in (0..=u16::MAX).zip(&self.redactions) {
            if let Some(column) = redaction.path.column() {
                columns.redact(column, rank);
            }
        }
        columns.paths(self.paths);
    }
}

impl Checker<'_> {
    /// A replaced key would make one row of all of them, and so would one whose parts are.
    pub(super) fn refuse_redacted_keys(
        &mut self,
        keys: &[Listed<'_>],
        ranked: &Ranked<'_, '_>,
        defaults_path: &str,
        whose: &str,
    ) {
        const REASON: &str = "all rows would get the same key, or a new one in every event; a key may \
                              be hashed or tokenized";
        let spoils = |(redaction, _): &(&Redaction<'_>, bool)| !redaction.method.keeps_rows_apart();
        for key in keys {
            let found = ranked.of_column(key.name).or_else(|| ranked.inside_column(key.name));
            let Some((redaction, by_default)) = found.filter(spoils) else { continue };
            let name = shown(key.name);
            if by_default {
                let Place { line, column } = redaction.field.node.place();
                let path = shown_path(defaults_path);
                let text = format!(
                    "keys of {whose}: found \"{name}\", which the defaults redact \
                     ({path}:{line}:{column}): {REASON}; remove one of the two"
                );
                self.problem(key.node, text);
            } else {
                let text = format!(
                    "redact of {whose}: found \"{name}\", which is a key: {REASON}; remove it here, \
                     or choose one of these"
                );
                self.problem(redaction.field.node, text);
            }
        }
    }

    /// A redacted column that isn't published is perhaps a slip of the pen, and then the column
    /// that was meant is in the clear.
    pub(super) fn warn_about_unused(
        &mut self,
        redact: &[Redaction<'_>],
        published: &[Listed<'_>],
        ranked: &Ranked<'_, '_>,
        whose: &str,
    ) {
        for redaction in redact {
            let Some(first) = redaction.path.first() else { continue };
            if published.iter().any(|listed| redaction.path.names_column(&fold(listed.name))) {
                continue;
            }
            let clear = published.iter().map(|listed| listed.name);
            let clear = clear.filter(|name| {
                ranked.of_column(name).is_none() && ranked.inside_column(name).is_none()
            });
            let field = redaction.field;
            let guess = did_you_mean(first, clear);
            let effect = if guess.is_empty() { "" } else { ", which is published as it is now" };
            let name = shown(field.name);
            let text = format!(
                "redact of {whose}: \"{name}\" isn't in include, so this redacts nothing{guess}{effect}"
            );
            self.warn(field.node, text);
        }
    }
}
