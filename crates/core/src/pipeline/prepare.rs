//! One record's way, from bytes to outbound events.

use std::cell::OnceCell;

use super::{
    Outgoing, Pipeline, Prepared, PreparedUnit, SkipReason, Work,
    drift::{drift, vanished},
    fit,
    identity::{self, Slot},
    interpret::interpret,
    keys::{RowKeys, TableId, row_keys},
    refused::{left_out, refuse_taken_names, require_something_told, unfit_failure, unlisted},
    time::{Stamp, stamp},
    unchanged,
};
use crate::{
    arena::Arena,
    envelope::{self, About, Unit},
    event::{ChangeEvent, Operation},
    failure::Failure,
    json::{Document, Node},
    record::{BATCH_RECORDS_MAX, InflateError, Inflater, Record, RecordKey, Shard, SourceKind},
    redact::{Facts, Moved, write_detail},
    rules::{Keys, TableRules, UnlistedTables},
};

/// Prepares the records of one batch: holds what they share (the budgets, scratch space).
#[derive(Debug)]
pub struct Preparer<'p> {
    pipeline: &'p Pipeline,
    shard: &'p Shard,
    kind: SourceKind,
    inflater: Inflater,
    /// Units of the records so far, but for the first of each.
    more_units: usize,
    scratch: Vec<Node>,
    arena: Arena,
}

/// Units of one batch, beside one for each record, beyond which the rest waits for another delivery. A
/// message with many rows is many of them, each with a detail of its own, and all of a batch's are held
/// at once.
const MORE_UNITS_MAX: usize = BATCH_RECORDS_MAX;

/// What all units of one record share.
struct Context<'c> {
    pipeline: &'c Pipeline,
    shard: &'c Shard,
    kind: SourceKind,
    record: &'c Record,
    arena: &'c Arena,
    key: OnceCell<RecordKey>,
    /// Of the record, and once it is decoded, of each of its units: about what a detail needs.
    bytes: usize,
}

impl<'p> Preparer<'p> {
    /// A preparer for records of this shard.
    #[must_use]
    pub fn new(pipeline: &'p Pipeline, shard: &'p Shard) -> Self {
        Self::with_inflater(pipeline, shard, Inflater::default())
    }

    /// The same with what is left of what the records of an invocation may inflate to.
    pub(crate) fn with_inflater(
        pipeline: &'p Pipeline,
        shard: &'p Shard,
        inflater: Inflater,
    ) -> Self {
        Self {
            pipeline,
            shard,
            kind: shard.kind(),
            inflater,
            more_units: 0,
            scratch: Vec::new(),
            arena: Arena::default(),
        }
    }

    /// What is left of it.
    pub(crate) fn into_inflater(self) -> Inflater {
        self.inflater
    }

    /// Decides what becomes of a record. Whatever is wrong with it becomes a unit to bury. `None`
    /// where the batch has used up what its records may inflate to, or how many units they may be: it
    /// and all behind it wait for another delivery.
    pub fn prepare(&mut self, record: &Record) -> Option<Prepared> {
        if self.more_units >= MORE_UNITS_MAX {
            return None;
        }
        let prepared = self.prepared(record, OnceCell::new())?;
        self.more_units += prepared.units.len().saturating_sub(1);
        Some(prepared)
    }

    /// The same for a record whose key is known, and could not be made again from its data.
    pub(super) fn prepare_as(&mut self, record: &Record, key: RecordKey) -> Option<Prepared> {
        self.prepared(record, key.into())
    }

    fn prepared(&mut self, record: &Record, key: OnceCell<RecordKey>) -> Option<Prepared> {
        let content = match self.inflater.inflate(&record.data) {
            Ok(content) => content,
            Err(InflateError::Exhausted) => return None,
            Err(error) => return Some(rejected(Failure::parse(format!("the record {error}")))),
        };
        self.arena.clear();
        let context = Context {
            pipeline: self.pipeline,
            shard: self.shard,
            kind: self.kind,
            record,
            arena: &self.arena,
            key,
            bytes: content.len(),
        };
        if content.iter().all(u8::is_ascii_whitespace) {
            return Some(context.decoded(None));
        }
        Some(match Document::parse(&content, std::mem::take(&mut self.scratch)) {
            Ok(document) => {
                let prepared = context.decoded(Some(&document));
                self.scratch = document.into_scratch();
                prepared
            }
            Err(error) => rejected(Failure::parse(format!("the record is {error}"))),
        })
    }
}

/// A record that could not be taken apart into units: one unit that fails.
#[must_use]
pub(crate) fn rejected(failure: Failure) -> Prepared {
    let unit = PreparedUnit {
        part: 0,
        table: None,
        event_id: None,
        rows: [None; 2],
        table_id: None,
        barrier: false,
        drifted: Vec::new(),
        work: Work::Bury(failure.of_whole_record()),
    };
    Prepared { units: vec![unit], key: None }
}

impl<'c> Context<'c> {
    /// The units of a document; none stands for an empty body.
    fn decoded(mut self, document: Option<&Document<'c>>) -> Prepared {
        let conventions = self.pipeline.rules.conventions();
        let context = envelope::Context { conventions, arena: self.arena };
        match envelope::decode(document, context) {
            Ok(units) => {
                self.bytes /= units.len().max(1);
                let vanished = vanished(document, &units, &self.pipeline.rules);
                let mut units = self.units(units);
                if let Some(first) = units.first_mut() {
                    first.drifted.extend(vanished);
                }
                Prepared { units, key: self.key.into_inner() }
            }
            Err(failure) => {
                let about = document.map(envelope::about).unwrap_or_default();
                self.undecodable(failure, &about)
            }
        }
    }

    /// A record that could not be decoded, but names a table: what is wrong with the rows of a table
    /// nobody listed is skipped or pointed to, as they are.
    fn undecodable(&self, failure: Failure, about: &About<'_>) -> Prepared {
        let Some(table) = &about.table else { return rejected(failure) };
        let rules = &self.pipeline.rules;
        let listed =
            rules.find(about.database.as_deref(), about.schema.as_deref(), table).is_some();
        let mut prepared = rejected(match rules.unlisted_tables() {
            UnlistedTables::Reject if !listed => failure.by_pointer(),
            UnlistedTables::Reject | UnlistedTables::Skip => failure,
        });
        for unit in &mut prepared.units {
            unit.table = Some(table.as_ref().into());
            if !listed && rules.unlisted_tables() == UnlistedTables::Skip {
                unit.work = Work::Skip(SkipReason::Unlisted);
            }
        }
        prepared
    }

    fn units(&self, units: Vec<Unit<'c>>) -> Vec<PreparedUnit> {
        (0..).zip(units).map(|(part, unit)| self.unit(part, unit)).collect()
    }

    fn unit(&self, part: u32, unit: Unit<'c>) -> PreparedUnit {
        let mut prepared = PreparedUnit {
            part,
            table: None,
            event_id: None,
            rows: [None; 2],
            table_id: None,
            barrier: false,
            drifted: Vec::new(),
            work: Work::Publish(Vec::new()),
        };
        prepared.work = match unit {
            Unit::Other(other) => Work::Skip(SkipReason::Other(other.kind)),
            Unit::Change(mut event) => {
                prepared.table = Some(event.table.as_ref().into());
                self.change(&mut event, &mut prepared).unwrap_or_else(Work::Bury)
            }
        };
        prepared
    }

    fn change(
        &self,
        event: &mut ChangeEvent<'c>,
        prepared: &mut PreparedUnit,
    ) -> Result<Work, Failure> {
        let rules = &self.pipeline.rules;
        let found = rules.find(event.database.as_deref(), event.schema.as_deref(), &event.table);
        let Some(table) = found else { return self.unlisted(event) };
        if let Some(reason) = left_out(event, table) {
            return Ok(Work::Skip(reason));
        }
        let retyped = interpret(event, table.columns(), self.arena);
        prepared.drifted = drift(event, table, &retyped)?;
        refuse_taken_names(event, table)?;
        let event = &*event;
        if matches!(table.keys(), Keys::Columns(_)) {
            prepared.table_id = Some(TableId::of(event));
            prepared.barrier = event.change.operation() == Operation::Truncate;
        }
        let keys = row_keys(event, table)?;
        require_something_told(event, keys.as_ref())?;
        if let Some(keys) = &keys {
            let from = keys.moved_from.as_ref().map(|from| from.row_id(event));
            prepared.rows = [Some(keys.key.row_id(event)), from];
        }
        let moved = keys.as_ref().is_some_and(|keys| keys.moved_from.is_some());
        if !moved && unchanged::is_left_out(event, table) {
            (prepared.rows, prepared.table_id) = ([None; 2], None);
            return Ok(Work::Skip(SkipReason::Unchanged));
        }
        let events = self.events(event, table, keys.as_ref(), prepared)?;
        Ok(Work::Publish(events))
    }

    fn unlisted(&self, event: &ChangeEvent<'_>) -> Result<Work, Failure> {
        match self.pipeline.rules.unlisted_tables() {
            UnlistedTables::Skip => Ok(Work::Skip(SkipReason::Unlisted)),
            UnlistedTables::Reject => Err(unlisted(event)),
        }
    }

    /// The events of a change: one, or two where its key moved.
    fn events(
        &self,
        event: &ChangeEvent<'_>,
        table: &TableRules,
        keys: Option<&RowKeys<'_>>,
        prepared: &mut PreparedUnit,
    ) -> Result<Vec<Outgoing>, Failure> {
        let stamp = stamp(&event.times, self.record.arrived);
        let whole = Half {
            operation: event.change.operation(),
            before: event.change.before(),
            after: event.change.after(),
            key: keys.map(|keys| &keys.key),
            moved: None,
            half: 0,
        };
        let moved = keys.and_then(|keys| Some((&keys.key, keys.moved_from.as_ref()?)));
        let mut write = |half| self.write(event, table, half, &stamp, prepared);
        let Some((to, from)) = moved else { return Ok(vec![write(whole)?]) };
        let delete = Half {
            operation: Operation::Delete,
            after: None,
            key: Some(from),
            moved: Some(Moved::To(to)),
            ..whole
        };
        let insert = Half {
            operation: Operation::Insert,
            before: None,
            moved: Some(Moved::From(from)),
            half: 1,
            ..whole
        };
        Ok(vec![write(delete)?, write(insert)?])
    }

    fn write(
        &self,
        event: &ChangeEvent<'_>,
        table: &TableRules,
        half: Half<'_, '_>,
        stamp: &Stamp<'_>,
        prepared: &mut PreparedUnit,
    ) -> Result<Outgoing, Failure> {
        let slot = Slot { part: prepared.part, half: half.half };
        let id_key = &self.pipeline.id_key;
        let event_id = identity::event_id(id_key, event, half.key, || self.key(), slot);
        let has_rows = prepared.table_id.is_some();
        let order = || identity::order(event, self.record, self.kind, prepared.part);
        let order = has_rows.then(order).flatten();
        let written = write_detail(
            &Facts {
                event,
                table,
                operation: half.operation,
                before: half.before,
                after: half.after,
                key: half.key,
                moved: half.moved,
                stamp,
                event_id: &event_id,
                order: order.as_deref(),
                shard: self.shard,
                position: &self.record.position,
                replay: self.pipeline.replay,
                conventions: self.pipeline.rules.conventions(),
            },
            self.bytes,
        );
        let written = written.map_err(|unfit| unfit_failure(&unfit))?;
        prepared.event_id.get_or_insert_with(|| event_id.clone());
        fit::outgoing(self.pipeline, event_id, written)
    }

    fn key(&self) -> RecordKey {
        *self.key.get_or_init(|| RecordKey::of(self.record))
    }
}

/// One event of a change.
struct Half<'e, 'a> {
    operation: Operation,
    before: Option<&'e crate::event::Row<'a>>,
    after: Option<&'e crate::event::Row<'a>>,
    key: Option<&'e super::keys::RowKey<'a>>,
    moved: Option<Moved<'e, 'a>>,
    half: u32,
}
