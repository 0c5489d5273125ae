//! Progress: what a person watches while a workload runs.

use std::{collections::BTreeMap, time::Duration};

use cdc_core::batch::Counts;

use super::{
    schedule::Health,
    system::{System, lock},
};

/// How often progress is told.
const TICK: Duration = Duration::from_secs(1);

/// How things stand.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Since the workload began.
    pub elapsed: Duration,
    /// Records put so far.
    pub records: u64,
    /// Records put in the last second.
    pub records_now: u64,
    /// Events that the subscriber received so far.
    pub events: u64,
    /// Events that it received in the last second.
    pub events_now: u64,
    /// Records of which nothing is settled yet.
    pub waiting: u64,
    /// How long the oldest of these has waited.
    pub lag: Duration,
    /// The units by outcome, so far.
    pub counts: Counts,
    /// What went wrong around the records so far, and how often.
    pub troubles: BTreeMap<String, u64>,
    /// Letters in the dead-letter queue.
    pub dead_letters: usize,
    /// What health-check last said on its schedule, once it has.
    pub health: Option<Health>,
    /// Events of the last second by table.
    pub tables_now: BTreeMap<String, u64>,
}

/// Tells progress once a second, for ever. Receives what is on the subscriber queue meanwhile.
pub(super) async fn watch(system: &System, observe: &mut impl FnMut(&Progress)) {
    let mut last: Option<Progress> = None;
    let mut tables: BTreeMap<String, u64> = BTreeMap::new();
    let started = system.now();
    loop {
        tokio::time::sleep(TICK).await;
        system.take_events();
        let health = system.schedule().latest();
        let mut tally = lock(system.tally());
        let lag = tally.lag(system.now());
        let (records, events, by_table) = tally.flow();
        let before = |pick: fn(&Progress) -> u64| last.as_ref().map_or(0, pick);
        let progress = Progress {
            elapsed: system.now().duration_since(started).unsigned_abs(),
            records,
            records_now: records - before(|progress| progress.records),
            events,
            events_now: events - before(|progress| progress.events),
            waiting: tally.waiting(),
            lag,
            counts: tally.counts().clone(),
            troubles: tally.troubles().clone(),
            dead_letters: system.dead_letters(),
            health,
            tables_now: by_table
                .iter()
                .map(|(table, count)| (table.clone(), count - tables.get(table).unwrap_or(&0)))
                .filter(|(_, count)| *count > 0)
                .collect(),
        };
        tables = by_table.clone();
        drop(tally);
        observe(&progress);
        last = Some(progress);
    }
}
