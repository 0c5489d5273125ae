//! What a queue refuses to be made of, and to take.

use std::{sync::Arc, time::Duration};

use super::QueueSettings;
use crate::sqs::{
    message::{Place, QueueKind},
    queue::MESSAGE_BYTES_MAX,
};

/// AWS: a visibility timeout is at most 12 hours.
pub const VISIBILITY_TIMEOUT_MAX: Duration = Duration::from_secs(12 * 3_600);
/// AWS: `maxReceiveCount` is at most 1,000.
pub const RECEIVE_COUNT_MAX: u32 = 1_000;
/// AWS: a group and a deduplication id have at most 128 characters.
pub const GROUP_AND_DEDUPLICATION_CHARACTERS_MAX: usize = 128;

/// Why a queue cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQueue {
    /// Above 12 hours.
    #[error("visibility timeout: at most {} s expected", VISIBILITY_TIMEOUT_MAX.as_secs())]
    VisibilityTimeout,
    /// Outside 1 to 1,000.
    #[error("maximum receive count: 1 to {RECEIVE_COUNT_MAX} expected")]
    ReceiveCount,
    /// A dead-letter queue of the other kind.
    #[error("dead-letter queue: the same kind expected")]
    DeadLetterKind,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Above 1 MiB.
    #[error("the message is larger than {MESSAGE_BYTES_MAX} bytes")]
    TooLarge,
    /// A control character, or one of the two that are no characters.
    #[error("the message holds a character that SQS does not take")]
    Character,
    /// FIFO without a group.
    #[error("a message of a FIFO queue needs a group")]
    NoGroup,
    /// FIFO without a deduplication id.
    #[error("a message of a FIFO queue needs a deduplication id")]
    NoDeduplicationId,
    /// Longer than 128 characters, or with others than letters, digits and punctuation of ASCII.
    #[error(
        "group and deduplication id: 1 to {GROUP_AND_DEDUPLICATION_CHARACTERS_MAX} visible ASCII characters expected"
    )]
    Name,
    /// A group or a deduplication id for a standard queue.
    #[error("a standard queue takes neither group nor deduplication id")]
    NotFifo,
}

/// Where a message goes.
pub(super) enum Placed {
    Standard,
    Fifo { group: Arc<str>, deduplication_id: Arc<str> },
}

impl Placed {
    pub(super) fn at(self, sequence: String) -> Place {
        match self {
            Self::Standard => Place::Standard,
            Self::Fifo { group, deduplication_id } => {
                Place::Fifo { group, deduplication_id, sequence: sequence.into() }
            }
        }
    }
}

pub(super) fn queue<C>(settings: &QueueSettings<C>) -> Result<(), InvalidQueue> {
    if settings.facts.visibility_timeout > VISIBILITY_TIMEOUT_MAX {
        return Err(InvalidQueue::VisibilityTimeout);
    }
    let Some(redrive) = &settings.redrive else { return Ok(()) };
    if !(1..=RECEIVE_COUNT_MAX).contains(&redrive.receive_count_max) {
        return Err(InvalidQueue::ReceiveCount);
    }
    if redrive.queue.0.facts.kind != settings.facts.kind {
        return Err(InvalidQueue::DeadLetterKind);
    }
    Ok(())
}

pub(super) fn message(
    kind: QueueKind,
    body: &str,
    group: Option<&str>,
    deduplication_id: Option<&str>,
) -> Result<Placed, SendError> {
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(SendError::TooLarge);
    }
    if !body.chars().all(is_taken) {
        return Err(SendError::Character);
    }
    match (kind, group, deduplication_id) {
        (QueueKind::Standard, None, None) => Ok(Placed::Standard),
        (QueueKind::Standard, _, _) => Err(SendError::NotFifo),
        (QueueKind::Fifo, None, _) => Err(SendError::NoGroup),
        (QueueKind::Fifo, _, None) => Err(SendError::NoDeduplicationId),
        (QueueKind::Fifo, Some(group), Some(id)) => {
            Ok(Placed::Fifo { group: name(group)?, deduplication_id: name(id)? })
        }
    }
}

/// SQS takes what XML 1.0 takes.
fn is_taken(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\0'..' ' | '\u{fffe}' | '\u{ffff}' => false,
        _ => true,
    }
}

fn name(name: &str) -> Result<Arc<str>, SendError> {
    let sized = (1..=GROUP_AND_DEDUPLICATION_CHARACTERS_MAX).contains(&name.len());
    if !sized || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SendError::Name);
    }
    Ok(name.into())
}
