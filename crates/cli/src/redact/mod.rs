//! The `cdc redact` commands.

mod diff;

use clap::Subcommand;

pub(crate) use self::diff::DiffArguments;
use crate::{
    failure::{CommandError, Ended},
    operate::{self, RevealArguments},
    output::Output,
};

/// What is withheld.
#[derive(Debug, Subcommand)]
pub(crate) enum RedactCommand {
    /// Show what two configurations would publish differently, and what becomes visible
    #[command(after_help = diff::EXAMPLES)]
    Diff(DiffArguments),
    /// Ask data-redactor what encrypted values and tokens were
    Reveal(RevealArguments),
}

/// Runs one of the commands.
pub(crate) fn run(
    command: &RedactCommand,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    match command {
        RedactCommand::Diff(arguments) => diff::run(arguments, json, output),
        RedactCommand::Reveal(arguments) => operate::reveal(arguments, json, output),
    }
}
