//! A world to deliver batches in: a bus, a queue, a store and a ledger that do as they are told.
//!
//! Whatever is sent and points to an object is looked after: the object has to lie there by then.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;

use crate::{
    batch::{Batch, BatchSettings, Report, RequestId, Step},
    claim_check::{Buckets, ClaimCheck},
    dead_letter::{self, Replayable},
    delivery::{BusCode, CallError, CallErrorKind, Delivery},
    ledger::{LedgerKeep, LedgerScope},
    objects::{BucketName, NewObject},
    outbound::{OutboundEvent, PUT_EVENTS_BYTES_MAX, PUT_EVENTS_ENTRIES_MAX},
    pipeline::Pipeline,
    ports::Burial,
    record::RawRecord,
    testing,
};

/// Time enough for any batch.
pub(super) const AMPLE: Duration = Duration::from_secs(36_000);

/// What the bus does with one request, counted from 1 as they are answered.
pub(super) enum BusDoes {
    /// Judges each entry by its label (`a1`) and how often it saw it before.
    Judge,
    /// Does not take it, and says so.
    Fail(CallErrorKind),
    /// Takes it, and the answer is lost.
    LoseAnswer,
}

/// What the store does with one object, counted from 1 as they are answered.
pub(super) enum StoreDoes {
    Store,
    Fail(CallErrorKind),
    /// Stores it, and the answer is lost.
    LoseAnswer,
}

/// Judges an entry by its label and how often it was seen before; `None` accepts it.
type Judge = Box<dyn FnMut(&str, usize) -> Option<BusCode>>;

pub(super) struct World {
    pub(super) pipeline: Pipeline,
    pub(super) settings: BatchSettings,
    /// What becomes of an entry: `None` accepts it.
    pub(super) judge: Judge,
    pub(super) bus: Box<dyn FnMut(usize) -> BusDoes>,
    pub(super) store: Box<dyn FnMut(usize) -> StoreDoes>,
    /// What lies in the buckets, by bucket and key.
    pub(super) objects: BTreeMap<(String, String), Bytes>,
    /// Puts that were answered.
    pub(super) puts: usize,
    pub(super) queue_fails: usize,
    /// The queue refuses requests larger than this as invalid.
    pub(super) queue_bytes_max: usize,
    pub(super) read_fails: bool,
    pub(super) write_fails: bool,
    /// Time left at the start; each request takes one second.
    pub(super) left: Duration,
    /// Which of the requests that are out is answered next.
    pub(super) pick: Box<dyn FnMut(usize) -> usize>,
    /// Labels in the order in which the bus accepted them.
    pub(super) accepted: Vec<String>,
    /// Their details, in the same order.
    pub(super) details: Vec<serde_json::Value>,
    /// Bodies in the order in which the queue confirmed them.
    pub(super) bodies: Vec<String>,
    pub(super) letters: Vec<serde_json::Value>,
    pub(super) claims: Vec<Bytes>,
    pub(super) requests: usize,
    pub(super) reads: usize,
    pub(super) writes: usize,
    /// Writes with the checkpoint that people see.
    pub(super) notes: usize,
    pub(super) waits: Vec<Duration>,
    answered: usize,
    /// How often each label was seen.
    seen: HashMap<String, usize>,
    out: VecDeque<(RequestId, Out)>,
}

enum Out {
    Events(Vec<Arc<OutboundEvent>>),
    Letters(Vec<Arc<str>>),
    Object(NewObject),
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            pipeline: testing::pipeline(),
            settings: settings(),
            judge: Box::new(|_, _| None),
            bus: Box::new(|_| BusDoes::Judge),
            store: Box::new(|_| StoreDoes::Store),
            objects: BTreeMap::new(),
            puts: 0,
            queue_fails: 0,
            queue_bytes_max: usize::MAX,
            read_fails: false,
            write_fails: false,
            left: AMPLE,
            pick: Box::new(|_| 0),
            accepted: Vec::new(),
            details: Vec::new(),
            bodies: Vec::new(),
            letters: Vec::new(),
            claims: Vec::new(),
            requests: 0,
            reads: 0,
            writes: 0,
            notes: 0,
            waits: Vec::new(),
            answered: 0,
            seen: HashMap::new(),
            out: VecDeque::new(),
        }
    }

    /// A world with both buckets, in which a row with its large column is too much for the bus: the
    /// source's name counts towards an entry's size and leaves 1,500 bytes for the detail.
    pub(super) fn with_buckets() -> Self {
        let mut world = Self::new();
        let bucket = |name: &str| Some(BucketName::parse(name).unwrap());
        world.pipeline.buckets = Buckets::new(bucket("events"), bucket("records")).unwrap();
        world.pipeline.event_source = "s".repeat(PUT_EVENTS_BYTES_MAX - 1515).into();
        world
    }

    /// Delivers one batch to its end.
    pub(super) fn deliver(&mut self, delivery: Vec<RawRecord>) -> Report {
        let settings = self.settings.clone();
        self.run(Batch::new(testing::shard(), delivery, &self.pipeline, settings, "r"))
    }

    /// Delivers the queue's letters again, all at once; the queue is empty before.
    pub(super) fn replay(&mut self) -> Report {
        self.letters.clear();
        let bodies = std::mem::take(&mut self.bodies);
        let letters = bodies.iter().map(|body| self.replayable(body)).collect();
        self.replay_these(letters)
    }

    pub(super) fn replay_these(&mut self, letters: Vec<Replayable>) -> Report {
        self.run(Batch::of_letters(letters, &self.pipeline, self.settings.delivery()))
    }

    pub(super) fn run(&mut self, mut batch: Batch) -> Report {
        let mut left = self.left;
        loop {
            match batch.next(testing::arrived(), left) {
                Step::Load(query) => {
                    let of_one_source = ["coredb|shardId-", "rows|0"].map(|shard| {
                        query.partition.starts_with(&format!("claim|0|bus|cdc-pipeline|{shard}"))
                    });
                    assert!(of_one_source.contains(&true), "{}", query.partition);
                    self.reads += 1;
                    let failed = CallError::new("Query", CallErrorKind::Throttled, None);
                    batch.loaded(if self.read_fails {
                        Err(failed)
                    } else {
                        Ok(self.claims.clone())
                    });
                }
                Step::Publish(id, events) => {
                    assert!((1..=PUT_EVENTS_ENTRIES_MAX).contains(&events.len()));
                    self.requests += 1;
                    self.out.push_back((id, Out::Events(events)));
                    assert!(self.out.len() <= self.settings.in_flight_max);
                }
                Step::Bury(id, letters) => self.out.push_back((id, Out::Letters(letters))),
                Step::Store(id, object) => {
                    self.out.push_back((id, Out::Object(object)));
                    assert!(self.out.len() <= self.settings.in_flight_max);
                    let stores = |out: &&(_, Out)| matches!(out.1, Out::Object(_));
                    let storing = self.out.iter().filter(stores).count();
                    assert!(storing <= (self.settings.in_flight_max / 2).max(1));
                }
                Step::Await => {
                    let picked = (self.pick)(self.out.len());
                    let (id, out) = self.out.remove(picked).expect("something is out");
                    left = left.saturating_sub(Duration::from_secs(1));
                    match out {
                        Out::Events(events) => batch.published(id, self.publish(&events)),
                        Out::Letters(letters) => batch.buried(id, self.bury(&letters)),
                        Out::Object(object) => batch.stored(id, self.put(object)),
                    }
                }
                Step::Wait(at_most) => {
                    self.waits.push(at_most);
                    batch.waited();
                }
                Step::Claim(write) => {
                    self.writes += 1;
                    self.notes += usize::from(write.note.is_some());
                    let failed = CallError::new("BatchWriteItem", CallErrorKind::Unavailable, None);
                    if !self.write_fails {
                        self.claims.extend(write.items.into_iter().map(|item| item.keys));
                    }
                    batch.claimed(if self.write_fails { Err(failed) } else { Ok(()) });
                }
                Step::Answer(report) => return report,
            }
        }
    }

    fn publish(&mut self, events: &[Arc<OutboundEvent>]) -> Result<Vec<Delivery>, CallError> {
        self.answered += 1;
        let does = (self.bus)(self.answered);
        if let BusDoes::Fail(kind) = does {
            return Err(CallError::new("PutEvents", kind, None));
        }
        let mut deliveries = Vec::new();
        for event in events {
            let label = self.label(event);
            let seen = self.seen.entry(label.clone()).or_default();
            let before = *seen;
            *seen += 1;
            match (self.judge)(&label, before) {
                None => {
                    self.accepted.push(label);
                    self.details.push(serde_json::from_str(event.detail.get()).unwrap());
                    deliveries.push(Delivery::Accepted);
                }
                Some(code) => deliveries.push(Delivery::Refused(code)),
            }
        }
        match does {
            BusDoes::LoseAnswer => {
                Err(CallError::new("PutEvents", CallErrorKind::Unavailable, None))
            }
            BusDoes::Judge | BusDoes::Fail(_) => Ok(deliveries),
        }
    }

    fn bury(&mut self, letters: &[Arc<str>]) -> Result<Vec<Burial>, CallError> {
        if self.queue_fails > 0 {
            self.queue_fails -= 1;
            return Err(CallError::new("SendMessageBatch", CallErrorKind::Unavailable, None));
        }
        if letters.iter().map(|letter| letter.len()).sum::<usize>() > self.queue_bytes_max {
            return Err(CallError::new("SendMessageBatch", CallErrorKind::Invalid, None));
        }
        for letter in letters.iter().filter(|letter| letter.contains("\"claimCheck\"")) {
            let check = dead_letter::read(letter).unwrap().claim_check().cloned();
            assert!(self.object(&check.unwrap()).is_some(), "not stored: {letter}");
        }
        self.letters.extend(letters.iter().map(|letter| serde_json::from_str(letter).unwrap()));
        self.bodies.extend(letters.iter().map(ToString::to_string));
        Ok(vec![Burial::Confirmed; letters.len()])
    }

    fn put(&mut self, object: NewObject) -> Result<(), CallError> {
        self.puts += 1;
        let does = (self.store)(self.puts);
        let failed = |kind| Err(CallError::new("PutObject", kind, None));
        if let StoreDoes::Fail(kind) = does {
            return failed(kind);
        }
        let place = (object.bucket.to_string(), object.key.to_string());
        self.objects.insert(place, object.body);
        if matches!(does, StoreDoes::LoseAnswer) {
            return failed(CallErrorKind::Unavailable);
        }
        Ok(())
    }

    /// The object, if it lies there and is the one.
    pub(super) fn object(&self, check: &ClaimCheck) -> Option<&Bytes> {
        let place = (check.bucket.to_string(), check.key.to_string());
        self.objects.get(&place).filter(|bytes| check.is_of(bytes))
    }

    /// The detail with its images: where they lie in an object, out of it.
    pub(super) fn whole(&self, detail: &serde_json::Value) -> serde_json::Value {
        let check = &detail["metadata"]["claimCheck"];
        if check.is_null() {
            return detail.clone();
        }
        let text = |name: &str| check[name].as_str().unwrap();
        let check = ClaimCheck {
            bucket: BucketName::parse(text("bucket")).unwrap(),
            key: text("key").into(),
            size: check["size"].as_u64().unwrap() as usize,
            sha256: text("sha256").into(),
        };
        let bytes = self.object(&check).expect("an event points to what is stored");
        serde_json::from_slice(bytes).unwrap()
    }

    /// Row and version of an event: `a1`; a deletion is `a-`, a truncation `TRUNCATE`.
    fn label(&self, event: &OutboundEvent) -> String {
        let detail = self.whole(&serde_json::from_str(event.detail.get()).unwrap());
        let text = |value: &serde_json::Value| {
            value.as_str().map_or_else(|| value.to_string(), Into::into)
        };
        match detail["operation"].as_str().unwrap() {
            "TRUNCATE" => "TRUNCATE".to_owned(),
            "DELETE" => format!("{}-", text(&detail["keys"]["id"])),
            _ => format!("{}{}", text(&detail["after"]["id"]), text(&detail["after"]["v"])),
        }
    }

    /// A letter with its record: the one that it carries, or out of the bucket.
    pub(super) fn replayable(&self, body: &str) -> Replayable {
        let letter = dead_letter::read(body).unwrap();
        let stream = &testing::shard().stream_arn;
        match letter.claim_check() {
            None => letter.replayable(stream).expect("it carries its record"),
            Some(check) => {
                let bytes = self.object(check).expect("a letter points to what is stored");
                letter.replayable_of(stream, bytes.clone()).unwrap()
            }
        }
    }
}

pub(super) fn settings() -> BatchSettings {
    BatchSettings {
        attempts_max: 3,
        in_flight_max: 4,
        request_timeout: Duration::from_secs(5),
        reserve: Duration::from_secs(5),
        keep: LedgerKeep::All,
        scope: LedgerScope { epoch: 0, bus: "bus".into(), event_source: "cdc-pipeline".into() },
        claim_ttl: Duration::from_secs(7 * 86_400),
    }
}

/// Records out of words, numbered from 1: `a1` updates row `a`, `A1` too, with a large column, `?` is
/// no JSON, `~` a heartbeat, `a1+b1` an aggregate, `T` truncates the table, `a>b` moves row `a` to key
/// `b`.
pub(super) fn records(words: &str) -> Vec<RawRecord> {
    (1..).zip(words.split_whitespace()).map(|(number, word)| record(number, word)).collect()
}

pub(super) fn record(number: u64, word: &str) -> RawRecord {
    if word.contains('+') {
        let parts: Vec<String> = word.split('+').map(body).collect();
        let parts: Vec<(&str, &str)> = parts.iter().map(|part| ("k", part.as_str())).collect();
        return testing::raw(number, "aggregate", testing::aggregate(&parts));
    }
    testing::raw(number, "k", body(word))
}

fn body(word: &str) -> String {
    match word {
        "?" => "{not json".to_owned(),
        "~" => r#"{"ts_ms":1}"#.to_owned(),
        "T" => r#"{"table":"t","operation":"TRUNCATE"}"#.to_owned(),
        moved if moved.contains('>') => {
            let (from, to) = moved.split_once('>').unwrap();
            let row = |id: &str| format!(r#"{{"id":"{id}","v":0}}"#);
            let (from, to) = (row(from), row(to));
            format!(r#"{{"table":"t","operation":"UPDATE","before":{from},"after":{to}}}"#)
        }
        row => {
            let update = testing::update(&row[..1].to_lowercase(), row[1..].parse().unwrap());
            let big = format!("\"big\":\"{}\",\"ssn\"", "x".repeat(2000));
            match row.starts_with(char::is_uppercase) {
                true => update.replacen("\"ssn\"", &big, 1),
                false => update,
            }
        }
    }
}
