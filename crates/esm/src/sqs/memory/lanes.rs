//! Who may be received next.
//!
//! A lane is a message group of a FIFO queue; in a standard queue every message has one of its own.
//! While something of a lane is in flight, nothing else of it is given.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// The place in the order of sending, in one queue.
pub(super) type Order = u64;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    Message(Order),
    Group(Arc<str>),
}

#[derive(Debug, Default)]
struct Waiting {
    orders: BTreeSet<Order>,
    in_flight: usize,
}

impl Waiting {
    /// The first message, if the lane may be received from.
    fn head(&self) -> Option<Order> {
        if self.in_flight > 0 { None } else { self.orders.first().copied() }
    }
}

#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Lane, Waiting>,
    /// The heads of the lanes that may be received from.
    heads: BTreeMap<Order, Lane>,
}

impl Lanes {
    /// The lane that has waited longest.
    pub(super) fn next(&self) -> Option<Lane> {
        self.heads.first_key_value().map(|(_, lane)| lane.clone())
    }

    /// The message of a lane that is first, in flight ones aside.
    pub(super) fn first(&self, lane: &Lane) -> Option<Order> {
        self.lanes.get(lane)?.orders.first().copied()
    }

    /// A message waits.
    pub(super) fn enter(&mut self, lane: &Lane, order: Order) {
        self.change(lane, |waiting| {
            waiting.orders.insert(order);
        });
    }

    /// A waiting message is gone.
    pub(super) fn leave(&mut self, lane: &Lane, order: Order) {
        self.change(lane, |waiting| {
            waiting.orders.remove(&order);
        });
    }

    /// A waiting message is in flight.
    pub(super) fn depart(&mut self, lane: &Lane, order: Order) {
        self.change(lane, |waiting| {
            waiting.orders.remove(&order);
            waiting.in_flight += 1;
        });
    }

    /// A message is in flight no longer.
    pub(super) fn land(&mut self, lane: &Lane) {
        self.change(lane, |waiting| waiting.in_flight = waiting.in_flight.saturating_sub(1));
    }

    fn change(&mut self, lane: &Lane, change: impl FnOnce(&mut Waiting)) {
        let waiting = self.lanes.entry(lane.clone()).or_default();
        let before = waiting.head();
        change(waiting);
        let after = waiting.head();
        if waiting.orders.is_empty() && waiting.in_flight == 0 {
            self.lanes.remove(lane);
        }
        if before != after {
            before.map(|order| self.heads.remove(&order));
            after.map(|order| self.heads.insert(order, lane.clone()));
        }
    }
}
