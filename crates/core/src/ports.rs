//! The ports: what the domain asks of the outside, each contract in its doc comment.

use std::{future::Future, time::Duration};

use jiff::Timestamp;

/// Time and chance. The only source of either for the delivery of a batch, so that a simulation
/// can replay a schedule from its seed.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Completes once `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// A duration drawn evenly from zero to `at_most` (full jitter).
    fn jitter(&self, at_most: Duration) -> Duration;
}
