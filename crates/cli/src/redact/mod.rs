//! The `cdc redact` commands.

mod diff;

use clap::Subcommand;

pub(crate) use self::diff::DiffArguments;
use crate::{
    failure::{CommandError, Ended},
    output::Output,
};

/// What is withheld.
#[derive(Debug, Subcommand)]
pub(crate) enum RedactCommand {
    /// Show what two configurations would publish differently, and what becomes visible
    #[command(after_help = diff::EXAMPLES)]
    Diff(DiffArguments),
}

/// Runs one of the commands.
pub(crate) fn run(
    command: &RedactCommand,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    match command {
        RedactCommand::Diff(arguments) => diff::run(arguments, json, output),
    }
}
