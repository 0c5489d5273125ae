//! Requests: filling them, and knowing which are out.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Batch, Step,
    items::{Items, State, Task},
};
use crate::{
    claim_check::Checked,
    dead_letter::{self, Letter, Written},
    outbound::{PUT_EVENTS_BYTES_MAX, PUT_EVENTS_ENTRIES_MAX},
    ports::{LETTERS_BYTES_MAX, LETTERS_MAX},
};

/// At most one of so many requests stores an object: the bus and the queue keep the others.
const STORING_SHARE: usize = 2;

/// Names a request until its answer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u32);

/// The requests that are out.
#[derive(Debug, Default)]
pub(super) struct Requests {
    out: HashMap<RequestId, Vec<u32>>,
    burying: usize,
    storing: usize,
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

    /// The item of a storing request; none if there is no such request.
    pub(super) fn stored(&mut self, id: RequestId) -> Option<u32> {
        let items = self.out.remove(&id)?;
        self.storing = self.storing.saturating_sub(1);
        items.first().copied()
    }
}

/// The items of a request, and whether no further one would have fitted.
struct Filled {
    items: Vec<u32>,
    full: bool,
}

impl Batch {
    /// A full request of events, or a last one while nothing else is out: an answer may make more
    /// events ready, and a call costs the same for one as for ten. (What is being stored is not waited
    /// for: a slow store must not hold up the bus.)
    pub(super) fn start_publishing(&mut self) -> Option<Step> {
        let filled = fill(self.order.publishable(), &self.items, PUT_EVENTS_ENTRIES_MAX);
        if filled.items.is_empty() {
            return None;
        }
        if !filled.full && self.requests.count() > self.requests.storing {
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
            let body: Arc<str> = match self.letter(item, now) {
                Written::Letter(body) => body.into(),
                Written::StoreFirst(checked) => {
                    self.store_first(item, checked);
                    continue;
                }
                Written::Unheld => {
                    self.report.unheld += 1;
                    self.items.get_mut(item).state = State::GivenUp;
                    continue;
                }
            };
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
        if items.is_empty() {
            return None;
        }
        self.requests.burying += 1;
        Some(Step::Bury(self.requests.start(items), letters))
    }

    /// One object, each in a request of its own.
    pub(super) fn start_storing(&mut self) -> Option<Step> {
        let most = (self.settings.in_flight_max / STORING_SHARE).max(1);
        if self.requests.storing >= most {
            return None;
        }
        let Reverse(index) = self.order.storable().pop()?;
        let item = self.items.get_mut(index);
        let object =
            item.object.clone().expect("only items with an object are in the queue of those");
        item.state = State::InFlight;
        item.attempts += 1;
        self.requests.storing += 1;
        Some(Step::Store(self.requests.start(vec![index]), object))
    }

    /// Whether the lowest of what is to be stored stands before all that is to be published.
    pub(super) fn stores_come_first(&mut self) -> bool {
        let lowest = |ready: &mut BinaryHeap<Reverse<u32>>| ready.peek().map(|it| it.0);
        let store = lowest(self.order.storable());
        let publish = lowest(self.order.publishable());
        store.is_some_and(|store| publish.is_none_or(|publish| store < publish))
    }

    /// The letter's record is too large for it: it goes to the bucket first.
    pub(super) fn store_first(&mut self, index: u32, checked: Checked) {
        let item = self.items.get_mut(index);
        item.object = Some(checked.object);
        item.stored = Some(checked.check);
        self.order.ready(index, &self.items);
    }

    /// The dead letter of an item, or what has to be stored before. Made when it is sent: it tells the
    /// tries and the time.
    fn letter(&mut self, item: u32, now: Timestamp) -> Written {
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
        dead_letter::write_or_store(&letter, &self.buckets, item.stored.as_ref())
    }
}

/// Takes ready items lowest first, up to what one request may hold.
fn fill(ready: &mut BinaryHeap<Reverse<u32>>, items: &Items, entries_max: usize) -> Filled {
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
