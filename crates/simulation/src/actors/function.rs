//! The processor as the mapping's function: killed, out of time, not invoked, or lost sight of.

use std::{panic::AssertUnwindSafe, time::Duration};

use bytes::Bytes;
use cdc_aws::function::payload::KinesisBatch;
use cdc_core::ports::Clock as _;
use cdc_esm::{Function, FunctionError};
use futures_util::{
    FutureExt as _,
    future::{Either, select},
};
use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::{
    fault::Fault,
    life::{Life, Lived, Work},
    ports::REQUEST_TIMEOUT,
    stand::{RESERVE, Services, Stand, stream},
};

/// Time enough for any batch.
const AMPLE: Duration = Duration::from_secs(120);

/// How much more than the least an invocation has that has hardly any time.
const HARDLY_MS_MAX: u64 = 400;

/// When the mapping loses sight of an invocation, at the latest.
const LOST_MS_MAX: u64 = 1_000;

type Answer = Result<Bytes, FunctionError>;

impl<V: Services> Function for Stand<V> {
    async fn invoke(&self, event: Bytes) -> Answer {
        if self.world.strikes(Fault::NotInvoked) {
            return Err(FunctionError::NotInvoked("throttled".into()));
        }
        let killed = self.world.strikes(Fault::Kill);
        let epoch = self.world.state().epoch;
        let life = Life::new(&self.world, epoch, Work::Batch, killed);
        let items = items(self, &event);
        let number = self.announce(&items);
        let (answer, answered) = oneshot::channel();
        let task = self.clone().invocation(life, event, number, answer);
        self.pool.spawn(task);
        if self.world.strikes(Fault::Abandoned) {
            let time = Duration::from_millis(self.world.below(LOST_MS_MAX));
            self.services.clock().sleep(time).await;
            let mut world = self.world.state();
            // It may publish each of them, and so may who comes after it.
            world.excuse_unclaimed(items, epoch, "an old invocation still ran");
            return Err(FunctionError::Failed("connection lost".into()));
        }
        let lost = |_| Err(FunctionError::Failed("killed".into()));
        answered.await.unwrap_or_else(lost)
    }
}

impl<V: Services> Stand<V> {
    fn announce(&self, items: &[usize]) -> u64 {
        let mut world = self.world.state();
        world.invocations += 1;
        let names = world.names(items);
        let number = world.invocations;
        world.log(format_args!("invoke {number}: {names}"));
        number
    }

    /// One invocation, up to its end, its kill, or its deadline.
    async fn invocation(
        self,
        life: Life,
        event: Bytes,
        number: u64,
        answer: oneshot::Sender<Answer>,
    ) {
        let clock = self.services.clock();
        let time = self.time();
        let deadline = clock.now().checked_add(time).unwrap_or(Timestamp::MAX);
        let processor = self.processor(&life);
        let request_id = format!("request-{number}");
        let handled = life.run(processor.handle(&event, &request_id, deadline));
        let handled = Box::pin(AssertUnwindSafe(handled).catch_unwind());
        let answered = match select(handled, Box::pin(clock.sleep(time))).await {
            Either::Left((Err(_), _)) => {
                self.world.state().violate("the function panicked".to_owned());
                Err(FunctionError::Failed("panicked".into()))
            }
            Either::Left((Ok(Lived::Ended(Ok(handled))), _)) => {
                let text = serde_json::to_string(&handled.response);
                let text = text.unwrap_or_else(|error| panic!("an answer is JSON: {error}"));
                self.world.log(format_args!("answer {number}: {text}"));
                Ok(Bytes::from(text))
            }
            Either::Left((Ok(Lived::Ended(Err(error))), _)) => {
                self.world.state().violate(format!("the function failed: {error}"));
                Err(FunctionError::Failed(Box::new(error)))
            }
            Either::Left((Ok(Lived::Killed), _)) => Err(FunctionError::Failed("killed".into())),
            Either::Right(((), _)) => {
                life.time_is_up();
                Err(FunctionError::TimedOut)
            }
        };
        let _ = answer.send(answered);
    }

    fn time(&self) -> Duration {
        if !self.world.strikes(Fault::Deadline) {
            return AMPLE;
        }
        let more = self.world.below(HARDLY_MS_MAX);
        REQUEST_TIMEOUT + RESERVE + Duration::from_millis(more)
    }
}

/// The items of an event's records.
pub(crate) fn items<V: Services>(stand: &Stand<V>, event: &[u8]) -> Vec<usize> {
    let batch = KinesisBatch::parse(event, &stream());
    let records = batch.map(|batch| batch.records).unwrap_or_default();
    let expanded = cdc_core::record::expand(records);
    let world = stand.world.state();
    let slots = |record| {
        let key = cdc_core::record::RecordKey::of(record);
        [key, key.slot(1)]
    };
    let keys = expanded.records.iter().flat_map(slots);
    keys.filter_map(|key| world.by_key.get(&key.0).copied()).collect()
}
