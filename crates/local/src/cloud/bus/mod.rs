//! The bus: EventBridge with PutEvents that really delivers.
//!
//! winterbaume keeps buses, rules and targets; its PutEvents only makes up ids. Here PutEvents
//! has EventBridge's limits, matches the enabled rules of the bus and puts each event into their
//! SQS queues, with the detail byte for byte.
//!
//! Promises: entries of a request are taken in their order, requests one after the other; what is
//! accepted is in its queues before the answer. A change of a rule is in force once it is
//! answered. Refuses what EventBridge refuses; other targets than queues get nothing.

mod accepted;
mod entry;
mod pattern;
mod rules;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use winterbaume_core::StatefulService;
use winterbaume_eventbridge::EventBridgeService;

pub use self::accepted::{Accepted, BusCounts};
use self::{
    accepted::{Ids, Log},
    entry::{Checked, Entry, Origin, PutEvents, Refused},
    rules::{Body, RuleBook, Target},
};
use super::{
    Now,
    queues::Queues,
    wire::{self, Request, Response},
};

/// The buses of one account and region.
pub struct Bus {
    control: EventBridgeService,
    // Rules are compiled from a snapshot: changes wait for each other, so that none is lost.
    turn: tokio::sync::Mutex<()>,
    rules: RwLock<Arc<RuleBook>>,
    queues: Queues,
    log: Mutex<Log>,
    ids: Ids,
    now: Now,
    account: &'static str,
    region: String,
    host: String,
}

impl Bus {
    pub(crate) fn new(
        account: &'static str,
        region: &str,
        queues: Queues,
        now: Now,
        accepted_bytes_max: usize,
    ) -> Self {
        Self {
            control: EventBridgeService::new(),
            turn: tokio::sync::Mutex::new(()),
            rules: RwLock::default(),
            queues,
            log: Mutex::new(Log::new(accepted_bytes_max)),
            ids: Ids::new(now()),
            now,
            account,
            region: region.to_owned(),
            host: format!("events.{region}.amazonaws.com"),
        }
    }

    /// The accepted entries that are kept, in the order of acceptance.
    pub fn accepted(&self) -> Vec<Arc<Accepted>> {
        self.accepted_from(0)
    }

    /// The accepted entries that are kept, from `index` on.
    pub fn accepted_from(&self, index: u64) -> Vec<Arc<Accepted>> {
        self.log().from(index)
    }

    /// The place of an event in the order of acceptance, by its event id (`id` of the envelope).
    /// `None` for an id that this bus did not give. Known for every event, kept or forgotten.
    pub fn acceptance_index(&self, event_id: &str) -> Option<u64> {
        self.ids.index(event_id)
    }

    /// What PutEvents did so far.
    pub fn counts(&self) -> BusCounts {
        self.log().counts
    }

    /// Answers a request to EventBridge.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let operation = wire::operation(request.headers());
        match operation {
            "PutEvents" => self.put_events(request.body()),
            "PutRule" => match refused_pattern(request.body()) {
                Some(refused) => refused,
                None => self.change(request).await,
            },
            _ if changes_nothing(operation) => wire::ask(&self.control, &self.host, request).await,
            _ => self.change(request).await,
        }
    }

    async fn change(&self, request: Request) -> Response {
        let _turn = self.turn.lock().await;
        let response = wire::ask(&self.control, &self.host, request).await;
        let view = self.control.snapshot(self.account, &self.region).await;
        let book =
            RuleBook::compile(&view, &format!("arn:aws:sqs:{}:{}:", self.region, self.account));
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
        response
    }

    fn put_events(&self, body: &[u8]) -> Response {
        let mut log = self.log();
        log.counts.calls += 1;
        let request = match serde_json::from_slice::<PutEvents>(body) {
            Ok(request) => request,
            Err(e) => {
                log.counts.calls_refused += 1;
                // The class and place of the mistake, never the text around it.
                let message = format!("{:?} error in column {}", e.classify(), e.column());
                return wire::error(StatusCode::BAD_REQUEST, "SerializationException", &message);
            }
        };
        if let Err(Refused { code, message }) = request.check() {
            log.counts.calls_refused += 1;
            return wire::error(StatusCode::BAD_REQUEST, code, &message);
        }
        let rules = Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner));
        let entries = request.entries.into_iter();
        answer(entries.map(|entry| self.put(entry, &rules, &mut log)).collect())
    }

    fn put(&self, entry: Entry, rules: &RuleBook, log: &mut Log) -> EntryAnswer {
        match entry.check() {
            Ok(entry) => EntryAnswer::taken(self.accept(entry, rules, log)),
            Err(Refused { code, message }) => {
                log.counts.refused += 1;
                EntryAnswer::refused(code, message)
            }
        }
    }

    /// Accepts an entry and gives its event id.
    fn accept(&self, entry: Checked, rules: &RuleBook, log: &mut Log) -> String {
        let index = log.take_index();
        let event_id = self.ids.id(index);
        let origin = Origin {
            id: &event_id,
            account: self.account,
            region: &self.region,
            now: (self.now)(),
        };
        let event = entry.envelope(&origin);
        match rules.route(&entry.bus, &event) {
            None => {
                log.counts.dropped_no_bus += 1;
                tracing::warn!(bus = entry.bus, "no such bus: EventBridge accepts and drops");
            }
            Some(routed) => {
                let targets = routed.unwrap_or_else(|error| {
                    log.counts.undeliverable += 1;
                    tracing::warn!(%error, event_id, "the matcher can't read the event");
                    Vec::new()
                });
                let queues = self.deliver(&targets, &event, &entry.detail, log);
                let Checked { bus, source, detail_type, detail, .. } = entry;
                let event_id = event_id.clone();
                log.keep(Accepted { index, event_id, bus, source, detail_type, detail, queues });
            }
        }
        event_id
    }

    fn deliver(
        &self,
        targets: &[&Target],
        event: &str,
        detail: &str,
        log: &mut Log,
    ) -> Vec<String> {
        let mut reached = Vec::with_capacity(targets.len());
        for target in targets {
            let body = match &target.body {
                Body::Event => event,
                Body::Detail => detail,
                Body::Constant(constant) => constant,
            };
            if self.queues.deliver(&target.queue, body) {
                log.counts.delivered += 1;
                reached.push(target.queue.clone());
            } else {
                log.counts.undeliverable += 1;
                tracing::warn!(
                    queue = target.queue,
                    "a rule's target is a queue that is not there"
                );
            }
        }
        reached
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What PutEvents answers for one entry.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EntryAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

impl EntryAnswer {
    fn taken(event_id: String) -> Self {
        Self { event_id: Some(event_id), ..Self::default() }
    }

    fn refused(code: &'static str, message: String) -> Self {
        Self { error_code: Some(code), error_message: Some(message), ..Self::default() }
    }
}

fn answer(entries: Vec<EntryAnswer>) -> Response {
    let failed = entries.iter().filter(|entry| entry.error_code.is_some()).count();
    let body = serde_json::json!({"FailedEntryCount": failed, "Entries": entries});
    wire::json(StatusCode::OK, body.to_string())
}

/// Operations after which the rules are what they were.
fn changes_nothing(operation: &str) -> bool {
    ["Describe", "List", "Test"].iter().any(|verb| operation.starts_with(verb))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRule {
    event_pattern: Option<String>,
}

/// EventBridge refuses a rule whose pattern it can't use; winterbaume would take it.
fn refused_pattern(body: &[u8]) -> Option<Response> {
    let pattern = serde_json::from_slice::<PutRule>(body).ok()?.event_pattern?;
    let error = rules::check(&pattern).err()?;
    let reason = std::error::Error::source(&error).map_or_else(String::new, |e| format!(": {e}"));
    let message = format!("Event pattern is not valid. Reason: {error}{reason}");
    Some(wire::error(StatusCode::BAD_REQUEST, "InvalidEventPatternException", &message))
}
