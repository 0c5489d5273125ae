//! Logs: one line a batch, fields and not prose. No row value is ever in one.

use cdc_core::{
    batch::{Counts, Report},
    failure::FailureCode,
    record::Shard,
};
use tracing::{error, info, warn};

use crate::handler::{Delivered, Handled};

/// Tells what became of a batch: a line for each shard, partition or queue in it.
pub fn log(handled: &Handled) {
    handled.deliveries.iter().for_each(delivered);
}

fn delivered(delivered: &Delivered) {
    let Delivered { report, shard } = delivered;
    let stream = shard.stream_name();
    let counts = report.counts();
    match &report.failed_from {
        None => batch_settled(shard, report, &counts),
        Some(number) => warn!(
            stream,
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
    for (column, changes) in &report.drifted {
        let (table, kind) = (&column.table, column.kind.as_str());
        warn!(shard = %shard.id, %table, column = %column.column, kind, changes, "column drifted: \
            it is not as the configuration has it");
    }
    if report.unheld > 0 {
        error!(stream, shard = %shard.id, unheld = report.unheld, "no letter can hold these, and the \
            queue would forget them: set DEAD_LETTER_BUCKET_NAME; they come again until the queue's own \
            redrive policy moves them");
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
        stream = shard.stream_name(),
        shard = %shard.id,
        records = report.records,
        published = counts.published,
        skipped = counts.skipped.values().sum::<usize>(),
        suppressed = counts.suppressed,
        dead_lettered = counts.dead_lettered.values().sum::<usize>(),
        refused_by_bus = counts.dead_lettered.get(FailureCode::EventBridge.as_str()).unwrap_or(&0),
        requests = report.requests,
        stored = report.stored,
        calls_failed = ?report.calls_failed,
        "batch settled"
    );
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use cdc_core::{
        batch::Report,
        delivery::{CallError, CallErrorKind},
        record::Shard,
    };

    use super::log;
    use crate::{
        handler::{Delivered, Handled},
        response::BatchResponse,
    };

    /// Keeps what is written to it.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The log lines of a report.
    fn lines(report: Report) -> String {
        let shard = Shard { stream_arn: "arn".into(), id: "shardId-000000000003".into() };
        let deliveries = vec![Delivered { shard, report }];
        let handled = Handled { response: BatchResponse::default(), deliveries };
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        tracing::subscriber::with_default(lines.finish(), || log(&handled));
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_call_without_an_answer_is_told_though_the_batch_was_settled_in_the_end() {
        let mut report = Report { requests: 2, ..Report::default() };
        report.calls_failed.insert("PutEvents failed: no usable answer".into(), 1);
        let lines = lines(report);
        let told = r#"calls_failed={"PutEvents failed: no usable answer": 1}"#;
        assert!(lines.contains("batch settled") && lines.contains(told), "{lines}");
    }

    #[test]
    fn a_ledger_that_fails_is_a_state_error_whether_read_or_written() {
        let error = || Some(CallError::new("Query", CallErrorKind::Unavailable, None));
        let read = Report { ledger_read_failed: error(), ..Report::default() };
        let written = Report { ledger_write_failed: error(), ..Report::default() };
        for (report, says) in [(read, "nothing was done"), (written, "may be published again")] {
            let lines = lines(report);
            let line = lines.lines().find(|line| line.contains("STATE_ERROR")).unwrap_or_default();
            assert!(line.contains("ERROR") && line.contains(says), "{lines}");
        }
        assert!(!lines(Report::default()).contains("STATE_ERROR"));
    }
}
