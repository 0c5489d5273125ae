//! The driver: does a mapping's steps over the ports, shards side by side.
//!
//! It decides nothing. No runtime is named here: futures are polled in place, so any executor will
//! do, and on [`VirtualClock`](crate::virtual_time::VirtualClock) the order is fixed by the seed.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use cdc_core::ports::Clock;
use futures_util::{
    Stream,
    future::{Either, select},
    stream::FuturesUnordered,
};
use jiff::Timestamp;

use crate::{
    BoxError, Control, Ended, Event, FailureDocument, Function, FunctionError, GivenUp,
    INVOCATION_BYTES_MAX, LaneId, Mapping, OnFailure, Page, ReadError, ReadFrom, Shard, ShardId,
    Step, StreamReader, Summary, backoff::until,
};

/// What a mapping runs over.
#[derive(Debug)]
pub struct Ports<'a, R, F, O, C> {
    /// Reads the stream.
    pub reader: &'a R,
    /// Is invoked.
    pub function: &'a F,
    /// Keeps what is given up.
    pub on_failure: &'a O,
    /// Tells the time.
    pub clock: &'a C,
}

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The stream cannot be read at all. Invocations under way were dropped unanswered.
    #[error("the mapping's stream is gone")]
    Stream(#[source] ReadError),
}

/// Something a step led to.
enum Came {
    Listed(Result<Vec<Shard>, ReadError>),
    Read(ShardId, Result<Page, ReadError>),
    Answered(LaneId, Result<Bytes, FunctionError>),
    Kept(GivenUp, Result<(), BoxError>),
}

/// What is under way, each with what it will lead to.
pub(crate) type UnderWay<'a, T> = FuturesUnordered<Pin<Box<dyn Future<Output = T> + Send + 'a>>>;

/// Runs a mapping until its plan is done or `control` stops it; tells `observe` each event as it
/// happens.
///
/// Dropping the future is a kill: what was under way stays unanswered, and a new mapping from the
/// same start delivers it again.
///
/// # Errors
/// [`RunError`] if the stream cannot be read at all.
pub async fn run<R: StreamReader, F: Function, O: OnFailure, C: Clock>(
    mut mapping: Mapping,
    ports: Ports<'_, R, F, O, C>,
    control: &Control,
    mut observe: impl FnMut(&Event) + Send,
) -> Result<(Ended, Summary), RunError> {
    let clock = ports.clock;
    let mut under_way: UnderWay<'_, Came> = FuturesUnordered::new();
    loop {
        control.hand_to(&mut mapping, clock.now());
        match mapping.next(clock.now()) {
            Step::ListShards => under_way.push(Box::pin(list(ports.reader))),
            Step::Read { shard, from } => {
                under_way.push(Box::pin(read(ports.reader, shard, from)));
            }
            Step::Invoke(lane) => {
                let (event, timeout) = (mapping.event(&lane), mapping.function_timeout());
                under_way.push(Box::pin(invoke(ports.function, clock, lane, event, timeout)));
            }
            Step::GiveUp(given_up) => {
                let document = mapping.document(&given_up, clock.now());
                under_way.push(Box::pin(keep(ports.on_failure, given_up, document)));
            }
            Step::Report(event) => observe(&event),
            Step::Wait(at) => {
                control.paused(&mapping);
                if let Some(came) = wait(&mut under_way, at, clock, control).await {
                    take(&mut mapping, came, clock)?;
                }
            }
            Step::Done(ended) => {
                control.paused(&mapping);
                return Ok((ended, mapping.summary()));
            }
        }
    }
}

async fn list<R: StreamReader>(reader: &R) -> Came {
    Came::Listed(reader.shards().await)
}

async fn read<R: StreamReader>(reader: &R, shard: ShardId, from: ReadFrom) -> Came {
    let page = reader.read(&shard, &from).await;
    Came::Read(shard, page)
}

async fn keep<O: OnFailure>(on_failure: &O, given_up: GivenUp, document: FailureDocument) -> Came {
    let kept = on_failure.keep(&document).await;
    Came::Kept(given_up, kept)
}

async fn invoke<F: Function, C: Clock>(
    function: &F,
    clock: &C,
    lane: LaneId,
    event: Bytes,
    timeout: Duration,
) -> Came {
    Came::Answered(lane, answer(function, clock, event, timeout).await)
}

/// One invocation, up to the function's timeout: what it did until then has happened.
pub(crate) async fn answer<F: Function, C: Clock>(
    function: &F,
    clock: &C,
    event: Bytes,
    timeout: Duration,
) -> Result<Bytes, FunctionError> {
    // Only a single record larger than this is ever cut so: it never becomes deliverable.
    if event.len() > INVOCATION_BYTES_MAX {
        return Err(FunctionError::EventTooLarge);
    }
    let (invocation, time) = (pin!(function.invoke(event)), pin!(clock.sleep(timeout)));
    match select(invocation, time).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(FunctionError::TimedOut),
    }
}

/// Until something came, it is time, or something was asked; `None`: one of the latter two.
pub(crate) async fn wait<T, C: Clock>(
    under_way: &mut UnderWay<'_, T>,
    at: Option<Timestamp>,
    clock: &C,
    control: &Control,
) -> Option<T> {
    let mut time = pin!(async {
        match at {
            Some(at) => clock.sleep(until(clock.now(), at)).await,
            None => std::future::pending().await,
        }
    });
    poll_fn(|context| {
        if let Poll::Ready(Some(came)) = Pin::new(&mut *under_way).poll_next(context) {
            return Poll::Ready(Some(came));
        }
        let asked = control.poll_asked(context).is_ready();
        if asked || time.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}

fn take<C: Clock>(mapping: &mut Mapping, came: Came, clock: &C) -> Result<(), RunError> {
    let (now, jitter) = (clock.now(), |at_most| clock.jitter(at_most));
    match came {
        Came::Listed(Ok(shards)) => mapping.listed(shards, now),
        Came::Read(shard, Ok(page)) => mapping.read(&shard, page, now),
        Came::Answered(lane, answer) => mapping.answered(&lane, answer, now, jitter),
        Came::Kept(given_up, Ok(())) => mapping.given_up(given_up, now),
        Came::Kept(given_up, Err(_)) => mapping.not_kept(&given_up, now, jitter),
        Came::Listed(Err(ReadError::Transient(_))) => mapping.read_failed(None, now, jitter),
        Came::Read(shard, Err(ReadError::Transient(_))) => {
            mapping.read_failed(Some(&shard), now, jitter);
        }
        Came::Listed(Err(fatal)) | Came::Read(_, Err(fatal)) => {
            return Err(RunError::Stream(fatal));
        }
    }
    Ok(())
}
