//! `cdc config import-ranger`: table rules from data-masking policies of Apache Ranger.
//!
//! Reads an export, lets [`cdc_core::ranger`] decide, and prints a whole configuration, or ([`json`])
//! what became of each column. Promises that each policy that isn't fully in it is told.

mod json;

use std::path::{Path, PathBuf};

use cdc_core::{
    failure::told,
    ranger::{Import, NoteKind},
    rules::{ConfigFile, Rules, Written},
};
use clap::Args;

use super::{LoadError, init, load::files};
use crate::{
    failure::{CommandError, Ended},
    input_file::{self, InputFile},
    output::{CARE, DIM, GOOD, Output},
};

const EXAMPLES: &str = "\
Examples:
  cdc config import-ranger policies.json > rules.yaml
  cdc --config rules config import-ranger policies.json > merged.yaml
  curl -u admin 'https://ranger/service/plugins/policies/exportJson?serviceName=hive' \\
    | cdc config import-ranger -
  cdc --json config import-ranger policies.json | jq '.notes[] | select(.kind != \"remark\")'

Reads what Ranger gives out: an export, what a plugin downloads, the public API's
list of policies or one of them. Masks become rules of redact. An event has no
reader, so of several masks on a column the strictest holds for all; what can't be
carried over is told, and replaced by \"[REDACTED]\" where it would mask.

With --config, the rules are added to those that are there: tables keep what is
configured, patterns such as ssn* are looked for in its tables and columns, and
types tell numbers and dates. Without it, keys and further columns are yours to add.

Exit code 3 where a policy isn't fully carried over, 1 where there is none that masks.";

/// What `cdc config import-ranger` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImportRangerArguments {
    /// Policies as Ranger exports them, in JSON; - is standard input
    file: PathBuf,
    /// The pipeline's name in logs, metrics and dead letters; a configuration keeps its own
    #[arg(long, value_name = "NAME", default_value = "pipeline", conflicts_with = "config")]
    pipeline: String,
}

/// Imports.
pub(super) fn run(
    arguments: &ImportRangerArguments,
    config: Option<&Path>,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    init::require_pipeline_name(&arguments.pipeline)?;
    let written = config.map(|path| Written::read(&files(path)?).map_err(LoadError::Problems));
    let written = written.transpose()?;
    let InputFile { name, content } = input_file::read(&arguments.file)?;
    let import = Import::read(&content, written.as_ref());
    let import =
        import.map_err(|error| CommandError::failed(format_args!("{name}: no import"), error))?;
    tell(&import, output);
    if import.tables.is_empty() {
        let text = if import.defaults.is_empty() {
            format!("{name}: no policy in it masks a column of a table")
        } else {
            format!("{name}: its policies name no table; tell which there are with --config")
        };
        return Err(CommandError::Failed(text, None));
    }
    let text = import.document(&arguments.pipeline);
    // What is handed over must be accepted; where it isn't, it says why.
    let file = ConfigFile { path: "the import".to_owned(), text };
    Rules::parse(std::slice::from_ref(&file)).map_err(LoadError::Problems)?;
    if json {
        output.line(json::import(&import))?;
    } else {
        output.line(file.text.trim_end())?;
    }
    output.note(summary(&import, written.is_some()));
    Ok(if import.is_whole() { Ended::Well } else { Ended::WantsAttention })
}

/// Every note, the gravest first.
fn tell(import: &Import<'_>, output: &mut Output) {
    let mut notes: Vec<_> = import.notes.iter().collect();
    notes.sort_by_key(|note| note.kind);
    for note in notes {
        match note.kind {
            NoteKind::LeftOut => output.note(format_args!("{CARE}left out:{CARE:#} {note}")),
            NoteKind::Stricter => output.note(format_args!("{CARE}stricter:{CARE:#} {note}")),
            NoteKind::Remark => output.note(format_args!("{DIM}note:{DIM:#} {note}")),
        }
    }
}

fn summary(import: &Import<'_>, configured: bool) -> String {
    let masked = import.columns().filter(|column| column.rule.is_some() && !column.kept).count();
    let new: Vec<_> = import.tables.iter().filter(|table| !table.configured).collect();
    let tables =
        new.iter().take(3).map(|table| told(&table.name, 80)).collect::<Vec<_>>().join(", ");
    let next = match (configured, new.as_slice()) {
        (true, []) => "check it with `cdc config check`".to_owned(),
        (true, [_, _, _, _, ..]) => {
            format!("{tables} and others were not configured: set their keys and what else to include")
        }
        (true, _) => format!("{tables}: not configured so far, set keys and what else to include"),
        (false, _) => {
            "next: set keys (none so far), include the other columns, name the tables as the records do"
                .to_owned()
        }
    };
    let columns = if masked == 1 { "column" } else { "columns" };
    format!("{GOOD}imported:{GOOD:#} {masked} masked {columns}; {next}")
}
