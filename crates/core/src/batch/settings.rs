//! What an operator can set about delivery.

use std::time::Duration;

use crate::ledger::{LedgerKeep, LedgerScope};

/// Tries in all, unless `MAX_RETRY_ATTEMPTS` says otherwise.
pub const MAX_ATTEMPTS_DEFAULT: u32 = 3;

/// The first round's wait is drawn from zero to this.
const BACKOFF_BASE: Duration = Duration::from_millis(100);

/// No round's wait is drawn from more than this.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// How a batch of a stream is delivered.
#[derive(Clone, Debug)]
pub struct BatchSettings {
    /// How often an event is tried before it is left unsettled, the first try included.
    pub attempts_max: u32,
    /// Requests out at the same time.
    pub in_flight_max: usize,
    /// The longest that a call may take; the adapters end it then.
    pub request_timeout: Duration,
    /// Time kept for the ledger write and the answer.
    pub reserve: Duration,
    /// Whether full successes are remembered too.
    pub keep: LedgerKeep,
    /// Whose facts the claims are.
    pub scope: LedgerScope,
    /// How long a claim is kept.
    pub claim_ttl: Duration,
}

/// What deliveries have alike, of whatever they are.
#[derive(Clone, Debug)]
pub struct DeliverySettings {
    /// How often an event is tried before it is left unsettled, the first try included.
    pub attempts_max: u32,
    /// Requests out at the same time.
    pub in_flight_max: usize,
    /// The longest that a call may take; the adapters end it then.
    pub request_timeout: Duration,
    /// Time kept for what comes after the last answer.
    pub reserve: Duration,
}

impl BatchSettings {
    pub(super) fn delivery(&self) -> DeliverySettings {
        let Self { attempts_max, in_flight_max, request_timeout, reserve, .. } = *self;
        DeliverySettings { attempts_max, in_flight_max, request_timeout, reserve }
    }
}

impl DeliverySettings {
    /// The most that the wait after `rounds` earlier ones may take: doubling, with a cap.
    pub(super) fn backoff(&self, rounds: u32) -> Duration {
        BACKOFF_BASE.saturating_mul(1u32.checked_shl(rounds).unwrap_or(u32::MAX)).min(BACKOFF_MAX)
    }
}
