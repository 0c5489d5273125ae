//! A reset: a shard's claims first, then its checkpoint, if that is still the one that was shown.
//!
//! Safe while the pipeline runs: what is forgotten is published again if it is delivered again, and
//! nothing is lost. Claims go first, so that a reset that ends early can be run again with the same
//! words: the checkpoint is still there.

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

/// Most claims that one run forgets: a week of batches of a quiet shard. What is left takes another
/// run.
const CLAIMS_MAX: usize = 10_000;

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
    /// Whether the checkpoint was deleted.
    pub note_forgotten: bool,
    /// Whether there was nothing left to forget. If not, it takes another run.
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
    if number != audit.expected {
        return Err(moved(audit, number.as_ref()));
    }
    let has_time = || {
        let left = invocation.deadline.duration_since(clock.now());
        Duration::try_from(left).is_ok_and(|left| left > RESERVE)
    };
    let mut behind = None;
    loop {
        if audit.claims_forgotten >= CLAIMS_MAX || !has_time() {
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
    if let Some(number) = audit.expected.clone() {
        let gone = ledger.forget_note(&partitions.notes, &audit.shard, &number).await;
        match gone.map_err(|error| failed(audit, &error))? {
            NoteGone::Forgotten => audit.note_forgotten = true,
            NoteGone::WasNone => {}
            NoteGone::Moved(number) => return Err(moved(audit, number.as_ref())),
        }
    }
    audit.complete = true;
    Ok(())
}

fn failed(audit: &Audit, error: &CallError) -> Refusal {
    let mut refusal = call_failed(TABLE, error);
    refusal.message.push_str(&so_far(audit));
    refusal
}

/// The checkpoint is another than was expected.
fn moved(audit: &Audit, now: Option<&SequenceNumber>) -> Refusal {
    let now = now.map_or("none".to_owned(), ToString::to_string);
    let message = format!(
        "the shard's checkpoint is another by now: {now}; ask for the status, and expect what it \
         shows{}",
        so_far(audit)
    );
    Refusal::of_field(CONFLICT, "expected", message)
}

fn so_far(audit: &Audit) -> String {
    match audit.claims_forgotten {
        0 => String::new(),
        count => format!(" ({count} claims are forgotten already)"),
    }
}
