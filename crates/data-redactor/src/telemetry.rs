//! Logs: one line a request, fields and not prose. No row value is ever in one.

use tracing::{error, info, warn};

use crate::{
    handler::{Done, Handled},
    reveal::Audit,
};

/// Tells what became of a request. To be called before it is answered: a use of `reveal` that left no line
/// would be one that nobody knows of.
pub fn log(handled: &Handled) {
    if let Some(audit) = &handled.audit {
        return audited(audit, handled);
    }
    let request_id = &handled.request_id;
    if let Some(refusal) = &handled.refusal {
        let (code, why) = (refusal.code, &refusal.message);
        let field = refusal.field.as_deref().unwrap_or_default();
        warn!(request_id, code, field, why, "request refused");
        return;
    }
    match &handled.done {
        Done::Nothing | Done::Revealed => {}
        Done::Redacted { records, altered } => {
            info!(request_id, records, altered, "records redacted");
        }
        Done::Enriched { records, changes } => {
            info!(request_id, records, changes, "records enriched")
        }
        Done::Transformed { records, changes, dropped, failed: 0, .. } => {
            info!(request_id, records, changes, dropped, failed = 0, "records transformed");
        }
        Done::Transformed { records, changes, dropped, failed, first_failure } => {
            let (first, code, why) = match first_failure {
                Some((index, failure)) => (*index, failure.code.as_str(), &*failure.message),
                None => (0, "-", "-"),
            };
            warn!(
                request_id,
                records, changes, dropped, failed, first, code, why, "records transformed"
            );
        }
    }
}

/// The line of one use. It is an error for no log level can be higher (this function's or that of Lambda,
/// which drops what is below the level that it tells the function): a switch that hides it would be one.
fn audited(audit: &Audit, handled: &Handled) {
    let Audit { alias, table, column, values, reason } = audit;
    let request_id = &handled.request_id;
    match &handled.refusal {
        None => error!(
            target: "audit",
            audit = true, request_id, alias, table, column, values, reason, code = "-", "values revealed"
        ),
        Some(refusal) => {
            let (code, why) = (refusal.code, &refusal.message);
            error!(
                target: "audit",
                audit = true, request_id, alias, table, column, values, reason, code, why,
                "reveal refused"
            );
        }
    }
}
