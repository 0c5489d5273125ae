//! What strikes an invocation of the function.

use std::time::Duration;

use cdc_core::outbound::PUT_EVENTS_ENTRIES_MAX;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, de::IgnoredAny};

use super::{Death, FaultPlan, Kind};

/// Calls of an invocation beside those that publish: the ledger's read and its write.
const LEDGER_CALLS: usize = 2;

/// A near deadline leaves from nothing to 2⁷ ms for new work, short times more likely: some batches of
/// the embedded cloud take less than 10 ms.
const DEADLINE_MS_EXPONENT: f64 = 7.0;

/// What happens to one invocation.
#[derive(Clone, Debug)]
pub(crate) enum InvocationFate {
    /// Not begun.
    Throttled,
    /// Begun, and failed before its first call.
    Fails,
    /// Begun late.
    Slow,
    /// So much time for new work.
    NearDeadline(Duration),
    /// Done, and its answer lost.
    AnswerLost,
    /// Killed.
    Killed(Death),
    /// Stands still until its time is over.
    Hangs(Death),
}

impl FaultPlan {
    /// Draws the fate of an invocation with that event, if any. It has then been injected.
    pub(crate) fn invocation(&self, event: &[u8]) -> Option<InvocationFate> {
        self.draw_invocation(|kind, chance| fate(kind, event, chance))
    }
}

fn fate(kind: Kind, event: &[u8], chance: &mut ChaCha8Rng) -> InvocationFate {
    match kind {
        Kind::Throttle | Kind::Refuse => InvocationFate::Throttled,
        Kind::Fail => InvocationFate::Fails,
        Kind::Slow => InvocationFate::Slow,
        Kind::Deadline => {
            let ms: f64 = chance.random_range(0.0..DEADLINE_MS_EXPONENT);
            InvocationFate::NearDeadline(Duration::from_millis(ms.exp2() as u64 - 1))
        }
        Kind::LoseAnswer => InvocationFate::AnswerLost,
        Kind::Kill => InvocationFate::Killed(death(event, chance)),
        Kind::Hang | Kind::Late => InvocationFate::Hangs(death(event, chance)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    records: Vec<IgnoredAny>,
}

/// Death at any of the calls that so many records take, if nothing goes wrong and no row is hot.
fn death(event: &[u8], chance: &mut ChaCha8Rng) -> Death {
    let records = serde_json::from_slice(event).map_or(0, |event: Event| event.records.len());
    let calls = LEDGER_CALLS + records.div_ceil(PUT_EVENTS_ENTRIES_MAX);
    Death::at(chance.random_range(1..=calls as u64), chance.random_bool(0.5))
}
