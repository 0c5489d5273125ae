//! `cdc completions`: what a shell needs to complete the command's arguments.

use clap::Args;
use clap_complete::{Shell, generate};

use crate::{
    arguments,
    failure::{CommandError, Ended},
    output::Output,
};

const EXAMPLES: &str = "\
Examples:
  cdc completions bash > ~/.local/share/bash-completion/completions/cdc
  cdc completions zsh > ~/.zfunc/_cdc
  cdc completions fish > ~/.config/fish/completions/cdc.fish";

/// What `cdc completions` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the script.
pub(crate) fn run(
    arguments: &CompletionsArguments,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut arguments::command(), "cdc", &mut script);
    output.line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Ended::Well)
}
