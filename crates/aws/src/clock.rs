//! The real clock, and the real chance.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::{Duration, SystemTime},
};

use cdc_core::ports::Clock;
use jiff::Timestamp;

/// The machine's time, tokio's timer, and jitter from the standard library's hash seeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    fn now(&self) -> Timestamp {
        // Only a clock beyond the year 9999 has no timestamp.
        Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn jitter(&self, at_most: Duration) -> Duration {
        let nanos = u64::try_from(at_most.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(scaled(nanos, random()))
    }
}

/// Each [`RandomState`] carries other keys, taken from the system's randomness: good enough to
/// spread retries, without a generator to seed, to share and to lock.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A text that no other call makes: to know a write of our own again.
pub(crate) fn token() -> String {
    format!("{:016x}{:016x}", random(), random())
}

/// Maps the whole range of `random` evenly onto `0..=at_most`.
fn scaled(at_most: u64, random: u64) -> u64 {
    let product = (u128::from(at_most) + 1) * u128::from(random);
    u64::try_from(product >> 64).unwrap_or(at_most)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_core::ports::Clock as _;

    use super::{SystemClock, scaled};

    #[test]
    fn jitter_covers_its_whole_range_and_nothing_beyond() {
        for (at_most, random, expected) in [
            (0, u64::MAX, 0),
            (9, 0, 0),
            (9, u64::MAX, 9),
            (9, u64::MAX / 2 + 1, 5),
            (u64::MAX, u64::MAX, u64::MAX),
        ] {
            assert_eq!(scaled(at_most, random), expected, "{at_most} {random}");
        }
    }

    #[test]
    fn jitter_differs_from_draw_to_draw() {
        let hour = Duration::from_secs(3600);
        let draws: Vec<_> = (0..8).map(|_| SystemClock.jitter(hour)).collect();
        assert!(draws.iter().all(|draw| *draw <= hour), "{draws:?}");
        assert!(draws.windows(2).any(|pair| pair[0] != pair[1]), "{draws:?}");
    }
}
