//! Shards beside each other, parents before children, start positions, and how a stream is read.

use cdc_esm::{Ended, RunError, Settings, StartPosition, Until};

use crate::world::{Case, Manners, at, case, check};

fn from(start: StartPosition) -> impl FnOnce(&mut Case<'_>) {
    move |case| case.settings.start = start
}

fn one_by_one(case: &mut Case<'_>) {
    case.settings.batch_size = 1;
}

#[test]
fn a_shard_that_fails_does_not_stop_another() {
    let stuck = case("a 1; b 1 2 3", "a fail*").with(one_by_one).with(|case| {
        case.until = Some(Until::Reached(
            [(cdc_esm::ShardId::new("b"), cdc_core::record::SequenceNumber::from(3))].into(),
        ));
    });
    check(stuck, &["a[1] fail", "b[1] ok", "b[2] ok", "b[3] ok"]);
}

#[test]
fn children_wait_until_all_their_parents_are_settled() {
    check(
        case("b<a 3; c<a 4; a 1 2", "a fail 2"),
        &["a[1 2] fail", "a[1 2] 2", "a[2] ok", "b[3] ok", "c[4] ok"],
    );
    check(
        case("a 1; b 2; c<a+b 3", "a fail; b fail fail fail fail"),
        &[
            "a[1] fail",
            "b[2] fail",
            "a[1] ok",
            "b[2] fail",
            "b[2] fail",
            "b[2] fail",
            "b[2] ok",
            "c[3] ok",
        ],
    );
}

#[test]
fn a_parent_given_up_or_no_longer_listed_holds_nobody() {
    check(
        case("a 1; b<a 2", "a fail").with(|case| case.settings.maximum_retry_attempts = 0),
        &["a[1] fail", "a loses 1..1 (1) RetryAttemptsExhausted", "b[2] ok"],
    );
    check(case("b<gone 1", ""), &["b[1] ok"]);
}

#[test]
fn children_that_come_later_are_found_before_the_tip_is_called() {
    let hides_children = Manners { hides_children: true, ..Manners::default() };
    check(
        case("a 1; b<a 2; c<b 3", "").with(|case| {
            (case.manners, case.until) = (hides_children, Some(Until::Tip));
        }),
        &["a[1] ok", "b[2] ok", "c[3] ok"],
    );
}

#[test]
fn a_redelivery_starts_when_all_is_settled_parents_first() {
    check(
        case("b<a 3; a 1 2", "a fail").with(|case| {
            case.until = Some(Until::Tip);
            case.redeliver = vec![StartPosition::TrimHorizon; 2];
        }),
        &["a[1 2] fail", "a[1 2] ok", "b[3] ok", "a[1 2] ok", "b[3] ok", "a[1 2] ok", "b[3] ok"],
    );
    check(
        case("a 1 2@500", "").with(|case| {
            case.redeliver = vec![StartPosition::AtTimestamp(at(500))];
        }),
        &["a[1] ok", "a[2] ok", "a[2] ok"],
    );
}

#[test]
fn start_positions_leave_out_what_is_older() {
    let stream = "a 1@-2000 2@-1000 3@1000";
    check(case(stream, ""), &["a[1 2] ok", "a[3] ok"]);
    check(case(stream, "").with(from(StartPosition::Latest)), &["a[3] ok"]);
    let timestamp = StartPosition::AtTimestamp(at(-1_000));
    check(case(stream, "").with(from(timestamp)), &["a[2] ok", "a[3] ok"]);
}

#[test]
fn the_tip_is_an_empty_page_that_says_so() {
    let expected = ["a[1] ok", "a[2] ok", "a[3] ok"];
    for manners in [
        Manners { page: 1, ..Manners::default() },
        Manners { page: 1, empty_pages: true, ..Manners::default() },
        Manners { page: 1, always_at_tip: true, ..Manners::default() },
    ] {
        let case = case("a 1 2 3", "").with(one_by_one);
        check(
            case.with(|case| (case.manners, case.until) = (manners, Some(Until::Tip))),
            &expected,
        );
    }
}

#[test]
fn a_stream_of_nothing_is_at_its_tip() {
    check(case("a; b<a", "").with(|case| case.until = Some(Until::Tip)), &[]);
}

#[test]
fn a_read_that_fails_is_tried_again() {
    let failing_reads = Manners { failing_reads: 5, ..Manners::default() };
    check(case("a 1", "").with(|case| case.manners = failing_reads), &["a[1] ok"]);
}

#[test]
fn a_stream_that_cannot_be_read_ends_the_run() {
    let gone = Manners { gone: true, ..Manners::default() };
    let (ended, log) = case("a 1", "").with(|case| case.manners = gone).run();
    assert!(matches!(ended, Err(RunError::Stream(_))) && log.is_empty());
}

#[test]
fn a_run_up_to_a_position_does_not_wait_for_what_comes_behind_it() {
    let behind = case("a 1 2", "a ok fail*").with(one_by_one).with(|case| {
        case.until = Some(Until::Reached(
            [(cdc_esm::ShardId::new("a"), cdc_core::record::SequenceNumber::from(1))].into(),
        ));
    });
    check(behind, &["a[1] ok"]);
}

#[test]
fn the_summary_counts_each_pass() {
    let settings = Settings { maximum_retry_attempts: 1, batch_size: 2, ..Settings::default() };
    let (ended, _) = case("a 1 2 3", "a fail 2 ok ok fail fail")
        .with(|case| (case.settings, case.redeliver) = (settings, vec![StartPosition::TrimHorizon]))
        .run();
    let (ended, summary) = ended.unwrap();
    assert_eq!(ended, Ended::Settled);
    assert_eq!((summary.passes, summary.deliveries), (2, 6), "{summary:?}");
    assert_eq!((summary.settled, summary.given_up_records), (4, 2), "{summary:?}");
}
