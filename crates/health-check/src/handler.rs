//! The handler: looks at everything side by side, and answers in time whatever hangs.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use cdc_aws::{
    config::Connection,
    function::{Invocation, Refusal},
    ledger::DynamoLedger,
    probes::{QueueProbe, Shards, StreamProbe, TableProbe},
    sink::EventBridgeSink,
};
use cdc_core::{
    delivery::CallError,
    ledger::{LedgerKeep, note_partition},
    outbound::OutboundEvent,
    ports::{Clock, Sink as _},
    record::Shard,
};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use jiff::Timestamp;

use crate::{
    answer::{answer, over_http},
    component::{Component, Finding, Part, Status},
    judge,
    metrics::line,
    request::Trigger,
    settings::{Limits, Settings},
    verdict::verdict,
};

/// How many of them at once.
const SHARDS_AT_ONCE: usize = 16;

/// What stays of the invocation's time for the answer.
const ANSWER_RESERVE: Duration = Duration::from_millis(200);

/// Looks at every hop of the pipeline.
#[derive(Debug)]
pub struct HealthCheck<C> {
    bus: EventBridgeSink,
    stream: StreamProbe,
    checkpoint_table: TableProbe,
    state_table: TableProbe,
    dead_letter_queue: QueueProbe,
    ledger: DynamoLedger,
    /// The partition of the stream's notes.
    notes: String,
    keep: LedgerKeep,
    timeout: Duration,
    limits: Limits,
    pipeline: String,
    clock: C,
}

/// What became of an invocation.
#[derive(Debug)]
pub struct Handled {
    /// The function's answer: JSON text, also where it is a refusal.
    pub answer: String,
    /// The check, where one was made.
    pub check: Result<Check, Refusal>,
}

/// A check that was made.
#[derive(Debug)]
pub struct Check {
    /// The verdict.
    pub status: Status,
    /// What it rests on.
    pub components: Vec<Component>,
    /// The metrics, a line to print.
    pub metrics: Option<String>,
}

impl<C: Clock> HealthCheck<C> {
    /// A health check of what the settings name. `pipeline` is the metrics' dimension.
    pub fn new(settings: &Settings, connection: &Connection, pipeline: &str, clock: C) -> Self {
        let Settings { stream, checkpoint_table, state_table, .. } = settings;
        let shard = Shard { stream_arn: stream.name().into(), id: "".into() };
        Self {
            bus: EventBridgeSink::new(connection, &settings.bus, &settings.event_source),
            stream: StreamProbe::new(connection, stream),
            checkpoint_table: TableProbe::new(connection, checkpoint_table),
            state_table: TableProbe::new(connection, state_table),
            dead_letter_queue: QueueProbe::new(connection, &settings.dead_letter_queue_url),
            ledger: DynamoLedger::new(connection, checkpoint_table),
            notes: note_partition(&shard),
            keep: settings.ledger_keep,
            timeout: settings.timeout,
            limits: settings.limits,
            pipeline: pipeline.to_owned(),
            clock,
        }
    }

    /// Handles one invocation. Answers within the configured bound, or shortly before the deadline
    /// where that comes first.
    pub async fn handle(&self, payload: &[u8], invocation: &Invocation) -> Handled {
        let trigger = match Trigger::parse(payload) {
            Ok(trigger) => trigger,
            Err(refusal) => return Handled { answer: refusal.answer(), check: Err(refusal) },
        };
        let checked_at = self.clock.now();
        let components = self.components(trigger, self.limit(invocation.deadline)).await;
        let status = verdict(&components);
        let body = answer(status, &components, checked_at);
        let answer = if trigger == Trigger::Url { over_http(status, body) } else { body };
        let metrics = line(&self.pipeline, status, &components, checked_at);
        Handled { answer, check: Ok(Check { status, components, metrics }) }
    }

    /// How long a component may take.
    fn limit(&self, deadline: Timestamp) -> Duration {
        let left = deadline.duration_since(self.clock.now());
        let left = Duration::try_from(left).unwrap_or_default();
        self.timeout.min(left.saturating_sub(ANSWER_RESERVE))
    }

    async fn components(&self, trigger: Trigger, limit: Duration) -> Vec<Component> {
        // One list of shards for two components, each of which waits for it no longer than it may.
        let shards = self.stream.shards().boxed().shared();
        // Boxed: six of them inline would be one future too deep for the compiler.
        let (bus, stream, checkpoint_table, state_table, queue, checkpoints) = tokio::join!(
            bounded(Part::Bus, limit, self.bus(trigger).boxed()),
            bounded(Part::Stream, limit, self.stream(shards.clone()).boxed()),
            bounded(Part::CheckpointTable, limit, self.checkpoint_table().boxed()),
            bounded(Part::StateTable, limit, self.state_table().boxed()),
            bounded(Part::DeadLetterQueue, limit, self.letters().boxed()),
            bounded(Part::Checkpoints, limit, self.checkpoints(shards, limit).boxed()),
        );
        vec![bus, stream, checkpoint_table, state_table, queue, checkpoints]
    }

    async fn bus(&self, trigger: Trigger) -> Finding {
        let put = async {
            match trigger {
                Trigger::Schedule => {
                    Some(self.bus.publish(vec![Arc::new(OutboundEvent::health_check())]).await)
                }
                Trigger::Direct | Trigger::Url => None,
            }
        };
        let (asked, put) = tokio::join!(self.bus.require_bus(), put);
        judge::bus(asked, put)
    }

    async fn stream(&self, shards: impl Future<Output = Listed> + Send) -> Finding {
        let (state, shards) = tokio::join!(self.stream.state(), shards);
        judge::stream(state, shards)
    }

    async fn checkpoint_table(&self) -> Finding {
        let table = &self.checkpoint_table;
        let (state, expires) = tokio::join!(table.state(), table.expires());
        judge::table(Part::CheckpointTable, 2, state, Some(expires))
    }

    async fn state_table(&self) -> Finding {
        judge::table(Part::StateTable, 1, self.state_table.state().await, None)
    }

    async fn letters(&self) -> Finding {
        let state = self.dead_letter_queue.state().await;
        let peeked = match &state {
            Ok(state) if state.letters > 0 => Some(self.dead_letter_queue.peek().await),
            _ => None,
        };
        judge::letters(state, peeked, self.clock.now(), &self.limits)
    }

    async fn checkpoints(
        &self,
        shards: impl Future<Output = Listed> + Send,
        limit: Duration,
    ) -> Finding {
        if self.keep == LedgerKeep::Failures {
            return judge::not_judged();
        }
        let seen = self.look(shards, limit / 2).await;
        judge::checkpoints(seen, self.clock.now(), &self.limits)
    }

    /// Looks behind the checkpoints. One shard that hangs shall not hide what the others tell, so
    /// each has a limit of its own.
    async fn look(
        &self,
        shards: impl Future<Output = Listed> + Send,
        limit: Duration,
    ) -> Result<judge::Seen, CallError> {
        let (notes, shards) = tokio::join!(self.ledger.notes(&self.notes), shards);
        let (notes, shards) = (notes?, shards?);
        let chosen = judge::chosen(shards, &notes);
        let looks = chosen.looks.into_iter().map(|(shard, behind)| async move {
            let ahead = tokio::time::timeout(limit, self.stream.ahead(&shard, behind.as_ref()));
            let ahead = ahead.await.unwrap_or_else(|_| Err(judge::silent_shard()));
            judge::Looked { shard, is_noted: behind.is_some(), ahead }
        });
        let looked = stream::iter(looks).buffer_unordered(SHARDS_AT_ONCE).collect().await;
        Ok(judge::Seen { shards: chosen.shards, looked })
    }
}

type Listed = Result<Shards, CallError>;

/// A look, given up when its time is over.
async fn bounded(part: Part, limit: Duration, look: BoxFuture<'_, Finding>) -> Component {
    let started = Instant::now();
    let found = tokio::time::timeout(limit, look).await;
    let found = found.unwrap_or_else(|_| judge::late(part, limit));
    let Finding { status, detail, judged, measures } = found;
    Component { part, status, detail, latency: started.elapsed(), judged, measures }
}
