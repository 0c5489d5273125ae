//! `cdc local`: the pipeline on this machine.
//!
//! Owns the arguments ([`arguments`]), what is asked and written around a run ([`files`],
//! [`letters`]) and how it is shown ([`live`], [`summary`]). The run itself is
//! [`cdc_local::run`]'s; all calls to it stand in [`engine`].

mod arguments;
mod engine;
mod files;
mod letters;
mod live;
mod summary;
mod window;

use std::path::Path;

use cdc_aws::invoke::Invoked;
use cdc_core::rules::Rules;
use cdc_local::{
    functions::FunctionName,
    run::{self, LocalOptions, OnceOptions, ServeOptions, Summary},
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

pub(crate) use self::arguments::LocalArguments;
use self::{arguments::Via, files::OutFile};
use crate::{
    config,
    failure::{CommandError, Ended},
    input_file::InputFile,
    output::{BAD, CARE, Output},
};

/// Runs the pipeline: over given input until all is settled, or over a workload until it is
/// stopped.
pub(crate) fn run(
    arguments: &LocalArguments,
    config: Option<&Path>,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    refuse_what_is_not_built(arguments)?;
    let checked = config::load(config)?;
    for warning in &checked.warnings {
        output.note(format_args!("{CARE}warning:{CARE:#} {warning}"));
    }
    log_to_stderr();
    let rules = checked.rules.with_fixed_keys();
    if arguments.once {
        once(arguments, rules, json, output)
    } else {
        serve(arguments, rules, json, output)
    }
}

/// Invokes a function on a fresh local cloud: the answer, and how many letters it buried.
pub(crate) fn invoke(
    function: &str,
    qualifier: Option<&str>,
    event: InputFile,
    config: Option<&Path>,
    output: &mut Output,
) -> Result<(Invoked, usize), CommandError> {
    let checked = config::load(config)?;
    for warning in &checked.warnings {
        output.note(format_args!("{CARE}warning:{CARE:#} {warning}"));
    }
    log_to_stderr();
    let function = function.parse::<FunctionName>().map_err(CommandError::usage)?;
    let InputFile { name, content } = event;
    let event = cdc_local::run::InputFile { name, content };
    let invoked = engine::invoke(checked.rules, function, qualifier, &event)?;
    let answered = invoked.answered;
    let answer = Invoked { payload: answered.payload.into(), failed: answered.failed };
    Ok((answer, invoked.dead_letters))
}

fn once(
    arguments: &LocalArguments,
    rules: Rules,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    for unused in arguments.without_effect_once() {
        output.note(format_args!("{CARE}note:{CARE:#} {unused} has no effect with --once"));
    }
    if arguments.raw && !arguments.yes {
        let input_is_stdin = arguments.input.iter().any(|name| **name == *cdc_local::input::STDIN);
        letters::confirm_raw(output, input_is_stdin)?;
    }
    let inputs = arguments.input.iter().map(|path| files::input(path)).collect::<Result<_, _>>()?;
    // Made first, so that a wrong path is told before the run and not after it.
    let events = arguments.events_out.as_deref().map(OutFile::create).transpose()?;
    let dead_letters = arguments.dead_letters_out.as_deref().map(OutFile::create).transpose()?;
    let options =
        OnceOptions { inputs, redeliver: arguments.redeliver, timeout: arguments.timeout() };
    let finished = engine::once(local_options(arguments, rules.clone()), options)?;
    if let Some(file) = events {
        file.write(finished.events.iter().map(|event| files::line(event)))?;
    }
    if let Some(file) = dead_letters {
        let letters = finished.dead_letters.iter();
        file.write(letters.map(|letter| {
            if arguments.raw { files::line(letter) } else { letters::redacted(letter, &rules) }
        }))?;
    }
    show(&finished.summary, json, output)?;
    if finished.timed_out {
        let seconds = arguments.timeout;
        output.note(format_args!(
            "{BAD}error:{BAD:#} not all was settled within {seconds} s; --timeout gives it longer"
        ));
        return Ok(Ended::Failed);
    }
    Ok(ended(&finished.summary))
}

fn serve(
    arguments: &LocalArguments,
    rules: Rules,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let mut options = local_options(arguments, rules);
    options.listen = arguments.listen.or_else(|| files::default_address(output));
    let serve = ServeOptions {
        rate: arguments.rate.unwrap_or(arguments::RATE),
        duration: arguments.duration,
        poison: arguments.poison.unwrap_or_default(),
    };
    let summary = engine::serve(options, serve, output)?;
    show(&summary, json, output)?;
    Ok(ended(&summary))
}

fn show(summary: &Summary, json: bool, output: &mut Output) -> Result<(), CommandError> {
    for line in summary::injected(summary) {
        output.note(line);
    }
    if json {
        output.line(summary.to_json())?;
        return Ok(());
    }
    for line in summary::lines(summary) {
        output.line(line)?;
    }
    Ok(())
}

fn ended(summary: &Summary) -> Ended {
    if summary.wanting() > 0 { Ended::WantsAttention } else { Ended::Well }
}

fn refuse_what_is_not_built(arguments: &LocalArguments) -> Result<(), CommandError> {
    if let Some((option, why)) = arguments.foreign() {
        return Err(CommandError::usage(format!("{option} has no effect with this --via: {why}")));
    }
    for fault in &arguments.fault {
        fault.supported().map_err(CommandError::usage)?;
    }
    Ok(())
}

fn local_options(arguments: &LocalArguments, rules: Rules) -> LocalOptions {
    LocalOptions {
        rules,
        via: match arguments.via {
            Via::Kinesis => run::Via::Kinesis,
            Via::Sqs => run::Via::Sqs,
            Via::Kafka => run::Via::Kafka,
        },
        shards: arguments.shards,
        parallelization: arguments.parallelization,
        batch_size: arguments.batch_size(),
        batch_window: arguments.batch_window(),
        data: arguments.data.clone(),
        listen: arguments.listen,
        max_retries: arguments.max_retries,
        record_age_s: arguments.record_age,
        faults: arguments.fault.clone(),
        seed: arguments.seed,
    }
}

/// What says nothing to whoever runs the pipeline: the embedded DynamoDB warns of every refusal, such
/// as that of a table which is there already, and the SDK misses the socket that an injected error
/// did not come from.
const QUIET: [&str; 2] = ["dynoxide=error", "aws_smithy_runtime=off"];

/// Warnings of what runs inside, or what `RUST_LOG` asks for.
fn log_to_stderr() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    let quiet = QUIET.map(|directive| directive.parse().expect("a directive"));
    let filter = quiet.into_iter().fold(filter.from_env_lossy(), EnvFilter::add_directive);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    // A test could have set one already; then that one it is.
    let _ = subscriber.try_init();
}
