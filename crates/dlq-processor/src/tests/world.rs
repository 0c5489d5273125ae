//! A queue, a bus, a stream and a clock that do as they are told, all of one state.

use std::{
    collections::HashMap,
    fmt,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use cdc_aws::{
    endpoint::Region,
    function::{Invocation, settings::ConfiguredStream},
};
use cdc_core::{
    batch::DeliverySettings,
    delivery::{BusCode, CallError, CallErrorKind, Delivery},
    drive,
    outbound::OutboundEvent,
    pipeline::{IdKey, Pipeline},
    ports::{
        Burial, Clock, DeadLetters, LETTERS_MAX, LetterQueue, MessageDone, NoLedger, Received,
        Sink, StreamReader,
    },
    record::{RawRecord, SequenceNumber},
    rules::{ConfigFile, Rules},
};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use serde_json::Value;

use super::letters::{LetterText, SHARD, STREAM, bodies, body};
use crate::{DlqProcessor, Handled, Ports, Wiring};

const CONFIG: &str = "
version: 1
pipeline: test
unlisted_tables: reject
tables:
  t: {keys: [id], include: [id, v, ssn], redact: [ssn]}
  slim: {keys: [id], include: [id], operations: [INSERT]}
";

/// Time enough for any run.
pub(crate) const AMPLE: Duration = Duration::from_secs(900);

/// Which call is the last, and whether it still takes effect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kill {
    Before(usize),
    After(usize),
}

/// A message; the queue holds them in the order of their numbers.
pub(crate) struct Message {
    pub(crate) number: usize,
    pub(crate) body: String,
    pub(crate) visible_at: Timestamp,
    pub(crate) receives: usize,
}

/// What becomes of an entry, by its label; `None` accepts it.
type Judge = Box<dyn Fn(&str) -> Option<BusCode> + Send>;

pub(crate) struct State {
    pub(crate) now: Timestamp,
    pub(crate) messages: Vec<Message>,
    pub(crate) parked: Vec<String>,
    /// Labels in the order in which the bus accepted them, and their details.
    pub(crate) accepted: Vec<String>,
    pub(crate) details: Vec<Value>,
    pub(crate) judge: Judge,
    pub(crate) records: HashMap<String, RawRecord>,
    pub(crate) shards: Vec<String>,
    /// Operations that fail, always and with that kind.
    pub(crate) fails: HashMap<&'static str, CallErrorKind>,
    /// Every call, in order.
    pub(crate) calls: Vec<&'static str>,
    pub(crate) kill: Option<Kill>,
    /// How long messages were hidden.
    pub(crate) hidden: Vec<Duration>,
    pub(crate) parks: bool,
    /// Whether the queue delivers every message twice.
    pub(crate) twice: bool,
    /// Whether a new letter comes with every look.
    pub(crate) pours: bool,
    sent: usize,
}

#[derive(Clone)]
pub(crate) struct World(Arc<Mutex<State>>);

pub(crate) struct InMemory;

impl Wiring for InMemory {
    type Queue = World;
    type DeadLetters = Sender;
    type Stream = World;
    type Sink = World;
    type Clock = World;
}

/// Where letters are sent: back into the queue, or to the parked ones.
#[derive(Clone)]
pub(crate) struct Sender(World, bool);

impl World {
    /// A queue with these messages.
    pub(crate) fn of(bodies: Vec<String>) -> Self {
        let world = Self(Arc::new(Mutex::new(State {
            now: "2026-01-16T00:00:00Z".parse().unwrap(),
            messages: Vec::new(),
            parked: Vec::new(),
            accepted: Vec::new(),
            details: Vec::new(),
            judge: Box::new(|_| None),
            records: HashMap::new(),
            shards: vec!["shardId-000000000000".into(), SHARD.into()],
            fails: HashMap::new(),
            calls: Vec::new(),
            kill: None,
            hidden: Vec::new(),
            parks: true,
            twice: false,
            pours: false,
            sent: 0,
        })));
        world.with(|state| bodies.into_iter().for_each(|body| state.send(body)));
        world
    }

    pub(crate) fn with_letters(words: &str) -> Self {
        Self::of(bodies(words))
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    fn processor(&self) -> DlqProcessor<InMemory> {
        let file = ConfigFile { path: "test.yaml".into(), text: CONFIG.into() };
        let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
        let pipeline = Pipeline {
            rules: Arc::new(rules),
            id_key: IdKey::new(&[7; 32]).unwrap(),
            event_source: "cdc-pipeline".into(),
            replay: false,
        };
        let delivery = DeliverySettings {
            attempts_max: 3,
            in_flight_max: 4,
            request_timeout: Duration::from_secs(5),
            reserve: crate::run::RESERVE,
        };
        let parks = self.with(|state| state.parks);
        let ports = Ports {
            queue: self.clone(),
            parked: parks.then(|| Sender(self.clone(), true)),
            stream: self.clone(),
            delivery: drive::Ports {
                sink: self.clone(),
                ledger: NoLedger,
                dead_letters: Sender(self.clone(), false),
                clock: self.clone(),
            },
        };
        let region = Region::parse("eu-west-1").unwrap();
        let stream = ConfiguredStream::exactly(STREAM, &region).unwrap();
        DlqProcessor::new(stream, pipeline, delivery, ports)
    }

    /// Handles one request with that much time; `None` where it was killed.
    pub(crate) fn try_handle(&self, request: &str, time: Duration) -> Option<Handled> {
        let deadline = self.with(|state| state.now).checked_add(time).unwrap();
        let invocation = Invocation { request_id: "request-1".into(), deadline };
        self.processor().handle(request.as_bytes(), &invocation).now_or_never()
    }

    /// The answer to a request.
    pub(crate) fn answer(&self, request: &str) -> Value {
        self.answer_within(request, AMPLE)
    }

    pub(crate) fn answer_within(&self, request: &str, time: Duration) -> Value {
        let handled = self.try_handle(request, time).expect("nobody killed it");
        serde_json::from_str(&handled.answer).unwrap()
    }

    pub(crate) fn accepted(&self) -> String {
        self.with(|state| state.accepted.join(" "))
    }

    /// The queue as it lies there: bodies of what can be received, and how many are hidden.
    pub(crate) fn queue(&self) -> (Vec<String>, usize) {
        self.with(|state| {
            let now = state.now;
            let (visible, hidden): (Vec<_>, Vec<_>) =
                state.messages.iter().partition(|message| message.visible_at <= now);
            (visible.into_iter().map(|message| message.body.clone()).collect(), hidden.len())
        })
    }

    /// Makes every message receivable, as time does.
    pub(crate) fn wait_out(&self) {
        self.with(|state| {
            let latest = state.messages.iter().map(|message| message.visible_at).max();
            state.now = latest.unwrap_or(state.now).max(state.now);
        });
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.with(|state| state.calls.iter().filter(|call| **call == operation).count())
    }

    /// One call: counted, killed, failed, or done.
    async fn call<T: Send>(
        &self,
        operation: &'static str,
        effect: impl FnOnce(&mut State) -> T + Send,
    ) -> Result<T, CallError> {
        let (number, kill) = self.with(|state| {
            state.calls.push(operation);
            state.now = state.now.checked_add(Duration::from_millis(10)).unwrap();
            (state.calls.len() - 1, state.kill)
        });
        if matches!(kill, Some(Kill::Before(at)) if at == number) {
            pending::<()>().await;
        }
        let answer = self.with(|state| match state.fails.get(operation) {
            Some(kind) => Err(CallError::new(operation, *kind, None)),
            None => Ok(effect(state)),
        });
        if matches!(kill, Some(Kill::After(at)) if at == number) {
            pending::<()>().await;
        }
        answer
    }
}

impl State {
    pub(crate) fn send(&mut self, body: String) {
        self.sent += 1;
        let number = self.sent;
        self.messages.push(Message { number, body, visible_at: self.now, receives: 0 });
    }

    fn receive(&mut self, at_most: usize, hidden: Duration) -> Vec<Received> {
        assert!((1..=LETTERS_MAX).contains(&at_most));
        self.hidden.push(hidden);
        if self.pours {
            let last_attempt = self.now.to_string();
            self.send(body(&LetterText { last_attempt: &last_attempt, ..LetterText::default() }));
        }
        let now = self.now;
        let visible_at = now.checked_add(hidden).unwrap();
        let mut page = Vec::new();
        for message in &mut self.messages {
            if page.len() == at_most || message.visible_at > now {
                continue;
            }
            message.receives += 1;
            message.visible_at = visible_at;
            if self.twice && message.receives == 1 {
                message.visible_at = now;
            }
            page.push(Received {
                message_id: format!("m{}", message.number).into(),
                receipt: format!("{}#{}", message.number, message.receives).into(),
                body: message.body.clone(),
            });
        }
        page
    }

    /// Where the message of a receipt lies, if it still does.
    fn place(&self, receipt: &str) -> Option<usize> {
        let number: usize = receipt.split('#').next()?.parse().unwrap();
        self.messages.binary_search_by_key(&number, |message| message.number).ok()
    }

    fn publish(&mut self, event: &OutboundEvent) -> Delivery {
        let detail: Value = serde_json::from_str(event.detail.get()).unwrap();
        let after = &detail["after"];
        let label = format!("{}{}", after["id"].as_str().unwrap(), after["v"]);
        if let Some(code) = (self.judge)(&label) {
            return Delivery::Refused(code);
        }
        self.accepted.push(label);
        self.details.push(detail);
        Delivery::Accepted
    }
}

impl LetterQueue for World {
    async fn receive(&self, at_most: usize, hidden: Duration) -> Result<Vec<Received>, CallError> {
        self.call("receive", |state| state.receive(at_most, hidden)).await
    }

    async fn delete(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        assert!((1..=LETTERS_MAX).contains(&receipts.len()));
        self.call("delete", |state| {
            for receipt in receipts {
                if let Some(place) = state.place(receipt) {
                    state.messages.remove(place);
                }
            }
            vec![Ok(()); receipts.len()]
        })
        .await
    }

    async fn give_back(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        assert!((1..=LETTERS_MAX).contains(&receipts.len()));
        self.call("giveBack", |state| {
            for receipt in receipts {
                if let Some(place) = state.place(receipt) {
                    state.messages[place].visible_at = state.now;
                }
            }
            vec![Ok(()); receipts.len()]
        })
        .await
    }

    async fn depth(&self) -> Result<u64, CallError> {
        self.call("depth", |state| state.messages.len() as u64).await
    }
}

impl StreamReader for World {
    async fn read_one(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<Option<RawRecord>, CallError> {
        let place = format!("{shard} {number}");
        self.call("readOne", |state| state.records.get(&place).cloned()).await
    }

    async fn shards(&self) -> Result<Vec<String>, CallError> {
        self.call("shards", |state| state.shards.clone()).await
    }
}

impl Sink for World {
    async fn publish(&self, events: Vec<Arc<OutboundEvent>>) -> Result<Vec<Delivery>, CallError> {
        self.call("publish", |state| events.iter().map(|event| state.publish(event)).collect())
            .await
    }
}

impl DeadLetters for Sender {
    async fn bury(&self, letters: Vec<Arc<str>>) -> Result<Vec<Burial>, CallError> {
        let Self(world, parked) = self;
        let operation = if *parked { "park" } else { "bury" };
        let confirmed = vec![Burial::Confirmed; letters.len()];
        world
            .call(operation, |state| {
                for letter in letters {
                    match parked {
                        true => state.parked.push(letter.to_string()),
                        false => state.send(letter.to_string()),
                    }
                }
                confirmed
            })
            .await
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.with(|state| state.now)
    }

    async fn sleep(&self, duration: Duration) {
        self.with(|state| state.now = state.now.checked_add(duration).unwrap());
    }

    fn jitter(&self, at_most: Duration) -> Duration {
        at_most
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}
