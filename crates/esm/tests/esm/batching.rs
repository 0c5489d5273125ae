//! How batches are cut: by size, by window, by payload.

use std::time::Duration;

use cdc_esm::Settings;

use crate::world::{Case, case, check};

fn window(stream: &'static str, batch_size: u32, window_ms: u64) -> Case<'static> {
    case(stream, "").with(|case| {
        case.settings.batch_size = batch_size;
        case.settings.batch_window = Duration::from_millis(window_ms);
        case.times = true;
    })
}

#[test]
fn a_batch_holds_at_most_batch_size_records() {
    check(
        case("a 1 2 3 4 5", "").with(|case| case.settings.batch_size = 2),
        &["a[1 2] ok", "a[3 4] ok", "a[5] ok"],
    );
}

#[test]
fn without_a_window_what_is_there_is_delivered_at_once() {
    check(window("a 1 2 3@1000", 100, 0), &["0 a[1 2] ok", "1000 a[3] ok"]);
}

#[test]
fn a_batch_is_gathered_for_the_window_and_the_next_window_begins_when_it_is_settled() {
    check(window("a 1 2@300 3@1500", 100, 1_000), &["1000 a[1 2] ok", "2000 a[3] ok"]);
}

#[test]
fn a_window_that_passes_over_an_empty_queue_begins_again_with_the_next_record() {
    check(window("a 1 2@5000", 100, 1_000), &["1000 a[1] ok", "6000 a[2] ok"]);
}

#[test]
fn a_full_batch_waits_for_no_window() {
    check(window("a 1 2 3", 2, 10_000), &["0 a[1 2] ok", "10000 a[3] ok"]);
}

#[test]
fn a_closed_shard_waits_for_no_window() {
    check(window("a 1; b<a 2", 100, 10_000), &["0 a[1] ok", "10000 b[2] ok"]);
}

#[test]
fn a_batch_is_cut_where_the_payload_is_full() {
    // Two of them are 5.3 MB in base64, three would be 8.
    check(case("a 1x2000000 2x2000000 3x2000000 4", ""), &["a[1 2] ok", "a[3 4] ok"]);
    check(window("a 1x2000000 2x2000000 3x2000000", 100, 5_000), &["0 a[1 2] ok", "5000 a[3] ok"]);
}

#[test]
fn a_record_larger_than_an_invocation_is_never_invoked_and_goes_by_age() {
    check(
        case("a 1x5000000 2@9000", "").with(|case| {
            case.settings = Settings {
                maximum_record_age_s: 10,
                maximum_retry_attempts: 0,
                ..Settings::default()
            };
        }),
        &["a loses 1..1 (1) RecordAgeExceeded", "a[2] ok"],
    );
}
