//! A call of which one is under way at a time: when it is due.

use jiff::Timestamp;

/// When a call is made next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Due(Timestamp),
    /// `again`: somebody knows of something new that this call may have missed.
    UnderWay {
        again: bool,
    },
}

impl Turn {
    /// Whether the call is made now.
    pub(super) fn begin(&mut self, now: Timestamp) -> bool {
        let due = matches!(self, Self::Due(at) if *at <= now);
        if due {
            *self = Self::UnderWay { again: false };
        }
        due
    }

    pub(super) fn due(self) -> Option<Timestamp> {
        match self {
            Self::Due(at) => Some(at),
            Self::UnderWay { .. } => None,
        }
    }

    pub(super) fn is_under_way(self) -> bool {
        matches!(self, Self::UnderWay { .. })
    }

    /// It is made as soon as it can be.
    pub(super) fn wake(&mut self, now: Timestamp) {
        *self = match *self {
            Self::Due(at) => Self::Due(at.min(now)),
            Self::UnderWay { .. } => Self::UnderWay { again: true },
        };
    }

    /// It came to an end: the next one is due then, or at once if it may have missed something.
    /// Whether it is the latter.
    pub(super) fn ended(&mut self, next: Timestamp, now: Timestamp) -> bool {
        let again = *self == Self::UnderWay { again: true };
        *self = Self::Due(if again { now } else { next });
        again
    }
}
