//! The world as the ports see it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use cdc_core::{
    delivery::{CallError, CallErrorKind, Delivery},
    objects::{BucketName, NewObject},
    outbound::OutboundEvent,
    ports::{
        Burial, Clock, DeadLetters, LETTERS_MAX, LetterQueue, MessageDone, OBJECT_TOO_LARGE,
        ObjectReader, ObjectStore, Received, Sink, StreamReader,
    },
    record::{RawRecord, SequenceNumber},
};
use jiff::Timestamp;

use super::world::{MemoryQueue, World};

/// Where letters are sent: back into the queue, or to the parked ones.
#[derive(Clone)]
pub(crate) struct Sender(pub(super) World, pub(super) bool);

impl LetterQueue for World {
    async fn receive(&self, at_most: usize, hidden: Duration) -> Result<Vec<Received>, CallError> {
        self.call("receive", |state| state.receive(at_most, hidden)).await
    }

    async fn delete(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        assert!((1..=LETTERS_MAX).contains(&receipts.len()));
        self.call("delete", |state| {
            for receipt in receipts {
                if let Some(place) = state.place(receipt) {
                    state.messages.remove(place);
                }
            }
            vec![Ok(()); receipts.len()]
        })
        .await
    }

    async fn give_back(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        assert!((1..=LETTERS_MAX).contains(&receipts.len()));
        self.call("giveBack", |state| {
            for receipt in receipts {
                if let Some(place) = state.place(receipt) {
                    state.messages[place].visible_at = state.now;
                }
            }
            vec![Ok(()); receipts.len()]
        })
        .await
    }

    async fn depth(&self) -> Result<u64, CallError> {
        self.call("depth", |state| state.messages.len() as u64).await
    }
}

impl LetterQueue for MemoryQueue {
    async fn receive(&self, at_most: usize, hidden: Duration) -> Result<Vec<Received>, CallError> {
        match self {
            Self::Letters(queue) => queue.receive(at_most, hidden).await,
            Self::Documents(queue) => queue.receive(at_most, hidden).await,
        }
    }

    async fn delete(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        match self {
            Self::Letters(queue) => queue.delete(receipts).await,
            Self::Documents(queue) => queue.delete(receipts).await,
        }
    }

    async fn give_back(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        match self {
            Self::Letters(queue) => queue.give_back(receipts).await,
            Self::Documents(queue) => queue.give_back(receipts).await,
        }
    }

    async fn depth(&self) -> Result<u64, CallError> {
        match self {
            Self::Letters(queue) => queue.depth().await,
            Self::Documents(queue) => queue.depth().await,
        }
    }
}

impl StreamReader for World {
    async fn read_one(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<Option<RawRecord>, CallError> {
        let place = format!("{shard} {number}");
        self.call("readOne", |state| state.records.get(&place).cloned()).await
    }

    async fn shards(&self) -> Result<Vec<String>, CallError> {
        self.call("shards", |state| state.shards.clone()).await
    }
}

impl Sink for World {
    async fn publish(&self, events: Vec<Arc<OutboundEvent>>) -> Result<Vec<Delivery>, CallError> {
        self.call("publish", |state| events.iter().map(|event| state.publish(event)).collect())
            .await
    }
}

impl DeadLetters for Sender {
    async fn bury(&self, letters: Vec<Arc<str>>) -> Result<Vec<Burial>, CallError> {
        let Self(world, parked) = self;
        let operation = if *parked { "park" } else { "bury" };
        let bytes: usize = letters.iter().map(|letter| letter.len()).sum();
        if !parked && bytes > world.with(|state| state.bury_bytes_max) {
            world.call(operation, |_| ()).await?;
            return Err(CallError::new(operation, CallErrorKind::Invalid, Some("TooLong")));
        }
        let confirmed = vec![Burial::Confirmed; letters.len()];
        world
            .call(operation, |state| {
                for letter in letters {
                    match parked {
                        true => state.parked.push(letter.to_string()),
                        false => state.send(letter.to_string()),
                    }
                }
                confirmed
            })
            .await
    }
}

impl ObjectStore for World {
    async fn put(&self, object: NewObject) -> Result<(), CallError> {
        let place = (object.bucket.to_string(), object.key.to_string());
        self.call("put", |state| drop(state.objects.insert(place, object.body))).await
    }
}

impl ObjectReader for World {
    async fn get(
        &self,
        bucket: &BucketName,
        key: &str,
        bytes_max: usize,
    ) -> Result<Option<Bytes>, CallError> {
        let place = (bucket.to_string(), key.to_owned());
        let found = self.call("get", |state| state.objects.get(&place).cloned()).await?;
        match found {
            Some(bytes) if bytes.len() > bytes_max => {
                Err(CallError::new("get", CallErrorKind::Invalid, Some(OBJECT_TOO_LARGE)))
            }
            found => Ok(found),
        }
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.with(|state| state.now)
    }

    async fn sleep(&self, duration: Duration) {
        self.with(|state| state.now = state.now.checked_add(duration).unwrap());
    }

    fn jitter(&self, at_most: Duration) -> Duration {
        at_most
    }
}
