//! `cdc`: the one command for developers and operators.
//!
//! Reads arguments, calls what does the work, and shows what came of it: data on standard output,
//! everything else on standard error, one exit code out of four ([`failure`]).

mod arguments;
mod completions;
mod config;
mod confirm;
mod decode;
mod failure;
mod input_file;
#[cfg(feature = "local")]
mod local;
mod operate;
mod output;
mod redact;
mod table;

use std::process::ExitCode;

use arguments::Command;
use output::Output;

fn main() -> ExitCode {
    let arguments = arguments::read();
    let mut output = Output::new(arguments.no_color);
    let (config, json) = (arguments.config.as_deref(), arguments.json);
    let result = match &arguments.command {
        #[cfg(feature = "local")]
        Command::Local(arguments) => local::run(arguments, config, json, &mut output),
        Command::Decode(arguments) => decode::run(arguments, config, json, &mut output),
        Command::Config(command) => config::run(command, config, json, &mut output),
        Command::Redact(command) => redact::run(command, json, &mut output),
        Command::Health(arguments) => operate::health(arguments, json, &mut output),
        Command::Checkpoint(command) => operate::checkpoint(command, json, &mut output),
        Command::Dlq(command) => operate::dlq(command, json, &mut output),
        Command::Invoke(arguments) => operate::invoke(arguments, config, &mut output),
        Command::Completions(arguments) => completions::run(arguments, &mut output),
    };
    failure::exit_code(result, &mut output)
}
