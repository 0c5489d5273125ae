//! Pauses between attempts: exponential, capped, jittered. Also the arithmetic of due times.
//!
//! AWS documents that a failed batch is retried with backoff, but not how long it is.

use std::time::Duration;

use jiff::Timestamp;

// Short enough that one failed attempt is not noticed by who watches a local run.
const PAUSE_MIN: Duration = Duration::from_millis(100);
// Long enough to leave a failing function alone, short enough that a repaired one goes on at once.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Draws a duration evenly from zero to the given one: chance, passed in.
pub(crate) type Jitter<'a> = &'a dyn Fn(Duration) -> Duration;

/// The pauses of one run of failures.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause: 100 ms doubled per failure up to 5 s, of which the upper half is drawn (full
    /// jitter would now and then retry at once).
    pub(crate) fn pause(&mut self, jitter: Jitter<'_>) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.failures = self.failures.saturating_add(1);
        let half = PAUSE_MIN.saturating_mul(factor).min(PAUSE_MAX) / 2;
        half + jitter(half).min(half)
    }

    /// Something went well: the next failure starts small again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// `now + by`, or the end of time.
pub(crate) fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// From `now` until `at`; zero once it is past.
pub(crate) fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}

/// The earlier of two due times, of which either may be missing.
pub(crate) fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Duration};

    #[test]
    fn pauses_double_up_to_the_cap_and_start_small_again() {
        let mut backoff = Backoff::default();
        let longest: Vec<_> = (0..8).map(|_| backoff.pause(&|most| most).as_millis()).collect();
        assert_eq!(longest, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        backoff.reset();
        assert_eq!(backoff.pause(&|_| Duration::ZERO).as_millis(), 50, "never a retry at once");
    }
}
