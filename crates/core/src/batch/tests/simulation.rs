//! Seeded batches with faults: nothing lost, rows in order, calls within their bound.

use std::collections::HashMap;

use super::world::{BusDoes, StoreDoes, World, records};
use crate::delivery::{BusCode, CallErrorKind};

/// A small generator (SplitMix64), so that a seed is all there is to a schedule.
#[derive(Clone)]
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// Words of a batch, and the longest chain of one row.
fn words(chance: &mut Chance) -> (String, usize) {
    let rows = 1 + chance.below(26);
    let mut versions: HashMap<usize, usize> = HashMap::new();
    let mut words = Vec::new();
    for _ in 0..1 + chance.below(60) {
        let row = chance.below(rows);
        let version = versions.entry(row).or_default();
        *version += 1;
        words.push(format!("{}{version}", char::from(b'a' + row as u8)));
    }
    (words.join(" "), versions.into_values().max().unwrap_or(0))
}

/// The same words, of which some are updates with a large column.
fn some_large(chance: &mut Chance, words: &str) -> String {
    let large = |word: &str| match chance.below(4) {
        0 => word.to_uppercase(),
        _ => word.to_owned(),
    };
    words.split(' ').map(large).collect::<Vec<_>>().join(" ")
}

#[test]
fn calls_stay_within_full_requests_and_the_longest_row() {
    for seed in 0..500 {
        let mut chance = Chance(seed);
        let (words, longest) = words(&mut chance);
        let mut world = World::new();
        world.settings.in_flight_max = 1 + chance.below(4);
        world.pick = Box::new(move |out| chance.below(out));
        let report = world.deliver(records(&words));
        let n = words.split(' ').count();
        assert_eq!((report.accepted, report.failed_from), (n, None), "seed {seed}: {words}");
        assert!(
            world.requests < n.div_ceil(10) + longest,
            "seed {seed}: {} calls: {words}",
            world.requests
        );
    }
}

#[test]
fn whatever_fails_everything_is_published_in_order_and_only_lost_answers_repeat() {
    for seed in 0..600 {
        let mut chance = Chance(seed);
        let (words, _) = words(&mut chance);
        // Every second world has some events that are too large for its bus.
        let mut world = if seed % 2 == 0 { World::new() } else { World::with_buckets() };
        let words = if seed % 2 == 0 { words } else { some_large(&mut chance, &words) };
        world.settings.in_flight_max = 1 + chance.below(4);
        let faults = chance.below(3);
        let (mut pick, mut judge, mut bus) = (chance.clone(), Chance(seed + 1), Chance(seed + 2));
        world.pick = Box::new(move |out| pick.below(out));
        world.judge =
            Box::new(move |_, _| (judge.below(3) < faults).then_some(BusCode::Throttling));
        let losses = faults == 2;
        let mut store = Chance(seed + 3);
        world.store = Box::new(move |_| match store.below(4) {
            0 if faults > 0 => StoreDoes::Fail(CallErrorKind::Unavailable),
            1 if losses => StoreDoes::LoseAnswer,
            _ => StoreDoes::Store,
        });
        world.bus = Box::new(move |_| match bus.below(8) {
            0 => BusDoes::Fail(CallErrorKind::Unavailable),
            1 if losses => BusDoes::LoseAnswer,
            _ => BusDoes::Judge,
        });
        let mut rest = words.as_str();
        let mut runs = 0;
        while !rest.is_empty() {
            let skipped = words.split(' ').count() - rest.split(' ').count();
            let delivery = records(&words).into_iter().skip(skipped).collect();
            let report = world.deliver(delivery);
            rest = report.failed_from.map_or("", |number| {
                let index = number.as_str().parse::<usize>().unwrap() - 1;
                words.splitn(index + 1, ' ').last().unwrap()
            });
            runs += 1;
            assert!(runs < 500, "seed {seed}: stuck at {rest}");
        }
        check(seed, &words.to_lowercase(), &world.accepted, losses);
    }
}

fn check(seed: u64, words: &str, accepted: &[String], repeats: bool) {
    let mut first_seen: Vec<&str> = Vec::new();
    for label in accepted {
        if !first_seen.contains(&label.as_str()) {
            first_seen.push(label);
        }
    }
    for row in b'a'..=b'z' {
        let of_row = |labels: Vec<&str>| -> Vec<String> {
            labels
                .into_iter()
                .filter(|label| label.as_bytes()[0] == row)
                .map(str::to_owned)
                .collect()
        };
        let expected = of_row(words.split(' ').collect());
        assert_eq!(
            of_row(first_seen.clone()),
            expected,
            "seed {seed}: order of row {}",
            row as char
        );
    }
    if !repeats {
        assert_eq!(accepted.len(), first_seen.len(), "seed {seed}: published twice");
    }
}
