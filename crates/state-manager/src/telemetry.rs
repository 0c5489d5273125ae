//! One log line an invocation; a reset's is the audit.

use tracing::{info, warn};

use crate::{handler::Handled, reset::Audit};

/// Tells what was asked for and what came of it. `request_id` is Lambda's, by which an audit finds
/// who asked (CloudTrail's data events).
pub fn log(handled: &Handled, request_id: &str) {
    let action = handled.action.unwrap_or("unreadable");
    let processor = handled.processor.as_deref().unwrap_or("-");
    if let Some(audit) = &handled.audit {
        audited(audit, handled, request_id);
    } else if let Some(refusal) = &handled.refusal {
        let (code, why) = (refusal.code, &refusal.message);
        warn!(request_id, action, processor, code, why, "request refused");
    } else {
        info!(request_id, action, processor, "request done");
    }
}

/// Claims forgotten are events published again: somebody will ask who did it and why.
fn audited(audit: &Audit, handled: &Handled, request_id: &str) {
    let Audit { shard, expected, reason, claims_forgotten, note_forgotten, complete } = audit;
    let expected = expected.as_ref().map_or("none", |number| number.as_str());
    let code = handled.refusal.as_ref().map_or("-", |refusal| refusal.code);
    warn!(
        request_id,
        shard, expected, reason, claims_forgotten, note_forgotten, complete, code, "reset"
    );
}
