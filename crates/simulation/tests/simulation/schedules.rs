//! Thousands of schedules, and what holds in each.
//!
//! `CDC_SIM_SEEDS=100000` runs so many schedules instead of the usual ones, `CDC_SIM_SEED=33` the
//! one of that seed, and tells all that happened in it.

use std::{collections::BTreeMap, sync::Mutex, thread, time::Instant};

use cdc_core::ledger::LedgerKeep;
use cdc_simulation::{Fault, Options, Ran, Rules, simulate};

/// Schedules of each of the tests, unless the environment says otherwise.
const SCHEDULES: u64 = 2_400;

/// All schedules of a test together.
#[derive(Default)]
struct Total {
    schedules: u64,
    items: u64,
    accepted: u64,
    duplicates: u64,
    excuses: u64,
    invocations: u64,
    false_claims: u64,
    why: BTreeMap<&'static str, u64>,
    faults: BTreeMap<Fault, u64>,
    /// The lowest seed that violated something.
    worst: Option<(u64, String)>,
}

impl Total {
    fn add(&mut self, seed: u64, ran: &Ran) {
        if let Some(violation) = &ran.violation
            && self.worst.as_ref().is_none_or(|(worst, _)| seed < *worst)
        {
            self.worst = Some((seed, violation.clone()));
        }
        self.schedules += 1;
        self.items += ran.items;
        self.accepted += ran.accepted;
        self.duplicates += ran.duplicates;
        self.excuses += ran.excuses;
        self.invocations += ran.invocations;
        self.false_claims += ran.false_claims;
        for (why, count) in &ran.why {
            *self.why.entry(why).or_default() += count;
        }
        for (fault, count) in &ran.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how many schedules is the caller's to say")]
fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}: a number is expected")))
}

/// Runs the schedules of one test on all cores; panics with the first seed that violates anything.
fn run(test: &str, options: impl Fn(u64) -> Options + Sync) -> Total {
    let rules = Rules::default();
    if let Some(seed) = asked("CDC_SIM_SEED") {
        let ran = simulate(seed, &options(seed), &rules, true);
        tell(ran.trace.as_deref().unwrap_or_default());
        if let Some(violation) = &ran.violation {
            fail(test, seed, violation);
        }
        return Total::default();
    }
    let schedules = asked("CDC_SIM_SEEDS").unwrap_or(SCHEDULES);
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let total = Mutex::new(Total::default());
    let begun = Instant::now();
    thread::scope(|scope| {
        for thread in 0..threads {
            let (rules, options, total) = (&rules, &options, &total);
            scope.spawn(move || {
                for seed in (thread..schedules).step_by(threads as usize) {
                    // The lowest seed is the one to tell of.
                    if total.lock().unwrap().worst.as_ref().is_some_and(|(worst, _)| *worst < seed)
                    {
                        break;
                    }
                    let ran = simulate(seed, &options(seed), rules, false);
                    total.lock().unwrap().add(seed, &ran);
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    if let Some((seed, violation)) = &total.worst {
        fail(test, *seed, violation);
    }
    tell(&format!(
        "{test}: {} schedules in {:.1} s: {} invocations, {} events, accepted {} times, {} duplicates, \
         {} excuses {:?}, faults {:?}",
        total.schedules,
        begun.elapsed().as_secs_f64(),
        total.invocations,
        total.items,
        total.accepted,
        total.duplicates,
        total.excuses,
        total.why,
        total.faults,
    ));
    assert_eq!(total.false_claims, 0, "claims that name nothing");
    total
}

fn fail(test: &str, seed: u64, violation: &str) -> ! {
    panic!(
        "seed {seed}: {violation}\nonce more, with all that happens: \
         CDC_SIM_SEED={seed} cargo test -p cdc-simulation {test} -- --nocapture"
    );
}

#[expect(clippy::print_stderr, reason = "the figures of a run, and the trace of a seed")]
fn tell(text: &str) {
    eprintln!("{text}");
}

fn factor(seed: u64) -> Option<u32> {
    Some([1, 2, 10][(seed % 3) as usize])
}

#[test]
fn every_schedule_keeps_the_promises() {
    let total = run("every_schedule_keeps_the_promises", |seed| Options {
        factor: factor(seed),
        ..Options::default()
    });
    if total.schedules >= SCHEDULES {
        let idle: Vec<_> = Fault::ALL.iter().filter(|f| !total.faults.contains_key(f)).collect();
        assert!(idle.is_empty(), "faults that never struck: {idle:?}");
        assert!(total.duplicates > 0, "a world in which nothing happens twice is too kind");
    }
}

#[test]
fn faults_that_excuse_nothing_publish_nothing_twice() {
    let harmless = |seed| {
        let keep = if seed % 2 == 0 { LedgerKeep::All } else { LedgerKeep::Failures };
        // Without the memory of successes another factor brings again what other lanes had settled.
        let fits = |fault: &Fault| keep == LedgerKeep::All || *fault != Fault::Refactored;
        let faults = Fault::ALL.into_iter().filter(|fault| !fault.excuses() && fits(fault));
        Options { faults: faults.collect(), factor: factor(seed / 2), keep: Some(keep) }
    };
    let total = run("faults_that_excuse_nothing_publish_nothing_twice", harmless);
    assert_eq!((total.duplicates, total.excuses), (0, 0));
}

#[test]
fn a_seed_gives_the_same_trace() {
    let rules = Rules::default();
    for seed in 0..60 {
        let once = simulate(seed, &Options::default(), &rules, false);
        let again = simulate(seed, &Options::default(), &Rules::default(), true);
        assert_eq!(once.hash, again.hash, "seed {seed}:\n{}", again.trace.unwrap_or_default());
    }
}
