//! How letters, and what became of them, are shown to a person.

use std::{fmt::Write as _, io};

use super::{Action, Done, Letter, documents};
use crate::{
    output::{BAD, CARE, DIM, GOOD, HEAD, Output, one_line},
    table::{Cell, lines},
};

/// The letters, a line each; for `show`, each with what it holds.
pub(super) fn letters(action: Action, done: &Done, output: &mut Output) -> io::Result<()> {
    if let Some(found) = &done.documents {
        return if action == Action::Show {
            documents::whole(found, output)
        } else {
            documents::table(found, output)
        };
    }
    if action == Action::Show {
        return done.letters.iter().try_for_each(|letter| whole(letter, output));
    }
    table(&done.letters, output)
}

fn table(letters: &[Letter], output: &mut Output) -> io::Result<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = letters.iter().map(row).collect();
    if letters.iter().any(|letter| letter.outcome.is_some()) {
        let outcome = |letter: &Letter| Cell::from(in_words(letter.outcome.as_deref()));
        let rows: Vec<_> = letters.iter().map(outcome).zip(rows).map(with_first).collect();
        let names = ["OUTCOME", "LAST ATTEMPT", "ATTEMPTS", "TABLE", "CODE", "EVENT", "WHY"];
        return lines(names, &rows).try_for_each(|line| output.line(line));
    }
    let names = ["LAST ATTEMPT", "ATTEMPTS", "TABLE", "CODE", "EVENT", "WHY"];
    lines(names, &rows).try_for_each(|line| output.line(line))
}

fn with_first((first, rest): (Cell, [Cell; 6])) -> [Cell; 7] {
    let [one, two, three, four, five, six] = rest;
    [first, one, two, three, four, five, six]
}

/// `wouldFailAgain` as a person reads it.
pub(super) fn in_words(outcome: Option<&str>) -> String {
    let mut words = String::new();
    for character in outcome.unwrap_or_default().chars() {
        if character.is_ascii_uppercase() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

fn row(letter: &Letter) -> [Cell; 6] {
    [
        plain(letter.last_attempt.as_deref()).into(),
        letter.attempts.map(|count| count.to_string()).unwrap_or_default().into(),
        plain(letter.table.as_deref()).into(),
        Cell::new(plain(letter.code.as_deref()), BAD),
        plain(letter.event_id.as_deref()).into(),
        why(letter).into(),
    ]
}

/// What is wrong with it; first of all, why it was not, or would not be, replayed.
fn why(letter: &Letter) -> String {
    let message = plain(letter.message.as_deref());
    match (&letter.refused, &letter.why) {
        (Some(refused), _) => format!("refused: {}; {message}", plain(Some(refused))),
        (None, Some(why)) if letter.message.as_deref() != Some(&*why.message) => {
            format!("{}: {}; it was: {message}", plain(Some(&why.code)), plain(Some(&why.message)))
        }
        (None, _) => message,
    }
}

/// Texts out of letters are input.
pub(super) fn plain(text: Option<&str>) -> String {
    let mut text = text.unwrap_or_default().to_owned();
    one_line(&mut text);
    text
}

fn whole(letter: &Letter, output: &mut Output) -> io::Result<()> {
    let title = letter.event_id.as_deref().or(letter.message_id.as_deref());
    output.line(format_args!(
        "{HEAD}{}{HEAD:#}  {}  {BAD}{}{BAD:#}",
        plain(title),
        plain(letter.table.as_deref()),
        plain(letter.code.as_deref())
    ))?;
    output.line(format_args!("  {}", why(letter)))?;
    let (attempts, last) =
        (letter.attempts.unwrap_or_default(), plain(letter.last_attempt.as_deref()));
    output.line(format_args!("  {DIM}attempts {attempts}, the last at {last}{DIM:#}"))?;
    if let Some(change) = &letter.change {
        output.line(format_args!("  {}", plain(Some(change.get()))))?;
    }
    Ok(())
}

/// What was looked through.
pub(super) fn looked(done: &Done, limit: u64) -> String {
    let Done { matched, scanned, remaining_approx, .. } = done;
    let things = if done.documents.is_some() { "documents" } else { "letters" };
    if *matched >= limit && remaining_approx > scanned {
        return format!(
            "{matched} {things}, as many as --limit; {scanned} of about {remaining_approx} were looked at"
        );
    }
    let mut text = match done.documents {
        Some(_) => {
            format!("{matched} of {scanned} documents match; there are about {remaining_approx}")
        }
        None => {
            format!(
                "{matched} of {scanned} letters match; the queue holds about {remaining_approx}"
            )
        }
    };
    let hidden = done.hidden(limit);
    if hidden > 0 {
        let _ = write!(
            text,
            "\n{CARE}note:{CARE:#} about {hidden} are in somebody's hands: a replay under way, or one \
             that was killed, whose letters come back by themselves within 15 minutes"
        );
    }
    text
}

/// Letters that were not moved, a line each.
pub(super) fn troubles(done: &Done, output: &mut Output) -> io::Result<()> {
    match &done.documents {
        Some(found) => documents::table(found, output),
        None => table(&done.letters, output),
    }
}

/// Makes room for data where progress was drawn.
pub(super) fn clear(output: &mut Output) {
    if output.can_redraw() {
        output.redraw("");
    }
}

/// What was done, in one line.
pub(super) fn done(action: Action, done: &Done, dry_run: bool, limit: u64) -> String {
    if dry_run {
        let least = if done.matched >= limit { "at least " } else { "" };
        let matched = done.matched;
        let (what, would) = match &done.records {
            Some(records) if !records.in_words().is_empty() => {
                ("documents", format!(" ({} would be)", records.in_words()))
            }
            Some(_) => ("documents", String::new()),
            None => ("letters", String::new()),
        };
        return format!("{least}{matched} {what} match{would}; nothing was done (--dry-run)");
    }
    let mut text = match action {
        Action::Park => format!("{GOOD}{} parked{GOOD:#}", done.parked),
        Action::Purge => format!("{} deleted", done.purged),
        Action::List | Action::Show | Action::Replay => {
            format!("{GOOD}{} replayed{GOOD:#}", done.replayed)
        }
    };
    for (count, what, style) in [
        (done.skipped, "skipped by the rules", DIM),
        (done.failed, "failed", BAD),
        (done.refused, "refused", CARE),
    ] {
        if count > 0 {
            let _ = write!(text, ", {style}{count} {what}{style:#}");
        }
    }
    if done.documents.is_some() && action == Action::Replay && done.parked > 0 {
        let _ = write!(text, ", {CARE}{} put aside{CARE:#}", done.parked);
    }
    match &done.records {
        Some(records) => {
            let words = records.in_words();
            let records = if words.is_empty() { words } else { format!(" (records: {words})") };
            let _ = write!(text, "{records}; about {} documents are left", done.remaining_approx);
        }
        None => {
            let _ = write!(text, "; the queue holds about {}", done.remaining_approx);
        }
    }
    if let Some(stopped) = &done.stopped {
        let _ = write!(text, "\n{CARE}note:{CARE:#} stopped early: {}", why_stopped(stopped));
    }
    text
}

/// Why the run ended before it was through, and what to do.
fn why_stopped(stopped: &str) -> String {
    let words = match stopped {
        "deadline" => "the function's time is up; run it once more",
        "bus" => "the bus did not take the events; see `cdc health`, then run it once more",
        "queue" => {
            "the queue did not do what it was asked; see `cdc health`, then run it once more"
        }
        "bucket" => {
            "the on-failure bucket did not do what it was asked; see the function's log for why, then run \
             it once more"
        }
        "ledger" => {
            "the ledger could not be read or written; see `cdc health`, then run it once more"
        }
        "stream" => "the stream could not be read; see `cdc health`, then run it once more",
        "objects" => {
            "the bucket of records could not be read; look at DEAD_LETTER_BUCKET_NAME and the function's \
             rights on that bucket, then run it once more"
        }
        "bound" => {
            "as many messages were looked through as one run may; park or purge what is not wanted, \
             then run it once more"
        }
        "size" => "the answer is as large as it may get; run it once more",
        "new" => {
            "only letters came that were written since the run began, such as those of what failed \
             again; run it once more for what may be behind them"
        }
        // Of a later version of the function.
        _ => return plain(Some(stopped)),
    };
    format!("{words} ({stopped})")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::why_stopped;

    #[test]
    fn whatever_stops_a_run_is_told_in_words() {
        let schema = include_str!("../../../../../schemas/dlq-answer-1.json");
        let schema: Value = serde_json::from_str(schema).unwrap();
        let reasons = schema["properties"]["stopped"]["x-known"].as_array().unwrap();
        let reasons: Vec<&str> = reasons.iter().filter_map(Value::as_str).collect();
        assert!(reasons.len() > 5, "{reasons:?}");
        for reason in reasons {
            let told = why_stopped(reason);
            assert!(told.ends_with(&format!(" ({reason})")), "{told}");
        }
        assert_eq!(why_stopped("tea\u{1b}time"), super::plain(Some("tea\u{1b}time")));
    }
}
