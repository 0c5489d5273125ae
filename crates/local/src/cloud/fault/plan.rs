//! The draw: which of the wanted faults strike this call.
//!
//! Every fault of a port draws on every call of that port, whatever the others drew, so that a
//! call's fate depends only on the seed and on how many calls and entries came before.

use std::sync::{Arc, Mutex, PoisonError};

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use super::{Fault, Kind, NotBuiltYet, Port, Scope};

/// The faults to inject, and the chance they are drawn from. Clones share both.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    faults: Arc<[Fault]>,
    drawn: Arc<Mutex<Drawn>>,
}

#[derive(Debug)]
struct Drawn {
    chance: ChaCha8Rng,
    struck: Vec<u64>,
}

/// What happens to one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    /// The call is refused and nothing is done.
    pub(super) refused: Option<Kind>,
    /// By entry: the fault that takes it out of the call.
    pub(super) entries: Vec<Option<Kind>>,
    /// The call is done and its answer lost.
    pub(super) answer_lost: bool,
}

impl FaultPlan {
    /// A plan that draws from `seed`.
    ///
    /// # Errors
    ///
    /// The first fault that is not built.
    pub fn new(faults: Vec<Fault>, seed: u64) -> Result<Self, NotBuiltYet> {
        faults.iter().try_for_each(Fault::supported)?;
        let drawn =
            Drawn { chance: ChaCha8Rng::seed_from_u64(seed), struck: vec![0; faults.len()] };
        Ok(Self { faults: faults.into(), drawn: Arc::new(Mutex::new(drawn)) })
    }

    /// How often each fault was injected so far.
    pub fn injected(&self) -> Vec<(Fault, u64)> {
        let drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        self.faults.iter().copied().zip(drawn.struck.iter().copied()).collect()
    }

    /// Whether entries of this port's calls are drawn for.
    pub(super) fn strikes_entries(&self, port: Port) -> bool {
        self.faults.iter().any(|fault| fault.port == port && fault.scope == Scope::Entry)
    }

    /// Draws the fate of a call with so many entries. What it says has then been injected.
    pub(super) fn draw(&self, port: Port, entries: usize) -> Fate {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let Drawn { chance, struck } = &mut *drawn;
        let mut fate = Fate { entries: vec![None; entries], ..Fate::default() };
        // By fault, the first to strike an entry or the call has it; the others drew in vain.
        let mut hits: Vec<Option<usize>> = vec![None; entries];
        let (mut refused, mut lost) = (None, None);
        for (index, fault) in self.faults.iter().enumerate().filter(|(_, f)| f.port == port) {
            match fault.scope {
                Scope::Entry => {
                    for hit in &mut hits {
                        let strikes = chance.random_bool(fault.probability);
                        *hit = hit.or(strikes.then_some(index));
                    }
                }
                Scope::Call => {
                    let strikes = chance.random_bool(fault.probability).then_some(index);
                    let to = if fault.kind == Kind::LoseAnswer { &mut lost } else { &mut refused };
                    *to = to.or(strikes);
                }
            }
        }
        if let Some(index) = refused {
            struck[index] += 1;
            fate.refused = Some(self.faults[index].kind);
            return fate;
        }
        for (entry, index) in hits.into_iter().enumerate() {
            let Some(index) = index else { continue };
            struck[index] += 1;
            fate.entries[entry] = Some(self.faults[index].kind);
        }
        if let Some(index) = lost {
            struck[index] += 1;
            fate.answer_lost = true;
        }
        fate
    }
}
