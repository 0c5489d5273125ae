//! After a page of a replay: what is settled is deleted, what is not is held.

use cdc_core::batch::{Outcome, Report};

use super::{Run, Taken, Why, Wiring};
use crate::answer::{Stopped, Told};

/// What a letter came to.
enum End {
    Published,
    Skipped,
    /// It lies in the queue as a new letter, with this failure.
    BuriedAnew(Why),
    /// Nothing of the kind: it stays, and the run ends.
    Unsettled(Stopped),
}

impl<W: Wiring> Run<'_, W> {
    pub(super) async fn settle(&mut self, page: Vec<Taken>, report: &Report) -> Option<Stopped> {
        let mut stopped = None;
        let mut settled = Vec::new();
        for (index, taken) in page.into_iter().enumerate() {
            match end_of(index, report) {
                End::Unsettled(why) => {
                    stopped = Some(why);
                    self.failed(taken, "kept", &unsettled(report));
                }
                end => settled.push((taken, end)),
            }
        }
        let receipts = settled.iter().map(|(taken, _)| taken.receipt.clone()).collect();
        let deleted = self.delete(receipts).await;
        for ((taken, end), deleted) in settled.into_iter().zip(deleted) {
            self.count(&taken, &end);
            if !deleted {
                stopped = stopped.or(Some(Stopped::Queue));
                let told = self.judged(&taken).came_to("notDeleted", Some(not_deleted()));
                self.tally.tell(&told);
            }
        }
        for error in report.calls_failed.iter().chain(&report.refusals) {
            *self.calls_failed.entry(error.0.clone()).or_default() += error.1;
        }
        stopped
    }

    fn count(&mut self, taken: &Taken, end: &End) {
        let counts = &mut self.tally.counts;
        match end {
            End::Published => counts.replayed += 1,
            End::Skipped => counts.skipped += 1,
            End::Unsettled(_) => {}
            End::BuriedAnew(why) => {
                counts.failed += 1;
                let told: Told = self.judged(taken).failed_of(why);
                self.tally.tell(&told.came_to("buriedAnew", Some(why.clone())));
            }
        }
    }
}

fn end_of(index: usize, report: &Report) -> End {
    let unit = report.units.iter().find(|unit| unit.record == index);
    let buried = |part, position| {
        let of_it = |(at, of, _): &&(_, u32, _)| at == position && *of == part;
        report.failures.iter().find(of_it).map(|(_, _, failure)| failure)
    };
    match unit.map(|unit| (unit.outcome, buried(unit.part, &unit.position))) {
        Some((Outcome::Published, _)) => End::Published,
        Some((Outcome::Skipped(_), _)) => End::Skipped,
        Some((Outcome::DeadLettered(code), failure)) => {
            let message = failure.map_or("EventBridge refused the event", |it| &it.message);
            End::BuriedAnew(Why::new(code.as_str(), message))
        }
        _ if report.stopped_at_deadline => End::Unsettled(Stopped::Deadline),
        // It was to be buried, and the queue did not confirm it.
        Some((_, Some(_))) => End::Unsettled(Stopped::Queue),
        Some((Outcome::Suppressed | Outcome::Unsettled, None)) | None => {
            End::Unsettled(Stopped::Bus)
        }
    }
}

/// What the calls said where something stays unsettled: codes, no messages.
fn unsettled(report: &Report) -> Why {
    let calls = report.calls_failed.keys();
    let refusals = report.refusals.keys().map(|code| format!("the bus: {code}"));
    let mut said: Vec<String> = calls.cloned().chain(refusals).collect();
    if report.stopped_at_deadline {
        said.push("the function's deadline came".to_owned());
    }
    Why::new("NOT_SETTLED", said.join("; "))
}

fn not_deleted() -> Why {
    Why::new(
        "NOT_DELETED",
        "it is settled, but its letter could not be deleted: it comes again, with the same event id",
    )
}
