//! Message groups.

use super::world::{check, fifo};

#[test]
fn a_batch_holds_several_groups_each_in_order() {
    check(fifo("g/1 h/2 g/3 h/4", ""), &["[1 3 2 4] ok", "deleted 1 3 2 4"]);
}

#[test]
fn a_group_in_flight_gives_no_second_batch_and_others_go_on() {
    check(
        fifo("g/1 g/2 g/3 h/4 h/5@100", "slow500 slow700")
            .with(|case| (case.settings.batch_size, case.times) = (2, true)),
        &[
            "0 [1 2] slow500",
            "0 [4] slow700",
            "500 deleted 1 2",
            "500 [3] ok",
            "500 deleted 3",
            "700 deleted 4",
            "700 [5] ok",
            "700 deleted 5",
        ],
    );
}

#[test]
fn no_more_batches_run_than_there_are_groups() {
    check(
        fifo("g/1 g/2 g/3", "slow100 slow100 slow100")
            .with(|case| (case.settings.batch_size, case.times) = (1, true)),
        &[
            "0 [1] slow100",
            "100 deleted 1",
            "100 [2] slow100",
            "200 deleted 2",
            "200 [3] slow100",
            "300 deleted 3",
        ],
    );
}

#[test]
fn what_is_reported_holds_its_group_and_no_other() {
    check(
        fifo("g/1 g/2 g/3 h/4 g/5", "2,3").with(|case| {
            (case.settings.batch_size, case.times) = (3, true);
        }),
        &[
            "0 [1 2 3] 2,3",
            "0 returned 2 3: Reported",
            "0 deleted 1",
            "0 [4] ok",
            "0 deleted 4",
            "30000 [2 3 5] ok",
            "30000 deleted 2 3 5",
        ],
    );
}

#[test]
fn a_message_that_is_dead_lets_its_group_go_on() {
    check(
        fifo("g/1 g/2", "1,2 1,2").with(|case| case.receive_count_max = 2),
        &["[1 2] 1,2", "returned 1 2: Reported", "[1 2] 1,2", "returned 1 2: Reported", "dead 1 2"],
    );
    check(
        fifo("g/1 g/2", "fail").with(|case| {
            (case.settings.batch_size, case.receive_count_max) = (1, 1);
        }),
        &["[1] fail", "returned 1: Failed(FunctionError)", "dead 1", "[2] ok", "deleted 2"],
    );
}

#[test]
fn a_receipt_holds_until_the_visibility_timeout_and_no_longer() {
    let ran = fifo("g/1", "slow5000")
        .with(|case| (case.visibility, case.times) = (std::time::Duration::from_secs(5), true))
        .run();
    // The function's last moment is the receipt's: whoever is first, it is deleted once.
    let deleted = ran.log.iter().filter(|line| line.ends_with("deleted 1")).count();
    assert_eq!((deleted, ran.left.as_str()), (1, ""));
}
