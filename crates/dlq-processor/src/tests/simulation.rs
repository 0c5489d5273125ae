//! Seeded runs with everything going wrong: nothing is lost, and whatever is published twice has an
//! excuse.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use cdc_core::delivery::{BusCode, CallErrorKind};

use super::{
    letters::{bodies, update},
    world::{AMPLE, World},
};

const LETTERS: usize = 35;
const REPLAY: &str = r#"{"action":"replay"}"#;

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It does not arrive.
    Fail(CallErrorKind),
    /// It takes effect, and the answer is lost.
    LoseAnswer,
    /// The run is killed before it, or behind it.
    KillBefore,
    KillAfter,
}

/// A small generator (SplitMix64), so that a seed is all there is to a schedule.
#[derive(Clone)]
pub(crate) struct Chance {
    state: u64,
    /// Whether only such faults happen as excuse no repetition.
    harmless: bool,
    /// How often something happened after which an event may come twice.
    pub(crate) excuses: usize,
}

impl Chance {
    pub(crate) fn new(seed: u64, harmless: bool) -> Self {
        Self { state: seed, harmless, excuses: 0 }
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    pub(crate) fn fault(&mut self, operation: &str) -> Fault {
        let drawn = match self.below(24) {
            0 | 1 => Fault::Fail(CallErrorKind::Unavailable),
            2 => Fault::Fail(CallErrorKind::Denied),
            3 => Fault::LoseAnswer,
            4 => Fault::KillBefore,
            5 => Fault::KillAfter,
            _ => Fault::None,
        };
        let is_excuse = match drawn {
            Fault::None => false,
            // Its event is out, and the letter comes again; or nobody remembers it.
            Fault::Fail(_) => ["delete", "claim"].contains(&operation),
            Fault::LoseAnswer | Fault::KillBefore | Fault::KillAfter => true,
        };
        if is_excuse && self.harmless {
            return Fault::None;
        }
        self.excuses += usize::from(is_excuse);
        drawn
    }
}

fn words() -> Vec<String> {
    (0..LETTERS)
        .map(|number| format!("{}{number}", char::from(b'a' + (number % 7) as u8)))
        .collect()
}

/// Runs until the queue is empty, whatever goes wrong, and gives the world and the excuses.
fn run(seed: u64, harmless: bool) -> (World, usize) {
    let world = World::of(bodies(&words().join(" ")));
    let mut throttle = Chance::new(seed + 1, true);
    world.with(|state| {
        state.chance = Some(Chance::new(seed, harmless));
        let drawn: BTreeSet<u64> = (0..9).map(|_| throttle.below(LETTERS as u64)).collect();
        let entries = AtomicU64::new(0);
        state.judge = Box::new(move |label| {
            let entry = entries.fetch_add(1, Ordering::Relaxed);
            let number: u64 = label[1..].parse().unwrap();
            (drawn.contains(&number) && !entry.is_multiple_of(3)).then_some(BusCode::Throttling)
        });
    });
    for _ in 0..300 {
        let _ = world.try_handle(REPLAY, AMPLE);
        world.wait_out();
        nothing_is_lost(seed, &world);
        if world.queue().0.is_empty() {
            let excuses = world.with(|state| state.chance.as_ref().unwrap().excuses);
            return (world, excuses);
        }
    }
    panic!("seed {seed}: the queue does not get empty");
}

fn nothing_is_lost(seed: u64, world: &World) {
    let (queue, hidden) = world.queue();
    assert_eq!(hidden, 0);
    for word in words() {
        let published = world.with(|state| state.accepted.contains(&word));
        let lies = queue.iter().any(|body| body.contains(&update(&word)));
        assert!(published || lies, "seed {seed}: {word} is lost");
    }
}

fn repeats(world: &World) -> usize {
    let accepted = world.with(|state| state.accepted.clone());
    let once: BTreeSet<&String> = accepted.iter().collect();
    assert_eq!(once.len(), LETTERS);
    accepted.len() - once.len()
}

#[test]
fn whatever_goes_wrong_all_is_published_and_repeats_have_an_excuse() {
    let mut repeated = 0;
    for seed in 0..150 {
        let (world, excuses) = run(seed, false);
        let repeats = repeats(&world);
        assert!(repeats <= 10 * excuses, "seed {seed}: {repeats} repeats, {excuses} excuses");
        repeated += repeats;
    }
    assert!(repeated > 0, "the faults are real");
}

#[test]
fn what_excuses_no_repetition_makes_none() {
    for seed in 0..150 {
        let (world, excuses) = run(seed, true);
        assert_eq!((repeats(&world), excuses), (0, 0), "seed {seed}");
    }
}
