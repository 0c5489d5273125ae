//! The processor as the mapping's function.

use std::sync::Mutex;

use bytes::Bytes;
use cdc_aws::function::Invocation;
use cdc_esm::{Function, FunctionError};

use super::{system::lock, tally::Tally};
use crate::functions::{FunctionName, Functions};

/// Invokes the processor in process.
pub(super) struct LocalFunction<'a> {
    functions: &'a Functions,
    tally: &'a Mutex<Tally>,
}

impl<'a> LocalFunction<'a> {
    pub(super) fn new(functions: &'a Functions, tally: &'a Mutex<Tally>) -> Self {
        Self { functions, tally }
    }
}

impl Function for LocalFunction<'_> {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let Invocation { request_id, deadline } =
            self.functions.invocation(FunctionName::CdcProcessor);
        let processor = self.functions.processor();
        let handled = processor
            .handle(&event, &request_id, deadline)
            .await
            .map_err(|error| FunctionError::Failed(Box::new(error)))?;
        lock(self.tally).delivered(&handled.shard.id, &handled.report);
        let answer = serde_json::to_vec(&handled.response)
            .map_err(|error| FunctionError::Failed(Box::new(error)))?;
        Ok(answer.into())
    }
}
