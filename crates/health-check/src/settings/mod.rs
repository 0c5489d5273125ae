//! The function's settings: read once, checked together.

#[cfg(test)]
mod tests;

use std::time::Duration;

use cdc_aws::function::settings::{
    Basics, ConfiguredStream, Environment, Reader, ledger_keep, number,
};
use cdc_core::ledger::LedgerKeep;

// Three attempts at a table fit in, and somebody who waits for the answer does not go away.
const TIMEOUT_MS_DEFAULT: u64 = 3_000;
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=20_000;

// A batch takes seconds; a minute says that something retries.
const LAG_DEGRADED_S_DEFAULT: u64 = 60;
const LAG_UNHEALTHY_S_DEFAULT: u64 = 600;

// A letter is a change that nobody has seen: the first is worth a look.
const DEAD_LETTERS_DEGRADED_DEFAULT: u64 = 1;

// Letters wait for a person. A week is longer than any holiday weekend, and leaves as much again
// before the queue deletes them.
const DEAD_LETTER_AGE_UNHEALTHY_S_DEFAULT: u64 = 7 * 24 * 60 * 60;

// Kinesis keeps records for a year at most, SQS letters for 14 days.
const LAG_S_MAX: u64 = 365 * 24 * 60 * 60;
const DEAD_LETTER_AGE_S_MAX: u64 = 14 * 24 * 60 * 60;
const DEAD_LETTERS_MAX: u64 = 1_000_000;

/// The checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it runs, and how it logs.
    pub basics: Basics,
    /// `KINESIS_STREAM_NAME`, `KINESIS_STREAM_ARN`: one of them is needed.
    pub stream: ConfiguredStream,
    /// `EVENT_BUS_NAME`.
    pub bus: String,
    /// `EVENT_SOURCE`: that of the pipeline, so that the event tries the same rights.
    pub event_source: String,
    /// `CHECKPOINT_TABLE_NAME`.
    pub checkpoint_table: String,
    /// `STATE_TABLE_NAME`.
    pub state_table: String,
    /// `DEAD_LETTER_QUEUE_URL`.
    pub dead_letter_queue_url: String,
    /// `LEDGER_KEEP`, as the processor has it: with `failures`, checkpoints are not judged.
    pub ledger_keep: LedgerKeep,
    /// `HEALTH_TIMEOUT_MS`: how long a component may take to answer.
    pub timeout: Duration,
    /// What is too much.
    pub limits: Limits,
}

/// From where on a figure is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `HEALTH_LAG_DEGRADED_S`.
    pub lag_degraded_s: u64,
    /// `HEALTH_LAG_UNHEALTHY_S`.
    pub lag_unhealthy_s: u64,
    /// `HEALTH_DEAD_LETTERS_DEGRADED`.
    pub dead_letters_degraded: u64,
    /// `HEALTH_DEAD_LETTER_AGE_UNHEALTHY_S`.
    pub dead_letter_age_unhealthy_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lag_degraded_s: LAG_DEGRADED_S_DEFAULT,
            lag_unhealthy_s: LAG_UNHEALTHY_S_DEFAULT,
            dead_letters_degraded: DEAD_LETTERS_DEGRADED_DEFAULT,
            dead_letter_age_unhealthy_s: DEAD_LETTER_AGE_UNHEALTHY_S_DEFAULT,
        }
    }
}

impl Environment for Settings {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let basics = reader.basics();
        let stream = reader.stream();
        let bus = reader.bus();
        let event_source = reader.event_source();
        let checkpoint_table = reader.table("CHECKPOINT_TABLE_NAME");
        let state_table = reader.table("STATE_TABLE_NAME");
        let dead_letter_queue_url = reader.queue_url("DEAD_LETTER_QUEUE_URL");
        let ledger_keep = reader.optional("LEDGER_KEEP", ledger_keep);
        let timeout_ms = reader.optional("HEALTH_TIMEOUT_MS", |text| number(text, TIMEOUT_MS));
        let limits = limits(reader);
        Some(Self {
            stream: stream?,
            bus: bus?,
            event_source,
            checkpoint_table: checkpoint_table?,
            state_table: state_table?,
            dead_letter_queue_url: dead_letter_queue_url?,
            ledger_keep: ledger_keep.unwrap_or_default(),
            timeout: Duration::from_millis(timeout_ms.unwrap_or(TIMEOUT_MS_DEFAULT)),
            limits,
            basics: basics?,
        })
    }
}

fn limits(reader: &mut Reader<'_>) -> Limits {
    let mut limit = |name, most, default| {
        reader.optional(name, |text| number(text, 1..=most)).unwrap_or(default)
    };
    let limits = Limits {
        lag_degraded_s: limit("HEALTH_LAG_DEGRADED_S", LAG_S_MAX, LAG_DEGRADED_S_DEFAULT),
        lag_unhealthy_s: limit("HEALTH_LAG_UNHEALTHY_S", LAG_S_MAX, LAG_UNHEALTHY_S_DEFAULT),
        dead_letters_degraded: limit(
            "HEALTH_DEAD_LETTERS_DEGRADED",
            DEAD_LETTERS_MAX,
            DEAD_LETTERS_DEGRADED_DEFAULT,
        ),
        dead_letter_age_unhealthy_s: limit(
            "HEALTH_DEAD_LETTER_AGE_UNHEALTHY_S",
            DEAD_LETTER_AGE_S_MAX,
            DEAD_LETTER_AGE_UNHEALTHY_S_DEFAULT,
        ),
    };
    if limits.lag_unhealthy_s < limits.lag_degraded_s {
        let text = "less than HEALTH_LAG_DEGRADED_S: what is unhealthy has to be degraded before";
        reader.problem("HEALTH_LAG_UNHEALTHY_S", text);
    }
    limits
}
