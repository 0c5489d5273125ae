//! What is delivered again after a failure, and when the mapping gives up.

use std::time::Duration;

use crate::world::{Case, case, check};

fn retries(stream: &'static str, answers: &'static str, most: i64) -> Case<'static> {
    case(stream, answers).with(|case| case.settings.maximum_retry_attempts = most)
}

#[test]
fn from_the_record_reported_on_everything_is_delivered_again() {
    check(case("a 1 2 3 4", "a 3"), &["a[1 2 3 4] 3", "a[3 4] ok"]);
    check(case("a 1 2", "a 1"), &["a[1 2] 1", "a[1 2] ok"]);
    check(case("a 9 10 11", "a 10,9"), &["a[9 10 11] 10,9", "a[9 10 11] ok"]);
}

#[test]
fn what_is_left_of_a_batch_is_not_topped_up() {
    check(
        case("a 1 2 3 4 5", "a 2").with(|case| case.settings.batch_size = 3),
        &["a[1 2 3] 2", "a[2 3] ok", "a[4 5] ok"],
    );
}

#[test]
fn a_failed_batch_is_delivered_again_whole() {
    for answer in ["fail", "timeout", "throttle", "garbage", "7", "2,7"] {
        let answers = format!("a {answer}");
        check(case("a 1 2", &answers), &[&format!("a[1 2] {answer}"), "a[1 2] ok"]);
    }
}

#[test]
fn an_empty_answer_settles_the_batch() {
    check(case("a 1 2", "a nothing"), &["a[1 2] nothing"]);
}

#[test]
fn without_reporting_every_answer_settles_the_batch() {
    for answer in ["2", "garbage"] {
        let answers = format!("a {answer}");
        let case = case("a 1 2", &answers);
        check(
            case.with(|case| case.settings.report_batch_item_failures = false),
            &[&format!("a[1 2] {answer}")],
        );
    }
}

#[test]
fn when_the_retries_run_out_the_batch_is_given_up_and_the_next_one_comes() {
    check(
        retries("a 1 2 3", "a fail fail fail", 2).with(|case| case.settings.batch_size = 2),
        &[
            "a[1 2] fail",
            "a[1 2] fail",
            "a[1 2] fail",
            "a loses 1..2 (2) RetryAttemptsExhausted",
            "a[3] ok",
        ],
    );
    check(retries("a 1", "a fail", 0), &["a[1] fail", "a loses 1..1 (1) RetryAttemptsExhausted"]);
}

#[test]
fn a_partial_answer_costs_a_retry_even_if_the_head_moves() {
    check(
        retries("a 1 2 3", "a 2 3", 1),
        &["a[1 2 3] 2", "a[2 3] 3", "a loses 3..3 (1) RetryAttemptsExhausted"],
    );
}

#[test]
fn an_invocation_that_did_not_happen_costs_no_retry() {
    check(
        retries("a 1", "a throttle throttle throttle", 0),
        &["a[1] throttle", "a[1] throttle", "a[1] throttle", "a[1] ok"],
    );
}

#[test]
fn records_too_old_are_given_up_and_the_younger_ones_delivered() {
    let aged = case("a 1 2@4000", "a fail*").with(|case| {
        case.settings.batch_window = Duration::from_millis(4_500);
        case.settings.maximum_record_age_s = 5;
    });
    let (_, mut log) = aged.run();
    log.dedup();
    assert_eq!(
        log,
        [
            "a[1 2] fail",
            "a loses 1..1 (1) RecordAgeExceeded",
            "a[2] fail",
            "a loses 2..2 (1) RecordAgeExceeded",
        ],
    );
}

#[test]
fn a_record_too_old_from_the_start_is_never_delivered() {
    check(
        case("a 1@-9000 2@-8000 3", "").with(|case| case.settings.maximum_record_age_s = 5),
        &["a loses 1..2 (2) RecordAgeExceeded", "a[3] ok"],
    );
}

#[test]
fn what_a_give_up_leaves_has_its_retries_before_it() {
    let aged = retries("a 1 2@4000", "a fail*", 5).with(|case| {
        case.settings.batch_window = Duration::from_millis(4_500);
        case.settings.maximum_record_age_s = 5;
    });
    let (_, log) = aged.run();
    assert_eq!(log.iter().filter(|line| *line == "a[2] fail").count(), 6, "{log:?}");
    assert_eq!(log.last().unwrap(), "a loses 2..2 (1) RetryAttemptsExhausted");
}
