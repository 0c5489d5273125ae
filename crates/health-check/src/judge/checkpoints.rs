//! The checkpoints: how long the record behind each has waited.
//!
//! A checkpoint is a note, not the truth: it is compared with what lies behind it on its shard. On a
//! shard that nothing was noted of, whatever lies there has waited since it arrived.

use std::{cmp::Reverse, collections::HashMap};

use cdc_aws::probes::Ahead;
use cdc_core::{
    delivery::{CallError, CallErrorKind},
    ledger::Note,
    record::SequenceNumber,
};
use jiff::Timestamp;

use super::{counted, failed, spoken};
use crate::{
    component::{Finding, Measure, Part, Status},
    settings::Limits,
};

/// What was seen of the checkpoints.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Open shards of the stream.
    pub(crate) open: usize,
    /// The shards that were looked at.
    pub(crate) looked: Vec<Looked>,
}

/// What lies behind a shard's checkpoint.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) shard: String,
    pub(crate) ahead: Result<Ahead, CallError>,
}

/// A shard to look at, and behind which number.
pub(crate) type Look = (String, Option<SequenceNumber>);

/// Why checkpoints are not judged at all.
pub(crate) fn not_judged() -> Finding {
    Finding::not_judged(
        "not judged: with LEDGER_KEEP=failures a batch that went well moves no checkpoint; go by the \
         mapping's IteratorAge",
    )
}

/// A shard that has not answered in time.
pub(crate) fn silent_shard() -> CallError {
    CallError::new("GetRecords", CallErrorKind::Unavailable, None)
}

/// The shards to look at, `most` of them: those without a checkpoint first, then by its age.
pub(crate) fn chosen(open: Vec<String>, notes: &[Note], most: usize) -> Vec<Look> {
    let notes: HashMap<&str, &Note> =
        notes.iter().map(|note| (note.shard.as_str(), note)).collect();
    let mut looks: Vec<_> = open
        .into_iter()
        .map(|shard| {
            let note = notes.get(shard.as_str()).copied();
            (Reverse(note.is_none()), note.map(|note| note.arrived), shard, note)
        })
        .collect();
    looks.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
    looks.truncate(most);
    looks.into_iter().map(|(_, _, shard, note)| (shard, note.map(|n| n.number.clone()))).collect()
}

/// Judges what lies behind the checkpoints.
pub(crate) fn checkpoints(
    seen: Result<Seen, CallError>,
    now: Timestamp,
    limits: &Limits,
) -> Finding {
    let Seen { open, looked } = match seen {
        Ok(seen) => seen,
        Err(error) => return unknown(&error),
    };
    let waiting = looked.iter().filter_map(|look| Some((lag(look, now)?, look.shard.as_str())));
    let worst = waiting.max();
    let errors: Vec<&CallError> =
        looked.iter().filter_map(|look| look.ahead.as_ref().err()).collect();
    let (lag, mut status) = (worst.map_or(0, |(lag, _)| lag), Status::Healthy);
    let mut told = vec![position(looked.len(), open, worst)];
    if lag >= limits.lag_degraded_s {
        let unhealthy = lag >= limits.lag_unhealthy_s;
        status = if unhealthy { Status::Unhealthy } else { Status::Degraded };
        told.push("look at the processor's errors, and whether its mapping is enabled".to_owned());
    }
    if let Some(error) = errors.first() {
        let (count, failed) = (counted(errors.len(), "shard"), unknown(error).detail);
        status = status.max(Status::Degraded);
        told.push(format!("{count} could not be looked at: {failed}"));
    }
    let unread = looked.iter().filter(|look| look.ahead == Ok(Ahead::NotKnown)).count();
    if unread > 0 {
        let count = counted(unread, "shard");
        told.push(format!("of {count} one read told nothing: go by the mapping's IteratorAge"));
    }
    let known = looked.len() > errors.len() + unread || open == 0;
    let measures = known.then_some(Measure::CheckpointLag(lag));
    Finding::new(status, told.join("; ")).with(measures)
}

/// Not knowing is no failure of the pipeline: whatever is out of order is judged as itself.
fn unknown(error: &CallError) -> Finding {
    let finding = failed(Part::Checkpoints, error);
    Finding::new(Status::Degraded, finding.detail)
}

fn position(looked: usize, open: usize, worst: Option<(u64, &str)>) -> String {
    let shards = if looked == open {
        counted(open, "shard")
    } else {
        format!("{looked} of {open} shards, those with the oldest checkpoints")
    };
    match worst {
        None => format!("{shards}: nothing waits behind the checkpoints"),
        Some((lag, shard)) => {
            format!("{shards}: a record on shard {} has waited for {}", short(shard), spoken(lag))
        }
    }
}

/// How long the record behind a checkpoint has waited, where there is one.
fn lag(look: &Looked, now: Timestamp) -> Option<u64> {
    match look.ahead {
        Ok(Ahead::Record(arrived)) => {
            Some(now.duration_since(arrived).as_secs().try_into().unwrap_or(0))
        }
        Ok(Ahead::Nothing | Ahead::NotKnown) | Err(_) => None,
    }
}

/// A shard's number without its zeros: `3` for `shardId-000000000003`, whose twelve digits look like
/// an account's.
fn short(shard: &str) -> &str {
    let digits = shard.trim_start_matches("shardId-").trim_start_matches('0');
    if digits.is_empty() { "0" } else { digits }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_aws::probes::Ahead::{self, NotKnown, Nothing, Record};
    use cdc_core::{
        delivery::{CallError, CallErrorKind},
        ledger::Note,
        record::SequenceNumber,
    };
    use jiff::Timestamp;

    use super::{Looked, Seen, checkpoints, chosen, not_judged, short};
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

    /// Looks at shards 0, 1, 2 … of so many.
    fn check(looks: Vec<Look>, open: usize, status: Status, says: &[&str], lag: Option<u64>) {
        let shard = |(index, ahead)| Looked { shard: format!("shardId-{index:012}"), ahead };
        let looked = looks.into_iter().enumerate().map(shard).collect();
        let finding = checkpoints(Ok(Seen { open, looked }), now(), &Limits::default());
        assert_eq!(finding.status, status, "{finding:?}");
        assert_eq!(finding.detail.split("; ").collect::<Vec<_>>(), says);
        let lag: Vec<Measure> = lag.map(Measure::CheckpointLag).into_iter().collect();
        assert_eq!(finding.measures, lag, "{finding:?}");
    }

    const LOOK: &str = "look at the processor's errors, and whether its mapping is enabled";

    #[test]
    fn the_record_that_has_waited_longest_decides() {
        let tip = "2 shards: nothing waits behind the checkpoints";
        check(vec![Ok(Nothing), Ok(Nothing)], 2, Healthy, &[tip], Some(0));
        let some = "2 shards: a record on shard 1 has waited for 59 s";
        check(vec![waits(3), waits(59)], 2, Healthy, &[some], Some(59));
        let long = "2 shards: a record on shard 0 has waited for 1 min";
        check(vec![waits(60), Ok(Nothing)], 2, Degraded, &[long, LOOK], Some(60));
        let much = "1 shard: a record on shard 0 has waited for 10 min";
        check(vec![waits(600)], 1, Unhealthy, &[much, LOOK], Some(600));
        check(vec![], 0, Healthy, &["0 shards: nothing waits behind the checkpoints"], Some(0));
    }

    #[test]
    fn what_could_not_be_looked_at_is_said_and_never_hides_a_lag() {
        let failed = "1 shard could not be looked at: GetRecords failed: throttled";
        let tip = "2 shards: nothing waits behind the checkpoints";
        let (calls, limit) = ("too many calls", "if it lasts, ask for a higher limit");
        check(vec![Ok(Nothing), throttled()], 2, Degraded, &[tip, failed, calls, limit], Some(0));
        let much = "2 shards: a record on shard 1 has waited for 1 h";
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

    fn note(shard: &str, arrived: i64) -> Note {
        let arrived = Timestamp::from_second(arrived).unwrap();
        Note {
            partition: "note|coredb".to_owned(),
            shard: shard.to_owned(),
            number: SequenceNumber::parse("7").unwrap(),
            arrived,
            at: arrived,
            settled: 1,
            unsettled: 0,
        }
    }

    #[test]
    fn shards_without_a_checkpoint_and_with_the_oldest_are_looked_at_first() {
        let notes = [note("a", 30), note("b", 10), note("d", 20), note("gone", 1)];
        let open = || ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        for (most, expected) in [(9, "c b d a"), (4, "c b d a"), (2, "c b"), (0, "")] {
            let looks = chosen(open(), &notes, most);
            let shards: Vec<&str> = looks.iter().map(|(shard, _)| shard.as_str()).collect();
            assert_eq!(shards.join(" "), expected);
            for (shard, number) in looks {
                assert_eq!(number.is_none(), shard == "c");
            }
        }
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
}
