//! What a person sees while a workload runs: whether all is well, how much flows, and where.

use std::{fmt::Write as _, time::Duration};

use cdc_core::failure::shown;
use cdc_local::run::Progress;

use super::summary::{by_reason, thousands, troubles};
use crate::output::{BAD, CARE, DIM, GOOD, HEAD, Output};

// As many as fit into a line and can be taken in at a glance.
const TABLES_SHOWN: usize = 5;
// Waiting records beyond so many seconds of inflow are a jam and not a batch under way.
const BEHIND_S: u64 = 5;

/// The display: lines drawn over each other on a terminal, one line a second elsewhere.
pub(super) struct Live {
    redraw: bool,
    /// Lines of the last picture, which the next one covers.
    drawn: usize,
}

impl Live {
    pub(super) fn new(redraw: bool) -> Self {
        Self { redraw, drawn: 0 }
    }

    pub(super) fn show(&mut self, progress: &Progress, output: &mut Output) {
        if !self.redraw {
            return output.note(line(progress));
        }
        let picture = picture(progress);
        let mut text = String::new();
        if self.drawn > 0 {
            // Up to the first line of the last picture, and away with it.
            let _ = write!(text, "\x1b[{}A\x1b[J", self.drawn);
        }
        // A line that wrapped would be two.
        let _ = write!(text, "\x1b[?7l{}\x1b[?7h", picture.join("\n"));
        self.drawn = picture.len();
        output.note(text);
    }
}

fn verdict(progress: &Progress) -> String {
    if progress.dead_letters > 0 {
        return format!("{BAD}● dead letters{BAD:#}");
    }
    if progress.waiting > BEHIND_S * progress.records_now.max(1) {
        return format!("{CARE}● falling behind{CARE:#}");
    }
    format!("{GOOD}● all is well{GOOD:#}")
}

fn picture(progress: &Progress) -> Vec<String> {
    let counts = &progress.counts;
    let flow = |name: &str, all: u64, now: u64| {
        format!("  {name:<13}{:>12}  {DIM}{now:>6}/s{DIM:#}", thousands(all))
    };
    let plain = |name: &str, all: u64, style: anstyle::Style, reasons: &str| {
        let gap = if reasons.is_empty() { "" } else { "  " };
        format!("  {name:<13}{style}{:>12}{style:#}{gap}{reasons}", thousands(all))
    };
    let dead = progress.dead_letters as u64;
    let style = if dead > 0 { BAD } else { anstyle::Style::new() };
    let mut lines = vec![
        format!("{} {HEAD}{}{HEAD:#}", verdict(progress), clock(progress.elapsed)),
        flow("records", progress.records, progress.records_now),
        flow("published", progress.events, progress.events_now),
        plain("waiting", progress.waiting, anstyle::Style::new(), ""),
        plain(
            "skipped",
            counts.skipped.values().sum::<usize>() as u64,
            DIM,
            &by_reason(&counts.skipped),
        ),
        plain("dead letters", dead, style, &by_reason(&counts.dead_lettered)),
        format!("  {:<13}{}", "busiest", busiest(progress)),
    ];
    lines.extend(troubles(&progress.troubles));
    lines
}

fn line(progress: &Progress) -> String {
    format!(
        "{}  records {} (+{})  published {} (+{})  waiting {}  dead letters {}  busiest {}",
        clock(progress.elapsed),
        progress.records,
        progress.records_now,
        progress.events,
        progress.events_now,
        progress.waiting,
        progress.dead_letters,
        busiest(progress),
    )
}

fn busiest(progress: &Progress) -> String {
    let mut tables: Vec<_> = progress.tables_now.iter().collect();
    tables.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let named = |(table, count): &(&String, &u64)| format!("{} {count}", shown(table));
    let shown: Vec<_> = tables.iter().take(TABLES_SHOWN).map(named).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
