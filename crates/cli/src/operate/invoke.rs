//! `cdc invoke`: one invocation of one function, here on a fresh local cloud or in the account.

use std::path::{Path, PathBuf};

use cdc_aws::invoke::Invoked;
use clap::{Args, builder::PossibleValuesParser};

use super::{
    answer,
    place::{self, PlaceArguments},
};
use crate::{
    failure::{CommandError, Ended},
    input_file::{self, InputFile},
    output::{CARE, Output, one_line},
};

/// The functions, by name.
const FUNCTIONS: [&str; 5] =
    ["cdc-processor", "data-redactor", "dlq-processor", "health-check", "state-manager"];

const EXAMPLES: &str = "\
Examples:
  cdc invoke data-redactor --event events/data-redactor/by-table.json
  cdc invoke data-redactor --event request.json --qualifier reveal
  cdc invoke cdc-processor --event events/native-insert.json
  cdc invoke health-check --event events/health-check/schedule.json --remote

Without --remote the function runs here, on a fresh cloud with nothing in it,
with the rules of --config. What cdc-processor is given may be a Lambda event,
or whatever `cdc local --once --input` takes: then its records are put on the
fresh stream and delivered from there.

In the account, cdc-processor is not invoked: records that no mapping delivered
would be published beside the stream.

The answer goes to standard output. Exit code 1 where the function failed or
refused, 3 where it did what it could and something wants attention.";

/// What `cdc invoke` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InvokeArguments {
    /// The function
    #[arg(value_parser = PossibleValuesParser::new(FUNCTIONS))]
    function: String,
    /// The event it is given; - is standard input
    #[arg(long, value_name = "FILE")]
    event: PathBuf,
    /// The alias or version that is invoked
    #[arg(long, value_name = "NAME")]
    qualifier: Option<String>,
    #[command(flatten)]
    place: PlaceArguments,
}

/// Invokes the function.
pub(crate) fn run(
    arguments: &InvokeArguments,
    config: Option<&Path>,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let InvokeArguments { function, event, qualifier, place } = arguments;
    let qualifier = qualifier.as_deref();
    if place.remote && function == FUNCTIONS[0] {
        return Err(CommandError::usage(
            "cdc-processor is invoked by its mapping alone: records given to it by hand would be \
             published beside the stream; without --remote it runs here",
        ));
    }
    let event = input_file::read(event)?;
    let (invoked, dead_letters) = if place.remote {
        let payload = std::str::from_utf8(&event.content).map_err(|error| {
            CommandError::failed(format_args!("{}: is not UTF-8", event.name), error)
        })?;
        (place::at(place, async |place| place.invoke(function, qualifier, payload).await)?, 0)
    } else {
        here(function, qualifier, event, config, output)?
    };
    let mut text = answer::text(function, &invoked)?;
    one_line(&mut text);
    output.line(&text)?;
    if dead_letters > 0 {
        output.note(format_args!(
            "{CARE}note:{CARE:#} {dead_letters} in the dead-letter queue; `cdc local --once --input` \
             says why"
        ));
        return Ok(Ended::WantsAttention);
    }
    Ok(ended(function, &text))
}

/// On a fresh local cloud.
#[cfg(feature = "local")]
fn here(
    function: &str,
    qualifier: Option<&str>,
    event: InputFile,
    config: Option<&Path>,
    output: &mut Output,
) -> Result<(Invoked, usize), CommandError> {
    crate::local::invoke(function, qualifier, event, config, output)
}

#[cfg(not(feature = "local"))]
fn here(
    _: &str,
    _: Option<&str>,
    _: InputFile,
    _: Option<&Path>,
    _: &mut Output,
) -> Result<(Invoked, usize), CommandError> {
    Err(CommandError::usage(
        "this cdc was built without the local cloud: --remote invokes the account's functions",
    ))
}

/// How the command ends after this answer.
fn ended(function: &str, text: &str) -> Ended {
    if answer::refusal(text).is_some() {
        return Ended::Failed;
    }
    let answer: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    // What health-check answers to a function URL has the status in the HTTP answer.
    let unwell = |status: u64| if status < 400 { Ended::Well } else { Ended::Failed };
    if let Some(status) = answer["statusCode"].as_u64() {
        return unwell(status);
    }
    let count = |name: &str| answer[name].as_u64().unwrap_or(0);
    match function {
        "cdc-processor" if answer["batchItemFailures"] != serde_json::json!([]) => {
            Ended::WantsAttention
        }
        "dlq-processor" if count("failed") + count("refused") > 0 => Ended::WantsAttention,
        "health-check" if answer["status"] == "degraded" => Ended::WantsAttention,
        "health-check" if answer["status"] != "healthy" => Ended::Failed,
        _ => Ended::Well,
    }
}
