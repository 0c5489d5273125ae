//! What puts records on the stream, the queue or the topic: the inputs of a single run, or a workload at its rate.

use std::{
    borrow::Cow,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_sdk_kinesis::{Client, primitives::Blob, types::PutRecordsRequestEntry};
use base64_simd::STANDARD as BASE64;
use bytes::Bytes;
use cdc_aws::clock::SystemClock;
use cdc_core::ports::Clock as _;
use cdc_esm::{
    Control,
    kafka::memory::{NewRecord, Topics},
    sqs::memory::{GROUP_AND_DEDUPLICATION_CHARACTERS_MAX, MemoryQueue},
};

use super::{LocalError, system::lock, tally::Tally};
use crate::{
    cloud::{Cloud, SOURCE_TOPIC},
    input::{self, InputRecord},
    workload::{Workload, WorkloadRecord},
};

/// Most records of one `PutRecords`.
const PUT_RECORDS_MAX: usize = 500;

/// Most bytes of one `PutRecords`, data and partition keys (5 MB on AWS), with room to spare.
const PUT_BYTES_MAX: usize = 4 << 20;

/// How often a workload puts what has become due.
const TICK: Duration = Duration::from_millis(50);

/// A record to put.
pub(super) struct Put {
    partition_key: String,
    data: Bytes,
}

impl From<InputRecord> for Put {
    fn from(record: InputRecord) -> Self {
        Self { partition_key: record.partition_key, data: record.data }
    }
}

impl From<WorkloadRecord> for Put {
    fn from(record: WorkloadRecord) -> Self {
        Self { partition_key: record.partition_key, data: record.data }
    }
}

/// Where records are put.
pub(super) enum Target<'a> {
    Stream { client: Client, stream: &'a str },
    Queue(&'a MemoryQueue<SystemClock>),
    Topic(&'a Topics<SystemClock>),
}

impl<'a> Target<'a> {
    pub(super) fn stream(cloud: &Cloud, stream: &'a str) -> Self {
        Self::Stream { client: Client::new(&cloud.sdk_config()), stream }
    }
}

/// Puts records on what carries them.
pub(super) struct Producer<'a> {
    target: Target<'a>,
    control: &'a Control,
    tally: &'a Mutex<Tally>,
    /// Messages sent: each is one of its own, whatever it says.
    sent: AtomicU64,
}

impl<'a> Producer<'a> {
    pub(super) fn new(target: Target<'a>, control: &'a Control, tally: &'a Mutex<Tally>) -> Self {
        Self { target, control, tally, sent: AtomicU64::new(0) }
    }

    /// Puts all records in their order, and wakes the mapping.
    pub(super) async fn put_all(&self, records: Vec<Put>) -> Result<(), LocalError> {
        match &self.target {
            Target::Stream { client, stream } => {
                for request in requests(records)? {
                    self.put(client, stream, request).await?;
                }
            }
            Target::Queue(queue) => {
                let count = records.len();
                records.into_iter().try_for_each(|record| self.send(queue, &record))?;
                lock(self.tally).put(count, SystemClock.now());
            }
            Target::Topic(topics) => {
                let count = records.len();
                records.into_iter().try_for_each(|record| append(topics, record))?;
                lock(self.tally).put(count, SystemClock.now());
            }
        }
        self.control.wake();
        Ok(())
    }

    /// A message takes text: what is none goes as base64, as producers do with what they compressed.
    fn send(&self, queue: &MemoryQueue<SystemClock>, record: &Put) -> Result<(), LocalError> {
        let body = match str::from_utf8(&record.data) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(BASE64.encode_to_string(&record.data)),
        };
        let group = group(&record.partition_key);
        let id = format!("record-{}", self.sent.fetch_add(1, Ordering::Relaxed));
        let sent = queue.send(&body, Some(&group), Some(&id));
        sent.map(|_| ()).map_err(|error| LocalError::Put(error.into()))
    }

    /// Keeps a workload running at its rate. Ends only with an error.
    pub(super) async fn produce(
        &self,
        mut workload: Workload,
        rate: f64,
    ) -> Result<(), LocalError> {
        let started = SystemClock.now();
        let mut put = 0u64;
        loop {
            let now = SystemClock.now();
            let due = (now.duration_since(started).as_secs_f64() * rate) as u64;
            if due > put {
                let records = (put..due).map(|_| workload.next(now).into());
                self.put_all(records.collect()).await?;
                put = due;
            }
            tokio::time::sleep(TICK).await;
        }
    }

    async fn put(
        &self,
        client: &Client,
        stream: &str,
        entries: Vec<PutRecordsRequestEntry>,
    ) -> Result<(), LocalError> {
        let count = entries.len();
        let request = client.put_records().stream_name(stream).set_records(Some(entries));
        let answer = request.send().await.map_err(|error| LocalError::Put(error.into()))?;
        if answer.failed_record_count.unwrap_or(0) > 0 {
            return Err(LocalError::Put("the embedded stream refused a record".into()));
        }
        lock(self.tally).put(count, SystemClock.now());
        Ok(())
    }
}

/// The records in requests that are not too large.
fn requests(records: Vec<Put>) -> Result<Vec<Vec<PutRecordsRequestEntry>>, LocalError> {
    let (mut requests, mut entries, mut bytes) = (Vec::new(), Vec::new(), 0);
    for record in records {
        let size = record.data.len() + record.partition_key.len();
        let is_full = entries.len() == PUT_RECORDS_MAX || bytes + size > PUT_BYTES_MAX;
        if is_full && !entries.is_empty() {
            requests.push(std::mem::take(&mut entries));
            bytes = 0;
        }
        bytes += size;
        entries.push(entry(record)?);
    }
    if !entries.is_empty() {
        requests.push(entries);
    }
    Ok(requests)
}

/// A partition key as a message group: itself, or its hash where SQS would refuse it.
fn group(partition_key: &str) -> Cow<'_, str> {
    let is_group = (1..=GROUP_AND_DEDUPLICATION_CHARACTERS_MAX).contains(&partition_key.len())
        && partition_key.bytes().all(|byte| byte.is_ascii_graphic());
    if is_group {
        return Cow::Borrowed(partition_key);
    }
    Cow::Owned(input::content_key(partition_key.as_bytes()))
}

/// An empty record is a tombstone, which is no value in Kafka.
fn append(topics: &Topics<SystemClock>, record: Put) -> Result<(), LocalError> {
    let key = Some(Bytes::from(record.partition_key));
    let value = Some(record.data).filter(|data| !data.is_empty());
    let record = NewRecord { key, value, ..NewRecord::default() };
    let appended = topics.append(SOURCE_TOPIC, record);
    appended.map(|_| ()).map_err(|error| LocalError::Put(error.into()))
}

fn entry(record: Put) -> Result<PutRecordsRequestEntry, LocalError> {
    PutRecordsRequestEntry::builder()
        .partition_key(record.partition_key)
        .data(Blob::new(record.data))
        .build()
        .map_err(|error| LocalError::Put(error.into()))
}
