//! Bisecting: at the half after an error, at the record reported after an answer.

use crate::world::{Case, case, check};

fn bisecting(stream: &'static str, answers: &'static str, retries: i64) -> Case<'static> {
    case(stream, answers).with(|case| {
        case.settings.bisect_batch_on_function_error = true;
        case.settings.maximum_retry_attempts = retries;
    })
}

#[test]
fn an_error_splits_the_batch_and_the_halves_come_in_order() {
    for error in ["fail", "timeout", "garbage"] {
        let answers = format!("a {error} {error} ok");
        let case = Case { answers: &answers, ..bisecting("a 1 2 3 4 5", "", -1) };
        check(
            case,
            &[
                &format!("a[1 2 3 4 5] {error}"),
                &format!("a[1 2] {error}"),
                "a[1] ok",
                "a[2] ok",
                "a[3 4 5] ok",
            ],
        );
    }
}

#[test]
fn splitting_costs_no_retry_and_isolates_the_record_at_fault() {
    check(
        bisecting("a 1 2 3 4", "a fail ok fail fail ok", 0),
        &[
            "a[1 2 3 4] fail",
            "a[1 2] ok",
            "a[3 4] fail",
            "a[3] fail",
            "a loses 3..3 (1) RetryAttemptsExhausted",
            "a[4] ok",
        ],
    );
}

#[test]
fn a_report_splits_at_the_record_reported_and_costs_no_retry() {
    check(
        bisecting("a 1 2 3", "a 2 3 3", 0),
        &["a[1 2 3] 2", "a[2 3] 3", "a[3] 3", "a loses 3..3 (1) RetryAttemptsExhausted"],
    );
    check(
        bisecting("a 1 2 3", "a 1", 0),
        &["a[1 2 3] 1", "a loses 1..3 (3) RetryAttemptsExhausted"],
    );
}

#[test]
fn what_did_not_run_is_not_split() {
    check(bisecting("a 1 2", "a throttle", 0), &["a[1 2] throttle", "a[1 2] ok"]);
}

#[test]
fn a_function_that_takes_too_long_is_ended_at_its_timeout() {
    let case = bisecting("a 1 2", "a slow5000", 3)
        .with(|case| case.settings.function_timeout = std::time::Duration::from_secs(2));
    check(case, &["a[1 2] slow5000", "a[1] ok", "a[2] ok"]);
}
