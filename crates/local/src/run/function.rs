//! The processor as the mapping's function.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use cdc_aws::clock::SystemClock;
use cdc_core::ports::Clock as _;
use cdc_esm::{Function, FunctionError};
use cdc_processor::AwsProcessor;
use jiff::Timestamp;

use super::{system::lock, tally::Tally};

/// The timeout of a local invocation: that of the deployed function.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(60);

/// Invokes the processor in process.
pub(super) struct LocalFunction<'a> {
    processor: &'a AwsProcessor,
    tally: &'a Mutex<Tally>,
    /// Makes request ids unique over restarts with `--data`.
    started: Timestamp,
    invocations: AtomicU64,
}

impl<'a> LocalFunction<'a> {
    pub(super) fn new(processor: &'a AwsProcessor, tally: &'a Mutex<Tally>) -> Self {
        let started = SystemClock.now();
        Self { processor, tally, started, invocations: AtomicU64::new(0) }
    }
}

impl Function for LocalFunction<'_> {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let number = self.invocations.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("local-{}-{number}", self.started.as_millisecond());
        let deadline = SystemClock.now().checked_add(FUNCTION_TIMEOUT).unwrap_or(Timestamp::MAX);
        let handled = self
            .processor
            .handle(&event, &request_id, deadline)
            .await
            .map_err(|error| FunctionError::Failed(Box::new(error)))?;
        lock(self.tally).delivered(&handled.shard.id, &handled.report);
        let answer = serde_json::to_vec(&handled.response)
            .map_err(|error| FunctionError::Failed(Box::new(error)))?;
        Ok(answer.into())
    }
}
