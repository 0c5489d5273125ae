//! The check of `rename`: columns that are published under another name.

use std::collections::HashMap;

use super::{
    fields::{Checker, Listed},
    names::fold,
    problem::shown,
    read::Node,
    settings::RENAME,
};

/// A column, and the name that it is published under.
#[derive(Clone, Copy)]
pub(super) struct Rename<'n> {
    pub(super) column: Listed<'n>,
    pub(super) to: Listed<'n>,
}

impl Checker<'_> {
    /// `{mail: email}`
    pub(super) fn renames<'n>(&mut self, node: &'n Node, whose: &str) -> Vec<Rename<'n>> {
        let what = format!("rename of {whose}");
        let entries = self.by_column(node, &what, RENAME.expected);
        let rename = |(column, node)| Some(Rename { column, to: self.name(node, &what)? });
        entries.into_iter().filter_map(rename).collect()
    }

    /// Two columns under one name would be one member twice; and who renames what is not published
    /// meant another column. `published` lists the columns by name, and nothing where all are.
    pub(super) fn refuse_clashes(
        &mut self,
        renames: &[Rename<'_>],
        published: Option<&[Listed<'_>]>,
        whose: &str,
    ) {
        let what = format!("rename of {whose}");
        let moved: HashMap<_, _> =
            renames.iter().map(|rename| (fold(rename.column.name), rename)).collect();
        let mut taken: HashMap<_, &str> = published
            .unwrap_or_default()
            .iter()
            .filter(|column| !moved.contains_key(&fold(column.name)))
            .map(|column| (fold(column.name), column.name))
            .collect();
        for Rename { column, to } in renames {
            let folded = fold(column.name);
            if published.is_some_and(|all| all.iter().all(|it| fold(it.name) != folded)) {
                let name = shown(column.name);
                let text = format!(
                    "{what}: \"{name}\" is neither in include nor a key, so it has no name to change"
                );
                self.problem(column.node, text);
            }
            if let Some(other) = taken.insert(fold(to.name), column.name) {
                let (to_name, other) = (shown(to.name), shown(other));
                let text = format!(
                    "{what}: found \"{to_name}\", under which \"{other}\" is published; two columns \
                     can't have one name"
                );
                self.problem(to.node, text);
            }
        }
    }
}
