//! Requests: filling them, and knowing which are out.

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{
    Batch, Step,
    items::{Items, State, Task},
};
use crate::{
    dead_letter::{self, Letter},
    outbound::{PUT_EVENTS_BYTES_MAX, PUT_EVENTS_ENTRIES_MAX},
    ports::{LETTERS_BYTES_MAX, LETTERS_MAX},
};

/// Names a request until its answer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u32);

/// The requests that are out.
#[derive(Debug, Default)]
pub(super) struct Requests {
    out: HashMap<RequestId, Vec<u32>>,
    burying: usize,
    started: u32,
}

impl Requests {
    pub(super) fn any(&self) -> bool {
        !self.out.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.out.len()
    }

    fn start(&mut self, items: Vec<u32>) -> RequestId {
        let id = RequestId(self.started);
        self.started += 1;
        self.out.insert(id, items);
        id
    }

    /// The items of a publishing request that was answered; none if there is no such request.
    pub(super) fn published(&mut self, id: RequestId) -> Vec<u32> {
        self.out.remove(&id).unwrap_or_default()
    }

    /// The same for a burying request.
    pub(super) fn buried(&mut self, id: RequestId) -> Vec<u32> {
        let items = self.out.remove(&id).unwrap_or_default();
        self.burying = self.burying.saturating_sub(1);
        items
    }
}

/// The items of a request, and whether no further one would have fitted.
struct Filled {
    items: Vec<u32>,
    full: bool,
}

impl Batch {
    /// A full request of events, or a last one while nothing else is out: an answer may make more
    /// events ready, and a call costs the same for one as for ten.
    pub(super) fn start_publishing(&mut self) -> Option<Step> {
        let filled = fill(self.order.publishable(), &self.items, PUT_EVENTS_ENTRIES_MAX);
        if filled.items.is_empty() {
            return None;
        }
        if !filled.full && self.requests.any() {
            self.order.publishable().extend(filled.items.into_iter().map(Reverse));
            return None;
        }
        let mut events = Vec::with_capacity(filled.items.len());
        for &item in &filled.items {
            let item = self.items.get_mut(item);
            item.state = State::InFlight;
            item.attempts += 1;
            if let Task::Publish(event) = &item.task {
                events.push(Arc::clone(event));
            }
        }
        self.report.requests += 1;
        Some(Step::Publish(self.requests.start(filled.items), events))
    }

    /// The same for dead letters; one that is not full waits only for other letters.
    pub(super) fn start_burying(&mut self, now: Timestamp) -> Option<Step> {
        let ready = self.order.buriable().len();
        if ready == 0 || (ready < LETTERS_MAX && self.requests.burying > 0) {
            return None;
        }
        let mut letters = Vec::new();
        let mut items = Vec::new();
        let mut bytes = 0;
        while let Some(Reverse(item)) = self.order.buriable().pop() {
            let body = self.letter(item, now);
            let alone = self.items.get(item).alone;
            if !items.is_empty() && (alone || bytes + body.len() > LETTERS_BYTES_MAX) {
                self.order.buriable().push(Reverse(item));
                break;
            }
            bytes += body.len();
            let buried = self.items.get_mut(item);
            buried.state = State::InFlight;
            buried.attempts += 1;
            letters.push(body);
            items.push(item);
            if alone || items.len() == LETTERS_MAX {
                break;
            }
        }
        self.requests.burying += 1;
        Some(Step::Bury(self.requests.start(items), letters))
    }

    /// The dead letter of an item. Made when it is sent: it tells the tries and the time.
    fn letter(&mut self, item: u32, now: Timestamp) -> Arc<str> {
        let item = self.items.get(item);
        let entry = &mut self.records[item.record];
        let key = entry.key();
        let Task::Bury(failure) = &item.task else {
            unreachable!("only items to bury are in the queue of those")
        };
        let letter = Letter {
            pipeline: &self.pipeline_name,
            shard: self.source.shard(item.record),
            record: &entry.record,
            key,
            part: item.part,
            half: item.half,
            whole: failure.whole,
            table: item.table.as_deref(),
            event_id: item.event_id.as_ref().map(|id| id.as_str()),
            carried: self.source.carried(item.record),
            failure,
            // A record refused before any call was tried once: by being read.
            attempts: self.source.attempts(item.record).saturating_add(item.attempts_before.max(1)),
            last_attempt: now,
            id_key: &self.id_key,
        };
        dead_letter::write(&letter).into()
    }
}

/// Takes ready items lowest first, up to what one request may hold.
fn fill(
    ready: &mut std::collections::BinaryHeap<Reverse<u32>>,
    items: &Items,
    entries_max: usize,
) -> Filled {
    let mut taken = Vec::new();
    let mut bytes = 0;
    while let Some(&Reverse(index)) = ready.peek() {
        let item = items.get(index);
        let fits = taken.is_empty() || (bytes + item.bytes <= PUT_EVENTS_BYTES_MAX && !item.alone);
        if !fits {
            return Filled { items: taken, full: true };
        }
        ready.pop();
        bytes += item.bytes;
        taken.push(index);
        if taken.len() == entries_max || item.alone {
            return Filled { items: taken, full: true };
        }
    }
    Filled { items: taken, full: false }
}
