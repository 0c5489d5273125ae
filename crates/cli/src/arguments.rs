//! The arguments, as clap reads them.

use std::{ffi::OsStr, path::PathBuf};

use clap::{
    ArgMatches, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    error::ErrorKind, parser::ValueSource,
};

#[cfg(feature = "local")]
use crate::local::LocalArguments;
use crate::{
    completions::CompletionsArguments,
    config::{ExplainArguments, ImportRangerArguments, InitArguments},
    decode::DecodeArguments,
    operate::{CheckpointCommand, DlqCommand, HealthArguments, InvokeArguments},
    redact::RedactCommand,
};

/// Columns of a help text, on the widest terminal: what can be read at a glance.
const HELP_WIDTH: usize = 84;

const EXIT_CODES: &str = "\
Exit codes:
  0  well
  1  failed
  2  wrong usage or configuration
  3  done, but something wants attention: rejects, dead letters, unsettled records,
     degraded health, fields that become visible

Data goes to standard output, everything else to standard error. Colour is for
terminals; --no-color and the variable NO_COLOR switch it off.";

/// Row changes from a stream to an event bus: try it, look into records, check the rules, operate it.
#[derive(Debug, Parser)]
#[command(
    name = "cdc",
    version,
    after_help = EXIT_CODES,
    arg_required_else_help = true,
    max_term_width = HELP_WIDTH
)]
pub(crate) struct Arguments {
    /// The rules of the tables: a file, or a folder with all its .yaml files. Without it, those
    /// compiled in
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON, one document a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print no colours
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the pipeline on this machine: no AWS account, no Docker
    #[cfg(feature = "local")]
    Local(Box<LocalArguments>),
    /// Show what records say
    Decode(DecodeArguments),
    /// Work with the rules of the tables
    #[command(subcommand, arg_required_else_help = true)]
    Config(ConfigCommand),
    /// See what is withheld of rows, and what a change of the rules would show
    #[command(subcommand, arg_required_else_help = true)]
    Redact(RedactCommand),
    /// Ask health-check how every hop of the pipeline is
    Health(HealthArguments),
    /// Show how far each shard is, or forget what a shard has settled
    #[command(subcommand, arg_required_else_help = true)]
    Checkpoint(CheckpointCommand),
    /// Look at dead letters, replay them, park them, delete them
    #[command(subcommand, arg_required_else_help = true)]
    Dlq(DlqCommand),
    /// Invoke a function: here on a fresh local cloud, or in the account
    Invoke(InvokeArguments),
    /// Write what a shell needs to complete this command's arguments
    Completions(CompletionsArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the rules, and show what is wrong with them or what they say
    #[command(after_help = crate::config::EXAMPLES)]
    Check,
    /// Tell in words what becomes of a table's changes
    Explain(ExplainArguments),
    /// Print the JSON Schema of a configuration file, for editors
    #[command(after_help = crate::config::SCHEMA_EXAMPLES)]
    Schema,
    /// Propose rules from sample records
    Init(InitArguments),
    /// Make rules of the data-masking policies of Apache Ranger
    ImportRanger(ImportRangerArguments),
}

/// The whole command, for what describes it.
pub(crate) fn command() -> clap::Command {
    Arguments::command()
}

/// The arguments of this process. What is wrong with them ends it, with code 2.
pub(crate) fn read() -> Arguments {
    // clap's own messages come before anything is parsed, so the flag is looked for by hand.
    let plain = std::env::args_os().any(|argument| argument == OsStr::new("--no-color"));
    let choice = if plain { ColorChoice::Never } else { ColorChoice::Auto };
    let mut command = Arguments::command().color(choice);
    let matches = command.get_matches_mut();
    if let Some(what) = without_effect(&matches) {
        command.error(ErrorKind::ArgumentConflict, what).exit();
    }
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// What was given on the command line, and would be ignored.
fn without_effect(matches: &ArgMatches) -> Option<String> {
    let mut name = String::from("cdc");
    let mut leaf = matches;
    while let Some((word, deeper)) = leaf.subcommand() {
        name = format!("{name} {word}");
        leaf = deeper;
    }
    let given = |id: &str| {
        leaf.try_contains_id(id).is_ok() && leaf.value_source(id) == Some(ValueSource::CommandLine)
    };
    let asks_functions = leaf.try_contains_id("remote").is_ok();
    let remote = asks_functions && leaf.get_flag("remote");
    let runs_here = name == "cdc invoke" && !remote;
    if given("config") && asks_functions && !runs_here {
        return Some(format!(
            "--config has no effect on `{name}`: the functions that it asks go by their own rules"
        ));
    }
    if given("config") && name == "cdc redact diff" {
        return Some(
            "--config has no effect on `cdc redact diff OLD NEW`, which names two".to_owned(),
        );
    }
    if given("config") && ["cdc completions", "cdc config schema"].contains(&&*name) {
        return Some(format!("--config has no effect on `{name}`, which reads no rules"));
    }
    if given("endpoint") && runs_here {
        return Some(
            "--endpoint has no effect on `cdc invoke`, which runs the function here, on a fresh local \
             cloud; the AWS CLI invokes those of a running `cdc local`: aws --endpoint-url URL lambda \
             invoke"
                .to_owned(),
        );
    }
    if given("endpoint") && remote {
        return Some("--endpoint and --remote are two places; name one".to_owned());
    }
    let of_remote = ["region", "prefix"].into_iter().find(|id| asks_functions && given(id));
    of_remote.filter(|_| !remote).map(|id| format!("--{id} has no effect without --remote"))
}
