//! What is deleted, what comes again, and when.

use std::time::Duration;

use cdc_esm::sqs::RunError;

use super::world::{check, standard};

const REPORTED: &str = "returned b: Reported";

#[test]
fn nothing_said_deletes_all() {
    for answer in ["ok", "nothing", "null"] {
        check(standard("a b", answer), &[&format!("[a b] {answer}"), "deleted a b"]);
    }
}

#[test]
fn what_is_reported_comes_again_after_its_visibility_timeout_and_the_rest_is_deleted() {
    check(
        standard("a b c", "b").with(|case| case.times = true),
        &[
            "0 [a b c] b",
            "0 returned b: Reported",
            "0 deleted a c",
            "30000 [b] ok",
            "30000 deleted b",
        ],
    );
}

#[test]
fn reporting_all_deletes_nothing() {
    check(
        standard("a b", "b,a"),
        &["[a b] b,a", "returned a b: Reported", "[a b] ok", "deleted a b"],
    );
}

#[test]
fn an_answer_that_cannot_be_understood_deletes_nothing() {
    for (answer, fault) in [
        ("garbage", "NotJson"),
        ("badname", "NoIdentifier"),
        ("nullid", "NoIdentifier"),
        ("other", "NotInTheBatch"),
        ("a,other", "NotInTheBatch"),
        ("a,", "NoIdentifier"),
    ] {
        check(
            standard("a b", answer),
            &[
                &format!("[a b] {answer}"),
                &format!("returned a b: Failed(Answer({fault}))"),
                "[a b] ok",
                "deleted a b",
            ],
        );
    }
}

#[test]
fn without_reporting_the_answer_is_not_read() {
    for answer in ["b", "garbage", "other"] {
        check(
            standard("a b", answer).with(|case| case.settings.report_batch_item_failures = false),
            &[&format!("[a b] {answer}"), "deleted a b"],
        );
    }
}

#[test]
fn without_reporting_a_function_that_fails_deletes_nothing() {
    check(
        standard("a", "fail").with(|case| case.settings.report_batch_item_failures = false),
        &["[a] fail", "returned a: Failed(FunctionError)", "[a] ok", "deleted a"],
    );
}

#[test]
fn a_function_that_fails_or_is_too_slow_deletes_nothing() {
    check(
        standard("a b", "fail slow6000").with(|case| case.times = true),
        &[
            "0 [a b] fail",
            "0 returned a b: Failed(FunctionError)",
            "30000 [a b] slow6000",
            "35000 returned a b: Failed(TimedOut)",
            "60000 [a b] ok",
            "60000 deleted a b",
        ],
    );
}

#[test]
fn a_throttled_invocation_is_tried_again_by_the_mapping() {
    check(
        standard("a b", "throttle throttle b"),
        &[
            "[a b] throttle",
            "[a b] throttle",
            "[a b] b",
            REPORTED,
            "deleted a",
            "[b] ok",
            "deleted b",
        ],
    );
}

#[test]
fn a_throttled_invocation_is_given_back_when_the_visibility_timeout_is_over() {
    let ran = standard("a", "throttle*")
        .with(|case| {
            (case.times, case.receive_count_max) = (true, 2);
            case.visibility = Duration::from_secs(6);
        })
        .run();
    let rest: Vec<_> = ran.log.iter().filter(|line| !line.ends_with("throttle")).collect();
    let returned = ["6000 returned a: VisibilityOver", "12000 returned a: VisibilityOver"];
    assert_eq!(rest, [returned[0], returned[1], "12000 dead a", "12000 caught up"]);
    assert!(ran.log.len() > 12, "tried with backoff: {:?}", ran.log);
    assert_eq!(ran.dead, "a");
}

#[test]
fn what_would_be_received_too_often_goes_to_the_dead_letter_queue() {
    let case = || standard("a b", "b b b b").with(|case| case.receive_count_max = 3);
    check(
        case(),
        &["[a b] b", REPORTED, "deleted a", "[b] b", REPORTED, "[b] b", REPORTED, "dead b"],
    );
    let ran = case().run();
    let summary = ran.ended.unwrap().1;
    assert_eq!(ran.dead, "b");
    assert_eq!((summary.received, summary.deliveries, summary.deleted), (4, 3, 1));
    assert_eq!((summary.returned, summary.redriven, summary.passes), (3, 1, 1));
}

#[test]
fn a_deletion_that_fails_is_tried_again() {
    check(
        standard("a b", "").with(|case| case.failing = vec![("delete", 2)]),
        &["[a b] ok", "Delete failed", "Delete failed", "deleted a b"],
    );
    check(
        standard("a b", "").with(|case| case.failing = vec![("delete one", 1)]),
        &["[a b] ok", "deleted a", "deleted b"],
    );
}

#[test]
fn what_cannot_be_deleted_in_time_comes_again() {
    let ran = standard("a", "")
        .with(|case| {
            case.failing = vec![("delete", 8)];
            case.visibility = Duration::from_secs(5);
        })
        .run();
    let rest: Vec<_> = ran.log.iter().filter(|line| *line != "Delete failed").collect();
    assert_eq!(rest, ["[a] ok", "returned a: NotDeleted", "[a] ok", "deleted a", "caught up"]);
}

#[test]
fn an_answer_behind_the_visibility_timeout_settles_what_nobody_else_received() {
    check(
        standard("a", "slow5000").with(|case| {
            case.visibility = Duration::from_secs(5);
            case.settings.maximum_concurrency = 1;
        }),
        &["[a] slow5000", "deleted a"],
    );
}

#[test]
fn other_calls_that_fail_are_made_again() {
    check(
        standard("a", "").with(|case| case.failing = vec![("receive", 2), ("depth", 1)]),
        &["Depth failed", "Receive failed", "Receive failed", "[a] ok", "deleted a"],
    );
}

#[test]
fn a_queue_that_is_gone_ends_the_run() {
    let ran = standard("a", "").with(|case| case.gone = true).run();
    assert!(matches!(ran.ended, Err(RunError::Queue(_))));
}
