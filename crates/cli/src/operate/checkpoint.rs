//! `cdc checkpoint`: how far each shard is, and forgetting what a shard has settled.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use super::{
    answer,
    place::{self, PlaceArguments},
};
use crate::{
    failure::{CommandError, Ended},
    output::{CARE, Output},
    table::{Cell, lines},
};

const FUNCTION: &str = "state-manager";

/// The name under which the pipeline itself is listed.
const PIPELINE: &str = "cdc-processor";

const STATUS_EXAMPLES: &str = "\
Examples:
  cdc checkpoint status
  cdc checkpoint status --remote --processor cdc-processor
  cdc --json checkpoint status | jq -r '.processors[].shards[]?.sequenceNumber'

A checkpoint is a note for people. The pipeline never reads it: what is settled
stands in the ledger, record by record.";

const RESET_EXAMPLES: &str = "\
Examples:
  cdc checkpoint reset shardId-000000000000 --expected 4968… --reason 'restored'

Forgets what the shard's records are known to have settled, and its note.
Records that the mapping delivers again are then published again, under the same
event ids. Nothing is delivered again by itself: that takes a mapping that
starts at an earlier position. Safe while the pipeline runs.";

/// What `cdc checkpoint` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum CheckpointCommand {
    /// Show how far each shard is
    #[command(after_help = STATUS_EXAMPLES)]
    Status(StatusArguments),
    /// Forget what a shard has settled
    #[command(after_help = RESET_EXAMPLES)]
    Reset(ResetArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// Only this processor; the pipeline is cdc-processor, the others are those that save state
    #[arg(long, value_name = "NAME")]
    processor: Option<String>,
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ResetArguments {
    /// The shard, such as shardId-000000000000
    shard: String,
    /// The sequence number that `status` shows for it (none where it shows none); it may be beyond by
    /// now, never behind
    #[arg(long, value_name = "NUMBER")]
    expected: String,
    /// Why; it stands in the function's log beside who asked
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    place: PlaceArguments,
}

/// Asks state-manager.
pub(crate) fn run(
    command: &CheckpointCommand,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    match command {
        CheckpointCommand::Status(arguments) => status(arguments, json, output),
        CheckpointCommand::Reset(arguments) => reset(arguments, json, output),
    }
}

#[derive(Deserialize)]
struct Status {
    processors: Vec<Processor>,
    /// Whether all are listed.
    #[serde(default = "yes")]
    complete: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Processor {
    processor: String,
    #[serde(default)]
    shards: Vec<Shard>,
    last_processed_sequence: Option<String>,
    last_updated: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shard {
    shard: String,
    sequence_number: String,
    arrived_at: String,
    updated_at: String,
    settled: u64,
    unsettled: u64,
}

fn status(
    arguments: &StatusArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let mut request = json!({"action": "status"});
    if let Some(processor) = &arguments.processor {
        request["processor"] = processor.as_str().into();
    }
    let asked = place::at(&arguments.place, async |place| {
        answer::ask::<Status>(place, FUNCTION, &request).await
    })?;
    if json {
        output.line(&asked.text)?;
        return Ok(Ended::Well);
    }
    let rows: Vec<_> = asked.said.processors.iter().flat_map(rows).collect();
    if rows.is_empty() {
        output.note(nothing(arguments.processor.as_deref()));
        return Ok(Ended::Well);
    }
    let names = ["PROCESSOR", "SHARD", "ARRIVED", "WRITTEN", "SETTLED", "LEFT", "SEQUENCE NUMBER"];
    for line in lines(names, &rows) {
        output.line(line)?;
    }
    if !asked.said.complete {
        output.note(format_args!(
            "{CARE}note:{CARE:#} there are more processors than are listed; --processor asks for one"
        ));
    }
    Ok(Ended::Well)
}

/// What an empty list means.
fn nothing(processor: Option<&str>) -> String {
    match processor {
        Some(name) if name != PIPELINE => {
            format!("no processor {} has saved anything", cdc_core::failure::shown(name))
        }
        _ => "no checkpoint yet: nothing was processed so far".to_owned(),
    }
}

/// A row a shard, or one for a processor that keeps a state of its own.
fn rows(processor: &Processor) -> Vec<[Cell; 7]> {
    if processor.processor != PIPELINE && processor.shards.is_empty() {
        let number = processor.last_processed_sequence.as_deref().unwrap_or_default();
        let written = processor.last_updated.as_deref().unwrap_or_default();
        let name = processor.processor.as_str();
        return vec![[
            name.into(),
            "".into(),
            "".into(),
            written.into(),
            "".into(),
            "".into(),
            number.into(),
        ]];
    }
    let row = |shard: &Shard| {
        let left = shard.unsettled.to_string();
        let left = if shard.unsettled > 0 { Cell::new(left, CARE) } else { left.into() };
        [
            processor.processor.as_str().into(),
            shard.shard.as_str().into(),
            shard.arrived_at.as_str().into(),
            shard.updated_at.as_str().into(),
            shard.settled.to_string().into(),
            left,
            shard.sequence_number.as_str().into(),
        ]
    };
    processor.shards.iter().map(row).collect()
}

#[derive(Deserialize)]
struct Reset {
    reset: Forgotten,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Forgotten {
    shard: String,
    claims_forgotten: u64,
    note_forgotten: bool,
    complete: bool,
}

fn reset(
    arguments: &ResetArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let ResetArguments { shard, expected, reason, place } = arguments;
    let request = json!({"action": "reset", "processor": PIPELINE, "shard": shard,
        "expected": expected, "reason": reason});
    let asked =
        place::at(place, async |place| answer::ask::<Reset>(place, FUNCTION, &request).await)?;
    let Forgotten { shard, claims_forgotten, note_forgotten, complete } = &asked.said.reset;
    if json {
        output.line(&asked.text)?;
    } else {
        let note = if *note_forgotten {
            "and its note"
        } else {
            "and no note: it has none, or one that moved on"
        };
        output.line(format_args!("{shard}: forgot {claims_forgotten} claims {note}"))?;
    }
    if *complete && *claims_forgotten == 0 && !*note_forgotten {
        output.note(format_args!(
            "{CARE}note:{CARE:#} nothing was known of {shard}, so nothing was forgotten; `cdc checkpoint \
             status` has the names of the shards"
        ));
        return Ok(Ended::WantsAttention);
    }
    if *complete {
        return Ok(Ended::Well);
    }
    output.note(format_args!("{CARE}note:{CARE:#} there are more; run it once more"));
    Ok(Ended::WantsAttention)
}
