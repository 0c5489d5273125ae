//! `cdc config explain`: what becomes of the changes of one table, in words.
//!
//! Asks the compiled rules, as the pipeline does, and reads no file a second time: what is told is
//! what happens. [`words`] tells it to a person, [`json`] to a program.

mod json;
mod words;

use std::path::Path;

use cdc_core::rules::{Rules, TableRules};
use clap::Args;

use super::load;
use crate::{
    failure::{CommandError, Ended},
    output::Output,
};

const EXAMPLES: &str = "\
Examples:
  cdc config explain users
  cdc config explain coredb.public.users
  cdc --json config explain users | jq '.columns[] | select(.redaction)'

A table is found as the pipeline finds it: rules for database.schema.table go
before those for schema.table, and these before those for table; case matters. A
table without rules is explained as well, with exit code 3.";

/// What `cdc config explain` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArguments {
    /// table, schema.table or database.schema.table
    table: String,
}

/// Explains it.
pub(super) fn run(
    arguments: &ExplainArguments,
    config: Option<&Path>,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let rules = load(config)?.rules;
    let name = &arguments.table;
    match find(&rules, name) {
        Some(table) => {
            if json {
                output.line(json::listed(name, table))?;
            } else {
                words::listed(name, table, output)?;
            }
            Ok(Ended::Well)
        }
        None => {
            if json {
                output.line(json::unlisted(name, &rules))?;
            } else {
                words::unlisted(name, &rules, output)?;
            }
            Ok(Ended::WantsAttention)
        }
    }
}

/// The rules of a table whose name comes with its dots. A table's own name can have some, too.
fn find<'r>(rules: &'r Rules, name: &str) -> Option<&'r TableRules> {
    let parts: Vec<&str> = name.splitn(3, '.').collect();
    let by_parts = match parts[..] {
        [database, schema, table] => rules.find(Some(database), Some(schema), table),
        [schema, table] => rules.find(None, Some(schema), table),
        _ => None,
    };
    let whole = rules.find(None, None, name);
    // `orders.eu.2024` may be a table's whole name, and then that is the more precise one.
    whole.or(by_parts)
}
