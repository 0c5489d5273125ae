//! The bucket, the queue, the ledger, the tries and the stream, as the ports see them.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use bytes::Bytes;
use cdc_aws::{endpoint::Region, function::settings::ConfiguredFunction};
use cdc_core::{
    batch::BatchSettings,
    delivery::{CallError, CallErrorKind},
    drive,
    ledger::{ClaimQuery, ClaimWrite, LedgerKeep, LedgerScope},
    objects::{BucketName, Listed, Listing},
    on_failure::{Attempt, Tried},
    ports::{
        Attempts, LISTING_MAX, Ledger, LetterQueue, MessageDone, OBJECT_TOO_LARGE, ObjectFolder,
        ObjectReader, RangeReader, Received, StreamPage,
    },
    record::{RawRecord, SequenceNumber},
};
use jiff::Timestamp;

use super::super::{
    ports::Sender,
    world::{InMemory, MemoryQueue, World},
};
use crate::Documents;

/// What a replay of documents needs.
pub(crate) struct Store {
    pub(crate) has_bucket: bool,
    pub(crate) has_queue: bool,
    pub(crate) whole_ranges: bool,
    pub(crate) objects: BTreeMap<String, Bytes>,
    pub(crate) messages: Vec<(usize, String, Timestamp)>,
    /// Sort key and keys of every claim.
    pub(crate) claims: Vec<(String, Bytes)>,
    pub(crate) notes: usize,
    pub(crate) tries: HashMap<String, i64>,
    pub(crate) last_try: Timestamp,
    /// The stream: records by shard, in order, and those that one page has at most.
    pub(crate) stream: HashMap<String, Vec<RawRecord>>,
    pub(crate) page_max: usize,
    /// How many reads in a row bring nothing although there is something.
    pub(crate) empty_reads: usize,
    /// Behind the next read retention takes so many records off every shard.
    pub(crate) trims: usize,
    sent: usize,
    receives: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            has_bucket: false,
            has_queue: false,
            whole_ranges: true,
            objects: BTreeMap::new(),
            messages: Vec::new(),
            claims: Vec::new(),
            notes: 0,
            tries: HashMap::new(),
            last_try: Timestamp::UNIX_EPOCH,
            stream: HashMap::new(),
            page_max: usize::MAX,
            empty_reads: 0,
            trims: 0,
            sent: 0,
            receives: 0,
        }
    }
}

impl Store {
    pub(crate) fn send(&mut self, body: String) {
        self.sent += 1;
        self.messages.push((self.sent, body, Timestamp::UNIX_EPOCH));
    }

    /// Puts records on the stream, in their order.
    pub(crate) fn put(&mut self, shard: &str, records: Vec<RawRecord>) {
        let all = self.stream.entry(shard.to_owned()).or_default();
        all.extend(records);
        all.sort_by(|a, b| a.number.cmp(&b.number));
    }

    fn place(&self, receipt: &str) -> Option<usize> {
        let number: usize = receipt.split('#').next()?.parse().unwrap();
        self.messages.iter().position(|message| message.0 == number)
    }
}

impl World {
    pub(crate) fn documents(&self) -> Option<Documents<InMemory>> {
        let (bucket, queue, whole_ranges) = self.with(|state| {
            let store = &state.documents;
            (store.has_bucket, store.has_queue, store.whole_ranges)
        });
        let region = Region::parse("eu-west-1").unwrap();
        (bucket || queue).then(|| Documents {
            function: ConfiguredFunction::named("cdc-processor", &region).unwrap(),
            whole_ranges,
            batch: BatchSettings {
                attempts_max: 3,
                in_flight_max: 4,
                request_timeout: Duration::from_secs(5),
                reserve: Duration::from_secs(14),
                keep: LedgerKeep::All,
                scope: LedgerScope { epoch: 0, bus: "bus".into(), event_source: "s".into() },
                claim_ttl: Duration::from_secs(7 * 86_400),
            },
            bucket: bucket.then(|| BucketName::parse("on-failure").unwrap()),
            folder: Bucket(self.clone()),
            queue: queue.then(|| MemoryQueue::Documents(DocumentQueue(self.clone()))),
            attempts: Tries(self.clone()),
            delivery: drive::Ports {
                sink: self.clone(),
                ledger: MemoryLedger(self.clone()),
                dead_letters: Sender(self.clone(), false),
                clock: self.clone(),
                objects: self.clone(),
            },
        })
    }

    /// Keys of the documents in the bucket, those put aside among them.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.with(|state| state.documents.objects.keys().cloned().collect())
    }

    /// How many messages the queue of documents holds, and how many of them are hidden.
    pub(crate) fn messages(&self) -> (usize, usize) {
        self.with(|state| {
            let now = state.now;
            let hidden = state.documents.messages.iter().filter(|message| message.2 > now).count();
            (state.documents.messages.len(), hidden)
        })
    }

    /// Makes every document receivable, as time does.
    pub(crate) fn wait_for_documents(&self) {
        self.with(|state| {
            let latest = state.documents.messages.iter().map(|message| message.2).max();
            state.now = latest.unwrap_or(state.now).max(state.now);
        });
    }
}

#[derive(Clone)]
pub(crate) struct Bucket(World);

impl ObjectReader for Bucket {
    async fn get(
        &self,
        bucket: &BucketName,
        key: &str,
        bytes_max: usize,
    ) -> Result<Option<Bytes>, CallError> {
        assert_eq!(bucket.as_str(), "on-failure");
        let object = self.0.call("get", |state| state.documents.objects.get(key).cloned()).await?;
        match object {
            Some(object) if object.len() > bytes_max => {
                Err(CallError::new("get", CallErrorKind::Invalid, Some(OBJECT_TOO_LARGE)))
            }
            found => Ok(found),
        }
    }
}

impl ObjectFolder for Bucket {
    async fn list(
        &self,
        _: &BucketName,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Listing, CallError> {
        assert!((1..=LISTING_MAX).contains(&at_most));
        self.0
            .call("list", |state| {
                let keys = state.documents.objects.iter().filter(|(key, _)| {
                    key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
                });
                let mut objects: Vec<Listed> = keys
                    .map(|(key, body)| Listed {
                        key: key.as_str().into(),
                        size: body.len() as u64,
                        stored: Timestamp::UNIX_EPOCH,
                    })
                    .collect();
                let more = objects.len() > at_most;
                objects.truncate(at_most);
                Listing { objects, more }
            })
            .await
    }

    async fn delete(&self, _: &BucketName, key: &str) -> Result<(), CallError> {
        self.0.call("deleteObject", |state| state.documents.objects.remove(key)).await.map(drop)
    }

    async fn move_to(&self, _: &BucketName, from: &str, to: &str) -> Result<bool, CallError> {
        let objects = |to: Option<String>| {
            move |state: &mut super::super::world::State| match to {
                Some(to) => {
                    let body = state.documents.objects.get(from).cloned();
                    body.map(|body| state.documents.objects.insert(to, body)).is_some()
                }
                None => state.documents.objects.remove(from).is_some(),
            }
        };
        let copied = self.0.call("copyObject", objects(Some(to.to_owned()))).await?;
        if copied {
            self.0.call("deleteObject", objects(None)).await?;
        }
        Ok(copied)
    }
}

#[derive(Clone)]
pub(crate) struct DocumentQueue(World);

impl LetterQueue for DocumentQueue {
    async fn receive(&self, at_most: usize, hidden: Duration) -> Result<Vec<Received>, CallError> {
        self.0
            .call("receiveDocuments", |state| {
                let now = state.now;
                let until = now.checked_add(hidden).unwrap();
                let store = &mut state.documents;
                store.receives += 1;
                let receives = store.receives;
                let visible = store.messages.iter_mut().filter(|message| message.2 <= now);
                let take = |message: &mut (usize, String, Timestamp)| {
                    message.2 = until;
                    Received {
                        message_id: format!("m{}", message.0).into(),
                        receipt: format!("{}#{receives}", message.0).into(),
                        body: message.1.clone(),
                    }
                };
                visible.take(at_most).map(take).collect()
            })
            .await
    }

    async fn delete(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        self.0
            .call("deleteDocument", |state| {
                for receipt in receipts {
                    if let Some(place) = state.documents.place(receipt) {
                        state.documents.messages.remove(place);
                    }
                }
                vec![Ok(()); receipts.len()]
            })
            .await
    }

    async fn give_back(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        self.0
            .call("giveBackDocuments", |state| {
                for receipt in receipts {
                    if let Some(place) = state.documents.place(receipt) {
                        state.documents.messages[place].2 = state.now;
                    }
                }
                vec![Ok(()); receipts.len()]
            })
            .await
    }

    async fn depth(&self) -> Result<u64, CallError> {
        self.0.call("documentsDepth", |state| state.documents.messages.len() as u64).await
    }
}

#[derive(Clone)]
pub(crate) struct MemoryLedger(World);

impl Ledger for MemoryLedger {
    async fn load(&self, query: ClaimQuery) -> Result<Vec<Bytes>, CallError> {
        self.0
            .call("load", |state| {
                let claims = state.documents.claims.iter();
                let asked =
                    claims.filter(|(key, _)| *key >= format!("{} {}", query.partition, query.from));
                let asked = asked.filter(|(key, _)| key.starts_with(&query.partition));
                asked.map(|(_, keys)| keys.clone()).collect()
            })
            .await
    }

    async fn claim(&self, write: ClaimWrite) -> Result<(), CallError> {
        self.0
            .call("claim", |state| {
                state.documents.notes += usize::from(write.note.is_some());
                for item in write.items {
                    let key = format!("{} {}", write.partition, item.sort_key);
                    let claims = &mut state.documents.claims;
                    assert!(claims.iter().all(|(other, _)| *other != key), "overwritten: {key}");
                    claims.push((key, item.keys));
                }
            })
            .await
    }
}

#[derive(Clone)]
pub(crate) struct Tries(World);

impl Attempts for Tries {
    async fn counted(&self, partition: &str) -> Result<HashMap<String, Tried>, CallError> {
        assert_eq!(partition, "attempts|coredb");
        self.0
            .call("counted", |state| {
                let tries = state.documents.tries.iter();
                let last = state.documents.last_try;
                let tried = |count: i64| Tried { count: count.max(0) as u32, last };
                tries.map(|(document, count)| (document.clone(), tried(*count))).collect()
            })
            .await
    }

    async fn count(&self, attempt: Attempt) -> Result<u32, CallError> {
        self.0
            .call("count", |state| {
                state.documents.last_try = attempt.at;
                let count = state.documents.tries.entry(attempt.document).or_default();
                *count += i64::from(attempt.by);
                (*count).max(0) as u32
            })
            .await
    }

    async fn forget(&self, _: &str, document: &str) -> Result<(), CallError> {
        self.0.call("forget", |state| state.documents.tries.remove(document)).await.map(drop)
    }
}

impl RangeReader for World {
    async fn read_on(
        &self,
        shard: &str,
        from: &SequenceNumber,
        at_most: usize,
    ) -> Result<StreamPage, CallError> {
        self.call("readOn", |state| {
            let store = &mut state.documents;
            if store.empty_reads > 0 {
                store.empty_reads -= 1;
                return StreamPage::default();
            }
            let records = store.stream.get(shard).map(Vec::as_slice).unwrap_or_default();
            let begin = records.partition_point(|record| record.number < *from);
            let rest = &records[begin..];
            let page = &rest[..rest.len().min(at_most).min(store.page_max)];
            let page = StreamPage { records: page.to_vec(), ended: page.len() == rest.len() };
            let trims = std::mem::take(&mut store.trims);
            store.stream.values_mut().for_each(|records| drop(records.drain(..trims)));
            page
        })
        .await
    }
}
