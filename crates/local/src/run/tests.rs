//! Counting units: once a pass, under the final outcome of that pass.

use std::sync::Arc;

use cdc_core::{
    batch::{Outcome, Report, UnitOutcome},
    failure::FailureCode,
    record::{Position, SequenceNumber},
};

use super::tally::{Heard, Tally};

/// A report over units numbered from `first` on: `p`ublished, `s`uppressed, `d`ead-lettered,
/// `u`nsettled; the first unsettled one is what the mapping delivers from again.
fn report(first: u64, outcomes: &str) -> Report {
    let unit = |(number, letter): (u64, char)| UnitOutcome {
        position: Position { number: number.into(), sub_sequence: 0 },
        record: (number - first) as usize,
        part: 0,
        outcome: match letter {
            'p' => Outcome::Published,
            's' => Outcome::Suppressed,
            'd' => Outcome::DeadLettered(FailureCode::Parse),
            _ => Outcome::Unsettled,
        },
    };
    let units: Vec<UnitOutcome> = (first..).zip(outcomes.chars()).map(unit).collect();
    let failed = units.iter().find(|unit| unit.outcome == Outcome::Unsettled);
    let failed_from: Option<SequenceNumber> = failed.map(|unit| unit.position.number.clone());
    Report { records: units.len(), units, failed_from, ..Report::default() }
}

/// Delivers reports of one shard; `|` in their list ends a pass, and nobody hears one that begins with
/// `?`. `-` is a batch of so many records whose invocations never came to their end, given up.
fn check(deliveries: &[(u64, &str)], expected: &str) {
    let shard: Arc<str> = "shardId-000000000000".into();
    let mut tally = Tally::default();
    for (first, outcomes) in deliveries {
        match *outcomes {
            "|" => tally.pass_is_over(),
            outcomes if outcomes.starts_with('-') => {
                let gone = *first..*first + outcomes.len() as u64;
                let gone: Vec<SequenceNumber> = gone.map(Into::into).collect();
                tally.given_up(&shard, gone.len(), |number| gone.contains(number));
            }
            outcomes => {
                let heard = if outcomes.starts_with('?') { Heard::No } else { Heard::Yes };
                let report = report(*first, outcomes.trim_start_matches('?'));
                tally.delivered(&shard, &report, heard);
            }
        }
    }
    let summary = tally.summary(Default::default(), 0.0);
    let told = format!(
        "units {} published {} suppressed {} dead {} unsettled {}",
        summary.units,
        summary.published,
        summary.suppressed,
        summary.dead_lettered.values().sum::<u64>(),
        summary.unsettled
    );
    assert_eq!(told, expected, "{deliveries:?}");
}

#[test]
fn a_settled_batch_counts_at_once() {
    check(&[(1, "ppd")], "units 3 published 2 suppressed 0 dead 1 unsettled 0");
}

#[test]
fn a_retry_adds_nothing_and_keeps_what_an_earlier_try_settled() {
    check(&[(1, "pupd"), (2, "pss")], "units 4 published 3 suppressed 0 dead 1 unsettled 0");
    check(
        &[(1, "up"), (1, "uu"), (1, "ps")],
        "units 2 published 2 suppressed 0 dead 0 unsettled 0",
    );
}

#[test]
fn a_redelivered_pass_counts_again() {
    check(&[(1, "pd"), (0, "|"), (1, "ss")], "units 4 published 1 suppressed 2 dead 1 unsettled 0");
}

#[test]
fn what_stays_open_is_unsettled() {
    check(&[(1, "pup")], "units 3 published 2 suppressed 0 dead 0 unsettled 1");
    check(&[(1, "u"), (0, "|"), (1, "p")], "units 2 published 1 suppressed 0 dead 0 unsettled 1");
}

#[test]
fn what_nobody_heard_is_delivered_again_and_counts_once() {
    // Answer lost behind a ledger write, then suppressed; and behind one that failed.
    check(&[(1, "?ppd"), (1, "sss")], "units 3 published 2 suppressed 0 dead 1 unsettled 0");
    check(&[(1, "?pud"), (1, "ppd")], "units 3 published 2 suppressed 0 dead 1 unsettled 0");
    // The mapping would have gone on behind the first one.
    check(
        &[(1, "?pu"), (1, "pu"), (2, "p")],
        "units 2 published 2 suppressed 0 dead 0 unsettled 0",
    );
}

#[test]
fn what_was_given_up_without_a_word_is_unsettled() {
    check(&[(1, "---")], "units 3 published 0 suppressed 0 dead 0 unsettled 3");
    check(&[(1, "?pu"), (1, "---")], "units 3 published 1 suppressed 0 dead 0 unsettled 2");
    check(&[(1, "pup"), (2, "--")], "units 3 published 2 suppressed 0 dead 0 unsettled 1");
}

#[test]
fn event_ids_seen_twice_are_duplicates() {
    let event =
        |id: &str| format!(r#"{{"detail":{{"table":"users","metadata":{{"eventId":"{id}"}}}}}}"#);
    let mut tally = Tally::default();
    tally.received(&[event("a"), event("b"), event("a")]);
    tally.received(&[event("b"), "no JSON".to_owned()]);
    assert_eq!(tally.summary(Default::default(), 0.0).duplicates, 2);
}
