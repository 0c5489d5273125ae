//! Rounds: a long move is asked for a piece at a time, so that a person sees it go on.
//!
//! On a terminal one line is drawn over; a pipe gets a line a round. With `--json` each answer is a line.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::{Done, MoveArguments, arguments::From, ask, show};
use crate::{
    failure::CommandError,
    operate::{answer::Answer, place::Place},
    output::{DIM, Output},
};

/// What a round is meant to take: often enough for whoever watches.
const ROUND: Duration = Duration::from_secs(5);

/// The least of a round: each looks at the front of the queue anew.
const ROUND_LEAST: u64 = 10;

/// Documents of a round on a terminal: each may hold many records.
const ROUND_DOCUMENTS: u64 = 5;

/// What dlq-processor does a second where nobody says.
const RATE_DEFAULT: u64 = 50;

/// A move and how it is cut into rounds.
pub(super) struct Rounds {
    request: Value,
    /// Go on until nothing more is moved.
    all: bool,
    /// Ask more than once.
    several: bool,
    /// So many in all, where not.
    limit: u64,
    /// So many in the first round.
    first: u64,
}

impl Rounds {
    pub(super) fn of(mut request: Value, arguments: &MoveArguments, json: bool) -> Self {
        let limit = arguments.filter.limit;
        let cut = !arguments.dry_run && (arguments.all || !json);
        let rate = arguments.rate.unwrap_or(RATE_DEFAULT);
        let first = match arguments.filter.from {
            From::Letters => (rate * ROUND.as_secs()).clamp(ROUND_LEAST, limit.max(ROUND_LEAST)),
            From::Documents => ROUND_DOCUMENTS,
        };
        let first = if cut && !json { first.min(limit) } else { limit };
        let several = cut && (arguments.all || first < limit);
        if several {
            once(&mut request, arguments);
        }
        Self { request, all: arguments.all && !arguments.dry_run, several, limit, first }
    }

    /// Asks once, or until nothing more is moved. What was not moved is shown; the sum comes back.
    pub(super) async fn run(
        mut self,
        place: &Place,
        json: bool,
        output: &mut Output,
    ) -> Result<Done, CommandError> {
        let mut sum: Option<Done> = None;
        let mut size = self.first;
        loop {
            let acted = sum.as_ref().map_or(0, Done::acted);
            let left = if self.all { u64::MAX } else { self.limit - acted.min(self.limit) };
            self.request["limit"] = size.min(left).into();
            let began = Instant::now();
            let Answer { text, said } = ask(place, &self.request).await?;
            // Looking takes longer than doing: larger pieces look less often.
            if began.elapsed() > 2 * ROUND {
                size = (size * 2).min(self.limit.max(size));
            }
            if json {
                output.line(&text)?;
            } else {
                show::clear(output);
                show::troubles(&said, output)?;
            }
            let goes_on = said.progressed() && said.remaining_approx > 0;
            let total = match sum.take() {
                Some(sum) => sum.with(said),
                None => said,
            };
            let asked_for_more = self.all || self.several && total.acted() < self.limit;
            if !goes_on || !asked_for_more {
                return Ok(total);
            }
            if !json {
                progress(&total, output);
            }
            sum = Some(total);
        }
    }
}

/// What fails again is not for this command any more, in whatever round.
fn once(request: &mut Value, arguments: &MoveArguments) {
    let now = Timestamp::now().to_string();
    match arguments.filter.from {
        From::Documents if request["action"] == "replay" => request["triedBefore"] = now.into(),
        // It comes back as a new letter.
        From::Letters if arguments.filter.until.is_none() => {
            request["filter"]["until"] = now.into();
        }
        From::Letters | From::Documents => {}
    }
}

/// How far it is.
fn progress(total: &Done, output: &mut Output) {
    let (done, left) = (total.moved(), total.remaining_approx);
    let published =
        total.records.as_ref().map(|it| format!(", {} records published", it.published));
    let text =
        format!("{DIM}{done} done{}, about {left} left{DIM:#}", published.unwrap_or_default());
    if output.can_redraw() { output.redraw(&text) } else { output.note(text) }
}
