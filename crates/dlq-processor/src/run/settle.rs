//! After a page of a replay: what is settled is deleted, what is not is held.

use cdc_core::batch::{Outcome, Report, UnitOutcome};

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
    /// The queue does not take the letter that was to come in its place: it stays, others go on.
    Refused,
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
                End::Refused => self.failed(taken, "kept", &not_taken()),
                end => settled.push((taken, end)),
            }
        }
        let receipts = settled.iter().map(|(taken, _)| taken.receipt.clone()).collect();
        let deleted = self.hand.delete(&mut self.pace, receipts).await;
        for ((taken, end), deleted) in settled.into_iter().zip(deleted) {
            self.count(&taken, &end, deleted);
            if !deleted {
                stopped = stopped.or(Some(Stopped::Queue));
                let told = self.judged(&taken).came_to("notDeleted", Some(not_deleted()));
                self.tally.tell(&told);
            }
        }
        for error in report.calls_failed.iter().chain(&report.refusals) {
            *self.pace.calls_failed.entry(error.0.clone()).or_default() += error.1;
        }
        stopped
    }

    fn count(&mut self, taken: &Taken, end: &End, deleted: bool) {
        let counts = &mut self.tally.counts;
        match end {
            End::Published => counts.replayed += usize::from(deleted),
            End::Skipped => counts.skipped += usize::from(deleted),
            End::Unsettled(_) | End::Refused => {}
            End::BuriedAnew(why) => {
                counts.failed += 1;
                let told: Told = self.judged(taken).failed_of(why);
                self.tally.tell(&told.came_to("buriedAnew", Some(why.clone())));
            }
        }
    }
}

/// What a letter came to: what is worst for one of its units.
fn end_of(index: usize, report: &Report) -> End {
    let units = report.units.iter().enumerate().filter(|(_, unit)| unit.record == index);
    let ends = units.map(|(place, unit)| end_of_unit(place, unit, report));
    ends.max_by_key(End::rank).unwrap_or(End::Unsettled(Stopped::Bus))
}

fn end_of_unit(place: usize, unit: &UnitOutcome, report: &Report) -> End {
    let of_it = |(at, part, _): &&(_, u32, _)| *at == unit.position && *part == unit.part;
    let failure = report.failures.iter().find(of_it).map(|(_, _, failure)| failure);
    match (unit.outcome, failure) {
        (Outcome::Published, _) => End::Published,
        (Outcome::Skipped(_), _) => End::Skipped,
        (Outcome::DeadLettered(code), failure) => {
            let message = failure.map_or("EventBridge refused the event", |it| &it.message);
            End::BuriedAnew(Why::new(code.as_str(), message))
        }
        _ if report.letters_refused.contains(&place) => End::Refused,
        _ if report.stopped_at_deadline => End::Unsettled(Stopped::Deadline),
        // It was to be buried, and the queue did not confirm it.
        (_, Some(_)) => End::Unsettled(Stopped::Queue),
        (Outcome::Suppressed | Outcome::Unsettled, None) => End::Unsettled(Stopped::Bus),
    }
}

impl End {
    fn rank(&self) -> u8 {
        match self {
            Self::Skipped => 0,
            Self::Published => 1,
            Self::BuriedAnew(_) => 2,
            Self::Refused => 3,
            Self::Unsettled(_) => 4,
        }
    }
}

/// What the calls said where something stays unsettled: codes, no messages.
pub(crate) fn unsettled(report: &Report) -> Why {
    let calls = report.calls_failed.keys();
    let refusals = report.refusals.keys().map(|code| format!("the bus: {code}"));
    let mut said: Vec<String> = calls.cloned().chain(refusals).collect();
    if report.stopped_at_deadline {
        said.push("the function's deadline came".to_owned());
    }
    Why::new("NOT_SETTLED", said.join("; "))
}

fn not_taken() -> Why {
    Why::new(
        "NOT_SETTLED",
        "it failed again, and the queue refuses the letter that was to take its place, which may be too \
         large for a message; show has its error, and park or purge take it out of the way",
    )
}

fn not_deleted() -> Why {
    Why::new(
        "NOT_DELETED",
        "it is settled, but its letter could not be deleted: it comes again, with the same event id",
    )
}
