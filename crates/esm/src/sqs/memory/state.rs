//! What the queue holds: pure, but for the time that is handed in.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use jiff::Timestamp;
use md5::{Digest as _, Md5};
use twox_hash::XxHash3_128;

use super::{
    Sent,
    arrival::Waiters,
    checks::Placed,
    lanes::{Lane, Lanes, Order},
};
use crate::{
    backoff::later,
    sqs::{
        message::{InFlight, Message, MessageId, Place, QueueKind, ReceiptHandle},
        queue::{Deletion, Depth, MESSAGE_BYTES_MAX, QueueFacts},
    },
};

// AWS: a deduplication id is remembered for 5 minutes.
const DEDUPLICATION: std::time::Duration = std::time::Duration::from_secs(300);
// AWS: so many messages of a queue are in flight at most.
const IN_FLIGHT_MAX: usize = 120_000;
// SQS's sequence numbers have 20 digits.
const SEQUENCE_BASE: u64 = 10_000_000_000_000_000_000;
// Looks like the id of an IAM role and its session, as `SenderId` does.
const SENDER_ID: &str = "AROALOCALLOCALLOCALLO:producer";

struct Stored {
    message: Message,
    lane: Lane,
    receive_count: u32,
    first_received: Option<Timestamp>,
    /// Which receive was the last one, counted over the queue; 0 for none.
    receipt: u64,
    visible_at: Option<Timestamp>,
}

/// What a receive took.
pub(super) struct Taken {
    pub(super) messages: Vec<InFlight>,
    /// What was received too often.
    pub(super) dead: Vec<Message>,
}

pub(super) struct State {
    pub(super) waiters: Waiters,
    arn: Box<str>,
    keep_deleted: bool,
    stored: BTreeMap<Order, Stored>,
    lanes: Lanes,
    in_flight: BTreeSet<(Timestamp, Order)>,
    deleted: BTreeMap<Order, Stored>,
    last_order: Order,
    last_receipt: u64,
    deduplication: HashMap<std::sync::Arc<str>, MessageId>,
    /// The same, until when each is remembered.
    remembered: VecDeque<(Timestamp, std::sync::Arc<str>)>,
}

impl State {
    pub(super) fn new(facts: &QueueFacts, keep_deleted: bool) -> Self {
        Self {
            waiters: Waiters::default(),
            arn: (&*facts.arn).into(),
            keep_deleted,
            stored: BTreeMap::new(),
            lanes: Lanes::default(),
            in_flight: BTreeSet::new(),
            deleted: BTreeMap::new(),
            last_order: 0,
            last_receipt: 0,
            deduplication: HashMap::new(),
            remembered: VecDeque::new(),
        }
    }

    pub(super) fn send(&mut self, body: &str, placed: Placed, now: Timestamp) -> Sent {
        self.forget_deduplication(now);
        if let Placed::Fifo { deduplication_id, .. } = &placed
            && let Some(id) = self.deduplication.get(deduplication_id)
        {
            return Sent { id: id.clone(), duplicate: true };
        }
        let order = self.next_order();
        let id = self.id(order);
        if let Placed::Fifo { deduplication_id, .. } = &placed {
            self.deduplication.insert(deduplication_id.clone(), id.clone());
            self.remembered.push_back((later(now, DEDUPLICATION), deduplication_id.clone()));
        }
        let message = Message {
            id: id.clone(),
            body: body.into(),
            body_md5: md5(body).into(),
            sent: milliseconds(now),
            sender_id: SENDER_ID.into(),
            place: placed.at(sequence(order)),
        };
        self.store(order, message);
        Sent { id, duplicate: false }
    }

    /// Takes a message of another queue, whose name and time it keeps.
    pub(super) fn accept(&mut self, mut message: Message) {
        let order = self.next_order();
        if let Place::Fifo { sequence: number, .. } = &mut message.place {
            *number = sequence(order).into();
        }
        self.store(order, message);
    }

    pub(super) fn take(
        &mut self,
        room: usize,
        receive_count_max: u32,
        now: Timestamp,
        visible_at: Timestamp,
    ) -> Taken {
        self.land_visible(now);
        let mut taken = Taken { messages: Vec::new(), dead: Vec::new() };
        let room = room.min(IN_FLIGHT_MAX.saturating_sub(self.in_flight.len()));
        let mut bytes = 0;
        while taken.messages.len() < room {
            let Some(lane) = self.lanes.next() else { break };
            // A group gives what it can before the next one does.
            while taken.messages.len() < room
                && let Some(order) = self.lanes.first(&lane)
            {
                let Some(stored) = self.stored.get(&order) else { return taken };
                if stored.receive_count >= receive_count_max {
                    taken.dead.extend(self.remove(order).map(|stored| stored.message));
                    continue;
                }
                bytes += stored.message.body.len();
                if bytes > MESSAGE_BYTES_MAX && !taken.messages.is_empty() {
                    return taken;
                }
                taken.messages.extend(self.depart(order, now, visible_at));
            }
        }
        taken
    }

    fn depart(&mut self, order: Order, now: Timestamp, visible_at: Timestamp) -> Option<InFlight> {
        let stored = self.stored.get_mut(&order)?;
        self.last_receipt += 1;
        stored.receipt = self.last_receipt;
        stored.receive_count = stored.receive_count.saturating_add(1);
        stored.visible_at = Some(visible_at);
        let first_received = *stored.first_received.get_or_insert(milliseconds(now));
        self.in_flight.insert((visible_at, order));
        self.lanes.depart(&stored.lane, order);
        Some(InFlight {
            message: stored.message.clone(),
            receipt: ReceiptHandle::new(&format!("{order}:{}", stored.receipt)),
            receive_count: stored.receive_count,
            first_received,
        })
    }

    /// A standard queue takes the last receipt of a message at any time, a FIFO queue until the
    /// visibility timeout.
    pub(super) fn delete(
        &mut self,
        receipt: &ReceiptHandle,
        kind: QueueKind,
        now: Timestamp,
    ) -> Deletion {
        self.land_visible(now);
        let Some((order, receipt)) = parse(receipt) else { return Deletion::ReceiptExpired };
        let holds = self.stored.get(&order).is_some_and(|stored| {
            let in_time = kind == QueueKind::Standard || stored.visible_at.is_some();
            stored.receipt == receipt && in_time
        });
        if !holds {
            return Deletion::ReceiptExpired;
        }
        if let Some(stored) = self.remove(order)
            && self.keep_deleted
        {
            self.deleted.insert(order, stored);
        }
        Deletion::Deleted
    }

    /// Deleted messages sent at `since` or later, as never received.
    pub(super) fn put_back(&mut self, since: Timestamp) -> usize {
        let deleted = std::mem::take(&mut self.deleted);
        let (back, kept) =
            deleted.into_iter().partition(|(_, stored)| stored.message.sent >= since);
        self.deleted = kept;
        let back: BTreeMap<Order, Stored> = back;
        let count = back.len();
        for (order, stored) in back {
            self.store(order, stored.message);
        }
        count
    }

    pub(super) fn depth(&mut self, now: Timestamp) -> Depth {
        self.land_visible(now);
        let in_flight = self.in_flight.len();
        Depth { waiting: self.stored.len() - in_flight, in_flight }
    }

    /// When the next message in flight is visible again.
    pub(super) fn next_visible(&self) -> Option<Timestamp> {
        self.in_flight.first().map(|(at, _)| *at)
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        self.stored.values().map(|stored| stored.message.clone()).collect()
    }

    fn store(&mut self, order: Order, message: Message) {
        let lane = match message.group() {
            Some(group) => Lane::Group(group.clone()),
            None => Lane::Message(order),
        };
        self.lanes.enter(&lane, order);
        let (receive_count, first_received, receipt, visible_at) = (0, None, 0, None);
        let stored = Stored { message, lane, receive_count, first_received, receipt, visible_at };
        self.stored.insert(order, stored);
    }

    fn remove(&mut self, order: Order) -> Option<Stored> {
        let stored = self.stored.remove(&order)?;
        match stored.visible_at {
            Some(at) => {
                self.in_flight.remove(&(at, order));
                self.lanes.land(&stored.lane);
            }
            None => self.lanes.leave(&stored.lane, order),
        }
        Some(stored)
    }

    /// What was in flight too long waits again.
    fn land_visible(&mut self, now: Timestamp) {
        while let Some((at, order)) = self.in_flight.first().copied()
            && at <= now
        {
            self.in_flight.remove(&(at, order));
            if let Some(stored) = self.stored.get_mut(&order) {
                stored.visible_at = None;
                self.lanes.enter(&stored.lane, order);
                self.lanes.land(&stored.lane);
            }
        }
    }

    fn forget_deduplication(&mut self, now: Timestamp) {
        while let Some((until, _)) = self.remembered.front()
            && *until <= now
        {
            if let Some((_, id)) = self.remembered.pop_front() {
                self.deduplication.remove(&id);
            }
        }
    }

    fn next_order(&mut self) -> Order {
        self.last_order += 1;
        self.last_order
    }

    /// The same for the same place in the same queue, so that a run can be replayed.
    fn id(&self, order: Order) -> MessageId {
        let hash = XxHash3_128::oneshot_with_seed(order, self.arn.as_bytes());
        let hex = format!("{hash:032x}");
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        MessageId::new(&parts.join("-"))
    }
}

fn parse(receipt: &ReceiptHandle) -> Option<(Order, u64)> {
    let (order, receipt) = receipt.as_str().split_once(':')?;
    Some((order.parse().ok()?, receipt.parse().ok()?))
}

fn sequence(order: Order) -> String {
    SEQUENCE_BASE.saturating_add(order).to_string()
}

fn md5(body: &str) -> String {
    Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
