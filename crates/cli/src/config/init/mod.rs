//! `cdc config init`: proposes rules from sample records.
//!
//! Reads what `cdc decode` reads ([`sampling`]), lets [`cdc_core::proposal`] decide, and prints or
//! writes what comes out ([`files`], [`json`]). Promises that it is accepted by `cdc config check`
//! without a warning, that no row value is shown, and that no file is overwritten unasked.

mod files;
mod json;
mod sampling;

use std::path::{Path, PathBuf};

use cdc_core::{
    failure::shown,
    proposal::{Key, Proposal},
    rules::{ConfigFile, Rules},
};
use clap::Args;

use self::sampling::Sampling;
use super::{LoadError, load};
use crate::{
    failure::{CommandError, Ended, with_causes},
    output::{CARE, GOOD, Output},
};

const EXAMPLES: &str = "\
Examples:
  cdc config init --from changes.ndjson > rules.yaml
  cdc config init --from full-load.ndjson changes.ndjson --out config
  aws kinesis get-records … | jq -c '.Records[] | {kinesis: {data: .Data}}' \\
    | cdc config init --from -

Reads what `cdc decode` reads: envelopes, a line each, Kinesis records, Lambda
events. The more there is to see, the better: full loads show columns, updates
and deletes show keys, and DMS control records and Debezium schemas declare
both. Values are looked at and never shown.

What looks personal is published as \"[REDACTED]\", what is clearly harmless as it is;
the rest stands in comments and stays inside until somebody uncomments it. Read the
result before you use it:
  cdc --config rules.yaml config check
  cdc --config rules.yaml local --once --input changes.ndjson

Exit code 3 where records could not be used or a table could not be proposed, 1
where there is no table at all.";

/// Most records that are told one by one.
const REJECTS_SHOWN_MAX: usize = 20;

/// What `cdc config init` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InitArguments {
    /// Sample records: NDJSON or Lambda events; - is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Write a folder: pipeline.yaml, and a file a database under tables/. Without it, one document
    /// goes to standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Overwrite files of those names
    #[arg(long, requires = "out")]
    force: bool,
    /// The pipeline's name in logs, metrics and dead letters
    #[arg(long, value_name = "NAME", default_value = "pipeline")]
    pipeline: String,
}

/// Proposes.
pub(super) fn run(
    arguments: &InitArguments,
    config: Option<&Path>,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    if config.is_some() {
        return Err(CommandError::usage("config init reads no rules: leave --config out"));
    }
    require_pipeline_name(&arguments.pipeline)?;
    let mut sampling = Sampling::default();
    for path in &arguments.from {
        sampling.file(path).map_err(|error| {
            CommandError::failed(format_args!("{}: cannot be read", path.display()), error)
        })?;
    }
    let (proposal, seen) = sampling.propose();
    seen.tell(REJECTS_SHOWN_MAX, output);
    tell(&proposal, output);
    if proposal.tables().is_empty() {
        let text = format!(
            "no table was found in {}; give some that hold changes of rows",
            counted(seen.records, "record")
        );
        return Err(CommandError::Failed(text, None));
    }
    let whole = give(&proposal, &seen, arguments, json, output)?;
    output.note(summary(&proposal, seen.records));
    let used = seen.rejected == 0 && proposal.left_out().is_empty();
    Ok(if used && whole { Ended::Well } else { Ended::WantsAttention })
}

/// Hands the proposal over; whether the folder that it went into is a configuration as a whole.
fn give(
    proposal: &Proposal,
    seen: &sampling::Seen,
    arguments: &InitArguments,
    json: bool,
    output: &mut Output,
) -> Result<bool, CommandError> {
    let pipeline = &arguments.pipeline;
    let files = match &arguments.out {
        Some(_) => proposal.files(pipeline),
        None => {
            vec![ConfigFile { path: "the proposal".to_owned(), text: proposal.document(pipeline) }]
        }
    };
    // What is handed over must be accepted; where it isn't, it says why.
    Rules::parse(&files).map_err(LoadError::Problems)?;
    let mut written = Vec::new();
    if let Some(folder) = &arguments.out {
        written = files::write(folder, &files, arguments.force)?;
    }
    if json {
        output.line(json::proposal(proposal, seen, pipeline))?;
    } else if arguments.out.is_some() {
        written.iter().try_for_each(|path| output.line(path.display()))?;
    } else {
        files.iter().try_for_each(|file| output.line(file.text.trim_end()))?;
    }
    Ok(fits(arguments.out.as_deref(), output))
}

/// Other files of the folder may say the same again, or something else.
fn fits(folder: Option<&Path>, output: &mut Output) -> bool {
    let Some(error) = folder.and_then(|folder| load(Some(folder)).err()) else { return true };
    let text = with_causes(&error);
    output.note(format_args!("{CARE}warning:{CARE:#} with what else is in the folder, {text}"));
    false
}

/// The name that a configuration takes, by its own rule.
pub(super) fn require_pipeline_name(name: &str) -> Result<(), CommandError> {
    let name = serde_json::to_string(name).expect("a text");
    let text = format!("version: 1\npipeline: {name}\ntables: {{t: {{keys: none, include: [a]}}}}");
    let file = ConfigFile { path: "--pipeline".to_owned(), text };
    Rules::parse(&[file]).map(drop).map_err(|problems| {
        let text = problems.as_slice().first().map_or("is no name", |problem| problem.text());
        CommandError::usage(format_args!("--pipeline: {text}"))
    })
}

/// What a person should know before reading it.
fn tell(proposal: &Proposal, output: &mut Output) {
    let mut warn = |table: &str, text: &str| {
        output.note(format_args!("{CARE}warning:{CARE:#} table {}: {text}", shown(table)));
    };
    for table in proposal.left_out() {
        warn(&table.table, &format!("not proposed: {}", table.why));
    }
    for table in proposal.tables() {
        if let Key::None { why, personal: true } = &table.key {
            warn(&table.name, &format!("{why}; without a key there is no order among its events"));
        }
        if table.nameless_deletes > 0 {
            let count = table.nameless_deletes;
            warn(&table.name, &format!("{count} DELETE without key and before image"));
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn summary(proposal: &Proposal, records: u64) -> String {
    let tables = proposal.tables();
    let keyless = tables.iter().filter(|table| table.key.columns().is_empty()).count();
    format!(
        "{GOOD}proposed:{GOOD:#} {} from {}, {keyless} without a key; read it before it is used",
        counted(tables.len() as u64, "table"),
        counted(records, "record"),
    )
}
