//! The services in memory: a bus that takes everything, a ledger, a queue, a bucket, a stream.

mod store;

pub(crate) use store::{Bucket, Tries};

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use cdc_core::{
    delivery::{CallError, CallErrorKind, Delivery},
    ledger::{CLAIM_PAGES_MAX, ClaimQuery, ClaimWrite},
    outbound::OutboundEvent,
    ports::{Burial, Clock, DeadLetters, Ledger, LetterQueue, MessageDone, Received, Sink},
    record::{RawRecord, SequenceNumber},
};
use cdc_esm::virtual_time::VirtualClock;
use jiff::Timestamp;

use crate::{change::raw, scenario::Filled};

/// What DynamoDB takes in one item; all but the keys is small.
const ITEM_BYTES_MAX: usize = 400 * 1024;

/// What DynamoDB gives in one page.
const PAGE_BYTES: usize = 1024 * 1024;

/// A bus that accepts everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bus;

impl Sink for Bus {
    async fn publish(&self, events: Vec<Arc<OutboundEvent>>) -> Result<Vec<Delivery>, CallError> {
        Ok(vec![Delivery::Accepted; events.len()])
    }
}

type Claims = BTreeMap<(String, String), Bytes>;

/// A table of claims; clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(Arc<Mutex<Claims>>);

impl Table {
    fn claims(&self) -> MutexGuard<'_, Claims> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything, as time to live or a reset does.
    pub(crate) fn clear(&self) {
        self.claims().clear();
    }
}

impl Ledger for Table {
    async fn load(&self, query: ClaimQuery) -> Result<Vec<Bytes>, CallError> {
        let claims = self.claims();
        let from = (query.partition.clone(), query.from);
        let items =
            claims.range(from..).take_while(|((partition, _), _)| *partition == query.partition);
        let mut bytes = 0;
        let page = items.map(|(_, keys)| keys.clone()).take_while(|keys| {
            bytes += keys.len();
            bytes <= CLAIM_PAGES_MAX * PAGE_BYTES
        });
        Ok(page.collect())
    }

    async fn claim(&self, write: ClaimWrite) -> Result<(), CallError> {
        let mut claims = self.claims();
        for item in write.items {
            if item.keys.len() > ITEM_BYTES_MAX {
                let code = Some("ValidationException");
                return Err(CallError::new("BatchWriteItem", CallErrorKind::Invalid, code));
            }
            claims.insert((write.partition.clone(), item.sort_key), item.keys);
        }
        Ok(())
    }
}

/// A queue of letters; clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    clock: VirtualClock,
    state: Arc<Mutex<QueueState>>,
}

#[derive(Debug, Default)]
struct QueueState {
    messages: Vec<Message>,
    sent: usize,
}

#[derive(Debug)]
struct Message {
    number: usize,
    body: String,
    visible_at: Timestamp,
    receives: usize,
}

impl Queue {
    pub(crate) fn new(clock: &VirtualClock) -> Self {
        Self { clock: clock.clone(), state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn len(&self) -> usize {
        self.state().messages.len()
    }

    /// Sends a message, and tells its number.
    pub(crate) fn send(&self, body: String) -> usize {
        let visible_at = self.clock.now();
        let mut state = self.state();
        state.sent += 1;
        let number = state.sent;
        state.messages.push(Message { number, body, visible_at, receives: 0 });
        number
    }

    /// Puts another body in the place of one that nobody has received; whether that could be done.
    pub(crate) fn replace(&self, number: usize, body: String) -> bool {
        let mut state = self.state();
        let mut unread = state.messages.iter_mut().filter(|message| message.receives == 0);
        let Some(message) = unread.find(|message| message.number == number) else { return false };
        message.body = body;
        true
    }

    /// The message of a receipt, if it is still there.
    fn with_message(&self, receipt: &str, then: impl FnOnce(&mut Vec<Message>, usize)) {
        let number = receipt.split('#').next().and_then(|number| number.parse::<usize>().ok());
        let messages = &mut self.state().messages;
        if let Some(place) = messages.iter().position(|message| Some(message.number) == number) {
            then(messages, place);
        }
    }
}

impl DeadLetters for Queue {
    async fn bury(&self, letters: Vec<Arc<str>>) -> Result<Vec<Burial>, CallError> {
        for letter in &letters {
            self.send(letter.to_string());
        }
        Ok(vec![Burial::Confirmed; letters.len()])
    }
}

impl LetterQueue for Queue {
    async fn receive(&self, at_most: usize, hidden: Duration) -> Result<Vec<Received>, CallError> {
        let now = self.clock.now();
        let visible_at = now.checked_add(hidden).unwrap_or(Timestamp::MAX);
        let mut state = self.state();
        let ready = state.messages.iter_mut().filter(|message| message.visible_at <= now);
        let received = ready.take(at_most).map(|message| {
            message.receives += 1;
            message.visible_at = visible_at;
            Received {
                message_id: format!("m{}", message.number).into(),
                receipt: format!("{}#{}", message.number, message.receives).into(),
                body: message.body.clone(),
            }
        });
        Ok(received.collect())
    }

    async fn delete(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        for receipt in receipts {
            self.with_message(receipt, |messages, place| {
                messages.remove(place);
            });
        }
        Ok(vec![Ok(()); receipts.len()])
    }

    async fn give_back(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        let now = self.clock.now();
        for receipt in receipts {
            self.with_message(receipt, |messages, place| messages[place].visible_at = now);
        }
        Ok(vec![Ok(()); receipts.len()])
    }

    async fn depth(&self) -> Result<u64, CallError> {
        Ok(self.len() as u64)
    }
}

/// The stream: for the mapping as it comes in, for replays as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Stream<C> {
    clock: C,
    shards: Arc<Vec<Filled>>,
}

impl<C: Clock + Clone> Stream<C> {
    pub(crate) fn new(shards: Vec<Filled>, clock: &C) -> Self {
        Self { clock: clock.clone(), shards: Arc::new(shards) }
    }

    fn find(&self, shard: &str) -> Option<&Filled> {
        self.shards.iter().find(|filled| filled.shard.id.as_str() == shard)
    }

    fn is_closed(&self, shard: &str) -> bool {
        let mut parents = self.shards.iter().flat_map(|filled| &filled.shard.parents);
        parents.any(|parent| parent.as_str() == shard)
    }
}

impl<C: Clock + Clone> cdc_esm::StreamReader for Stream<C> {
    async fn shards(&self) -> Result<Vec<cdc_esm::Shard>, cdc_esm::ReadError> {
        Ok(self.shards.iter().map(|filled| filled.shard.clone()).collect())
    }

    async fn read(
        &self,
        shard: &cdc_esm::ShardId,
        from: &cdc_esm::ReadFrom,
    ) -> Result<cdc_esm::Page, cdc_esm::ReadError> {
        use cdc_esm::ReadFrom as From;
        let now = self.clock.now();
        let produced = self.find(shard.as_str()).map_or(&[][..], |filled| &filled.produced);
        let arrived = produced.iter().map(|produced| &produced.record).filter(|r| r.arrival <= now);
        let wanted = arrived.filter(|record| match from {
            From::TrimHorizon => true,
            From::AtTimestamp(at) => record.arrival >= *at,
            From::At(number) => record.sequence >= *number,
            From::After(number) => record.sequence > *number,
        });
        let records = wanted.cloned().collect();
        let all_here = produced.iter().all(|produced| produced.record.arrival <= now);
        let end_of_shard = all_here && self.is_closed(shard.as_str());
        Ok(cdc_esm::Page { records, end_of_shard, millis_behind_latest: 0 })
    }
}

impl<C: Clock + Clone> cdc_core::ports::StreamReader for Stream<C> {
    async fn read_one(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<Option<RawRecord>, CallError> {
        let produced = self.find(shard).map_or(&[][..], |filled| &filled.produced);
        let mut records = produced.iter().map(|produced| &produced.record);
        Ok(records.find(|record| record.sequence == *number).map(raw))
    }

    async fn shards(&self) -> Result<Vec<String>, CallError> {
        Ok(self.shards.iter().map(|filled| filled.shard.id.as_str().to_owned()).collect())
    }
}

impl<C: Clock + Clone> cdc_core::ports::RangeReader for Stream<C> {
    async fn read_on(
        &self,
        shard: &str,
        from: &SequenceNumber,
        at_most: usize,
    ) -> Result<cdc_core::ports::StreamPage, CallError> {
        let produced = self.find(shard).map_or(&[][..], |filled| &filled.produced);
        let records = produced.iter().map(|produced| &produced.record);
        let mut wanted = records.filter(|record| record.sequence >= *from);
        let records = wanted.by_ref().take(at_most).map(raw).collect();
        Ok(cdc_core::ports::StreamPage { records, ended: wanted.next().is_none() })
    }
}
