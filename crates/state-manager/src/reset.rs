//! A reset: a shard's claims first, then its checkpoint, if that has not moved meanwhile.
//!
//! Safe while the pipeline runs: what is forgotten is published again if it is delivered again, and
//! nothing is lost. The pipeline moves the checkpoint with every batch, so one beyond what was expected
//! is still the one that was shown. Claims go first, so that a reset that ends early can be run again
//! with the same words: the checkpoint is still there.

use std::time::Duration;

use cdc_aws::{
    config::LEDGER_TIMEOUT,
    function::{Invocation, Refusal},
    ledger::{DynamoLedger, NoteGone},
};
use cdc_core::{delivery::CallError, ports::Clock, record::SequenceNumber};

use crate::{
    codes::{CONFLICT, call_failed},
    request::Reset,
};

/// Most claims that one run forgets: a batch and a half a second, for a week. The deadline comes first
/// in most functions; what is left takes another run.
const CLAIMS_MAX: usize = 1_000_000;

/// What a page, the checkpoint and the answer need of the invocation's time.
const RESERVE: Duration = LEDGER_TIMEOUT.saturating_mul(2).saturating_add(Duration::from_secs(1));

const TABLE: &str = "CHECKPOINT_TABLE_NAME";

/// What a reset did, for the log: also where it was refused half-way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The shard.
    pub shard: String,
    /// What was expected of its checkpoint.
    pub expected: Option<SequenceNumber>,
    /// Why, in the words of whoever did it, escaped.
    pub reason: String,
    /// Claims that were deleted.
    pub claims_forgotten: usize,
    /// Whether the checkpoint was deleted. It stays where the pipeline moved it meanwhile.
    pub note_forgotten: bool,
    /// Whether no claim was left to forget. If one was, it takes another run.
    pub complete: bool,
}

/// The partitions of a shard's facts.
#[derive(Debug)]
pub(crate) struct Partitions {
    pub(crate) claims: String,
    pub(crate) notes: String,
}

/// Does what was asked for. The audit tells what was done, whatever came of it.
pub(crate) async fn reset(
    ledger: &DynamoLedger,
    clock: &impl Clock,
    partitions: &Partitions,
    wanted: Reset,
    invocation: &Invocation,
) -> (Audit, Result<(), Refusal>) {
    let Reset { shard, expected, reason } = wanted;
    let reason = reason.chars().flat_map(char::escape_debug).collect();
    let mut audit = Audit {
        shard,
        expected,
        reason,
        claims_forgotten: 0,
        note_forgotten: false,
        complete: false,
    };
    let done = forget(ledger, clock, partitions, &mut audit, invocation).await;
    (audit, done)
}

async fn forget(
    ledger: &DynamoLedger,
    clock: &impl Clock,
    partitions: &Partitions,
    audit: &mut Audit,
    invocation: &Invocation,
) -> Result<(), Refusal> {
    let note = ledger.note(&partitions.notes, &audit.shard).await;
    let number = note.map_err(|error| failed(audit, &error))?.map(|note| note.number);
    if !is_expected(audit.expected.as_ref(), number.as_ref()) {
        return Err(conflict(number.as_ref()));
    }
    let mut behind = None;
    loop {
        let left = invocation.deadline.duration_since(clock.now());
        if !may_go_on(audit.claims_forgotten, Duration::try_from(left).unwrap_or_default()) {
            return Ok(());
        }
        let page = ledger.forget_claims(&partitions.claims, behind.as_deref()).await;
        let page = page.map_err(|error| failed(audit, &error))?;
        audit.claims_forgotten += page.forgotten;
        behind = page.next;
        if behind.is_none() {
            break;
        }
    }
    audit.complete = true;
    let Some(number) = number else { return Ok(()) };
    let gone = ledger.forget_note(&partitions.notes, &audit.shard, &number).await;
    let gone = gone.map_err(|error| failed(audit, &error))?;
    audit.note_forgotten = gone == NoteGone::Forgotten;
    Ok(())
}

/// Whether the checkpoint that is there is the one that was shown, or what a running pipeline made of
/// it since.
fn is_expected(expected: Option<&SequenceNumber>, now: Option<&SequenceNumber>) -> bool {
    match (expected, now) {
        (None, None) => true,
        (Some(expected), Some(now)) => now >= expected,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether another page may be forgotten, with so much time left.
fn may_go_on(forgotten: usize, left: Duration) -> bool {
    forgotten < CLAIMS_MAX && left > RESERVE
}

fn failed(audit: &Audit, error: &CallError) -> Refusal {
    let mut refusal = call_failed(TABLE, error);
    if audit.claims_forgotten > 0 {
        let so_far = format!(" ({} claims are forgotten already)", audit.claims_forgotten);
        refusal.message.push_str(&so_far);
    }
    refusal
}

/// The checkpoint is not the one that was shown.
fn conflict(now: Option<&SequenceNumber>) -> Refusal {
    let now = now.map_or("none".to_owned(), ToString::to_string);
    let message = format!(
        "the shard's checkpoint is {now}, and not what is expected or beyond it; ask for the status, and \
         expect what it shows"
    );
    Refusal::of_field(CONFLICT, "expected", message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_core::record::SequenceNumber;

    use super::{CLAIMS_MAX, RESERVE, is_expected, may_go_on};

    #[test]
    fn what_was_shown_and_what_lies_beyond_it_is_expected() {
        for (expected, now, is) in [
            ("none", "none", true),
            ("none", "0", false),
            ("0", "none", false),
            ("12", "12", true),
            ("12", "13", true),
            ("9", "12", true),
            ("12", "9", false),
            ("12", "11", false),
        ] {
            let [shown, there] = [expected, now].map(|digits| SequenceNumber::parse(digits).ok());
            assert_eq!(is_expected(shown.as_ref(), there.as_ref()), is, "{expected}, {now}");
        }
    }

    #[test]
    fn a_run_is_bounded_by_time_and_count() {
        let moment = Duration::from_millis(1);
        for (forgotten, left, may) in [
            (0, RESERVE + moment, true),
            (0, RESERVE, false),
            (0, Duration::ZERO, false),
            (CLAIMS_MAX - 1, RESERVE + moment, true),
            (CLAIMS_MAX, Duration::MAX, false),
        ] {
            assert_eq!(may_go_on(forgotten, left), may, "{forgotten}, {left:?}");
        }
    }
}
