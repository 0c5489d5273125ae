//! Duplicate members: two readers of one text must not see two rows.

use std::{borrow::Cow, collections::HashSet, hash::BuildHasher as _};

use foldhash::fast::{FixedState, RandomState};

use super::{Name, Object};

/// Bits of the first look: few enough to clear at once, many enough that of a hundred names one or two meet.
const BITS: usize = 4096;

/// Most names of the first look; of more, too many would meet.
const FEW: usize = 128;

/// Most names that are compared with all before them because their hash was seen. It is nobody's
/// secret: whoever writes a record can let all of them meet.
const MEETINGS_MAX: usize = 8;

impl<'a> Object<'_, 'a> {
    /// A name that occurs twice (compared unescaped), if any.
    #[must_use]
    pub fn duplicate(self) -> Option<Name<'a>> {
        duplicate(self.members().map(|(name, _)| name))
    }
}

/// One of these names that occurs twice (compared unescaped), if any.
///
/// A look at hashes settles the common case; only where two of them meet are names compared.
pub fn duplicate<'a>(names: impl Iterator<Item = Name<'a>> + Clone) -> Option<Name<'a>> {
    let mut seen = [0u64; BITS / 64];
    let state = FixedState::default();
    let mut meetings = 0;
    for (index, name) in names.clone().enumerate() {
        if index == FEW {
            return among_many(names);
        }
        let meant = name.unescaped();
        let hash = state.hash_one(meant.as_bytes()) as usize % BITS;
        let bit = 1 << (hash % 64);
        if seen[hash / 64] & bit != 0 {
            meetings += 1;
            if meetings > MEETINGS_MAX {
                return among_many(names);
            }
            if names.clone().take(index).any(|other| other == *meant) {
                return Some(name);
            }
        }
        seen[hash / 64] |= bit;
    }
    None
}

fn among_many<'a>(mut names: impl Iterator<Item = Name<'a>>) -> Option<Name<'a>> {
    let (expected, _) = names.size_hint();
    let mut seen: HashSet<Cow<'a, str>, RandomState> =
        HashSet::with_capacity_and_hasher(expected, RandomState::default());
    names.find(|name| !seen.insert(name.unescaped()))
}
