//! The bus, with throttled and refused entries, failed calls, lost answers and late requests.

use std::{sync::Arc, time::Duration};

use cdc_core::{
    delivery::{BusCode, CallError, Delivery},
    outbound::OutboundEvent,
    ports::{Clock, Sink},
};
use serde_json::Value;
use tokio::sync::oneshot;

use super::{REQUEST_TIMEOUT, failed, latency};
use crate::{fault::Fault, life::Life, pool::Pool};

/// How much later than its sender's timeout a late request may arrive.
const LATE_MS_MAX: u64 = 20_000;

pub(crate) struct FaultySink<S, C> {
    pub(crate) inner: S,
    pub(crate) clock: C,
    pub(crate) pool: Pool,
    pub(crate) life: Life,
}

/// What becomes of one request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Good,
    /// This entry is taken out.
    Entry(usize, Refusal),
    Fails,
    AnswerLost,
    /// It arrives after its sender stopped waiting, or never.
    Late,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Throttled,
    ForGood,
}

impl<S: Sink + Clone + 'static, C: Clock + Clone + 'static> Sink for FaultySink<S, C> {
    async fn publish(&self, events: Vec<Arc<OutboundEvent>>) -> Result<Vec<Delivery>, CallError> {
        self.life.step().await;
        let items: Vec<usize> = events.iter().map(|event| self.item(event)).collect();
        let rows = self.rows(&items);
        self.life.sends(&rows);
        let answer = self.request(events, items).await;
        self.life.answered(&rows);
        self.life.step().await;
        answer
    }
}

impl<S: Sink + Clone + 'static, C: Clock + Clone + 'static> FaultySink<S, C> {
    async fn request(
        &self,
        events: Vec<Arc<OutboundEvent>>,
        items: Vec<usize>,
    ) -> Result<Vec<Delivery>, CallError> {
        let fate = self.fate(events.len());
        let names = self.life.world().state().names(&items);
        self.life.world().log(format_args!("put {names}"));
        match fate {
            Fate::Fails => {
                latency(self.life.world(), &self.clock).await;
                Err(failed("PutEvents"))
            }
            Fate::Late => {
                self.send_late(events, items);
                self.clock.sleep(REQUEST_TIMEOUT).await;
                Err(failed("PutEvents"))
            }
            Fate::AnswerLost => {
                let answered = self.send(events, items.clone(), fate);
                let _ = answered.await;
                self.clock.sleep(Duration::from_millis(500)).await;
                Err(failed("PutEvents"))
            }
            Fate::Good | Fate::Entry(..) => {
                let answered = self.send(events, items.clone(), fate);
                // Killed with the request on its way.
                self.life.step().await;
                let answer = answered.await;
                let deliveries = answer.unwrap_or_else(|_| Err(failed("PutEvents")))?;
                let accepted = items.iter().zip(&deliveries);
                let accepted = accepted.filter(|(_, delivery)| **delivery == Delivery::Accepted);
                let accepted: Vec<usize> = accepted.map(|(item, _)| *item).collect();
                self.life.confirm(&accepted);
                Ok(deliveries)
            }
        }
    }

    fn fate(&self, entries: usize) -> Fate {
        let world = self.life.world();
        let entry = || world.below(entries as u64) as usize;
        if world.strikes(Fault::EntryThrottled) {
            return Fate::Entry(entry(), Refusal::Throttled);
        }
        if world.strikes(Fault::EntryRefused) {
            return Fate::Entry(entry(), Refusal::ForGood);
        }
        if world.strikes(Fault::CallFails) {
            return Fate::Fails;
        }
        if world.strikes(Fault::AnswerLost) {
            return Fate::AnswerLost;
        }
        if world.strikes(Fault::Late) { Fate::Late } else { Fate::Good }
    }

    /// Puts the request on its way. The receiver has the answer, unless it stopped waiting.
    fn send(
        &self,
        mut events: Vec<Arc<OutboundEvent>>,
        items: Vec<usize>,
        fate: Fate,
    ) -> oneshot::Receiver<Result<Vec<Delivery>, CallError>> {
        let (answer, answered) = oneshot::channel();
        let (inner, clock, life) = (self.inner.clone(), self.clock.clone(), self.life.clone());
        let mut left = items.clone();
        let refused = match fate {
            Fate::Entry(entry, refusal) => {
                events.remove(entry);
                left.remove(entry);
                Some((entry, refusal))
            }
            _ => None,
        };
        self.pool.spawn(async move {
            latency(life.world(), &clock).await;
            // The connection broke with its sender, perhaps before the request was there.
            if life.is_dead() && life.world().below(2) == 0 {
                return;
            }
            let mut deliveries = Vec::new();
            if !events.is_empty() {
                match inner.publish(events.clone()).await {
                    Ok(found) => deliveries = found,
                    Err(error) => {
                        let _ = answer.send(Err(error));
                        return;
                    }
                }
            }
            let accepted = accept(&life, &events, &left, &deliveries);
            if let Some((entry, refusal)) = refused {
                deliveries.insert(entry, Delivery::Refused(refusal.code()));
            }
            latency(life.world(), &clock).await;
            let lost = fate == Fate::AnswerLost;
            if life.is_dead() || answer.send(Ok(deliveries)).is_err() || lost {
                let why = if lost { "answer of the bus lost" } else { "killed before the answer" };
                life.world().state().excuse(accepted, why);
            }
        });
        answered
    }

    /// Puts it on a way that takes too long, or has no end.
    fn send_late(&self, events: Vec<Arc<OutboundEvent>>, items: Vec<usize>) {
        let (inner, clock, life) = (self.inner.clone(), self.clock.clone(), self.life.clone());
        let more = Duration::from_millis(self.life.world().below(LATE_MS_MAX));
        let arrives = self.life.world().below(3) > 0;
        self.pool.spawn(async move {
            clock.sleep(REQUEST_TIMEOUT + more).await;
            if !arrives {
                return;
            }
            life.world().state().excuse(items.iter().copied(), "request arrived late");
            if let Ok(deliveries) = inner.publish(events.clone()).await {
                accept(&life, &events, &items, &deliveries);
            }
        });
    }

    fn item(&self, event: &OutboundEvent) -> usize {
        let detail: Value = serde_json::from_str(event.detail.get()).expect("a detail is JSON");
        let id = detail["metadata"]["eventId"].as_str().unwrap_or_default();
        let mut world = self.life.world().state();
        if detail["metadata"]["replay"] != self.life.is_replay() {
            world.violate(format!("a replay is marked wrong: {id}"));
        }
        match world.by_event.get(id) {
            Some(item) => *item,
            None => {
                world.violate(format!("an event that nothing should have made: {id}"));
                0
            }
        }
    }

    fn rows(&self, items: &[usize]) -> Vec<char> {
        let world = self.life.world().state();
        items.iter().map(|item| world.items[*item].row).collect()
    }
}

impl Refusal {
    fn code(self) -> BusCode {
        match self {
            Self::Throttled => BusCode::Throttling,
            Self::ForGood => BusCode::MalformedDetail,
        }
    }
}

/// Counts what the bus accepted.
fn accept(
    life: &Life,
    events: &[Arc<OutboundEvent>],
    items: &[usize],
    deliveries: &[Delivery],
) -> Vec<usize> {
    let mut accepted = Vec::new();
    let mut world = life.world().state();
    for ((event, item), delivery) in events.iter().zip(items).zip(deliveries) {
        if *delivery == Delivery::Accepted {
            world.accept(*item, event.detail.get(), life.is_replay());
            accepted.push(*item);
        }
    }
    drop(world);
    accepted
}
