//! The order of rows: which items wait for which, and which are ready.
//!
//! Each item waits for the one before it of each row that it occupies. A TRUNCATE waits for all
//! earlier items of its table, and all later ones wait for it. Of a message group each item waits for
//! the one before it. What is ready is taken lowest first, so every attempt moves the head of the batch.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use super::{
    items::{Item, Items, Task},
    source::Source,
};
use crate::pipeline::{RowId, TableId};

/// No further edge.
const END: u32 = u32::MAX;

/// Which items wait for which, and which wait for nothing.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// For each item, how many it waits for.
    blockers: Vec<u32>,
    /// For each item, its first edge to an item that waits for it.
    first_edge: Vec<u32>,
    /// Who waits, and the next edge of the same item.
    edges: Vec<(u32, u32)>,
    publish: BinaryHeap<Reverse<u32>>,
    bury: BinaryHeap<Reverse<u32>>,
    store: BinaryHeap<Reverse<u32>>,
}

/// What the items of one table have been, so far.
#[derive(Default)]
struct TableState {
    barrier: Option<u32>,
    since: Vec<u32>,
}

impl Order {
    /// The order of all items that are not settled yet.
    pub(super) fn of(items: &Items, source: &Source) -> Self {
        let mut order = Self {
            blockers: vec![0; items.len()],
            first_edge: vec![END; items.len()],
            ..Self::default()
        };
        let mut rows: HashMap<RowId, u32> = HashMap::with_capacity(items.len());
        let mut tables: HashMap<TableId, TableState> = HashMap::new();
        let mut groups: HashMap<u32, u32> = HashMap::new();
        let has_barriers = items.iter().any(|item| item.barrier);
        for (index, item) in (0..).zip(items.iter()) {
            if item.state.is_settled() {
                continue;
            }
            for row in item.rows.iter().flatten() {
                if let Some(earlier) = rows.insert(*row, index)
                    && earlier != index
                {
                    order.wait(index, earlier);
                }
            }
            if let Some(group) = source.group(item.record)
                && let Some(earlier) = groups.insert(group, index)
            {
                order.wait(index, earlier);
            }
            if let (true, Some(table)) = (has_barriers, item.table_id) {
                order.keep_sides(index, item, tables.entry(table).or_default());
            }
            if order.blockers[index as usize] == 0 {
                order.ready(index, items);
            }
        }
        order
    }

    fn keep_sides(&mut self, index: u32, item: &Item, table: &mut TableState) {
        if let Some(barrier) = table.barrier {
            self.wait(index, barrier);
        }
        if item.barrier {
            for earlier in table.since.drain(..) {
                self.wait(index, earlier);
            }
            table.barrier = Some(index);
        } else {
            table.since.push(index);
        }
    }

    fn wait(&mut self, item: u32, earlier: u32) {
        self.blockers[item as usize] += 1;
        let edge = self.edges.len() as u32;
        let next = std::mem::replace(&mut self.first_edge[earlier as usize], edge);
        self.edges.push((item, next));
    }

    /// Puts an item among the ready ones.
    pub(super) fn ready(&mut self, item: u32, items: &Items) {
        self.queue(items.get(item)).push(Reverse(item));
    }

    /// An item is settled: what waited only for it is ready.
    pub(super) fn settled(&mut self, item: u32, items: &Items) {
        let mut edge = self.first_edge[item as usize];
        while edge != END {
            let (waiting, next) = self.edges[edge as usize];
            let blockers = &mut self.blockers[waiting as usize];
            *blockers -= 1;
            if *blockers == 0 {
                self.ready(waiting, items);
            }
            edge = next;
        }
    }

    pub(super) fn publishable(&mut self) -> &mut BinaryHeap<Reverse<u32>> {
        &mut self.publish
    }

    pub(super) fn buriable(&mut self) -> &mut BinaryHeap<Reverse<u32>> {
        &mut self.bury
    }

    pub(super) fn storable(&mut self) -> &mut BinaryHeap<Reverse<u32>> {
        &mut self.store
    }

    fn queue(&mut self, item: &Item) -> &mut BinaryHeap<Reverse<u32>> {
        match (&item.object, &item.task) {
            (Some(_), _) => &mut self.store,
            (None, Task::Publish(_)) => &mut self.publish,
            (None, Task::Bury(_)) => &mut self.bury,
        }
    }
}
