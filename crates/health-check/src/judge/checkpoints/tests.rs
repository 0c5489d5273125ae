use std::time::Duration;

use cdc_aws::probes::Ahead::{self, NotKnown, Nothing, Record};
use cdc_core::delivery::{CallError, CallErrorKind};
use jiff::Timestamp;

use super::{Looked, Seen, Shards, checkpoints, not_judged, short};
use crate::{
    component::{
        Measure,
        Status::{self, Degraded, Healthy, Unhealthy},
    },
    settings::Limits,
};

type Look = Result<Ahead, CallError>;

fn now() -> Timestamp {
    "2024-01-15T10:30:00Z".parse().unwrap()
}

/// A record that has waited so long.
fn waits(seconds: u64) -> Look {
    Ok(Record(now() - Duration::from_secs(seconds)))
}

fn throttled() -> Look {
    Err(CallError::new("GetRecords", CallErrorKind::Throttled, None))
}

/// Looks at shards 0, 1, 2 … of so many, all of them with a checkpoint.
fn check(looks: Vec<Look>, open: usize, status: Status, says: &[&str], lag: Option<u64>) {
    let looks = looks.into_iter().map(|ahead| (true, ahead)).collect();
    judged(looks, Shards { open, closed: 0 }, status, says, lag);
}

/// Looks at shards 0, 1, 2 …, with a checkpoint or without.
fn judged(
    looks: Vec<(bool, Look)>,
    shards: Shards,
    status: Status,
    says: &[&str],
    lag: Option<u64>,
) {
    let looks = looks.into_iter().enumerate();
    let looked = looks.map(|(index, (is_noted, ahead))| Looked {
        shard: format!("shardId-{index:012}"),
        is_noted,
        ahead,
    });
    let seen = Seen { shards, looked: looked.collect() };
    let finding = checkpoints(Ok(seen), now(), &Limits::default());
    assert_eq!(finding.status, status, "{finding:?}");
    assert_eq!(finding.detail.split("; ").collect::<Vec<_>>(), says);
    let lag: Vec<Measure> = lag.map(Measure::CheckpointLag).into_iter().collect();
    assert_eq!(finding.measures, lag, "{finding:?}");
}

const LOOK: &str = "look at the processor's errors, and whether its mapping is enabled";

#[test]
fn the_record_that_has_waited_longest_decides_and_each_is_told() {
    let tip = "2 shards: nothing waits behind the checkpoints";
    check(vec![Ok(Nothing), Ok(Nothing)], 2, Healthy, &[tip], Some(0));
    let some = "2 shards: a record has waited on shard 1 for 59 s, on shard 0 for 3 s";
    check(vec![waits(3), waits(59)], 2, Healthy, &[some], Some(59));
    let long = "2 shards: a record has waited on shard 0 for 1 min";
    check(vec![waits(60), Ok(Nothing)], 2, Degraded, &[long, LOOK], Some(60));
    let much = "1 shard: a record has waited on shard 0 for 10 min";
    check(vec![waits(600)], 1, Unhealthy, &[much, LOOK], Some(600));
    check(vec![], 0, Healthy, &["0 shards: nothing waits behind the checkpoints"], Some(0));
}

#[test]
fn the_worst_five_are_told_and_the_others_counted() {
    let five = "on shard 6 for 6 s, on shard 5 for 5 s, on shard 4 for 4 s, on shard 3 for 3 s, on \
                shard 2 for 2 s";
    let all = format!("7 shards: a record has waited {five}, and on 2 more");
    check((0..7).map(waits).collect(), 7, Healthy, &[&all], Some(6));
    let none = "never processed, or the checkpoint was reset: a record lies";
    let looks = (0..7).map(|seconds| (false, waits(seconds))).collect();
    let tip = "7 shards: nothing waits behind the checkpoints";
    let all = format!("{none} {five}, and on 2 more");
    judged(looks, Shards { open: 7, closed: 0 }, Healthy, &[tip, &all], None);
}

#[test]
fn a_shard_without_a_checkpoint_is_degraded_at_most() {
    let tip = "2 shards: nothing waits behind the checkpoints";
    let none = |time: &str| {
        format!("never processed, or the checkpoint was reset: a record lies on shard 1 for {time}")
    };
    let two = Shards { open: 2, closed: 0 };
    for (seconds, time, status) in
        [(59, "59 s", Healthy), (60, "1 min", Degraded), (86_400, "1 d", Degraded)]
    {
        let looks = vec![(true, Ok(Nothing)), (false, waits(seconds))];
        judged(looks, two, status, &[tip, &none(time)], Some(0));
    }
    let behind = "2 shards: a record has waited on shard 0 for 10 min";
    let looks = vec![(true, waits(600)), (false, waits(3600))];
    judged(looks, two, Unhealthy, &[behind, LOOK, &none("1 h")], Some(600));
    judged(vec![(false, Ok(Nothing)), (false, Ok(Nothing))], two, Healthy, &[tip], Some(0));
}

#[test]
fn a_closed_shard_with_a_backlog_counts_as_any_other() {
    let behind = "1 shard and 1 closed: a record has waited on shard 1 for 1 h";
    let looks = vec![(true, Ok(Nothing)), (true, waits(3600))];
    judged(looks, Shards { open: 1, closed: 1 }, Unhealthy, &[behind, LOOK], Some(3600));
    let part = "1 of 200 shards and 30 closed, those with the oldest checkpoints: nothing waits behind \
                the checkpoints";
    let shards = Shards { open: 200, closed: 30 };
    judged(vec![(true, Ok(Nothing))], shards, Healthy, &[part], Some(0));
}

#[test]
fn what_could_not_be_looked_at_is_said_and_never_hides_a_lag() {
    let failed = "1 shard could not be looked at: GetRecords failed: throttled";
    let tip = "2 shards: nothing waits behind the checkpoints";
    let (calls, limit) = ("too many calls", "if it lasts, ask for a higher limit");
    check(vec![Ok(Nothing), throttled()], 2, Degraded, &[tip, failed, calls, limit], Some(0));
    let much = "2 shards: a record has waited on shard 1 for 1 h";
    check(
        vec![throttled(), waits(3600)],
        2,
        Unhealthy,
        &[much, LOOK, failed, calls, limit],
        Some(3600),
    );
    let none = "1 shard: nothing waits behind the checkpoints";
    check(vec![throttled()], 1, Degraded, &[none, failed, calls, limit], None);
    let unread = "of 1 shard one read told nothing: go by the mapping's IteratorAge";
    check(vec![Ok(NotKnown)], 1, Healthy, &[none, unread], None);
    let part = "1 of 300 shards, those with the oldest checkpoints: nothing waits behind the \
                checkpoints";
    check(vec![Ok(Nothing)], 300, Healthy, &[part], Some(0));
}

#[test]
fn checkpoints_that_cannot_be_read_are_degraded() {
    for kind in [CallErrorKind::Denied, CallErrorKind::Unavailable, CallErrorKind::Throttled] {
        let error = CallError::new("Query", kind, None);
        let finding = checkpoints(Err(error), now(), &Limits::default());
        assert_eq!((finding.status, finding.measures.len()), (Degraded, 0), "{kind:?}");
    }
    let finding = not_judged();
    assert_eq!((finding.status, finding.judged), (Healthy, false));
    assert!(finding.detail.contains("IteratorAge"), "{finding:?}");
}

#[test]
fn a_shard_is_named_without_twelve_digits() {
    for (shard, expected) in [
        ("shardId-000000000003", "3"),
        ("shardId-000000000000", "0"),
        ("shardId-000000000120", "120"),
    ] {
        assert_eq!(short(shard), expected);
    }
}
