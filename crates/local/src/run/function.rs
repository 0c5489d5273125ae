//! The processor as the mapping's function: invoked in process, ended at its deadline, and struck by
//! the faults of invocations.

use std::{future::Future, sync::Mutex, time::Duration};

use bytes::Bytes;
use cdc_aws::{
    clock::SystemClock,
    function::{Invocation, payload::PayloadError},
};
use cdc_core::ports::Clock as _;
use cdc_esm::{Function, FunctionError};
use cdc_processor::Handled;
use jiff::Timestamp;

use super::{
    system::lock,
    tally::{Heard, Tally},
};
use crate::{
    cloud::fault::{FaultPlan, InvocationFate, SLOW},
    functions::{FunctionName, Functions},
};

/// Invokes the processor in process.
pub(super) struct LocalFunction<'a> {
    functions: &'a Functions,
    faults: &'a FaultPlan,
    tally: &'a Mutex<Tally>,
    /// The longest that an invocation may take, where it is less than the function's timeout.
    timeout: Option<Duration>,
}

impl<'a> LocalFunction<'a> {
    pub(super) fn new(
        functions: &'a Functions,
        faults: &'a FaultPlan,
        tally: &'a Mutex<Tally>,
        timeout: Option<Duration>,
    ) -> Self {
        Self { functions, faults, tally, timeout }
    }

    /// An invocation from its beginning to its answer or its end.
    async fn run(
        &self,
        event: &[u8],
        fate: Option<InvocationFate>,
    ) -> Result<Bytes, FunctionError> {
        if matches!(fate, Some(InvocationFate::Slow)) {
            SystemClock.sleep(SLOW).await;
        }
        let mut invocation = self.functions.invocation(FunctionName::CdcProcessor);
        if let Some(end) = self.timeout.and_then(|it| SystemClock.now().checked_add(it).ok()) {
            invocation.deadline = invocation.deadline.min(end);
        }
        if let Some(InvocationFate::NearDeadline(left)) = fate {
            let left = self.functions.processor_reserve() + left;
            let near = SystemClock.now().checked_add(left);
            invocation.deadline = near.unwrap_or(invocation.deadline);
        }
        let Invocation { request_id, deadline, .. } = &invocation;
        let life = self.functions.processor().handle(event, request_id, *deadline);
        let life = within(time_left(*deadline), life);
        match fate {
            Some(InvocationFate::Killed(death)) => {
                self.unheard(death.of(life).await);
                Err(failed("injected: the process was killed"))
            }
            // Nothing happens until the timeout, so that nobody waits for it.
            Some(InvocationFate::Hangs(death)) => {
                self.unheard(death.of(life).await);
                Err(FunctionError::TimedOut)
            }
            Some(InvocationFate::AnswerLost) => {
                self.unheard(Some(life.await));
                Err(failed("injected: the answer was lost"))
            }
            _ => self.answer(life.await?),
        }
    }

    fn answer(&self, handled: Handled) -> Result<Bytes, FunctionError> {
        self.tell(&handled, Heard::Yes);
        let answer = serde_json::to_vec(&handled.response)
            .map_err(|error| FunctionError::Failed(Box::new(error)))?;
        Ok(answer.into())
    }

    /// What an invocation did whose answer nobody hears: all of it is delivered again.
    fn unheard(&self, lived: Option<Result<Handled, FunctionError>>) {
        if let Some(Ok(handled)) = lived {
            self.tell(&handled, Heard::No);
        }
    }

    fn tell(&self, handled: &Handled, heard: Heard) {
        let mut tally = lock(self.tally);
        for delivered in &handled.deliveries {
            tally.delivered(&delivered.shard.id, &delivered.report, heard);
        }
    }
}

impl Function for LocalFunction<'_> {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        match self.faults.invocation(&event) {
            Some(InvocationFate::Throttled) => {
                Err(FunctionError::NotInvoked("injected: throttled".into()))
            }
            Some(InvocationFate::Fails) => Err(failed("injected: the function failed")),
            fate => self.run(&event, fate).await,
        }
    }
}

/// Ends an invocation when its time is over, as Lambda does.
async fn within(
    left: Duration,
    life: impl Future<Output = Result<Handled, PayloadError>>,
) -> Result<Handled, FunctionError> {
    match tokio::time::timeout(left, life).await {
        Ok(handled) => handled.map_err(|error| FunctionError::Failed(Box::new(error))),
        Err(_) => Err(FunctionError::TimedOut),
    }
}

fn time_left(deadline: Timestamp) -> Duration {
    deadline.duration_since(SystemClock.now()).try_into().unwrap_or_default()
}

fn failed(what: &str) -> FunctionError {
    FunctionError::Failed(what.into())
}
