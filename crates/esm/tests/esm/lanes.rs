//! ParallelizationFactor: lanes beside each other, a partition key always in the same one.

use std::collections::HashSet;

use cdc_esm::EventFilter;

use crate::world::{Case, case, check};

/// Of two lanes `q` has the first and `p` the second.
fn lanes(stream: &'static str, answers: &'static str, factor: u32) -> Case<'static> {
    case(stream, answers).with(|case| case.settings.parallelization_factor = factor)
}

#[test]
fn a_lane_that_fails_stops_its_own_keys_only() {
    let (_, log) = lanes("a q/1 p/2 q/3 p/4", "a fail", 2).run();
    assert_eq!(log, ["a[1 3] fail", "a[2 4] ok", "a[1 3] ok"]);
}

#[test]
fn batches_of_a_shard_run_at_the_same_time() {
    let (_, log) = lanes("a q/1 p/2 q/3 p/4", "a slow50 slow10", 2).run();
    assert_eq!(log, ["a[1 3] slow50", "a[2 4] slow10", "a answers", "a answers"]);
}

#[test]
fn each_lane_gathers_its_own_batches() {
    let (_, log) =
        lanes("a q/1 p/2 q/3 p/4 q/5", "", 2).with(|case| case.settings.batch_size = 2).run();
    let found: HashSet<&str> = log.iter().map(String::as_str).collect();
    assert_eq!(found, HashSet::from(["a[1 3] ok", "a[2 4] ok", "a[5] ok"]));
}

#[test]
fn a_lane_that_fails_does_not_keep_the_others_from_being_read_on() {
    let (_, log) = lanes("a q/1 q/2 p/3 p/4", "a fail", 2)
        .with(|case| (case.settings.batch_size, case.manners.page) = (2, 1))
        .run();
    assert_eq!(log, ["a[1] fail", "a[3] ok", "a[4] ok", "a[1] ok", "a[2] ok"]);
}

#[test]
fn children_wait_for_every_lane_of_their_parents() {
    let (_, log) = lanes("a q/1 p/2; b<a q/3 p/4", "a fail fail fail", 2).run();
    let at = |line: &str| log.iter().position(|found| found == line).unwrap();
    let parents = at("a[1] ok").max(at("a[2] ok"));
    assert!(parents < at("b[3] ok").min(at("b[4] ok")), "{log:?}");
}

#[test]
fn what_the_filter_leaves_out_is_settled_unseen() {
    let odd = |record: &cdc_esm::StreamRecord| record.sequence.as_str().ends_with(['1', '3', '5']);
    let only_odd = |case: &mut Case<'_>| case.settings.filter = Some(EventFilter::new(odd));
    check(case("a 1 2 3 4 5 6", "").with(only_odd), &["a[1 3 5] ok"]);
    check(case("a 2 4; b<a 1 6", "").with(only_odd), &["b[1] ok"]);
}
