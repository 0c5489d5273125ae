//! Drives a batch through the ports: the only place where its steps become calls.

use std::{sync::Arc, time::Duration};

use futures_util::{
    StreamExt as _,
    stream::{self, FuturesUnordered},
};
use jiff::Timestamp;

use crate::{
    batch::{Batch, Counts, Report, RequestId, Step},
    delivery::{CallError, Delivery},
    objects::NewObject,
    outbound::OutboundEvent,
    ports::{Burial, Clock, DeadLetters, Ledger, NoObjects, ObjectStore, Sink},
};

/// The ports in one bundle.
#[derive(Clone, Debug)]
pub struct Ports<S, L, D, C, O = NoObjects> {
    /// The bus.
    pub sink: S,
    /// The ledger.
    pub ledger: L,
    /// The dead-letter queue.
    pub dead_letters: D,
    /// Time and chance.
    pub clock: C,
    /// Where objects are stored.
    pub objects: O,
}

enum Task {
    Publish(Vec<Arc<OutboundEvent>>),
    Bury(Vec<Arc<str>>),
    Store(NewObject),
}

enum Answer {
    Published(RequestId, Result<Vec<Delivery>, CallError>),
    Buried(RequestId, Result<Vec<Burial>, CallError>),
    Stored(RequestId, Result<(), CallError>),
}

/// Delivers a batch: goes through its steps until it answers, or until the deadline makes it.
pub async fn deliver<S, L, D, C, O>(
    mut batch: Batch,
    ports: &Ports<S, L, D, C, O>,
    deadline: Timestamp,
) -> Report
where
    S: Sink,
    L: Ledger,
    D: DeadLetters,
    C: Clock,
    O: ObjectStore,
{
    let mut out = FuturesUnordered::new();
    loop {
        let now = ports.clock.now();
        match batch.next(now, time_left(now, deadline)) {
            Step::Load(query) => batch.loaded(ports.ledger.load(query).await),
            Step::Publish(id, events) => out.push(start(ports, id, Task::Publish(events))),
            Step::Bury(id, letters) => out.push(start(ports, id, Task::Bury(letters))),
            Step::Store(id, object) => out.push(start(ports, id, Task::Store(object))),
            Step::Await => match out.next().await {
                Some(Answer::Published(id, answer)) => batch.published(id, answer),
                Some(Answer::Buried(id, answer)) => batch.buried(id, answer),
                Some(Answer::Stored(id, answer)) => batch.stored(id, answer),
                None => unreachable!("a batch awaits only what it started"),
            },
            Step::Wait(at_most) => {
                ports.clock.sleep(ports.clock.jitter(at_most)).await;
                batch.waited();
            }
            Step::Claim(write) => batch.claimed(ports.ledger.claim(write).await),
            Step::Answer(report) => return report,
        }
    }
}

/// Delivers batches that have nothing to do with each other, up to so many side by side; one report
/// each, in their order. What there is no time left for is not begun, and all of it is reported.
pub async fn deliver_all<S, L, D, C, O>(
    batches: Vec<Batch>,
    ports: &Ports<S, L, D, C, O>,
    deadline: Timestamp,
    at_once: usize,
) -> Vec<Report>
where
    S: Sink,
    L: Ledger,
    D: DeadLetters,
    C: Clock,
    O: ObjectStore,
{
    let at_once = at_once.max(1);
    let one = |(index, batch): (usize, Batch)| async move {
        let left = time_left(ports.clock.now(), deadline);
        if index >= at_once && left <= batch.time_to_begin() {
            return batch.not_begun();
        }
        deliver(batch, ports, deadline).await
    };
    stream::iter(batches.into_iter().enumerate()).map(one).buffered(at_once).collect().await
}

/// What a batch would come to if every call went well: the ledger is asked, and nothing is done.
///
/// # Errors
/// [`CallError`] where the ledger could not be read.
pub async fn foresee<L: Ledger>(
    mut batch: Batch,
    ledger: &L,
    now: Timestamp,
) -> Result<Counts, CallError> {
    match batch.next(now, Duration::MAX) {
        Step::Load(query) => {
            let claims = ledger.load(query).await?;
            Ok(batch.foreseen(&claims))
        }
        // There is nothing that a claim could name.
        Step::Answer(report) => Ok(report.counts()),
        _ => Ok(batch.foreseen(&[])),
    }
}

async fn start<S: Sink, L, D: DeadLetters, C, O: ObjectStore>(
    ports: &Ports<S, L, D, C, O>,
    id: RequestId,
    task: Task,
) -> Answer {
    match task {
        Task::Publish(events) => Answer::Published(id, ports.sink.publish(events).await),
        Task::Bury(letters) => Answer::Buried(id, ports.dead_letters.bury(letters).await),
        Task::Store(object) => Answer::Stored(id, ports.objects.put(object).await),
    }
}

fn time_left(now: Timestamp, deadline: Timestamp) -> Duration {
    deadline.duration_since(now).try_into().unwrap_or(Duration::ZERO)
}
