//! The check of `exclude`: columns that are known and not published.

use super::{
    DriftRule,
    fields::{Checker, Listed},
    names::fold,
    problem::shown,
    read::Node,
    settings::EXCLUDE,
};

impl Checker<'_> {
    pub(super) fn excluded<'n>(&mut self, node: &'n Node, whose: &str) -> Vec<Listed<'n>> {
        let what = format!("exclude of {whose}");
        self.columns(node, &what, EXCLUDE.expected).unwrap_or_default()
    }

    /// A column can't be both published and not.
    pub(super) fn refuse_both(
        &mut self,
        excluded: &[Listed<'_>],
        included: &[Listed<'_>],
        whose: &str,
    ) {
        for column in excluded {
            if included.iter().any(|other| fold(other.name) == fold(column.name)) {
                let name = shown(column.name);
                let text = format!(
                    "exclude of {whose}: \"{name}\" is in include, too; remove one of the two"
                );
                self.problem(column.node, text);
            }
        }
    }

    /// Under `include: ["*"]` every column is as configured, so that there is no new one.
    pub(super) fn warn_about_blind_drift(
        &mut self,
        node: &Node,
        (drift, everything, typed): (DriftRule, bool, bool),
        whose: &str,
    ) {
        if drift != DriftRule::Allow && everything && !typed {
            let text = format!(
                "drift of {whose}: include [\"*\"] takes every column and no types are told, so \
                 nothing is ever seen as drift; list the columns in include, or tell their types"
            );
            self.warn(node, text);
        }
    }
}
