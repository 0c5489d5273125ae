//! The summary of a run, as the command line documents it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cloud::fault::Fault;

/// What became of everything. Units and outcomes count once a pass; published, skipped, suppressed,
/// dead-lettered and unsettled add up to the units.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Stream records put, each once however often delivered; an aggregate is one.
    pub records: u64,
    /// Change events, and things that are none.
    pub units: u64,
    /// Confirmed by the bus.
    pub published: u64,
    /// Left out by a rule, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Settled before, as the ledger says.
    pub suppressed: u64,
    /// In the dead-letter queue, by error code.
    pub dead_lettered: BTreeMap<String, u64>,
    /// None of these.
    pub unsettled: u64,
    /// Event ids seen more than once on the subscriber queue.
    pub duplicates: u64,
    /// The note of each shard: its last settled sequence number.
    pub checkpoints: BTreeMap<String, String>,
    /// How long the run took.
    pub seconds: f64,
    /// What was wrong with the dead letters, in words; the first different ones. For people: the
    /// machine-readable summary counts codes.
    #[serde(skip)]
    pub failures: Vec<String>,
    /// What went wrong around the records, and how often: calls that failed, entries that were
    /// refused. For people too.
    #[serde(skip)]
    pub troubles: BTreeMap<String, u64>,
    /// The faults that were asked for, and how often each struck. For people too.
    #[serde(skip)]
    pub injected: Vec<(Fault, u64)>,
}

impl Summary {
    /// The summary as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a summary has only texts and numbers")
    }

    /// Units that wait for somebody: dead letters and what is unsettled.
    #[must_use]
    pub fn wanting(&self) -> u64 {
        self.dead_lettered.values().sum::<u64>() + self.unsettled
    }
}
