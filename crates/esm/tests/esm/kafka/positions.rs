//! Where partitions start, go on, and end.

use cdc_esm::{
    Ended, StartPosition,
    kafka::{RunError, Until},
};

use super::world::{Case, case, check, positions};
use crate::world::at;

fn from<'a>(topics: &'a str, start: StartPosition) -> Case<'a> {
    case(topics, "").with(|case| case.settings.start = start)
}

#[test]
fn a_start_position_holds_for_every_partition() {
    let topics = "t-0 3@-20 4@-10 5@100; t-1 0@-30 1@-10";
    check(from(topics, StartPosition::TrimHorizon), &["[t-0:3,4 t-1:0,1] ok", "[t-0:5] ok"]);
    check(from(topics, StartPosition::Latest), &["[t-0:5] ok"]);
    let timestamp = StartPosition::AtTimestamp(at(-20));
    check(from(topics, timestamp), &["[t-0:3,4 t-1:1] ok", "[t-0:5] ok"]);
}

#[test]
fn from_a_timestamp_on_nothing_is_passed_over_that_lies_behind_a_record_not_older() {
    let timestamp = StartPosition::AtTimestamp(at(-15));
    check(from("t-0 0@-20 1@-10 2@-20", timestamp), &["[t-0:1,2] ok"]);
}

#[test]
fn a_group_goes_on_where_it_committed() {
    check(
        case("t-0 0 1 2; t-1 0 1", "").with(|case| case.resumed = "t-0:2"),
        &["[t-0:2 t-1:0,1] ok"],
    );
    // What was committed is gone meanwhile.
    check(case("t-0 5 6", "").with(|case| case.resumed = "t-0:2"), &["[t-0:5,6] ok"]);
}

#[test]
fn a_redelivery_starts_again_whatever_was_committed() {
    let again = |case: &mut Case<'_>| {
        (case.redeliver, case.resumed) = (vec![StartPosition::TrimHorizon; 2], "t-0:1");
        case.until = Some(Until::Tip);
    };
    let ran = case("t-0 0 1; t-1 0", "t-0 fail").with(again).run();
    assert_eq!(
        ran.log,
        ["[t-0:1 t-1:0] fail", "[t-0:1 t-1:0] ok", "[t-0:0,1 t-1:0] ok", "[t-0:0,1 t-1:0] ok"]
    );
    let (ended, summary) = ran.ended.unwrap();
    assert_eq!(ended, Ended::Settled);
    assert_eq!(summary.positions, positions("t-0:2 t-1:1"));
    assert_eq!((summary.counts.passes, summary.counts.deliveries), (3, 4));
    assert_eq!(summary.counts.settled, 8);
}

#[test]
fn a_pass_to_the_tip_ends_there_with_gaps_and_empty_partitions() {
    let to_the_tip = |case: &mut Case<'_>| case.until = Some(Until::Tip);
    let ran = case("t-0 0 4 9; t-1; t-2 0@90000", "").with(to_the_tip).run();
    assert_eq!(ran.log, ["[t-0:0,4,9] ok"]);
    let (ended, summary) = ran.ended.unwrap();
    assert_eq!((ended, summary.positions), (Ended::Settled, positions("t-0:10 t-1:0 t-2:0")));
}

#[test]
fn a_pass_to_positions_ends_before_what_lies_behind_them() {
    let reached = Until::Reached(positions("t-0:2"));
    let ran = case("t-0 0 1 2@500", "").with(|case| case.until = Some(reached)).run();
    assert_eq!((ran.log, ran.ended.unwrap().0), (vec!["[t-0:0,1] ok".into()], Ended::Settled));
}

#[test]
fn topics_that_cannot_be_read_at_all_end_the_run() {
    let ran = case("t-0 0", "").with(|case| case.gone = true).run();
    assert!(matches!(ran.ended, Err(RunError::Topics(_))));
}
