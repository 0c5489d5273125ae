//! What a person sees while a workload runs: whether all is well, how much flows, and where.

use std::{fmt::Write as _, time::Duration};

use anstyle::Style;
use cdc_core::failure::shown;
use cdc_local::run::{Health, Progress};

use super::summary::{by_reason, thousands, troubles};
use crate::output::{BAD, CARE, DIM, GOOD, HEAD, Output};

// As many as fit into a line and can be taken in at a glance.
const TABLES_SHOWN: usize = 5;
// A record that waits longer than that is in a jam and not in a batch under way.
const BEHIND: Duration = Duration::from_secs(5);

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

/// What wants to be seen first: the worst of what is known.
fn verdict(progress: &Progress) -> String {
    let health = progress.health.as_ref();
    if health.is_some_and(|health| health.status == "unhealthy") {
        return format!("{BAD}● unhealthy{BAD:#}");
    }
    if progress.dead_letters > 0 {
        return format!("{BAD}● dead letters{BAD:#}");
    }
    if progress.lag > BEHIND {
        return format!("{CARE}● falling behind{CARE:#}");
    }
    if health.is_some_and(|health| health.status == "degraded") {
        return format!("{CARE}● degraded{CARE:#}");
    }
    format!("{GOOD}● all is well{GOOD:#}")
}

fn picture(progress: &Progress) -> Vec<String> {
    let counts = &progress.counts;
    let flow = |name: &str, all: u64, now: u64| {
        format!("  {name:<13}{:>12}  {DIM}{now:>6}/s{DIM:#}", thousands(all))
    };
    let plain = |name: &str, all: u64, style: Style, note: &str| {
        let gap = if note.is_empty() { "" } else { "  " };
        format!("  {name:<13}{style}{:>12}{style:#}{gap}{note}", thousands(all))
    };
    let (skipped, dead) = (counts.skipped.values().sum::<usize>(), progress.dead_letters as u64);
    let dead_style = if dead > 0 { BAD } else { Style::new() };
    let behind = if progress.lag > BEHIND { CARE } else { Style::new() };
    let mut lines = vec![
        format!("{} {HEAD}{}{HEAD:#}", verdict(progress), clock(progress.elapsed)),
        flow("records", progress.records, progress.records_now),
        flow("published", progress.events, progress.events_now),
        plain("waiting", progress.waiting, behind, &format!("lag {}", seconds(progress.lag))),
        plain("skipped", skipped as u64, DIM, &by_reason(&counts.skipped)),
        plain("dead letters", dead, dead_style, &by_reason(&counts.dead_lettered)),
        format!("  {:<13}{}", "busiest", busiest(progress)),
        format!("  {:<13}{}", "health", health(progress.health.as_ref())),
    ];
    lines.extend(ailing(progress.health.as_ref()));
    lines.extend(troubles(&progress.troubles));
    lines
}

fn health(health: Option<&Health>) -> String {
    match health.map(|health| health.status.as_str()) {
        None => format!("{DIM}not asked yet{DIM:#}"),
        Some("healthy") => format!("{GOOD}healthy{GOOD:#}"),
        Some("degraded") => format!("{CARE}degraded{CARE:#}"),
        Some(other) => format!("{BAD}{other}{BAD:#}"),
    }
}

/// The components that are not healthy, a line each.
fn ailing(health: Option<&Health>) -> impl Iterator<Item = String> {
    let ailing = health.map_or(&[][..], |health| &health.ailing);
    ailing.iter().map(|(name, detail)| format!("    {CARE}{name}{CARE:#}  {detail}"))
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn line(progress: &Progress) -> String {
    let health = progress.health.as_ref().map_or("not asked yet", |health| &health.status);
    format!(
        "{}  records {} (+{})  published {} (+{})  waiting {}  lag {}  dead letters {}  health {health}  busiest {}",
        clock(progress.elapsed),
        progress.records,
        progress.records_now,
        progress.events,
        progress.events_now,
        progress.waiting,
        seconds(progress.lag),
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
