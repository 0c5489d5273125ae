//! The draw: which of the wanted faults strike this call or this invocation.
//!
//! Every fault has a chance of its own, and draws on every call of its port whatever the others drew:
//! a call's fate depends only on the seed, and on how many calls and entries of its port came before.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use super::{Fault, Kind, Port, Scope, SenselessFault, under_way::UnderWay};

/// A late request arrives with one of so many later calls of its port: before the caller tries again,
/// or after others have gone past it.
const LATE_CALLS_MAX: u32 = 6;

/// The faults to inject, and the chance they are drawn from. Clones share both.
#[derive(Clone)]
pub struct FaultPlan {
    faults: Arc<[Fault]>,
    drawn: Arc<Mutex<Drawn>>,
    pub(super) under_way: UnderWay,
}

/// By fault: its chance, and how often it struck.
struct Drawn {
    chances: Vec<ChaCha8Rng>,
    struck: Vec<u64>,
}

/// What happens to one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    /// What becomes of the call as a whole.
    pub(super) call: Course,
    /// By entry: the fault that takes it out of the call.
    pub(super) entries: Vec<Option<Kind>>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Course {
    /// It is done and answered.
    #[default]
    Answered,
    /// It is answered late, but in time.
    Slow,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// It is done with that many later calls of the port, and never answered.
    Late {
        /// From 1 on.
        calls: u32,
    },
    /// It is refused, and nothing is done.
    Refused(Kind),
    /// It is never answered, and nothing is done.
    Hangs,
}

impl FaultPlan {
    /// A plan that draws from `seed`.
    ///
    /// # Errors
    ///
    /// The first fault that makes no sense.
    pub fn new(faults: Vec<Fault>, seed: u64) -> Result<Self, SenselessFault> {
        faults.iter().try_for_each(Fault::supported)?;
        let chance = |stream: u64| {
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            chance.set_stream(stream);
            chance
        };
        let chances = (0..faults.len() as u64).map(chance).collect();
        let drawn = Arc::new(Mutex::new(Drawn { chances, struck: vec![0; faults.len()] }));
        Ok(Self { faults: faults.into(), drawn, under_way: UnderWay::default() })
    }

    /// How often each fault was injected so far.
    pub fn injected(&self) -> Vec<(Fault, u64)> {
        let drawn = self.drawn();
        self.faults.iter().copied().zip(drawn.struck.iter().copied()).collect()
    }

    /// Waits until everything has arrived that was sent and that nobody waits for any more.
    pub(crate) async fn all_arrived(&self) {
        self.under_way.all_arrived().await;
    }

    /// Whether entries of this port's calls are drawn for.
    pub(super) fn strikes_entries(&self, port: Port) -> bool {
        self.faults.iter().any(|fault| fault.port == port && fault.scope == Scope::Entry)
    }

    /// Draws the fate of a call with so many entries. What it says has then been injected.
    pub(super) fn draw(&self, port: Port, entries: usize) -> Fate {
        let mut drawn = self.drawn();
        let (call, hits) = self.strikes(&mut drawn, port, entries);
        let mut fate = Fate { call: Course::Answered, entries: vec![None; entries] };
        if let Some(index) = call {
            fate.call = course(self.faults[index].kind, &mut drawn.chances[index]);
            drawn.struck[index] += 1;
        }
        if matches!(fate.call, Course::Refused(_) | Course::Hangs) {
            return fate;
        }
        for (entry, index) in hits.into_iter().enumerate() {
            let Some(index) = index else { continue };
            drawn.struck[index] += 1;
            fate.entries[entry] = Some(self.faults[index].kind);
        }
        fate
    }

    /// Draws what strikes an invocation. What it says has then been injected.
    pub(super) fn draw_invocation<T>(
        &self,
        course: impl FnOnce(Kind, &mut ChaCha8Rng) -> T,
    ) -> Option<T> {
        let mut drawn = self.drawn();
        let (struck, _) = self.strikes(&mut drawn, Port::Function, 0);
        struck.map(|index| {
            drawn.struck[index] += 1;
            course(self.faults[index].kind, &mut drawn.chances[index])
        })
    }

    /// The fault, by its place, that strikes the call, and those that strike its entries. The first
    /// that hits has it; the others drew in vain. What is not even done can't be lost afterwards.
    fn strikes(
        &self,
        drawn: &mut Drawn,
        port: Port,
        entries: usize,
    ) -> (Option<usize>, Vec<Option<usize>>) {
        let mut hits: Vec<Option<usize>> = vec![None; entries];
        let (mut undone, mut done) = (None, None);
        for (index, fault) in self.faults.iter().enumerate().filter(|(_, f)| f.port == port) {
            let chance = &mut drawn.chances[index];
            match fault.scope {
                Scope::Entry => {
                    for hit in &mut hits {
                        let strikes = chance.random_bool(fault.probability);
                        *hit = hit.or(strikes.then_some(index));
                    }
                }
                Scope::Call => {
                    let strikes = chance.random_bool(fault.probability).then_some(index);
                    let to = if fault.kind.leaves_all_undone() { &mut undone } else { &mut done };
                    *to = to.or(strikes);
                }
            }
        }
        (undone.or(done), hits)
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn course(kind: Kind, chance: &mut ChaCha8Rng) -> Course {
    match kind {
        Kind::Throttle | Kind::Refuse | Kind::Fail => Course::Refused(kind),
        Kind::LoseAnswer => Course::AnswerLost,
        Kind::Late => Course::Late { calls: chance.random_range(1..=LATE_CALLS_MAX) },
        Kind::Slow => Course::Slow,
        // An invocation's own faults are no call's: they are refused beforehand.
        Kind::Hang | Kind::Kill | Kind::Deadline => Course::Hangs,
    }
}

impl Kind {
    fn leaves_all_undone(self) -> bool {
        match self {
            Self::Throttle | Self::Refuse | Self::Fail | Self::Hang => true,
            Self::LoseAnswer | Self::Late | Self::Slow | Self::Kill | Self::Deadline => false,
        }
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.injected()).finish()
    }
}
