//! What strikes an invocation of the function.

use std::time::Duration;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::{Death, FaultPlan, Kind};

/// An invocation dies at one of its first 2⁷ calls, early ones more likely: as many have few calls as
/// many.
const DEATH_CALLS_EXPONENT: f64 = 7.0;

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
    /// Draws the fate of an invocation, if any. It has then been injected.
    pub(crate) fn invocation(&self) -> Option<InvocationFate> {
        self.draw_invocation(fate)
    }
}

fn fate(kind: Kind, chance: &mut ChaCha8Rng) -> InvocationFate {
    match kind {
        Kind::Throttle | Kind::Refuse => InvocationFate::Throttled,
        Kind::Fail => InvocationFate::Fails,
        Kind::Slow => InvocationFate::Slow,
        Kind::Deadline => {
            let ms = skewed(chance, DEADLINE_MS_EXPONENT) - 1;
            InvocationFate::NearDeadline(Duration::from_millis(ms))
        }
        Kind::LoseAnswer => InvocationFate::AnswerLost,
        Kind::Kill => InvocationFate::Killed(death(chance)),
        Kind::Hang | Kind::Late => InvocationFate::Hangs(death(chance)),
    }
}

fn death(chance: &mut ChaCha8Rng) -> Death {
    let call = skewed(chance, DEATH_CALLS_EXPONENT);
    Death::at(call, chance.random_bool(0.5))
}

/// From 1 to 2 to the power of that, each doubling as likely as the next.
fn skewed(chance: &mut ChaCha8Rng, exponent: f64) -> u64 {
    let drawn: f64 = chance.random_range(0.0..exponent);
    drawn.exp2() as u64
}
