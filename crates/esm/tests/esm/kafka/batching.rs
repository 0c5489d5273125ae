//! What one invocation holds, and when it comes.

use std::time::Duration;

use super::world::{case, check};

#[test]
fn a_batch_holds_records_of_several_partitions_and_topics() {
    check(case("t-0 0 1; t-1 0; u-0 7", ""), &["[t-0:0,1 t-1:0 u-0:7] ok"]);
}

#[test]
fn a_batch_holds_no_more_than_batch_size_records_and_partitions_take_turns() {
    let small = |case: &mut super::world::Case<'_>| case.settings.batch_size = 2;
    check(case("t-0 0 1 2", "").with(small), &["[t-0:0,1] ok", "[t-0:2] ok"]);
    check(
        case("t-0 0 1 2 3; t-1 0 1", "").with(small),
        &["[t-0:0,1] ok", "[t-1:0,1] ok", "[t-0:2,3] ok"],
    );
}

#[test]
fn a_batch_fits_an_invocation() {
    // In base64 two of them are more than 6 MB.
    check(case("t-0 0x3000000 1x3000000", ""), &["[t-0:0] ok", "[t-0:1] ok"]);
    check(case("t-0 0x2000000 1x2000000", ""), &["[t-0:0,1] ok"]);
}

#[test]
fn a_batch_is_gathered_for_the_window_or_until_it_is_full() {
    let window = |case: &mut super::world::Case<'_>| {
        case.settings.batch_window = Duration::from_secs(2);
        case.settings.batch_size = 3;
        case.times = true;
    };
    check(
        case("t-0 0 1@1000; t-1 0@3000", "").with(window),
        &["2000 [t-0:0,1] ok", "4000 [t-1:0] ok"],
    );
    check(case("t-0 0 1@400 2@600", "").with(window), &["600 [t-0:0,1,2] ok"]);
}

#[test]
fn half_a_second_is_the_window_unless_another_is_set() {
    let window = |case: &mut super::world::Case<'_>| {
        (case.settings, case.times) = (cdc_esm::kafka::Settings::default(), true);
    };
    check(case("t-0 0 1@200", "").with(window), &["500 [t-0:0,1] ok"]);
}

#[test]
fn consumers_share_the_partitions_and_do_not_wait_for_each_other() {
    check(
        case("t-0 0 1@100; t-1 0; t-2 0 1@300", "t-0 slow900").with(|case| {
            (case.settings.consumers, case.times) = (2, true);
        }),
        &["10 [t-0:0 t-2:0] slow900", "10 [t-1:0] ok", "910 t-0 answers", "920 [t-0:1 t-2:1] ok"],
    );
}

#[test]
fn more_consumers_than_partitions_stand_idle() {
    check(
        case("t-0 0 1; t-1 0", "").with(|case| case.settings.consumers = 5),
        &["[t-0:0,1] ok", "[t-1:0] ok"],
    );
}

#[test]
fn listings_that_fail_are_made_again() {
    check(case("t-0 0 1; t-1 0", "").with(|case| case.failing_reads = 5), &["[t-0:0,1 t-1:0] ok"]);
}
