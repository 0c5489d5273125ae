//! How batches are cut, and how many run at once.

use std::time::Duration;

use super::world::{Case, check, standard};

const MIB: usize = 1024 * 1024;

fn until(seconds: u64) -> impl FnOnce(&mut Case<'_>) {
    move |case| (case.times, case.stop_at) = (true, Some(Duration::from_secs(seconds)))
}

#[test]
fn a_receive_is_a_batch_of_at_most_the_batch_size() {
    check(
        standard("a b c d e", "").with(|case| case.settings.batch_size = 2),
        &["[a b] ok", "deleted a b", "[c d] ok", "deleted c d", "[e] ok", "deleted e"],
    );
}

#[test]
fn by_default_a_batch_has_ten() {
    check(
        standard("1 2 3 4 5 6 7 8 9 10 11", ""),
        &["[1 2 3 4 5 6 7 8 9 10] ok", "deleted 1 2 3 4 5 6 7 8 9 10", "[11] ok", "deleted 11"],
    );
}

#[test]
fn a_long_poll_brings_a_message_as_it_is_sent() {
    check(
        standard("a@123 b@40000", "").with(until(50)),
        &[
            "0 caught up",
            "123 [a] ok",
            "123 deleted a",
            "123 caught up",
            "40000 [b] ok",
            "40000 deleted b",
            "40000 caught up",
        ],
    );
}

#[test]
fn a_window_gathers_from_the_first_message_on() {
    check(
        standard("a@300 b@800 c@1299 d@1301", "")
            .with(|case| case.settings.batch_window = Duration::from_secs(1))
            .with(until(3)),
        &[
            "0 caught up",
            "1300 [a b c] ok",
            "1300 deleted a b c",
            "1300 caught up",
            "2301 [d] ok",
            "2301 deleted d",
            "2301 caught up",
        ],
    );
}

#[test]
fn a_full_batch_does_not_wait_for_its_window() {
    let bodies: Vec<_> = (1..=13).map(|number| number.to_string()).collect();
    check(
        standard(&format!("{} 14@100", bodies.join(" ")), "").with(|case| {
            case.settings.batch_window = Duration::from_secs(60);
            case.settings.batch_size = 12;
            case.visibility = Duration::from_secs(600);
            case.times = true;
        }),
        &[
            "0 [1 2 3 4 5 6 7 8 9 10 11 12] ok",
            "0 deleted 1 2 3 4 5 6 7 8 9 10 11 12",
            "60000 [13 14] ok",
            "60000 deleted 13 14",
        ],
    );
}

#[test]
fn a_batch_is_cut_before_it_is_larger_than_an_invocation() {
    // Each counts twice: a quotation mark is escaped.
    let bodies = vec!["\"".repeat(MIB - 100); 5];
    let ran = standard(&bodies.join(" "), "")
        .with(|case| {
            case.settings.batch_window = Duration::from_secs(1);
            case.settings.batch_size = 100;
        })
        .run();
    let (ended, summary) = ran.ended.unwrap();
    assert_eq!((ended, summary.deliveries), (cdc_esm::Ended::Settled, 3), "2, 2 and 1");
    assert_eq!((summary.received, summary.deleted), (5, 5));
}

#[test]
fn so_many_batches_run_at_once_and_no_more() {
    check(
        standard("a b c", "slow500 slow400").with(|case| {
            (case.settings.batch_size, case.settings.maximum_concurrency) = (1, 2);
            case.times = true;
        }),
        &[
            "0 [a] slow500",
            "0 [b] slow400",
            "400 deleted b",
            "400 [c] ok",
            "400 deleted c",
            "500 deleted a",
        ],
    );
}

#[test]
fn a_batch_that_was_cut_short_waits_for_its_turn() {
    // Two fill an invocation; the third one's window ends while they are under way.
    let bodies = vec!["\"".repeat(MIB - 100); 3];
    let ran = standard(&bodies.join(" "), "slow1500")
        .with(|case| {
            case.settings.batch_window = Duration::from_secs(1);
            (case.settings.batch_size, case.settings.maximum_concurrency) = (100, 1);
            case.times = true;
        })
        .run();
    let starts = ran.log.iter().filter_map(|line| line.split_once(" [")).map(|(at, _)| at);
    assert_eq!(starts.collect::<Vec<_>>(), ["0", "1500"]);
}
