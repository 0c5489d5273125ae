//! Logs: one line a request, fields and not prose. No row value is ever in one.

use tracing::{info, warn};

use crate::handler::Handled;

/// Tells what became of a request.
pub fn log(handled: &Handled) {
    let Handled { request_id, records, altered, .. } = handled;
    match &handled.refusal {
        None => info!(request_id, records, altered, "records redacted"),
        Some(refusal) => {
            let (code, why) = (refusal.code, &refusal.message);
            let field = refusal.field.as_deref().unwrap_or_default();
            warn!(request_id, code, field, why, "request refused");
        }
    }
}
