//! One dead letter's way: as [`super::prepare`], for the one unit that failed.

use super::{Pipeline, Prepared, PreparedUnit, Preparer, Work, rejected};
use crate::{dead_letter::Replayable, failure::Failure};

/// Decides what becomes of what a letter is about, with the ids and the order that it would have had:
/// of one unit, or, where the record could not be taken apart then, of all that it says now. Whatever is
/// wrong with a unit becomes one to bury: then the new letter is about the same part and half, and
/// keeps the id and table of the old one where this try gets less far. Never empty.
#[must_use]
pub fn prepare_again(pipeline: &Pipeline, letter: &Replayable) -> Vec<PreparedUnit> {
    let prepared = match &letter.malformed {
        Some(error) => rejected(Failure::parse(error)),
        None => prepared(pipeline, letter),
    };
    meant(prepared, letter)
}

/// Those of the record's units that the letter is about.
fn meant(prepared: Prepared, letter: &Replayable) -> Vec<PreparedUnit> {
    if letter.whole && prepared.units.len() > 1 {
        return prepared.units;
    }
    let mut unit = the_one(prepared, letter.part);
    if let (Some(half), Work::Publish(events)) = (letter.half, &mut unit.work)
        && events.len() > 1
    {
        // By today's rules the key moved too: the other half has a fate of its own.
        *events = events.drain(..).skip(half as usize).take(1).collect();
    }
    if letter.half == Some(1) || unit.event_id.is_none() {
        unit.event_id = letter.event_id.clone();
    }
    if unit.table.is_none() {
        unit.table.clone_from(&letter.table);
    }
    if let (false, Work::Bury(failure)) = (letter.whole, &mut unit.work) {
        // One unit failed then, and the others have fates of their own, whatever is wrong today.
        failure.whole = false;
    }
    vec![unit]
}

fn prepared(pipeline: &Pipeline, letter: &Replayable) -> Prepared {
    let mut preparer = Preparer::new(pipeline, &letter.shard);
    // One record can't use up what a whole batch may.
    preparer
        .prepare_as(&letter.record, letter.key)
        .unwrap_or_else(|| rejected(Failure::parse("the record inflates to too much")))
}

fn the_one(prepared: Prepared, part: u32) -> PreparedUnit {
    let count = prepared.units.len();
    let alone = count == 1;
    let is_it = |unit: &PreparedUnit| unit.part == part || (alone && is_buried(unit));
    let mut unit = prepared.units.into_iter().find(is_it).unwrap_or_else(|| {
        let text = format!("the letter names part {part} of its record, which has {count}");
        rejected(Failure::parse(text)).units.remove(0)
    });
    unit.part = part;
    unit
}

/// Whether the unit fails; where it is the record's only one, the record may not have been taken apart
/// into units at all.
fn is_buried(unit: &PreparedUnit) -> bool {
    matches!(unit.work, Work::Bury(_))
}

#[cfg(test)]
mod tests {
    use super::{
        Failure, Prepared, PreparedUnit, Replayable, Work, meant, prepare_again, rejected,
    };
    use crate::{
        dead_letter::{Letter, read, write},
        envelope::OtherKind,
        pipeline::SkipReason,
        record::{RecordKey, expand},
        testing::{arrived, pipeline, raw, shard},
    };

    /// A letter about this part of a record of these bytes, or about all of it.
    fn letter(data: &str, part: u32, whole: bool) -> Replayable {
        let record = &expand(vec![raw(7, "k", data.to_owned())]).records[0];
        let text = write(&Letter {
            pipeline: "test",
            shard: &shard(),
            record,
            key: RecordKey::of(record),
            part,
            half: None,
            whole,
            table: None,
            event_id: None,
            carried: None,
            failure: &Failure::parse("x"),
            attempts: 1,
            last_attempt: arrived(),
            id_key: &pipeline().id_key,
        });
        read(&text).unwrap().replayable(&shard().stream_arn).unwrap()
    }

    /// A record that a later release takes apart into so many units.
    fn of_units(count: u32) -> Prepared {
        let unit = |part| PreparedUnit {
            part,
            work: Work::Skip(SkipReason::Other(OtherKind::Heartbeat)),
            ..rejected(Failure::parse("x")).units.remove(0)
        };
        Prepared { units: (0..count).map(unit).collect(), key: None }
    }

    /// Which parts of a record of three units a letter about this part is about.
    fn check(part: u32, whole: bool, expected: &[u32]) {
        let units = meant(of_units(3), &letter("{}", part, whole));
        let parts: Vec<u32> = units.iter().map(|unit| unit.part).collect();
        assert_eq!(parts, expected, "part {part}, whole {whole}");
    }

    #[test]
    fn a_letter_is_about_its_part_or_about_all_of_its_record() {
        check(0, true, &[0, 1, 2]);
        check(0, false, &[0]);
        check(2, false, &[2]);
    }

    #[test]
    fn a_letter_about_one_part_never_comes_to_be_about_the_whole_record() {
        for (data, part, whole) in
            [("{no", 0, true), ("{no", 1, false), ("{\"ts_ms\":1}", 1, false)]
        {
            let units = prepare_again(&pipeline(), &letter(data, part, whole));
            let [PreparedUnit { part: found, work: Work::Bury(failure), .. }] = &units[..] else {
                panic!("{data}: {units:?}")
            };
            assert_eq!((*found, failure.whole), (part, whole), "{data}");
        }
    }
}
