//! What a person sees while a workload runs: whether all is well, how much flows, and where.

use std::time::Duration;

use anstyle::Style;
use cdc_core::failure::shown;
use cdc_local::run::{Health, Progress};

use super::{
    summary::{by_reason, thousands, troubles},
    window::{Size, Window, wrapped},
};
use crate::output::{BAD, CARE, DIM, GOOD, HEAD, Output};

// As many as fit into a line and can be taken in at a glance.
const TABLES_SHOWN: usize = 5;
// A record that waits longer than that is in a jam and not in a batch under way.
const BEHIND: Duration = Duration::from_secs(5);

// The widest terminal on which a line of words can be read at a glance.
const COLUMNS_READ: usize = 100;

/// The display: lines drawn over each other on a terminal, one line a second elsewhere.
pub(super) struct Live {
    redraw: bool,
    window: Window,
    /// What was said last of components that are not healthy.
    ailing: Vec<(String, String)>,
}

impl Live {
    pub(super) fn new(redraw: bool) -> Self {
        Self { redraw, window: Window::default(), ailing: Vec::new() }
    }

    pub(super) fn show(&mut self, progress: &Progress, output: &mut Output) {
        if self.redraw {
            let size = Size::now();
            let picture = picture(progress, size.columns.min(COLUMNS_READ));
            return output.note(self.window.draw(picture, size));
        }
        output.note(line(progress));
        self.tell_ailing(progress.health.as_ref(), output);
    }

    /// Why health is not well, where that is not what was told last. Numbers in it may change with
    /// every look: only another component or another status is news.
    fn tell_ailing(&mut self, health: Option<&Health>, output: &mut Output) {
        let ailing = health.map_or(&[][..], |health| &health.ailing);
        let names = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(name, _)| name.clone()).collect()
        };
        if names(ailing) != names(&self.ailing) {
            for (name, detail) in ailing {
                output.note(format_args!("  {CARE}{name}{CARE:#}  {detail}"));
            }
        }
        self.ailing = ailing.to_vec();
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

fn picture(progress: &Progress, columns: usize) -> Vec<String> {
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
    lines.extend(ailing(progress.health.as_ref(), columns));
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

/// The components that are not healthy, and below each what is wrong with it.
fn ailing(health: Option<&Health>, columns: usize) -> impl Iterator<Item = String> {
    let ailing = health.map_or(&[][..], |health| &health.ailing);
    ailing.iter().flat_map(move |(name, detail)| {
        let told = wrapped(detail, columns.saturating_sub(7));
        let told = told.into_iter().map(|line| format!("      {line}"));
        std::iter::once(format!("    {CARE}{name}{CARE:#}")).chain(told)
    })
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn line(progress: &Progress) -> String {
    let health = progress.health.as_ref().map_or("not asked yet".to_owned(), in_short);
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

/// `degraded (dead-letter-queue)`
fn in_short(health: &Health) -> String {
    let names: Vec<&str> = health.ailing.iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return health.status.clone();
    }
    format!("{} ({})", health.status, names.join(", "))
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

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use cdc_local::run::Health;

    use super::{ailing, in_short};

    #[test]
    fn what_ails_is_told_in_lines_that_fit() {
        let detail = "6 letters, the oldest at least 5 s old; list them with dlq-processor, mend what \
                      they name, replay";
        let queue = ("dead-letter-queue".to_owned(), detail.to_owned());
        let health = Health { status: "degraded".to_owned(), ailing: vec![queue] };
        let lines: Vec<String> = ailing(Some(&health), 80).collect();
        let plain: Vec<String> = lines.iter().map(|line| strip_str(line).to_string()).collect();
        assert!(plain.iter().all(|line| line.len() < 80), "{plain:?}");
        assert_eq!(plain[0], "    dead-letter-queue");
        let words: Vec<&str> = plain[1..].iter().flat_map(|line| line.split_whitespace()).collect();
        assert_eq!(words.join(" "), detail);
        assert_eq!(in_short(&health), "degraded (dead-letter-queue)");
    }
}
