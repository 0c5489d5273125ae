//! Logs: one line a run, and one more for the audit where something was changed. Fields and not prose;
//! no row value is ever in one.

use tracing::{error, info, warn};

use crate::{
    answer::{Counts, Stopped},
    handler::Handled,
};

/// Tells what became of an invocation.
pub fn log(handled: &Handled) {
    let action = handled.action.map_or("none", |action| action.as_str());
    if let Some(refusal) = &handled.refusal {
        let (code, why) = (refusal.code, &refusal.message);
        let field = refusal.field.as_deref().unwrap_or_default();
        return warn!(action, code, field, why, "request refused: nothing was done");
    }
    let from = handled.from.as_str();
    let Counts { scanned, matched, replayed, skipped, parked, purged, failed, refused } =
        handled.counts;
    if let Some(audit) = &handled.audit {
        let records = handled.records.unwrap_or_default();
        info!(
            audit = true,
            action,
            from,
            request_id = %audit.request_id,
            filter = %audit.filter,
            force = audit.force,
            matched,
            replayed,
            skipped,
            parked,
            purged,
            failed,
            refused,
            records_published = records.published,
            records_suppressed = records.suppressed,
            records_dead_lettered = records.dead_lettered,
            records_surplus = records.surplus,
            "changed"
        );
    } else {
        info!(action, from, scanned, matched, refused, "looked through");
    }
    if handled.records.is_some_and(|records| records.gone) {
        error!(action, from, "records gone: the stream's retention took what a document points to");
    }
    if !handled.refused.is_empty() {
        warn!(action, from, reasons = ?handled.refused, "refused: not of this pipeline, stream and its \
            shards, or not confirmed");
    }
    if let Some(stopped) = handled.stopped {
        let calls_failed = &handled.calls_failed;
        warn!(action, from, ?stopped, ?calls_failed, "ended early: what is left stays");
    }
    if handled.stopped == Some(Stopped::Deadline) && scanned == 0 {
        error!(action, "no time to do anything: raise the function's timeout (a minute or more)");
    }
}
