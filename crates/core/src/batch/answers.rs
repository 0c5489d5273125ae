//! What the answers of bus and queue mean for the items.

use super::{
    Batch,
    items::{State, Task},
    requests::RequestId,
};
use crate::{
    delivery::{BusCode, CallError, CallErrorKind, Delivery, Remedy},
    failure::Failure,
    ports::Burial,
};

impl Batch {
    /// The bus's answer to a request: one delivery per event, in order, or no usable answer.
    pub fn published(&mut self, request: RequestId, answer: Result<Vec<Delivery>, CallError>) {
        let items = self.requests.published(request);
        match answer {
            Ok(deliveries) if deliveries.len() == items.len() => {
                for (item, delivery) in items.into_iter().zip(deliveries) {
                    self.delivered(item, delivery);
                }
            }
            Ok(_) => {
                let kind = CallErrorKind::Unavailable;
                let error = CallError::new("PutEvents", kind, Some("AnswerOfAnotherLength"));
                self.not_published(&items, error);
            }
            Err(error) => self.not_published(&items, error),
        }
    }

    /// The queue's answer to a request.
    pub fn buried(&mut self, request: RequestId, answer: Result<Vec<Burial>, CallError>) {
        let items = self.requests.buried(request);
        let burials = match answer {
            Ok(burials) if burials.len() == items.len() => burials,
            Ok(_) => vec![Burial::Refused("AnswerOfAnotherLength".into()); items.len()],
            Err(error) => return self.not_buried(&items, error),
        };
        for (item, burial) in items.into_iter().zip(burials) {
            match burial {
                Burial::Confirmed => self.settle(item, State::Buried),
                Burial::Refused(code) => {
                    let kind = CallErrorKind::Unavailable;
                    self.report.call_failed(CallError::new("SendMessageBatch", kind, Some(&code)));
                    self.failed(item);
                }
            }
        }
    }

    /// The store's answer about an object. Stored: what points to it can be sent, with all its tries.
    /// Not stored, for whatever reason: it is tried in rounds, and then its row waits; the object is
    /// named by its hash and can hold anything, so a refusal is never its own fault.
    pub fn stored(&mut self, request: RequestId, answer: Result<(), CallError>) {
        let Some(index) = self.requests.stored(request) else { return };
        match answer {
            Ok(()) => {
                self.report.stored += 1;
                let item = self.items.get_mut(index);
                item.object = None;
                item.attempts = 0;
                item.state = State::Waiting;
                self.order.ready(index, &self.items);
            }
            Err(error) => {
                self.report.call_failed(error);
                self.failed(index);
            }
        }
    }

    /// A request of letters that was judged invalid as a whole is taken apart; a letter that is
    /// refused alone (the queue may take less than SQS does) goes as a pointer, which always fits.
    fn not_buried(&mut self, items: &[u32], error: CallError) {
        let invalid = error.kind == CallErrorKind::Invalid;
        for &index in items {
            if invalid && self.make_easier(index, items.len() == 1) {
                continue;
            }
            if invalid {
                self.report.letters_refused.insert(self.items.get(index).unit);
            }
            self.failed(index);
        }
        self.report.call_failed(error);
    }

    /// Changes how an item is sent after its request was refused as invalid: alone, then, for a
    /// letter, with its record in the bucket, then as a pointer. That is another request and not
    /// another try. `false` where nothing is left to change.
    fn make_easier(&mut self, index: u32, was_alone: bool) -> bool {
        let item = self.items.get_mut(index);
        let stored = item.stored.is_some();
        match &mut item.task {
            _ if !was_alone => item.alone = true,
            Task::Bury(failure) if !failure.by_pointer && !stored => {
                match self.buckets.checked_record(&self.records[item.record].record.data) {
                    Some(checked) => {
                        item.object = Some(checked.object);
                        item.stored = Some(checked.check);
                    }
                    None => failure.by_pointer = true,
                }
            }
            Task::Bury(_) | Task::Publish(_) => return false,
        }
        item.attempts -= 1;
        item.state = State::Waiting;
        self.aside.push(index);
        true
    }

    fn delivered(&mut self, item: u32, delivery: Delivery) {
        match delivery {
            Delivery::Accepted => {
                self.report.accepted += 1;
                self.settle(item, State::Published);
            }
            Delivery::Refused(code) => {
                match code.remedy() {
                    Remedy::DeadLetter => self.refused_for_good(item, &code),
                    Remedy::Retry => self.failed(item),
                }
                self.report.refused(code);
            }
        }
    }

    /// No answer is not success. A request that the bus judged invalid as a whole is taken apart:
    /// an entry that is refused alone, while others of this batch were accepted, is at fault itself;
    /// where nothing was ever accepted the fault may be ours, and the stream waits.
    fn not_published(&mut self, items: &[u32], error: CallError) {
        let invalid = error.kind == CallErrorKind::Invalid;
        let own_fault = invalid && items.len() == 1 && self.report.accepted > 0;
        for &item in items {
            if own_fault {
                self.refused_for_good(item, &BusCode::InvalidArgument);
            } else if !invalid || !self.make_easier(item, items.len() == 1) {
                self.failed(item);
            }
        }
        self.report.call_failed(error);
    }

    fn refused_for_good(&mut self, index: u32, code: &BusCode) {
        let item = self.items.get_mut(index);
        let failure = Failure::event_bridge(format!("EventBridge refused the entry: {code}"));
        item.task = Task::Bury(failure);
        item.alone = false;
        item.object = None;
        item.state = State::Waiting;
        item.attempts_before = std::mem::take(&mut item.attempts);
        self.order.ready(index, &self.items);
    }

    /// A try failed: the item is tried again in the next round, or its tries are used up.
    fn failed(&mut self, index: u32) {
        let item = self.items.get_mut(index);
        if item.attempts >= self.settings.attempts_max {
            item.state = State::GivenUp;
        } else {
            item.state = State::Waiting;
            self.aside.push(index);
        }
    }

    fn settle(&mut self, item: u32, state: State) {
        self.items.get_mut(item).state = state;
        self.order.settled(item, &self.items);
    }
}
