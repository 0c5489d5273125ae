//! What became of everything, for a person.

use std::{collections::BTreeMap, fmt::Display};

use anstyle::Style;
use cdc_local::{cloud::fault::Fault, run::Summary};

use crate::output::{BAD, CARE, DIM, GOOD, HEAD};

/// The summary, line by line.
pub(super) fn lines(summary: &Summary) -> Vec<String> {
    let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
    let dead = sum(&summary.dead_lettered);
    let told = |count: u64, style: Style| if count > 0 { style } else { Style::new() };
    let mut lines = vec![
        line("records", summary.records, HEAD, ""),
        line("units", summary.units, HEAD, ""),
        line("  published", summary.published, told(summary.published, GOOD), ""),
        line("  skipped", sum(&summary.skipped), Style::new(), &by_reason(&summary.skipped)),
        line("  suppressed", summary.suppressed, Style::new(), ""),
        line("  dead letters", dead, told(dead, BAD), &by_reason(&summary.dead_lettered)),
        line("  unsettled", summary.unsettled, told(summary.unsettled, BAD), ""),
        line("duplicates", summary.duplicates, told(summary.duplicates, CARE), ""),
    ];
    lines.extend(summary.failures.iter().map(|failure| format!("  {BAD}✗{BAD:#} {failure}")));
    lines.extend(troubles(&summary.troubles));
    let checkpoints = summary.checkpoints.iter();
    lines.extend(
        checkpoints.map(|(shard, number)| format!("{DIM}checkpoint  {shard}  {number}{DIM:#}")),
    );
    lines.push(format!("{DIM}{:.1} s{DIM:#}", summary.seconds));
    lines
}

/// The faults that were asked for, a line each with how often it struck.
pub(super) fn injected(summary: &Summary) -> impl Iterator<Item = String> {
    let line = |(fault, count): &(Fault, u64)| {
        let count = thousands(*count);
        format!("{DIM}injected  {fault}: {count}{DIM:#}")
    };
    summary.injected.iter().map(line)
}

fn line(name: &str, count: u64, style: Style, reasons: &str) -> String {
    let count = thousands(count);
    let gap = if reasons.is_empty() { "" } else { "  " };
    format!("{name:<14}{style}{count:>12}{style:#}{gap}{reasons}")
}

/// What went wrong around the records, a line each.
pub(super) fn troubles(troubles: &BTreeMap<String, u64>) -> impl Iterator<Item = String> {
    let line = |(what, count): (&String, &u64)| format!("  {CARE}!{CARE:#} {what}: {count}");
    troubles.iter().map(line)
}

/// `control 49, snapshot 2`
pub(super) fn by_reason<C: Display>(counts: &BTreeMap<impl Display, C>) -> String {
    counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(", ")
}

/// A count with its digits in groups.
pub(super) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(count), text);
        }
    }
}
