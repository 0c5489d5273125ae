//! The configuration: where it is read from, and the `cdc config` commands.

mod check;
mod explain;
mod init;
mod load;
mod method;
mod ranger;
mod schema;

use std::path::Path;

pub(crate) use check::EXAMPLES;
pub(crate) use explain::ExplainArguments;
pub(crate) use init::InitArguments;
pub(crate) use load::{LoadError, load};
pub(crate) use method::words as method_words;
pub(crate) use ranger::ImportRangerArguments;
pub(crate) use schema::EXAMPLES as SCHEMA_EXAMPLES;

use crate::{
    arguments::ConfigCommand,
    failure::{CommandError, Ended},
    output::Output,
};

/// Runs one of the commands.
pub(crate) fn run(
    command: &ConfigCommand,
    config: Option<&Path>,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    match command {
        ConfigCommand::Check => check::check(config, json, output),
        ConfigCommand::Explain(arguments) => explain::run(arguments, config, json, output),
        ConfigCommand::Schema => schema::schema(output),
        ConfigCommand::Init(arguments) => init::run(arguments, config, json, output),
        ConfigCommand::ImportRanger(arguments) => ranger::run(arguments, config, json, output),
    }
}
