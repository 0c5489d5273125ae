//! The arguments of `cdc dlq`.

use clap::{Args, Subcommand, ValueEnum, value_parser};

use crate::operate::place::PlaceArguments;

const LOOK_EXAMPLES: &str = "\
Examples:
  cdc dlq list                                   of a running `cdc local`
  cdc dlq list --remote --code VALIDATION_ERROR --since 2h
  cdc dlq show --event-id a0cbd3fe1d1d99a886bf8af431233886
  cdc --json dlq list | jq -r '.letters[].table' | sort | uniq -c

With --from documents: what the mapping gave up, by shard and time.

Looking is not touching: what was looked at is back in the queue at once. Rows
are shown as the deployed rules would publish them. Exit code 3 where there are
letters.";

const REPLAY_EXAMPLES: &str = "\
Examples:
  cdc dlq replay --table users --dry-run         what would be replayed
  cdc dlq replay --table users --all --rate 20
  cdc dlq replay --from documents --all --rate 500

A replay puts the changes through the pipeline again, with the rules that are
deployed now: same event ids, marked as replays. A letter is deleted once its
event is published; what fails again is buried anew, with its attempts counted.

A document (what the mapping gave up) is delivered as a batch, and what its
attempts had published is not published again. It is deleted once all of it is
settled; what is not settled stays, and the next replay goes on.
Exit code 3 where something was not replayed.";

const PARK_EXAMPLES: &str = "\
Examples:
  cdc dlq park --code PARSE_ERROR --dry-run      what would be parked
  cdc dlq park --code PARSE_ERROR --all

A letter goes to the queue of parked ones byte for byte, those too that a replay
refuses, and is deleted once that is confirmed. Exit code 3 where something was
not parked.";

const PURGE_EXAMPLES: &str = "\
Examples:
  cdc dlq purge --code PARSE_ERROR --until 2026-01-01T00:00:00Z --dry-run
  cdc dlq purge --event-id a0cbd3fe1d1d99a886bf8af431233886

Deletes letters for good, and asks first. `park` keeps them.";

/// What `cdc dlq` is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// List dead letters
    #[command(after_help = LOOK_EXAMPLES)]
    List(LookArguments),
    /// Show dead letters with what they hold, redacted
    #[command(after_help = LOOK_EXAMPLES)]
    Show(LookArguments),
    /// Put dead letters through the pipeline again
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(ReplayArguments),
    /// Move dead letters to the queue of parked ones
    #[command(after_help = PARK_EXAMPLES)]
    Park(MoveArguments),
    /// Delete dead letters for good
    #[command(after_help = PURGE_EXAMPLES)]
    Purge(PurgeArguments),
}

/// Which letters.
#[derive(Debug, Args)]
pub(crate) struct FilterArguments {
    /// With this error code, such as VALIDATION_ERROR
    #[arg(long, value_name = "CODE", help_heading = "Which")]
    pub(super) code: Option<String>,
    /// Of this table
    #[arg(long, value_name = "TABLE", help_heading = "Which")]
    pub(super) table: Option<String>,
    /// Of this event
    #[arg(long, value_name = "ID", help_heading = "Which")]
    pub(super) event_id: Option<String>,
    /// Of this shard
    #[arg(long, value_name = "SHARD", help_heading = "Which")]
    pub(super) shard: Option<String>,
    /// Last tried (documents: given up) at this time or later: RFC 3339, or an age such as 2h
    #[arg(long, value_name = "TIME", help_heading = "Which")]
    pub(super) since: Option<String>,
    /// Last tried (documents: given up) before this time: RFC 3339, or an age such as 2h
    #[arg(long, value_name = "TIME", help_heading = "Which")]
    pub(super) until: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u64).range(1..=1000), help_heading = "Which")]
    pub(super) limit: u64,
    /// What the letters are: dead letters, or on-failure documents of the mapping
    #[arg(long, value_enum, default_value_t = From::Letters, help_heading = "Which")]
    pub(super) from: From,
}

/// Where letters come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    Letters,
    Documents,
}

#[derive(Debug, Args)]
pub(crate) struct LookArguments {
    #[command(flatten)]
    pub(super) filter: FilterArguments,
    #[command(flatten)]
    pub(super) place: PlaceArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// Take letters too of shards that the stream no longer lists, and those without a valid seal; and
    /// documents of such shards, and those whose range holds more than was given up
    #[arg(long)]
    pub(super) force: bool,
    /// Documents: put one aside after so many tries in all [default: 5]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=100))]
    pub(super) max_attempts: Option<u64>,
    /// Documents: take what one carries only where the stream still has it just so
    #[arg(long)]
    pub(super) verify: bool,
    #[command(flatten)]
    pub(super) moved: MoveArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MoveArguments {
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Go on, --limit at a time, until nothing more is done
    #[arg(long)]
    pub(super) all: bool,
    /// Letters, or records of documents, a second, at most [default: 50]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=1000))]
    pub(super) rate: Option<u64>,
    #[command(flatten)]
    pub(super) filter: FilterArguments,
    #[command(flatten)]
    pub(super) place: PlaceArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeArguments {
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Answer yes to what is asked
    #[arg(long)]
    pub(super) yes: bool,
    #[command(flatten)]
    pub(super) filter: FilterArguments,
    #[command(flatten)]
    pub(super) place: PlaceArguments,
}
