//! A proposal as YAML that people read: one document, or a folder of files.

use super::{Key, Proposal, ProposedTable, Treatment};
use crate::{
    failure::shown,
    rules::{ConfigFile, field_of_column, fold},
    yaml::{self, WIDTH, comment},
};

/// Comments behind entries stand in one column, unless an entry is longer than this.
const ENTRY_WIDTH_MAX: usize = 40;
/// Longer names of files are no good on any file system.
const FILE_NAME_CHARS_MAX: usize = 80;
/// The file of tables of which nobody says where they stand.
const FAMILY: &str = "tables";

/// Redacted wherever they turn up: a net under the tables' own lists.
const DEFAULTS: [&str; 15] = [
    "ssn",
    "national_id",
    "passport_number",
    "tax_id",
    "iban",
    "card_number",
    "cvv",
    "password",
    "password_hash",
    "totp_secret",
    "api_key",
    "access_token",
    "refresh_token",
    "push_token",
    "private_key",
];

const HEAD: &str = "\
# A proposal of `cdc config init`, made from samples. Read it before it is used: what a column
# holds was judged by its name and by the values that were there to see.
#
#   keys      what identifies a row: as its producer declares it, or a guess that says so. Without
#             one the table's events have no order among each other
#   include   the columns that are published. A commented one stays inside until somebody uncomments
#             it: neither its name nor its values say that it is harmless
#   redact    columns that are published as \"[REDACTED]\", because they look personal or secret
#
# `cdc config check` reads the result, `cdc config explain TABLE` tells it in words.

version: 1
";

const UNLISTED: &str = "
# A change of a table that isn't listed: `reject` makes a dead letter of it, `skip` counts it.
unlisted_tables: reject

defaults:
  # A full load is one event a row; `skip` counts its rows.
  snapshot: publish
  # Columns that are redacted in whatever table they turn up.
";

impl Proposal {
    /// All of it in one file.
    #[must_use]
    pub fn document(&self, pipeline: &str) -> String {
        let mut out = self.head(pipeline);
        out.push('\n');
        tables(&mut out, self.tables.iter());
        out
    }

    /// A folder: the head in `pipeline.yaml`, the tables in a file a database under `tables/`.
    #[must_use]
    pub fn files(&self, pipeline: &str) -> Vec<ConfigFile> {
        let mut families: Vec<(String, Vec<&ProposedTable>)> = Vec::new();
        for table in &self.tables {
            let name = file_name(table.family.as_deref().unwrap_or(FAMILY));
            match families.iter_mut().find(|(known, _)| *known == name) {
                Some((_, tables)) => tables.push(table),
                None => families.push((name, vec![table])),
            }
        }
        let head = ConfigFile { path: "pipeline.yaml".to_owned(), text: self.head(pipeline) };
        let families = families.into_iter().map(|(name, list)| {
            let mut text = "# How a table is written: see ../pipeline.yaml.\n\n".to_owned();
            tables(&mut text, list.into_iter());
            ConfigFile { path: format!("tables/{name}.yaml"), text }
        });
        std::iter::once(head).chain(families).collect()
    }

    fn head(&self, pipeline: &str) -> String {
        let is_key = |name: &str| {
            self.tables.iter().flat_map(|it| it.key.columns()).any(|key| fold(key) == name)
        };
        // A key can't be redacted, and the defaults would.
        let defaults = DEFAULTS.into_iter().filter(|name| !is_key(name));
        let defaults: String = defaults.map(|name| format!("    - {name}\n")).collect();
        format!("{HEAD}pipeline: {}\n{UNLISTED}  redact:\n{defaults}", yaml::scalar(pipeline))
    }
}

fn tables<'t>(out: &mut String, tables: impl Iterator<Item = &'t ProposedTable>) {
    out.push_str("tables:\n");
    for (index, table) in tables.enumerate() {
        if index > 0 {
            out.push('\n');
        }
        write_table(out, table);
    }
}

fn write_table(out: &mut String, table: &ProposedTable) {
    out.push_str(&format!("  {}:\n", yaml::scalar(&table.name)));
    if table.changes == 0 {
        comment(out, 4, "No row was seen: the columns are those that are declared.");
    }
    if table.nameless_deletes > 0 {
        let text = format!(
            "{} DELETE without key and before image: a dead letter under any rules. Let the source \
             send its key (PostgreSQL: REPLICA IDENTITY).",
            table.nameless_deletes
        );
        comment(out, 4, &text);
    }
    keys(out, &table.key);
    let event_type = format!("{}.changed", table.plain_name());
    if yaml::is_listable(&event_type) {
        out.push_str(&format!("    event_type: {}\n", yaml::scalar(&event_type)));
    }
    include(out, table);
    redact(out, table);
}

fn keys(out: &mut String, key: &Key) {
    match key {
        Key::Declared { columns, by } => {
            let keys = format!("keys: {}", yaml::flow(columns.iter().map(String::as_str)));
            entry(out, &keys, &format!("declared by {by}"));
        }
        Key::Guessed { column, changes } => {
            let keys = format!("keys: {}", yaml::flow(std::iter::once(&**column)));
            let about = match changes {
                1 => "a guess, by its name and the one change seen".to_owned(),
                changes => format!("a guess: in all {changes} changes seen, and never twice"),
            };
            entry(out, &keys, &about);
        }
        Key::None { why, personal: false } => {
            comment(out, 4, &format!("No key: {why}."));
            out.push_str("    keys: none\n");
        }
        Key::None { why, personal: true } => {
            let text = format!(
                "WARNING: {why}. Keys are published in the clear, and replaced by one text all rows \
                 would be one: so there is no key here, and no order among the table's events. Name \
                 other columns that identify a row, or clear this one for publication."
            );
            comment(out, 4, &text);
            out.push_str("    keys: none\n");
        }
    }
}

fn include(out: &mut String, table: &ProposedTable) {
    let inside = table.columns.iter().any(|column| column.treatment == Treatment::Inside);
    let note = if inside {
        "  # commented columns stay inside until somebody uncomments them"
    } else {
        ""
    };
    out.push_str(&format!("    include:{note}\n"));
    for column in &table.columns {
        let name = yaml::scalar(&column.name);
        match &column.treatment {
            Treatment::Clear | Treatment::Redacted(_) => out.push_str(&format!("      - {name}\n")),
            Treatment::Inside => out.push_str(&format!("      # - {name}\n")),
            Treatment::Unlistable => {
                let name = shown(&column.name);
                comment(out, 6, &format!("Can't be listed, by its name: \"{name}\""));
            }
        }
    }
}

fn redact(out: &mut String, table: &ProposedTable) {
    let redacted: Vec<(String, &str)> = table
        .columns
        .iter()
        .filter_map(|column| match &column.treatment {
            Treatment::Redacted(why) => {
                Some((yaml::scalar(&field_of_column(&column.name)), &**why))
            }
            Treatment::Clear | Treatment::Inside | Treatment::Unlistable => None,
        })
        .collect();
    if redacted.is_empty() {
        return;
    }
    out.push_str("    redact:\n");
    let widths = redacted.iter().map(|(name, _)| name.chars().count());
    let width = widths.filter(|width| *width <= ENTRY_WIDTH_MAX).max().unwrap_or(0);
    for (name, why) in redacted {
        out.push_str(&format!("      - {name:width$}  # {why}\n"));
    }
}

/// A setting of a table, and a comment behind it, or above where the line would be too long.
fn entry(out: &mut String, setting: &str, about: &str) {
    if 4 + setting.chars().count() + 4 + about.chars().count() <= WIDTH {
        out.push_str(&format!("    {setting}  # {about}\n"));
    } else {
        comment(out, 4, about);
        out.push_str(&format!("    {setting}\n"));
    }
}

/// A name for a file, out of input: letters and digits, not hidden, bounded, in one case, for some
/// file systems know only one.
fn file_name(family: &str) -> String {
    let allowed = |it: char| if it.is_alphanumeric() || "_-.".contains(it) { it } else { '_' };
    let name: String = family
        .chars()
        .take(FILE_NAME_CHARS_MAX)
        .flat_map(char::to_lowercase)
        .map(allowed)
        .collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}
