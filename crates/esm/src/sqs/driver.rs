//! The driver: does a mapping's steps over the ports. It decides nothing, and names no runtime.

use std::time::Duration;

use bytes::Bytes;
use cdc_core::ports::Clock;

use crate::{
    Control, Ended, Function, FunctionError, StartPosition,
    driver::{UnderWay, answer, wait},
    sqs::{
        mapping::{BatchId, Mapping, Step},
        message::ReceiptHandle,
        queue::{Deletion, Depth, Queue, QueueError, Received},
        report::{Call, Event, Summary},
    },
};

/// What a mapping runs over.
#[derive(Debug)]
pub struct Ports<'a, Q, F, C> {
    /// Is received from.
    pub queue: &'a Q,
    /// Is invoked.
    pub function: &'a F,
    /// Tells the time.
    pub clock: &'a C,
}

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The queue cannot be used at all. Invocations under way were dropped unanswered.
    #[error("the mapping's queue is gone")]
    Queue(#[source] QueueError),
}

/// Something a step led to.
enum Came {
    Received(Result<Received, QueueError>),
    Counted(Result<Depth, QueueError>),
    Redelivered(Result<usize, QueueError>),
    Answered(BatchId, Result<Bytes, FunctionError>),
    Deleted(BatchId, Result<Vec<Deletion>, QueueError>),
}

/// Runs a mapping until its plan is done or `control` stops it; tells `observe` each event as it
/// happens.
///
/// Dropping the future is a kill: what was in hand comes again once its visibility timeout is over.
///
/// # Errors
/// [`RunError`] if the queue cannot be used at all.
pub async fn run<Q: Queue, F: Function, C: Clock>(
    mut mapping: Mapping,
    ports: Ports<'_, Q, F, C>,
    control: &Control,
    mut observe: impl FnMut(&Event) + Send,
) -> Result<(Ended, Summary), RunError> {
    let Ports { queue, function, clock } = ports;
    let mut under_way: UnderWay<'_, Came> = UnderWay::new();
    loop {
        hand_over(control, &mut mapping, clock);
        match mapping.next(clock.now()) {
            Step::Receive { max, wait } => under_way.push(Box::pin(receive(queue, max, wait))),
            Step::Count => under_way.push(Box::pin(count(queue))),
            Step::Redeliver(start) => under_way.push(Box::pin(redeliver(queue, start))),
            Step::Invoke(id) => {
                let (event, timeout) = (mapping.event(id), mapping.function_timeout());
                under_way.push(Box::pin(invoke(function, clock, id, event, timeout)));
            }
            Step::Delete(id) => {
                under_way.push(Box::pin(delete(queue, id, mapping.receipts(id))));
            }
            Step::Report(event) => observe(&event),
            Step::Wait(at) => {
                control.note_caught_up(mapping.is_caught_up());
                if let Some(came) = wait(&mut under_way, at, clock, control).await {
                    take(&mut mapping, came, clock)?;
                }
            }
            Step::Done(ended) => {
                control.note_caught_up(mapping.is_caught_up());
                return Ok((ended, mapping.summary()));
            }
        }
    }
}

fn hand_over<C: Clock>(control: &Control, mapping: &mut Mapping, clock: &C) {
    let asked = control.asked();
    if asked.stop {
        mapping.stop();
    }
    if asked.wake {
        mapping.wake(clock.now());
    }
    for start in asked.redeliver {
        mapping.redeliver(start);
    }
}

async fn receive<Q: Queue>(queue: &Q, max: usize, wait: Duration) -> Came {
    Came::Received(queue.receive(max, wait).await)
}

async fn count<Q: Queue>(queue: &Q) -> Came {
    Came::Counted(queue.depth().await)
}

async fn redeliver<Q: Queue>(queue: &Q, start: StartPosition) -> Came {
    Came::Redelivered(queue.redeliver(start).await)
}

async fn delete<Q: Queue>(queue: &Q, id: BatchId, receipts: Vec<ReceiptHandle>) -> Came {
    Came::Deleted(id, queue.delete(&receipts).await)
}

async fn invoke<F: Function, C: Clock>(
    function: &F,
    clock: &C,
    id: BatchId,
    event: Bytes,
    timeout: Duration,
) -> Came {
    Came::Answered(id, answer(function, clock, event, timeout).await)
}

fn take<C: Clock>(mapping: &mut Mapping, came: Came, clock: &C) -> Result<(), RunError> {
    let (now, jitter) = (clock.now(), |at_most| clock.jitter(at_most));
    let (call, failed) = match came {
        Came::Answered(id, answer) => {
            mapping.answered(id, answer, now, jitter);
            return Ok(());
        }
        Came::Received(Ok(received)) => {
            mapping.received(received, now);
            return Ok(());
        }
        Came::Counted(Ok(depth)) => {
            mapping.counted(depth);
            return Ok(());
        }
        Came::Redelivered(Ok(_)) => {
            mapping.redelivered();
            return Ok(());
        }
        Came::Deleted(id, Ok(deletions)) => {
            mapping.deleted(id, &deletions, now, jitter);
            return Ok(());
        }
        Came::Received(Err(error)) => (Call::Receive, error),
        Came::Counted(Err(error)) => (Call::Depth, error),
        Came::Redelivered(Err(error)) => (Call::Redeliver, error),
        Came::Deleted(id, Err(error)) => {
            mapping.deleted(id, &[], now, jitter);
            (Call::Delete, error)
        }
    };
    match failed {
        QueueError::Transient(_) => mapping.failed(call, now, jitter),
        fatal @ QueueError::Fatal(_) => return Err(RunError::Queue(fatal)),
    }
    Ok(())
}
