//! The checkpoints: how long the records behind each have waited.
//!
//! A checkpoint is a note, not the truth: it is compared with what lies behind it on its shard. Of a
//! shard that nothing was noted of it is not known how far it is: it was never processed, or somebody
//! reset it, and what lies there may be settled long since. That is told, and never called an outage.

mod chosen;
#[cfg(test)]
mod tests;

use cdc_aws::probes::Ahead;
use cdc_core::delivery::{CallError, CallErrorKind};
use jiff::Timestamp;

pub(crate) use chosen::{Shards, chosen};

use super::{counted, failed, spoken};
use crate::{
    component::{Finding, Measure, Part, Status},
    settings::Limits,
};

/// Most shards that are told one by one.
const SHARDS_TOLD_MAX: usize = 5;

/// What was seen of the checkpoints.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What there was to look at.
    pub(crate) shards: Shards,
    /// The shards that were looked at.
    pub(crate) looked: Vec<Looked>,
}

/// What lies behind a shard's checkpoint.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) shard: String,
    /// Whether there is a checkpoint. If not, it was looked at from its beginning.
    pub(crate) is_noted: bool,
    pub(crate) ahead: Result<Ahead, CallError>,
}

/// Why checkpoints are not judged at all.
pub(crate) fn not_judged() -> Finding {
    Finding::not_judged(
        "not judged: with LEDGER_KEEP=failures a batch that went well moves no checkpoint; go by the \
         mapping's IteratorAge",
    )
}

/// A shard that has not answered in time.
pub(crate) fn silent_shard() -> CallError {
    CallError::new("GetRecords", CallErrorKind::Unavailable, None)
}

/// Judges what lies behind the checkpoints.
pub(crate) fn checkpoints(
    seen: Result<Seen, CallError>,
    now: Timestamp,
    limits: &Limits,
) -> Finding {
    let Seen { shards, looked } = match seen {
        Ok(seen) => seen,
        Err(error) => return unknown(&error),
    };
    let (behind, unnoted) = (waits(&looked, true, now), waits(&looked, false, now));
    let (mut status, mut told) = (Status::Healthy, vec![position(looked.len(), shards, &behind)]);
    let lag = longest(&behind);
    if lag >= limits.lag_degraded_s {
        let unhealthy = lag >= limits.lag_unhealthy_s;
        status = if unhealthy { Status::Unhealthy } else { Status::Degraded };
        told.push("look at the processor's errors, and whether its mapping is enabled".to_owned());
    }
    if !unnoted.is_empty() {
        told.push(format!(
            "never processed, or the checkpoint was reset: a record lies {}",
            each(&unnoted)
        ));
    }
    if longest(&unnoted) >= limits.lag_degraded_s {
        status = status.max(Status::Degraded);
    }
    let errors: Vec<&CallError> =
        looked.iter().filter_map(|look| look.ahead.as_ref().err()).collect();
    if let Some(error) = errors.first() {
        let (count, failed) = (counted(errors.len(), "shard"), unknown(error).detail);
        status = status.max(Status::Degraded);
        told.push(format!("{count} could not be looked at: {failed}"));
    }
    let unread = looked.iter().filter(|look| look.ahead == Ok(Ahead::NotKnown)).count();
    if unread > 0 {
        let count = counted(unread, "shard");
        told.push(format!("of {count} one read told nothing: go by the mapping's IteratorAge"));
    }
    let known = looked.len() > errors.len() + unread + unnoted.len() || shards.all() == 0;
    let measures = known.then_some(Measure::CheckpointLag(lag));
    Finding::new(status, told.join("; ")).with(measures)
}

/// Not knowing is no failure of the pipeline: whatever is out of order is judged as itself.
fn unknown(error: &CallError) -> Finding {
    let finding = failed(Part::Checkpoints, error);
    Finding::new(Status::Degraded, finding.detail)
}

/// How long a record has waited, and on which shard.
type Wait<'a> = (u64, &'a str);

/// The shards with a record to wait for, of those with a checkpoint or of those without, the longest
/// wait first.
fn waits(looked: &[Looked], noted: bool, now: Timestamp) -> Vec<Wait<'_>> {
    let of_these = looked.iter().filter(|look| look.is_noted == noted);
    let mut waits: Vec<Wait<'_>> =
        of_these.filter_map(|look| Some((age(look, now)?, &*look.shard))).collect();
    waits.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(other.1)));
    waits
}

fn longest(waits: &[Wait<'_>]) -> u64 {
    waits.first().map_or(0, |(wait, _)| *wait)
}

fn position(looked: usize, shards: Shards, behind: &[Wait<'_>]) -> String {
    let Shards { open, closed } = shards;
    let all = match closed {
        0 => counted(open, "shard"),
        closed => format!("{} and {closed} closed", counted(open, "shard")),
    };
    let shards = if looked == shards.all() {
        all
    } else {
        format!("{looked} of {all}, those with the oldest checkpoints")
    };
    if behind.is_empty() {
        return format!("{shards}: nothing waits behind the checkpoints");
    }
    format!("{shards}: a record has waited {}", each(behind))
}

/// Shard by shard, as many as fit.
fn each(waits: &[Wait<'_>]) -> String {
    let mut told: Vec<String> = waits
        .iter()
        .take(SHARDS_TOLD_MAX)
        .map(|(wait, shard)| format!("on shard {} for {}", short(shard), spoken(*wait)))
        .collect();
    if let Some(more @ 1..) = waits.len().checked_sub(SHARDS_TOLD_MAX) {
        told.push(format!("and on {more} more"));
    }
    told.join(", ")
}

/// How old the record behind the position is, where there is one.
fn age(look: &Looked, now: Timestamp) -> Option<u64> {
    match look.ahead {
        Ok(Ahead::Record(arrived)) => {
            Some(now.duration_since(arrived).as_secs().try_into().unwrap_or(0))
        }
        Ok(Ahead::Nothing | Ahead::NotKnown) | Err(_) => None,
    }
}

/// A shard's number without its zeros: `3` for `shardId-000000000003`, whose twelve digits look like
/// an account's.
fn short(shard: &str) -> &str {
    let digits = shard.trim_start_matches("shardId-").trim_start_matches('0');
    if digits.is_empty() { "0" } else { digits }
}
