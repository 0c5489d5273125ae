//! What puts records on the stream: the inputs of a single run, or a workload at its rate.

use std::{sync::Mutex, time::Duration};

use aws_sdk_kinesis::{Client, primitives::Blob, types::PutRecordsRequestEntry};
use bytes::Bytes;
use cdc_aws::clock::SystemClock;
use cdc_core::ports::Clock as _;
use cdc_esm::Control;

use super::{LocalError, system::lock, tally::Tally};
use crate::{
    cloud::Cloud,
    input::InputRecord,
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

/// Puts records on the stream.
pub(super) struct Producer<'a> {
    client: Client,
    stream: &'a str,
    control: &'a Control,
    tally: &'a Mutex<Tally>,
}

impl<'a> Producer<'a> {
    pub(super) fn new(
        cloud: &Cloud,
        stream: &'a str,
        control: &'a Control,
        tally: &'a Mutex<Tally>,
    ) -> Self {
        Self { client: Client::new(&cloud.sdk_config()), stream, control, tally }
    }

    /// Puts all records in their order, and wakes the mapping.
    pub(super) async fn put_all(&self, records: Vec<Put>) -> Result<(), LocalError> {
        let mut entries = Vec::new();
        let mut bytes = 0;
        for record in records {
            let size = record.data.len() + record.partition_key.len();
            if entries.len() == PUT_RECORDS_MAX
                || (!entries.is_empty() && bytes + size > PUT_BYTES_MAX)
            {
                self.put(std::mem::take(&mut entries)).await?;
                bytes = 0;
            }
            bytes += size;
            entries.push(entry(record)?);
        }
        if !entries.is_empty() {
            self.put(entries).await?;
        }
        self.control.wake();
        Ok(())
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

    async fn put(&self, entries: Vec<PutRecordsRequestEntry>) -> Result<(), LocalError> {
        let count = entries.len();
        let request = self.client.put_records().stream_name(self.stream).set_records(Some(entries));
        let answer = request.send().await.map_err(|error| LocalError::Put(error.into()))?;
        if answer.failed_record_count.unwrap_or(0) > 0 {
            return Err(LocalError::Put("the embedded stream refused a record".into()));
        }
        lock(self.tally).put(count, SystemClock.now());
        Ok(())
    }
}

fn entry(record: Put) -> Result<PutRecordsRequestEntry, LocalError> {
    PutRecordsRequestEntry::builder()
        .partition_key(record.partition_key)
        .data(Blob::new(record.data))
        .build()
        .map_err(|error| LocalError::Put(error.into()))
}
