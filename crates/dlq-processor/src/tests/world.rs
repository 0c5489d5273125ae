//! A queue, a bus, a stream and a clock that do as they are told, all of one state.

use std::{
    collections::HashMap,
    fmt,
    future::pending,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use cdc_aws::function::Invocation;
use cdc_core::{
    batch::DeliverySettings,
    claim_check::Buckets,
    delivery::{BusCode, CallError, CallErrorKind, Delivery},
    drive,
    outbound::OutboundEvent,
    pipeline::{IdKey, Pipeline},
    ports::{LETTERS_MAX, NoLedger, Received},
    record::RawRecord,
    rules::{ConfigFile, Rules},
};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    documents::store::{Bucket, DocumentQueue, MemoryLedger, Store, Tries},
    letters::{LetterText, SHARD, bodies, body, buckets},
    ports::Sender,
    simulation::{Chance, Fault},
};
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
    /// The buckets of the settings, and what lies in them, by bucket and key.
    pub(crate) buckets: Buckets,
    pub(crate) objects: HashMap<(String, String), Bytes>,
    pub(crate) shards: Vec<String>,
    /// Operations that fail, always and with that kind.
    pub(crate) fails: HashMap<&'static str, CallErrorKind>,
    /// Operations that fail once.
    pub(crate) fails_once: Vec<(&'static str, CallErrorKind)>,
    /// The queue refuses requests of more bytes as invalid.
    pub(crate) bury_bytes_max: usize,
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
    /// What goes wrong by chance.
    pub(crate) chance: Option<Chance>,
    /// Whether others have their turn between two calls.
    pub(crate) yields: bool,
    /// Where on-failure documents lie, and what their replay needs.
    pub(crate) documents: Store,
    sent: usize,
    invocations: usize,
}

#[derive(Clone)]
pub(crate) struct World(Arc<Mutex<State>>);

/// A world with documents has two queues.
pub(crate) enum MemoryQueue {
    Letters(World),
    Documents(DocumentQueue),
}

pub(crate) struct InMemory;

impl Wiring for InMemory {
    type Queue = MemoryQueue;
    type DeadLetters = Sender;
    type Stream = World;
    type Sink = World;
    type Clock = World;
    type Ledger = MemoryLedger;
    type Folder = Bucket;
    type Attempts = Tries;
    type Objects = World;
}

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
            buckets: buckets("records"),
            objects: HashMap::new(),
            shards: vec!["shardId-000000000000".into(), SHARD.into()],
            fails: HashMap::new(),
            fails_once: Vec::new(),
            bury_bytes_max: usize::MAX,
            calls: Vec::new(),
            kill: None,
            hidden: Vec::new(),
            parks: true,
            twice: false,
            pours: false,
            chance: None,
            yields: false,
            documents: Store::default(),
            sent: 0,
            invocations: 0,
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

    pub(crate) fn processor(&self) -> DlqProcessor<InMemory> {
        let file = ConfigFile { path: "test.yaml".into(), text: CONFIG.into() };
        let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
        let pipeline = Pipeline {
            rules: Arc::new(rules),
            id_key: IdKey::new(&[7; 32]).unwrap(),
            event_source: "cdc-pipeline".into(),
            replay: false,
            buckets: self.with(|state| state.buckets.clone()),
        };
        let delivery = DeliverySettings {
            attempts_max: 3,
            in_flight_max: 4,
            request_timeout: Duration::from_secs(5),
            reserve: crate::calls::RESERVE,
        };
        let parks = self.with(|state| state.parks);
        let ports = Ports {
            queue: MemoryQueue::Letters(self.clone()),
            parked: parks.then(|| Sender(self.clone(), true)),
            stream: Some(self.clone()),
            delivery: drive::Ports {
                sink: self.clone(),
                ledger: NoLedger,
                dead_letters: Sender(self.clone(), false),
                clock: self.clone(),
                objects: self.clone(),
            },
        };
        let processor = DlqProcessor::new(super::sources::configured(), pipeline, delivery, ports);
        match self.documents() {
            Some(documents) => processor.with_documents(documents),
            None => processor,
        }
    }

    /// Handles one request with that much time; `None` where it was killed.
    pub(crate) fn try_handle(&self, request: &str, time: Duration) -> Option<Handled> {
        let (now, number) = self.with(|state| {
            state.invocations += 1;
            (state.now, state.invocations)
        });
        let deadline = now.checked_add(time).unwrap();
        let invocation =
            Invocation { request_id: format!("request-{number}"), deadline, alias: None };
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
    pub(super) async fn call<T: Send>(
        &self,
        operation: &'static str,
        effect: impl FnOnce(&mut State) -> T + Send,
    ) -> Result<T, CallError> {
        if self.with(|state| state.yields) {
            turn().await;
        }
        let fault = self.with(|state| {
            state.calls.push(operation);
            state.now = state.now.checked_add(Duration::from_millis(10)).unwrap();
            state.fault(operation)
        });
        let unavailable = || CallError::new(operation, CallErrorKind::Unavailable, None);
        match fault {
            Fault::None => Ok(self.with(effect)),
            Fault::Fail(kind) => Err(CallError::new(operation, kind, None)),
            Fault::LoseAnswer => {
                self.with(effect);
                Err(unavailable())
            }
            Fault::KillBefore => pending().await,
            Fault::KillAfter => {
                self.with(effect);
                pending().await
            }
        }
    }
}

/// Lets others have their turn.
async fn turn() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl State {
    /// What becomes of the call that was counted last.
    fn fault(&mut self, operation: &'static str) -> Fault {
        let number = self.calls.len() - 1;
        match self.kill {
            Some(Kill::Before(at)) if at == number => return Fault::KillBefore,
            Some(Kill::After(at)) if at == number => return Fault::KillAfter,
            _ => {}
        }
        if let Some(at) = self.fails_once.iter().position(|(of, _)| *of == operation) {
            return Fault::Fail(self.fails_once.remove(at).1);
        }
        if let Some(kind) = self.fails.get(operation) {
            return Fault::Fail(*kind);
        }
        self.chance.as_mut().map_or(Fault::None, |chance| chance.fault(operation))
    }

    pub(crate) fn send(&mut self, body: String) {
        self.sent += 1;
        let number = self.sent;
        self.messages.push(Message { number, body, visible_at: self.now, receives: 0 });
    }

    pub(super) fn receive(&mut self, at_most: usize, hidden: Duration) -> Vec<Received> {
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
    pub(super) fn place(&self, receipt: &str) -> Option<usize> {
        let number: usize = receipt.split('#').next()?.parse().unwrap();
        self.messages.binary_search_by_key(&number, |message| message.number).ok()
    }

    pub(super) fn publish(&mut self, event: &OutboundEvent) -> Delivery {
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

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}
