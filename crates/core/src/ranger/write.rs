//! An import as YAML that people read: one document, a whole configuration.

use super::{Import, ImportedColumn, ImportedTable, table::EVERY};
use crate::{
    rules::{Piece, WrittenTable},
    yaml::{self, WIDTH, comment},
};

/// More policies than this are counted behind an entry.
const POLICIES_TOLD_MAX: usize = 3;

const HEAD: &str = "\
# Rules of `cdc config import-ranger`, made from data-masking policies of Apache Ranger. Read them
# before they are used:
#
#   keys      Ranger knows none: name the columns that identify a row
#   include   the columns that policies name; add those that are published as they are
#   redact    one entry a column, with the policies that it comes from
#
# Changes of a table are found by the name that their records have: database.schema.table,
# schema.table or table. Hive's database stands before the dot; name it as the records do.
# `cdc config check` reads the result, `cdc config explain TABLE` tells it in words.

version: 1
";

const UNLISTED: &str = "
# A change of a table that isn't listed: `reject` makes a dead letter of it, `skip` counts it.
unlisted_tables: reject
";

const CONFIGURED: &str = "\
# A configuration, and in its redact what `cdc config import-ranger` made from data-masking policies
# of Apache Ranger. Read it before it is used. Comments of the configuration are not in it.

";

impl Import<'_> {
    /// All of it in one file. `pipeline` is a name for what was not configured before.
    #[must_use]
    pub fn document(&self, pipeline: &str) -> String {
        let mut out = String::new();
        match self.configured {
            Some(written) => {
                out.push_str(CONFIGURED);
                written.head.iter().for_each(|(name, piece)| block(&mut out, 0, name, piece));
            }
            None => {
                out.push_str(&format!("{HEAD}pipeline: {}\n{UNLISTED}", yaml::scalar(pipeline)));
                if !self.defaults.is_empty() {
                    out.push_str("\ndefaults:\n  # In whatever table they turn up.\n");
                    redact(&mut out, 2, None, &self.defaults);
                }
            }
        }
        for (index, table) in self.tables.iter().enumerate() {
            out.push_str(if index == 0 { "\ntables:\n" } else { "\n" });
            let written = self.configured.into_iter().flat_map(|it| &it.tables);
            match written.into_iter().find(|it| table.configured && it.name == table.name) {
                Some(written) => configured(&mut out, written, table),
                None => imported(&mut out, table),
            }
        }
        out
    }
}

/// A table that was configured before: all its settings, and its redactions in their place.
fn configured(out: &mut String, written: &WrittenTable, table: &ImportedTable) {
    out.push_str(&format!("  {}:\n", yaml::scalar(&written.name)));
    for (name, piece) in written.settings.iter().filter(|(name, _)| name != "redact") {
        block(out, 4, name, piece);
    }
    redact(out, 4, written.setting("redact"), &table.columns);
}

fn imported(out: &mut String, table: &ImportedTable) {
    out.push_str(&format!("  {}:\n    keys: none\n    include:\n", yaml::scalar(&table.name)));
    if table.columns.iter().any(|column| column.name == EVERY) {
        comment(out, 6, "Every column is masked: list those that are needed.");
        out.push_str("      - \"*\"\n");
    } else {
        for column in &table.columns {
            out.push_str(&format!("      - {}\n", yaml::scalar(&column.name)));
        }
    }
    redact(out, 4, None, &table.columns);
}

/// The entries that were there, then those of policies.
fn redact(out: &mut String, indent: usize, own: Option<&Piece>, columns: &[ImportedColumn]) {
    let own: Vec<&Piece> = own.into_iter().flat_map(Piece::items).collect();
    let added = columns.iter().filter(|column| !column.kept);
    let added: Vec<_> = added.filter_map(|column| Some((column, column.rule.as_ref()?))).collect();
    if own.is_empty() && added.is_empty() {
        return;
    }
    out.push_str(&format!("{:indent$}redact:\n", ""));
    let indent = indent + 2;
    own.iter().for_each(|piece| out.push_str(&format!("{:indent$}- {}\n", "", piece.flow())));
    for (column, rule) in added {
        let entry = format!("- {}", rule.entry(&column.name));
        let from = from(column);
        if indent + entry.chars().count() + 4 + from.chars().count() <= WIDTH {
            out.push_str(&format!("{:indent$}{entry}  # {from}\n", ""));
        } else {
            comment(out, indent, &from);
            out.push_str(&format!("{:indent$}{entry}\n", ""));
        }
    }
}

/// `MASK_SHOW_LAST_4, policy 12 "ssn of users"`
fn from(column: &ImportedColumn) -> String {
    let told = column.said.iter().take(POLICIES_TOLD_MAX);
    let told: Vec<_> = told.map(|said| format!("{}, {}", said.kind, said.policy)).collect();
    let more = column.said.len().saturating_sub(POLICIES_TOLD_MAX);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{more}", told.join("; "))
}

/// A setting in one line, or over several where it is longer.
fn block(out: &mut String, indent: usize, name: &str, piece: &Piece) {
    let key = format!("{:indent$}{}:", "", yaml::scalar(name));
    let flow = piece.flow();
    if key.chars().count() + 1 + flow.chars().count() <= WIDTH {
        out.push_str(&format!("{key} {flow}\n"));
        return;
    }
    match piece {
        Piece::Scalar { yaml, .. } => out.push_str(&format!("{key} {yaml}\n")),
        Piece::List(items) => {
            out.push_str(&format!("{key}\n"));
            let indent = indent + 2;
            items
                .iter()
                .for_each(|item| out.push_str(&format!("{:indent$}- {}\n", "", item.flow())));
        }
        Piece::Map(entries) => {
            out.push_str(&format!("{key}\n"));
            entries.iter().for_each(|(name, piece)| block(out, indent + 2, name, piece));
        }
    }
}
