//! Duplicate members: two readers of one text must not see two rows.

use std::{borrow::Cow, hash::BuildHasher as _};

use foldhash::fast::FixedState;

use super::{Name, Object};

/// Bits of the first look: few enough to clear at once, many enough that twenty names seldom meet.
const BITS: usize = 4096;

/// Most names that one is compared with where its hash was seen before; beyond, names are sorted.
const COMPARED_MAX: usize = 256;

/// Most names that are so compared. The hash is nobody's secret: whoever writes a record can let all of
/// them meet.
const MEETINGS_MAX: usize = 16;

impl<'a> Object<'_, 'a> {
    /// The first name that occurs twice (compared unescaped), if any.
    ///
    /// A look at hashes settles the common case; only where two of them meet are names compared.
    #[must_use]
    pub fn duplicate(self) -> Option<Name<'a>> {
        let mut seen = [0u64; BITS / 64];
        let state = FixedState::default();
        let mut meetings = 0;
        for (index, (name, _)) in self.members().enumerate() {
            let meant = name.unescaped();
            let hash = state.hash_one(meant.as_bytes()) as usize % BITS;
            let bit = 1 << (hash % 64);
            if seen[hash / 64] & bit != 0 {
                meetings += 1;
                if index > COMPARED_MAX || meetings > MEETINGS_MAX {
                    return self.duplicate_by_sorting();
                }
                if self.members().take(index).any(|(other, _)| other == *meant) {
                    return Some(name);
                }
            }
            seen[hash / 64] |= bit;
        }
        None
    }

    fn duplicate_by_sorting(self) -> Option<Name<'a>> {
        let mut names: Vec<(Cow<'a, str>, Name<'a>)> =
            self.members().map(|(name, _)| (name.unescaped(), name)).collect();
        names.sort_by(|a, b| a.0.cmp(&b.0));
        names.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1)
    }
}
