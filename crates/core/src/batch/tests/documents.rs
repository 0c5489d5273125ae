//! What the mapping gave up, replayed by the same machine with the ledger; and what it would come to.

use std::collections::BTreeMap;

use super::world::{World, records, settings};
use crate::{
    batch::{Batch, Counts},
    delivery::BusCode,
    testing,
};

const WORDS: &str = "a1 ? ~ b1 a2+c1 a3";

#[test]
fn a_replay_is_claimed_and_moves_no_checkpoint() {
    for (replay, notes) in [(false, 1), (true, 0)] {
        let mut world = World::new();
        world.pipeline.replay = replay;
        world.deliver(records(WORDS));
        assert_eq!((world.writes, world.notes), (1, notes), "replay: {replay}");
        assert!(world.details.iter().all(|detail| detail["metadata"]["replay"] == replay));
        // With nothing to claim there is nothing to write either.
        world.deliver(records("~ ~"));
        assert_eq!((world.writes, world.notes), (1 + notes, 2 * notes), "replay: {replay}");
    }
}

#[test]
fn what_a_batch_would_come_to_is_told_without_doing_it() {
    let mut world = World::new();
    let foreseen = |world: &World| {
        let (shard, pipeline) = (testing::shard(), &world.pipeline);
        Batch::new(shard, records(WORDS), pipeline, settings(), "r").foreseen(&world.claims)
    };
    let counts = |published, suppressed, parse| Counts {
        published,
        suppressed,
        skipped: BTreeMap::from([("heartbeat", 1)]),
        dead_lettered: if parse { BTreeMap::from([("PARSE_ERROR", 1)]) } else { BTreeMap::new() },
        unsettled: 0,
    };
    assert_eq!(foreseen(&world), counts(5, 0, true));
    world.judge = Box::new(|label, _| (label == "a2").then_some(BusCode::Throttling));
    let report = world.deliver(records(WORDS));
    assert_eq!((report.counts().unsettled, world.accepted.len()), (2, 3));
    // `a2` was refused and `a3` held behind it; the rest is claimed, the letter too.
    assert_eq!(foreseen(&world), counts(2, 4, false));
    world.judge = Box::new(|_, _| None);
    assert_eq!(world.deliver(records(WORDS)).counts(), counts(2, 4, false));
}
