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
