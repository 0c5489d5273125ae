//! Probes: one look each at stream, table and queue, for the health check.
//!
//! A probe asks and tells what it saw; whether that is well, others judge. It changes nothing: no
//! record, item or letter is written, and a letter that is looked at stays where it is. Names, ARNs
//! and texts of services stay here; what goes out are states, counts and times. The bus needs no
//! probe of its own: [`crate::sink::EventBridgeSink`] asks for it and puts an event on it.
//!
//! Each call has the SDK's bound for an attempt and no other: who probes brings the bound for the
//! whole.

mod queue;
mod stream;
mod table;

use std::fmt;

pub use queue::{LETTERS_PEEKED_MAX, Letters, QueueProbe, QueueState};
pub use stream::{Ahead, ClosedShard, SHARDS_LISTED_MAX, Shards, StreamProbe, StreamState};
pub use table::{TableProbe, TableState};

/// How a stream or a table stands, by the services' own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In use.
    Active,
    /// Being changed, and in use meanwhile.
    Updating,
    /// Not there yet.
    Creating,
    /// On its way out.
    Deleting,
    /// There, and of no use: archived, or its key cannot be reached.
    Unusable,
}

impl Standing {
    /// Whether it can be read and written.
    #[must_use]
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Active | Self::Updating)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Creating => "CREATING",
            Self::Deleting => "DELETING",
            Self::Unusable => "unusable",
        })
    }
}
