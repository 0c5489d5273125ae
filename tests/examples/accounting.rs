//! The account under faults at full size: `cargo run --release -p cdc-tests --example accounting`,
//! with the number of changes and the parallelization factor behind `--` where they are to be others, and
//! the fault (from 0; 4 is all together) where it is to be one alone.
//!
//! Runs each fault alone and all together, under several seeds, and holds the same against each run as
//! the tests do: it ends with a panic that names faults and seed, or with a line a run.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a trial by hand")]

#[path = "../tests/all/accounting/run.rs"]
mod run;

use run::{Wanted, run};

const CHANGES: usize = 100_000;
const ROWS: usize = 500;
const BATCH_SIZE: u32 = 100;
const PARALLELIZATION: u32 = 10;
const SEEDS: [u64; 3] = [1, 2, 3];

const FAULTS: [&str; 4] = [
    "put-events=throttle:entry:0.2",
    "ledger-write=fail:0.1",
    "function=kill:0.05",
    "dead-letter=fail:0.2",
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| {
        arguments
            .next()
            .map_or(default, |text| text.parse().expect("a number: CHANGES [FACTOR [FAULT]]"))
    };
    let changes = number(CHANGES);
    let parallelization = number(PARALLELIZATION as usize) as u32;
    let only = number(usize::MAX);
    let together: &[&str] = &FAULTS;
    let alone = FAULTS.iter().map(std::slice::from_ref);
    let sets = alone.chain([together]).enumerate();
    for (_, faults) in sets.filter(|(set, _)| only == usize::MAX || only == *set) {
        for seed in SEEDS {
            let wanted = Wanted {
                changes,
                rows: ROWS,
                batch_size: BATCH_SIZE,
                parallelization,
                faults,
                seed,
            };
            let summary = run(&wanted);
            let struck: Vec<String> = summary
                .injected
                .iter()
                .map(|(fault, count)| format!("{fault} {count} times"))
                .collect();
            println!(
                "seed {seed}: {} published, {} dead letters, {} duplicates, {:.1} s; {}",
                summary.published,
                summary.wanting(),
                summary.duplicates,
                summary.seconds,
                struck.join(", ")
            );
        }
    }
}
