//! Two configurations, and a record's way through both.

use std::sync::Arc;

use cdc_core::{
    claim_check::Buckets,
    envelope::Unit,
    event::ChangeEvent,
    pipeline::{ID_KEY_BYTES_MIN, IdKey, Pipeline, Preparer, Work},
    reading::{Content, Contents},
    record::{RawRecord, Shard},
    redact::compare,
    rules::{Rules, TableRules},
};
use jiff::Timestamp;

use super::tally::{Fate, Tally};
use crate::decode::Line;

/// The two configurations.
pub(super) struct Pair {
    old: Pipeline,
    new: Pipeline,
    shard: Shard,
}

impl Pair {
    pub(super) fn new(old: Rules, new: Rules) -> Self {
        let shard = Shard { stream_arn: "".into(), id: "".into() };
        Self { old: pipeline(old), new: pipeline(new), shard }
    }

    /// Compares what becomes of each unit of a line.
    pub(super) fn line(&self, line: &Line, tally: &mut Tally) {
        let Some(bytes) = &line.bytes else {
            tally.unreadable += 1;
            return;
        };
        let contents = Contents::of_json(bytes).unwrap_or_else(|| {
            Contents::of_records([RawRecord {
                data: bytes.clone().into(),
                partition_key: "".into(),
                number: 0.into(),
                arrived: Timestamp::UNIX_EPOCH,
            }])
        });
        for content in contents.by(self.new.rules.conventions()) {
            match content {
                Ok(content) => self.content(&content, tally),
                Err(_) => tally.unreadable += 1,
            }
        }
    }

    fn content(&self, content: &Content, tally: &mut Tally) {
        let fates = |pipeline: &Pipeline| -> Vec<Fate> {
            let mut preparer = Preparer::new(pipeline, &self.shard);
            let prepared = preparer.prepare(content.record());
            let units = prepared.into_iter().flat_map(|prepared| prepared.units);
            units.map(|unit| fate(&unit.work)).collect()
        };
        let (old, new) = (fates(&self.old), fates(&self.new));
        let Ok(units) = content.units() else {
            // One of the two reads it, perhaps: then its producer is told otherwise.
            if old != new {
                tally.fate("", old.first().copied(), new.first().copied());
            }
            tally.unreadable += 1;
            return;
        };
        for (part, unit) in units.iter().enumerate() {
            let Unit::Change(event) = unit else { continue };
            self.change(event, (old.get(part).copied(), new.get(part).copied()), tally);
        }
    }

    fn change(
        &self,
        event: &ChangeEvent<'_>,
        (was, is): (Option<Fate>, Option<Fate>),
        tally: &mut Tally,
    ) {
        tally.changes += 1;
        let find = |pipeline: &'_ Pipeline, fate: Option<Fate>| -> Option<TableRules> {
            let published = fate == Some(Fate::Published);
            let rules = &pipeline.rules;
            let (database, schema) = (event.database.as_deref(), event.schema.as_deref());
            published.then(|| rules.find(database, schema, &event.table).cloned()).flatten()
        };
        let (old, new) = (find(&self.old, was), find(&self.new, is));
        if was != is {
            tally.fate(&event.table, was, is);
        }
        if let (Some(old), Some(new)) = (&old, &new)
            && old.event_type() != new.event_type()
        {
            tally.event_type(&event.table, old.event_type(), new.event_type());
        }
        compare(event, old.as_ref(), new.as_ref(), &mut |difference| {
            tally.field(&event.table, &difference);
        });
    }
}

/// Ids are not compared, so any key will do.
fn pipeline(rules: Rules) -> Pipeline {
    Pipeline {
        rules: Arc::new(rules.with_fixed_keys()),
        id_key: IdKey::new(&[0; ID_KEY_BYTES_MIN]).expect("it is long enough"),
        event_source: "cdc-pipeline".into(),
        replay: false,
        buckets: Buckets::default(),
    }
}

fn fate(work: &Work) -> Fate {
    match work {
        Work::Publish(_) => Fate::Published,
        Work::Skip(reason) => Fate::Skipped(reason.as_str()),
        Work::Bury(failure) => Fate::Buried(failure.code.as_str()),
    }
}
