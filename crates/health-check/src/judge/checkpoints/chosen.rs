//! Which shards are looked at, and behind which number.

use std::collections::HashMap;

use cdc_aws::probes;
use cdc_core::{ledger::Note, record::SequenceNumber};

/// Most shards that are looked at: two calls each, inside the one bound.
pub(super) const SHARDS_LOOKED_AT_MAX: usize = 100;

/// Most closed ones of these. Most of them were read to their end long ago, which takes a look to
/// know: they shall not crowd out those that take records.
pub(super) const CLOSED_LOOKED_AT_MAX: usize = 25;

/// Shards that there are to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shards {
    /// That take records.
    pub(crate) open: usize,
    /// That take none any more, and whose checkpoint is not at their end.
    pub(crate) closed: usize,
}

impl Shards {
    pub(crate) fn all(self) -> usize {
        self.open + self.closed
    }
}

/// A choice of shards.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// What there is to choose from.
    pub(crate) shards: Shards,
    /// The shards to look at, and behind which number.
    pub(crate) looks: Vec<(String, Option<SequenceNumber>)>,
}

/// The shards to look at: those without a checkpoint first, then by its age.
///
/// Of the closed ones those that have a checkpoint: while such a shard has a backlog, its children
/// wait for it and stay empty. Without a checkpoint nobody knows whether it was read to its end.
pub(crate) fn chosen(shards: probes::Shards, notes: &[Note]) -> Chosen {
    let notes: HashMap<&str, &Note> =
        notes.iter().map(|note| (note.shard.as_str(), note)).collect();
    let mut closed: Vec<(Option<&Note>, String)> = Vec::new();
    for shard in shards.closed {
        let note = notes.get(shard.id.as_str()).filter(|note| note.number < shard.end);
        closed.extend(note.map(|note| (Some(*note), shard.id)));
    }
    let open = shards.open.into_iter().map(|shard| (notes.get(shard.as_str()).copied(), shard));
    let mut looks: Vec<_> = open.collect();
    let there = Shards { open: looks.len(), closed: closed.len() };
    by_age(&mut closed);
    closed.truncate(CLOSED_LOOKED_AT_MAX);
    looks.append(&mut closed);
    by_age(&mut looks);
    looks.truncate(SHARDS_LOOKED_AT_MAX);
    let looks =
        looks.into_iter().map(|(note, shard)| (shard, note.map(|note| note.number.clone())));
    Chosen { shards: there, looks: looks.collect() }
}

/// Those without a checkpoint come first.
fn by_age(looks: &mut [(Option<&Note>, String)]) {
    looks.sort_by(|(one_note, one), (other_note, other)| {
        let arrived = |note: &Option<&Note>| note.map(|note| note.arrived);
        arrived(one_note).cmp(&arrived(other_note)).then_with(|| one.cmp(other))
    });
}

#[cfg(test)]
mod tests {
    use cdc_aws::probes::{self, ClosedShard};
    use cdc_core::{ledger::Note, record::SequenceNumber};
    use jiff::Timestamp;

    use super::{CLOSED_LOOKED_AT_MAX, SHARDS_LOOKED_AT_MAX, Shards, chosen};

    fn number(digits: &str) -> SequenceNumber {
        SequenceNumber::parse(digits).unwrap()
    }

    /// A note at number 7.
    fn note(shard: &str, arrived: i64) -> Note {
        let arrived = Timestamp::from_second(arrived).unwrap();
        Note {
            partition: "note|coredb".to_owned(),
            shard: shard.to_owned(),
            number: number("7"),
            arrived,
            at: arrived,
            settled: 1,
            unsettled: 0,
        }
    }

    fn closed(id: &str, end: &str) -> ClosedShard {
        ClosedShard { id: id.to_owned(), end: number(end) }
    }

    #[test]
    fn shards_without_a_checkpoint_and_with_the_oldest_are_looked_at_first() {
        let notes = [note("a", 30), note("b", 10), note("d", 20), note("gone", 1)];
        let open = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let chosen = chosen(probes::Shards { open, closed: vec![] }, &notes);
        let shards: Vec<&str> = chosen.looks.iter().map(|(shard, _)| shard.as_str()).collect();
        assert_eq!(shards.join(" "), "c b d a");
        for (shard, number) in chosen.looks {
            assert_eq!(number.is_none(), shard == "c");
        }
    }

    #[test]
    fn a_closed_shard_is_looked_at_while_its_checkpoint_is_not_at_its_end() {
        let notes = [note("behind", 10), note("done", 5), note("passed", 6), note("open", 7)];
        let closed = vec![
            closed("behind", "10"),
            closed("done", "7"),
            closed("passed", "6"),
            closed("unnoted", "10"),
        ];
        let chosen = chosen(probes::Shards { open: vec!["open".into()], closed }, &notes);
        let behind = Some(number("7"));
        assert_eq!(chosen.looks, [("open".into(), behind.clone()), ("behind".into(), behind)]);
        assert_eq!(chosen.shards, Shards { open: 1, closed: 1 });
    }

    #[test]
    fn many_shards_are_bounded_and_closed_ones_crowd_nobody_out() {
        let named = |kind: &str, count| -> Vec<String> {
            (0..count).map(|index| format!("{kind}{index:03}")).collect()
        };
        for (open, done, opened, ended) in
            [(10, 200, 10, CLOSED_LOOKED_AT_MAX), (300, 200, 75, CLOSED_LOOKED_AT_MAX)]
        {
            let open = named("open", open);
            let closed: Vec<_> = named("done", done).iter().map(|id| closed(id, "9")).collect();
            let notes = open.iter().map(|shard| note(shard, 500));
            let notes: Vec<_> = notes.chain(closed.iter().map(|one| note(&one.id, 1))).collect();
            let (all, ends) = (open.len(), closed.len());
            let chosen = chosen(probes::Shards { open, closed }, &notes);
            let looks = chosen.looks.iter();
            let (taking, finished): (Vec<_>, Vec<_>) =
                looks.partition(|(shard, _)| shard.starts_with("open"));
            assert_eq!((taking.len(), finished.len()), (opened, ended));
            assert!(chosen.looks.len() <= SHARDS_LOOKED_AT_MAX);
            assert_eq!(chosen.shards, Shards { open: all, closed: ends });
        }
    }
}
