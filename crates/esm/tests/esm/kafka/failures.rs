//! What is delivered again after a failure, what is committed meanwhile, and what bisecting does.

use super::world::{Case, case, check};

fn commits<'a>(topics: &'a str, answers: &'a str) -> Case<'a> {
    case(topics, answers).with(|case| case.commits = true)
}

#[test]
fn a_batch_that_succeeds_is_committed_partition_by_partition() {
    check(commits("t-0 0 1; t-1 4", ""), &["[t-0:0,1 t-1:4] ok", "t-0 at 2", "t-1 at 5"]);
}

#[test]
fn a_failed_batch_is_delivered_again_as_it_is_and_nothing_of_it_is_committed() {
    for answer in ["fail", "timeout", "throttle", "garbage", "t-0:7", "t-1:0,t-0:7", "t-7:0"] {
        let answers = format!("t-0 {answer} {answer}");
        let failed = format!("[t-0:0,1 t-1:0] {answer}");
        let topics = "t-0 0 1 2@50; t-1 0";
        check(
            commits(topics, &answers),
            &[
                &failed,
                &failed,
                "[t-0:0,1 t-1:0] ok",
                "t-0 at 2",
                "t-1 at 1",
                "[t-0:2] ok",
                "t-0 at 3",
            ],
        );
    }
}

#[test]
fn without_provisioned_mode_a_failed_batch_is_retried_until_it_succeeds() {
    let on_demand = |case: &mut Case<'_>| {
        (case.settings.provisioned_mode, case.settings.report_batch_item_failures) = (false, false);
    };
    let ran = case("t-0 0", &format!("t-0{}", " fail".repeat(40))).with(on_demand).run();
    assert_eq!(ran.log.len(), 41);
    // An answer is an answer, whatever it says.
    for answer in ["t-0:0", "garbage"] {
        let answers = format!("t-0 {answer}");
        check(case("t-0 0", &answers).with(on_demand), &[&format!("[t-0:0] {answer}")]);
    }
}

#[test]
fn an_answer_that_says_nothing_settles_the_batch() {
    check(commits("t-0 0 1", "t-0 nothing"), &["[t-0:0,1] nothing", "t-0 at 2"]);
}

#[test]
fn of_each_partition_reported_the_rest_comes_again_and_all_others_are_committed() {
    check(
        commits("t-0 0 1 2; t-1 0 1; u-0 0", "t-0 t-0:1"),
        &[
            "[t-0:0,1,2 t-1:0,1 u-0:0] t-0:1",
            "t-0 at 1",
            "t-1 at 2",
            "u-0 at 1",
            "[t-0:1,2] ok",
            "t-0 at 3",
        ],
    );
    check(
        commits("t-0 0 1 2; t-1 0 1", "t-0 t-0:2,t-1:1,t-0:1,t-1:0"),
        &[
            "[t-0:0,1,2 t-1:0,1] t-0:2,t-1:1,t-0:1,t-1:0",
            "t-0 at 1",
            "[t-0:1,2 t-1:0,1] ok",
            "t-0 at 3",
            "t-1 at 2",
        ],
    );
}

#[test]
fn what_is_left_of_a_batch_is_not_topped_up() {
    check(
        case("t-0 0 1 2 3; t-1 0", "t-0 t-0:1").with(|case| case.settings.batch_size = 2),
        &["[t-0:0,1] t-0:1", "[t-0:1] ok", "[t-0:2 t-1:0] ok", "[t-0:3] ok"],
    );
}

#[test]
fn bisecting_splits_a_batch_that_fails_whole_and_keeps_each_partition_in_order() {
    let bisect = |case: &mut Case<'_>| {
        case.settings.bisect_batch_on_function_error = true;
        case.settings.maximum_retry_attempts = 0;
    };
    check(
        commits("t-0 0 1; t-1 0 1", "t-0 fail").with(bisect),
        &["[t-0:0,1 t-1:0,1] fail", "[t-0:0,1] ok", "t-0 at 2", "[t-1:0,1] ok", "t-1 at 2"],
    );
    check(
        commits("t-0 0 1 2", "t-0 fail ok fail").with(bisect),
        &[
            "[t-0:0,1,2] fail",
            "[t-0:0] ok",
            "t-0 at 1",
            "[t-0:1,2] fail",
            "[t-0:1] ok",
            "t-0 at 2",
            "[t-0:2] ok",
            "t-0 at 3",
        ],
    );
}

#[test]
fn bisecting_splits_a_partial_answer_where_it_was_reported_at_no_cost() {
    check(
        case("t-0 0 1 2; t-1 0", "t-0 t-0:1 t-0:2").with(|case| {
            case.settings.bisect_batch_on_function_error = true;
            case.settings.maximum_retry_attempts = 0;
        }),
        &["[t-0:0,1,2 t-1:0] t-0:1", "[t-0:1,2] t-0:2", "[t-0:2] ok"],
    );
}
