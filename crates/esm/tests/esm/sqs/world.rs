//! A queue and a function made of text, and the one `check` the tests go through.
//!
//! A queue: `a b@500 g/c`: message `a`, message `b` sent at 500 ms, and message `c` of the group `g`
//! (FIFO). A function: `fail a,b ok`: one answer after the other, then `ok` for ever; names of messages
//! are reported. The log has a line for each invocation and for what became of messages.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Write as _,
    sync::Mutex,
    time::Duration,
};

use bytes::Bytes;
use cdc_core::ports::Clock;
use cdc_esm::{
    Control, Ended, Function, FunctionError, INVOCATION_BYTES_MAX, StartPosition,
    sqs::{
        Deletion, Depth, Event, Mapping, MessageId, Plan, Ports, Queue, QueueError, QueueFacts,
        QueueKind, ReceiptHandle, Received, RunError, Settings, Summary, Until,
        memory::{MemoryQueue, QueueSettings, Redrive},
        run,
    },
    virtual_time::VirtualClock,
};
use futures_util::future::{join, join_all};
use serde_json::Value;

use crate::world::{BEGIN_MS, HOUR, clock, report};

pub(crate) type VirtualQueue = MemoryQueue<VirtualClock>;

pub(crate) const ARN: &str = "arn:aws:sqs:eu-central-1:000000000000:q";

pub(crate) fn facts(name: &str, kind: QueueKind, visibility: Duration) -> QueueFacts {
    let arn = format!("arn:aws:sqs:eu-central-1:000000000000:{name}").into();
    QueueFacts { arn, kind, visibility_timeout: visibility }
}

/// A queue that keeps what is deleted, with its dead-letter queue.
pub(crate) fn queues(
    kind: QueueKind,
    visibility: Duration,
    receive_count_max: u32,
    clock: &VirtualClock,
) -> (VirtualQueue, VirtualQueue) {
    let plain = QueueSettings {
        facts: facts("dead", kind, visibility),
        redrive: None,
        keep_deleted: false,
    };
    let dead = MemoryQueue::new(plain, clock.clone()).unwrap();
    let redrive = Some(Redrive { receive_count_max, queue: dead.clone() });
    let settings =
        QueueSettings { facts: facts("q", kind, visibility), redrive, keep_deleted: true };
    (MemoryQueue::new(settings, clock.clone()).unwrap(), dead)
}

/// One message of an event: its id, its receipt and its body.
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) body: String,
}

pub(crate) fn seen(event: &[u8]) -> Vec<Seen> {
    assert!(event.len() <= INVOCATION_BYTES_MAX, "{} bytes", event.len());
    let event: Value = serde_json::from_slice(event).unwrap();
    let text = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let records = event["Records"].as_array().unwrap().iter();
    let seen = records.map(|record| Seen {
        id: text(record, "messageId"),
        receipt: text(record, "receiptHandle"),
        body: text(record, "body"),
    });
    seen.collect()
}

/// The queue in memory, with calls that fail first.
pub(crate) struct TestQueue {
    pub(crate) queue: VirtualQueue,
    /// So many calls of each kind that fail.
    pub(crate) failing: Mutex<HashMap<&'static str, usize>>,
    pub(crate) gone: bool,
}

impl TestQueue {
    fn fault(&self, call: &'static str) -> Result<(), QueueError> {
        if self.gone {
            return Err(QueueError::Fatal("no such queue".into()));
        }
        match self.failing.lock().unwrap().get_mut(call) {
            Some(left @ 1..) => {
                *left -= 1;
                Err(QueueError::Transient("throttled".into()))
            }
            _ => Ok(()),
        }
    }
}

impl Queue for TestQueue {
    async fn receive(&self, max: usize, wait: Duration) -> Result<Received, QueueError> {
        self.fault("receive")?;
        self.queue.receive(max, wait).await
    }

    async fn delete(&self, receipts: &[ReceiptHandle]) -> Result<Vec<Deletion>, QueueError> {
        self.fault("delete")?;
        // The last one by itself, so that a call can do a part.
        if self.fault("delete one").is_err() {
            let mut deletions = self.queue.delete(&receipts[..receipts.len() - 1]).await?;
            deletions.push(Deletion::Failed);
            return Ok(deletions);
        }
        self.queue.delete(receipts).await
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        self.fault("depth")?;
        self.queue.depth().await
    }

    async fn redeliver(&self, start: StartPosition) -> Result<usize, QueueError> {
        self.fault("redeliver")?;
        self.queue.redeliver(start).await
    }
}

/// A function that answers as it is told, and the log.
pub(crate) struct World {
    clock: VirtualClock,
    answers: Mutex<VecDeque<String>>,
    pub(crate) log: Mutex<Vec<(i64, String)>>,
    names: Mutex<HashMap<MessageId, String>>,
}

impl World {
    pub(crate) fn new(answers: &str, clock: &VirtualClock) -> Self {
        let answers = answers.split_whitespace().map(str::to_owned).collect();
        let (log, names) = (Mutex::default(), Mutex::default());
        Self { clock: clock.clone(), answers: Mutex::new(answers), log, names }
    }

    pub(crate) fn note(&self, line: String) {
        let now = self.clock.now().as_millisecond() - BEGIN_MS;
        self.log.lock().unwrap().push((now, line));
    }

    fn answer(&self) -> String {
        let mut answers = self.answers.lock().unwrap();
        match answers.front() {
            Some(answer) if answer.ends_with('*') => answer.trim_end_matches('*').into(),
            _ => answers.pop_front().unwrap_or("ok".into()),
        }
    }

    fn named(&self, ids: &[MessageId]) -> String {
        let names = self.names.lock().unwrap();
        ids.iter().map(|id| names[id].as_str()).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn observe(&self, event: &Event) {
        match event {
            Event::PassStarted { pass: 0 } | Event::Received(_) | Event::Delivered(_) => {}
            Event::PassStarted { pass } => self.note(format!("pass {pass}")),
            Event::Deleted(ids) => self.note(format!("deleted {}", self.named(ids))),
            Event::Returned { messages, reason } => {
                self.note(format!("returned {}: {reason:?}", self.named(messages)));
            }
            Event::Redriven(ids) => self.note(format!("dead {}", self.named(ids))),
            Event::CallFailed(call) => self.note(format!("{call:?} failed")),
            Event::CaughtUp { .. } => self.note("caught up".into()),
        }
    }

    pub(crate) async fn send(&self, queue: &VirtualQueue, word: &str) {
        let (word, at) = word.split_once('@').unwrap_or((word, "0"));
        self.clock.sleep(Duration::from_millis(at.parse().unwrap())).await;
        let (group, body) = word.split_once('/').map_or((None, word), |(g, b)| (Some(g), b));
        let sent = queue.send(body, group, group.map(|_| word)).unwrap();
        self.names.lock().unwrap().insert(sent.id, body.to_owned());
    }
}

impl Function for World {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let seen = seen(&event);
        let answer = self.answer();
        let bodies: Vec<_> = seen.iter().map(|seen| seen.body.as_str()).collect();
        self.note(format!("[{}] {answer}", bodies.join(" ")));
        if let Some(millis) = answer.strip_prefix("slow") {
            self.clock.sleep(Duration::from_millis(millis.parse().unwrap())).await;
            return Ok(Bytes::new());
        }
        match answer.as_str() {
            "ok" => Ok(report(&[])),
            "nothing" => Ok(Bytes::new()),
            "null" => Ok("null".into()),
            "garbage" => Ok("{".into()),
            "badname" => Ok(r#"{"batchItemFailures":[{"item":"a"}]}"#.into()),
            "nullid" => Ok(r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#.into()),
            "fail" => Err(FunctionError::Failed("crashed".into())),
            "throttle" => Err(FunctionError::NotInvoked("throttled".into())),
            names => {
                let ids = names.split(',').map(|name| {
                    seen.iter().find(|seen| seen.body == name).map_or(name, |seen| &*seen.id)
                });
                Ok(report(&ids.collect::<Vec<_>>()))
            }
        }
    }
}

/// One run, and what the function and the watcher must have seen.
pub(crate) struct Case<'a> {
    pub(crate) kind: QueueKind,
    pub(crate) messages: &'a str,
    pub(crate) answers: &'a str,
    pub(crate) settings: Settings,
    pub(crate) visibility: Duration,
    pub(crate) receive_count_max: u32,
    pub(crate) redeliver: Vec<StartPosition>,
    pub(crate) failing: Vec<(&'static str, usize)>,
    pub(crate) gone: bool,
    /// Put the time, in milliseconds, before each line of the log.
    pub(crate) times: bool,
    /// Go on until then, and stop, whether or not the queue is empty.
    pub(crate) stop_at: Option<Duration>,
}

pub(crate) fn standard<'a>(messages: &'a str, answers: &'a str) -> Case<'a> {
    let function_timeout = Duration::from_secs(5);
    let settings = Settings { function_timeout, ..Settings::default() };
    let (kind, visibility) = (QueueKind::Standard, Duration::from_secs(30));
    let (receive_count_max, gone, times, stop_at) = (1_000, false, false, None);
    let (redeliver, failing) = (vec![], vec![]);
    Case {
        kind,
        messages,
        answers,
        settings,
        visibility,
        receive_count_max,
        redeliver,
        failing,
        gone,
        times,
        stop_at,
    }
}

pub(crate) fn fifo<'a>(messages: &'a str, answers: &'a str) -> Case<'a> {
    Case { kind: QueueKind::Fifo, ..standard(messages, answers) }
}

/// How a run ended, what was seen, and both queues as they are then.
pub(crate) struct Ran {
    pub(crate) ended: Result<(Ended, Summary), RunError>,
    pub(crate) log: Vec<String>,
    pub(crate) left: String,
    pub(crate) dead: String,
}

impl Case<'_> {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn run(self) -> Ran {
        let clock = clock(7);
        let (queue, dead) = queues(self.kind, self.visibility, self.receive_count_max, &clock);
        let world = World::new(self.answers, &clock);
        let failing = Mutex::new(self.failing.into_iter().collect());
        let ports_queue = TestQueue { queue: queue.clone(), failing, gone: self.gone };
        let checked = self.settings.check(queue.facts()).unwrap();
        let until = if self.stop_at.is_some() { Until::Stopped } else { Until::Empty };
        let plan = Plan { until, redeliver: self.redeliver };
        let mapping = Mapping::new(checked, plan, clock.now());
        let ports = Ports { queue: &ports_queue, function: &world, clock: &clock };
        let control = Control::default();
        let sending = join_all(self.messages.split_whitespace().map(|m| world.send(&queue, m)));
        let stopping = async {
            if let Some(at) = self.stop_at {
                clock.sleep(at).await;
                control.stop();
            }
        };
        let observe = |event: &Event| world.observe(event);
        let all = join(sending, join(stopping, run(mapping, ports, &control, observe)));
        let (_, ((), ended)) = clock.run(all, HOUR).unwrap();
        let log = world.log.into_inner().unwrap().into_iter();
        let line =
            |(at, line): (i64, String)| if self.times { format!("{at} {line}") } else { line };
        Ran { ended, log: log.map(line).collect(), left: bodies(&queue), dead: bodies(&dead) }
    }
}

pub(crate) fn bodies(queue: &VirtualQueue) -> String {
    let mut out = String::new();
    for message in queue.look() {
        write!(out, "{}{}", if out.is_empty() { "" } else { " " }, message.body).unwrap();
    }
    out
}

/// Exactly this is seen, in this order; the run ends with an empty queue, unless it is stopped.
pub(crate) fn check(case: Case<'_>, expected: &[&str]) {
    let (messages, stopped) = (case.messages.to_owned(), case.stop_at.is_some());
    let mut ran = case.run();
    if !stopped {
        let last = ran.log.pop().unwrap();
        assert!(last.ends_with("caught up"), "{last}");
        assert_eq!(ran.left, "");
    }
    assert_eq!(ran.log, expected, "messages {messages:?}");
    let ended = if stopped { Ended::Stopped } else { Ended::Settled };
    assert_eq!(ran.ended.unwrap().0, ended);
}
