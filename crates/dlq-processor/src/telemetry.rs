//! Logs: one line a run, and one more for the audit where letters were changed. Fields and not prose;
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
    let Counts { scanned, matched, replayed, skipped, parked, purged, failed, refused } =
        handled.counts;
    if let Some(audit) = &handled.audit {
        info!(
            audit = true,
            action,
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
            "dead letters changed"
        );
    } else {
        info!(action, scanned, matched, refused, "dead letters looked through");
    }
    if !handled.refused.is_empty() {
        warn!(action, reasons = ?handled.refused, "letters refused: they are not of this pipeline, \
            stream and its shards, or nothing confirms them");
    }
    if let Some(stopped) = handled.stopped {
        let calls_failed = &handled.calls_failed;
        warn!(action, ?stopped, ?calls_failed, "ended early: what is left is in the queue");
    }
    if handled.stopped == Some(Stopped::Deadline) && scanned == 0 {
        error!(action, "no time to do anything: raise the function's timeout (a minute or more)");
    }
}
