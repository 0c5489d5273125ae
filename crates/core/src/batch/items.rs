//! Items: the single things to be settled, one per outbound event or dead letter.

use std::sync::Arc;

use crate::{
    claim_check::ClaimCheck,
    failure::Failure,
    objects::NewObject,
    outbound::OutboundEvent,
    pipeline::{EventId, PreparedUnit, RowId, TableId, Work},
};

/// What is to be done for an item.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Publish(Arc<OutboundEvent>),
    Bury(Failure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// To be done, perhaps behind others of its row.
    Waiting,
    /// In a request.
    InFlight,
    /// Confirmed by this run.
    Published,
    /// Confirmed in the dead-letter queue by this run.
    Buried,
    /// The ledger says so.
    Suppressed,
    /// Its tries are used up.
    GivenUp,
}

impl State {
    pub(super) fn is_settled(self) -> bool {
        match self {
            Self::Published | Self::Buried | Self::Suppressed => true,
            Self::Waiting | Self::InFlight | Self::GivenUp => false,
        }
    }
}

/// One thing to be settled.
#[derive(Debug)]
pub(super) struct Item {
    /// The record, by its place in the batch.
    pub(super) record: usize,
    /// The unit, by its place among all units of the batch.
    pub(super) unit: usize,
    /// The unit within the record, for the dead letter.
    pub(super) part: u32,
    /// Which of the record's events it is: what its claim is told apart by.
    pub(super) slot: u32,
    pub(super) task: Task,
    pub(super) rows: [Option<RowId>; 2],
    pub(super) table_id: Option<TableId>,
    /// Whether everything else of the table keeps its side of it (TRUNCATE).
    pub(super) barrier: bool,
    /// For the dead letter.
    pub(super) table: Option<Arc<str>>,
    pub(super) event_id: Option<EventId>,
    /// Which half of a changed key it is, for the dead letter.
    pub(super) half: Option<u32>,
    /// What is to be stored before anything else is done for it; its bytes are let go once they are.
    pub(super) object: Option<NewObject>,
    /// For the dead letter: where its record lies, once that is stored.
    pub(super) stored: Option<ClaimCheck>,
    /// What EventBridge counts for it.
    pub(super) bytes: usize,
    pub(super) state: State,
    /// Tries of what is to be done for it now.
    pub(super) attempts: u32,
    /// Tries before it became a dead letter.
    pub(super) attempts_before: u32,
    /// To be sent in a request of its own: one with others was refused as a whole.
    pub(super) alone: bool,
}

/// All items of a batch, in stream order.
#[derive(Debug, Default)]
pub(super) struct Items {
    items: Vec<Item>,
    units: usize,
}

impl Items {
    /// Adds what is to be done about a record's units. `of_half` is the one that a dead letter is about,
    /// where it is about one.
    pub(super) fn add(
        &mut self,
        record: usize,
        units: Vec<PreparedUnit>,
        event_source: &str,
        of_half: Option<u32>,
    ) {
        for unit in units {
            let tasks: Vec<(Option<EventId>, Task, Option<NewObject>)> = match unit.work {
                Work::Publish(events) => events
                    .into_iter()
                    .map(|it| (Some(it.event_id), Task::Publish(it.event), it.object))
                    .collect(),
                Work::Bury(failure) => vec![(unit.event_id, Task::Bury(failure), None)],
                Work::Skip(_) => Vec::new(),
            };
            let halves = tasks.len() > 1;
            let table: Option<Arc<str>> = unit.table.map(Into::into);
            for (half, (event_id, task, object)) in (0..).zip(tasks) {
                let bytes = match &task {
                    Task::Publish(event) => event.entry_bytes(event_source),
                    Task::Bury(_) => 0,
                };
                self.items.push(Item {
                    record,
                    unit: self.units,
                    part: unit.part,
                    slot: unit.part.saturating_mul(2).saturating_add(half),
                    task,
                    rows: unit.rows,
                    table_id: unit.table_id,
                    barrier: unit.barrier,
                    table: table.clone(),
                    event_id,
                    half: of_half.or(halves.then_some(half)),
                    object,
                    stored: None,
                    bytes,
                    state: State::Waiting,
                    attempts: 0,
                    attempts_before: 0,
                    alone: false,
                });
            }
            self.units += 1;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Item> {
        self.items.iter()
    }

    pub(super) fn get(&self, item: u32) -> &Item {
        &self.items[item as usize]
    }

    pub(super) fn get_mut(&mut self, item: u32) -> &mut Item {
        &mut self.items[item as usize]
    }

    /// The record and the slot of an item.
    pub(super) fn place(&self, index: usize) -> (usize, u32) {
        let item = &self.items[index];
        (item.record, item.slot)
    }

    pub(super) fn suppress(&mut self, index: usize) {
        self.items[index].state = State::Suppressed;
    }

    pub(super) fn retry(&mut self, item: u32) {
        self.get_mut(item).state = State::Waiting;
    }

    pub(super) fn all_settled(&self) -> bool {
        self.items.iter().all(|item| item.state.is_settled())
    }
}
