//! The driver: does a mapping's steps over the ports. It decides nothing, and names no runtime.

use std::time::Duration;

use bytes::Bytes;
use cdc_core::ports::Clock;

use crate::{
    BoxError, Control, Ended, Function, FunctionError, OnFailure, ReadError,
    driver::{UnderWay, answer, wait},
    kafka::{
        mapping::{ConsumerId, Mapping, Step},
        on_failure::FailureDocument,
        report::{Event, GivenUp, Summary},
        topic::{ListedPartition, Page, TopicPartition, TopicReader},
    },
};

/// What a mapping runs over.
#[derive(Debug)]
pub struct Ports<'a, R, F, O, C> {
    /// Reads the topics.
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
    /// The topics cannot be read at all. Invocations under way were dropped unanswered.
    #[error("the mapping's topics are gone")]
    Topics(#[source] ReadError),
}

/// Something a step led to.
enum Came {
    Listed(Result<Vec<ListedPartition>, ReadError>),
    Read(TopicPartition, Result<Page, ReadError>),
    Answered(ConsumerId, Result<Bytes, FunctionError>),
    Kept(GivenUp, Result<(), BoxError>),
}

/// Runs a mapping until its plan is done or `control` stops it; tells `observe` each event as it
/// happens.
///
/// Dropping the future is a kill: what was under way stays unanswered, and a new mapping from the
/// positions committed delivers it again.
///
/// # Errors
/// [`RunError`] if the topics cannot be read at all.
pub async fn run<R: TopicReader, F: Function, O: OnFailure<FailureDocument>, C: Clock>(
    mut mapping: Mapping,
    ports: Ports<'_, R, F, O, C>,
    control: &Control,
    mut observe: impl FnMut(&Event) + Send,
) -> Result<(Ended, Summary), RunError> {
    let Ports { reader, function, on_failure, clock } = ports;
    let mut under_way: UnderWay<'_, Came> = UnderWay::new();
    loop {
        hand_over(control, &mut mapping, clock);
        match mapping.next(clock.now()) {
            Step::ListPartitions => under_way.push(Box::pin(list(reader))),
            Step::Read { partition, offset, records_max } => {
                under_way.push(Box::pin(read(reader, partition, offset, records_max)));
            }
            Step::Invoke(consumer) => {
                let (event, timeout) = (mapping.event(consumer), mapping.function_timeout());
                under_way.push(Box::pin(invoke(function, clock, consumer, event, timeout)));
            }
            Step::GiveUp(given_up) => {
                let document = mapping.document(&given_up, clock.now());
                under_way.push(Box::pin(keep(on_failure, given_up, document)));
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

async fn list<R: TopicReader>(reader: &R) -> Came {
    Came::Listed(reader.partitions().await)
}

async fn read<R: TopicReader>(
    reader: &R,
    partition: TopicPartition,
    offset: u64,
    records_max: usize,
) -> Came {
    let page = reader.read(&partition, offset, records_max).await;
    Came::Read(partition, page)
}

async fn invoke<F: Function, C: Clock>(
    function: &F,
    clock: &C,
    consumer: ConsumerId,
    event: Bytes,
    timeout: Duration,
) -> Came {
    Came::Answered(consumer, answer(function, clock, event, timeout).await)
}

async fn keep<O: OnFailure<FailureDocument>>(
    on_failure: &O,
    given_up: GivenUp,
    document: FailureDocument,
) -> Came {
    let kept = on_failure.keep(&document).await;
    Came::Kept(given_up, kept)
}

fn take<C: Clock>(mapping: &mut Mapping, came: Came, clock: &C) -> Result<(), RunError> {
    let (now, jitter) = (clock.now(), |at_most| clock.jitter(at_most));
    match came {
        Came::Listed(Ok(partitions)) => mapping.listed(partitions, now),
        Came::Read(partition, Ok(page)) => mapping.read(&partition, page, now),
        Came::Answered(consumer, answer) => mapping.answered(consumer, answer, now, jitter),
        Came::Kept(given_up, Ok(())) => mapping.given_up(given_up, now),
        Came::Kept(given_up, Err(_)) => mapping.not_kept(&given_up, now, jitter),
        Came::Listed(Err(ReadError::Transient(_))) => mapping.read_failed(None, now, jitter),
        Came::Read(partition, Err(ReadError::Transient(_))) => {
            mapping.read_failed(Some(&partition), now, jitter);
        }
        Came::Listed(Err(fatal)) | Came::Read(_, Err(fatal)) => {
            return Err(RunError::Topics(fatal));
        }
    }
    Ok(())
}
