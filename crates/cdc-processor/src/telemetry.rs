//! Logs: one line a batch, fields and not prose. No row value is ever in one.

use cdc_core::{
    batch::{Counts, Report},
    failure::FailureCode,
    record::Shard,
};
use tracing::{error, info, warn};

use crate::handler::Handled;

/// Tells what became of a batch.
pub fn log(handled: &Handled) {
    let Handled { report, shard, .. } = handled;
    let counts = report.counts();
    match &report.failed_from {
        None => batch_settled(shard, report, &counts),
        Some(number) => warn!(
            shard = %shard.id,
            records = report.records,
            published = counts.published,
            suppressed = counts.suppressed,
            unsettled = counts.unsettled,
            failed_from = %number,
            stopped_at_deadline = report.stopped_at_deadline,
            refusals = ?report.refusals,
            calls_failed = ?report.calls_failed,
            "batch not settled: the mapping delivers again"
        ),
    }
    for (position, part, failure) in &report.failures {
        let (number, sub_sequence) = (&position.number, position.sub_sequence);
        let (code, why) = (failure.code.as_str(), &failure.message);
        warn!(shard = %shard.id, %number, sub_sequence, part, code, why, "record not published");
    }
    if report.stopped_at_deadline && report.requests == 0 {
        error!(shard = %shard.id, "no time to publish anything: raise the function's timeout \
            (30 seconds or more), or lower the mapping's batch size");
    }
    if let Some(cause) = &report.ledger_read_failed {
        error!(shard = %shard.id, %cause, code = "STATE_ERROR", "ledger not read: nothing was done");
    }
    if let Some(cause) = &report.ledger_write_failed {
        error!(shard = %shard.id, %cause, code = "STATE_ERROR",
            "ledger not written: what was published may be published again");
    }
}

fn batch_settled(shard: &Shard, report: &Report, counts: &Counts) {
    info!(
        shard = %shard.id,
        records = report.records,
        published = counts.published,
        skipped = counts.skipped.values().sum::<usize>(),
        suppressed = counts.suppressed,
        dead_lettered = counts.dead_lettered.values().sum::<usize>(),
        refused_by_bus = counts.dead_lettered.get(FailureCode::EventBridge.as_str()).unwrap_or(&0),
        requests = report.requests,
        "batch settled"
    );
}
