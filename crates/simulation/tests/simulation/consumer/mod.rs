//! The reference consumer ends right whatever comes in whatever order, and weaker ones do not.
//!
//! Every event here went through the real pipeline: records of a seeded database in the native and
//! the Debezium envelope, prepared by `cdc_core::pipeline`.

mod history;
mod single;
mod weaker;

use std::{fs, path::Path};

use cdc_simulation::{Consumer, State, Taken};
use history::{Chance, History, Images};
use serde_json::Value;
use weaker::{Keeps, Weaker};

/// Worlds of each kind, from seed 0 on.
const WORLDS: u64 = 1_000;

/// How events reach the subscriber.
#[derive(Clone, Copy, Debug)]
enum Arrive {
    /// In order, but one event of ten comes again later, and one of ten only later.
    Late,
    /// In any order, one to three times each.
    Anyhow,
}

/// The details in the order in which they arrive. What comes again or later is marked as a replay.
fn arrivals(history: &History, arrive: Arrive, chance: &mut Chance) -> Vec<String> {
    let events = &history.events;
    let mut places: Vec<(usize, String)> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match arrive {
            Arrive::Late => {
                // Behind one event at least, where there is one.
                let later = at + 2 + chance.below(events.len() - at);
                match chance.below(10) {
                    0 => places.push((later, event.replayed.clone())),
                    1 => {
                        places.extend([(at, event.first.clone()), (later, event.replayed.clone())])
                    }
                    _ => places.push((at, event.first.clone())),
                }
            }
            Arrive::Anyhow => {
                for _ in 0..1 + chance.below(3) {
                    let detail = if chance.below(2) == 0 { &event.first } else { &event.replayed };
                    places.push((chance.below(1 << 30), detail.clone()));
                }
            }
        }
    }
    // Stable: what has one place keeps its order.
    places.sort_by_key(|(place, _)| *place);
    places.into_iter().map(|(_, detail)| detail).collect()
}

fn reference<'d>(details: impl IntoIterator<Item = &'d String>) -> Consumer {
    let mut consumer = Consumer::default();
    for detail in details {
        let taken = consumer.take(detail).unwrap();
        assert!(matches!(taken, Taken::Applied | Taken::Stale), "{taken:?}: {detail}");
    }
    consumer
}

/// What each of the weaker consumers ends with.
fn weaker(details: &[String]) -> [State; 3] {
    let events: Vec<Value> =
        details.iter().map(|detail| serde_json::from_str(detail).unwrap()).collect();
    Keeps::ALL.map(|keeps| {
        let mut consumer = Weaker::new(keeps);
        events.iter().for_each(|event| consumer.take(event));
        consumer.state()
    })
}

/// In how many worlds each of the weaker consumers ends in another state than the database's own.
/// The reference does in none.
fn wrong(images: Images, arrive: Arrive) -> [usize; 3] {
    let mut wrong = [0; 3];
    for seed in 0..WORLDS {
        let mut chance = Chance(seed);
        let history = History::of(images, &mut chance);
        let details = arrivals(&history, arrive, &mut chance);
        let end = reference(&details).state();
        assert_eq!(end, history.truth, "seed {seed}, {images:?}, {arrive:?}");
        for (wrong, end) in wrong.iter_mut().zip(weaker(&details)) {
            *wrong += usize::from(end != history.truth);
        }
    }
    wrong
}

/// A row of the table in `docs/delivery.md`, as measured; the document has to have it.
fn check(images: Images, arrive: Arrive) -> [usize; 3] {
    let wrong = wrong(images, arrive);
    let rows = match images {
        Images::Whole => "whole rows",
        Images::Parts => "parts of rows",
    };
    let come = match arrive {
        Arrive::Late => "in order, some again or late",
        Arrive::Anyhow => "in any order, some again",
    };
    let [row, ids, nothing] = wrong;
    let line = format!("| {rows} | {come} | 0 | {row} | {ids} | {nothing} |");
    println!("{line}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/delivery.md");
    let document = fs::read_to_string(path).unwrap();
    assert!(document.contains(&line), "docs/delivery.md has another row than {line}");
    wrong
}

#[test]
fn whole_rows_that_come_late_need_a_position_at_least() {
    let [row, ids, nothing] = check(Images::Whole, Arrive::Late);
    assert_eq!(row, 0, "a position for each row is enough where every event has the whole row");
    assert!(ids > 0 && nothing > 0);
}

#[test]
fn whole_rows_in_any_order_need_a_position_at_least() {
    let [row, ids, nothing] = check(Images::Whole, Arrive::Anyhow);
    assert_eq!(row, 0);
    assert!(ids > 0 && nothing > 0);
}

#[test]
fn parts_of_rows_that_come_late_need_a_position_for_each_column() {
    let [row, ids, nothing] = check(Images::Parts, Arrive::Late);
    assert!(row > 0 && ids > 0 && nothing > 0);
}

#[test]
fn parts_of_rows_in_any_order_need_a_position_for_each_column() {
    let [row, ids, nothing] = check(Images::Parts, Arrive::Anyhow);
    assert!(row > 0 && ids > 0 && nothing > 0);
}

#[test]
fn in_order_and_once_every_consumer_ends_right() {
    for images in [Images::Whole, Images::Parts] {
        for seed in 0..WORLDS / 4 {
            let history = History::of(images, &mut Chance(seed));
            let details: Vec<String> = history.events.iter().map(|it| it.first.clone()).collect();
            assert_eq!(reference(&details).state(), history.truth, "seed {seed}, {images:?}");
            for (keeps, end) in Keeps::ALL.into_iter().zip(weaker(&details)) {
                assert_eq!(end, history.truth, "seed {seed}, {images:?}, {keeps:?}");
            }
        }
    }
}

#[test]
fn what_was_taken_is_stale_ever_after() {
    for seed in 0..WORLDS / 4 {
        let mut chance = Chance(seed);
        let history = History::of(Images::Parts, &mut chance);
        let mut consumer = reference(&arrivals(&history, Arrive::Anyhow, &mut chance));
        for detail in arrivals(&history, Arrive::Anyhow, &mut chance) {
            assert_eq!(consumer.take(&detail).unwrap(), Taken::Stale, "seed {seed}: {detail}");
        }
        assert_eq!(consumer.state(), history.truth, "seed {seed}");
    }
}

#[test]
fn a_replay_has_the_id_and_the_order_of_the_first_try() {
    let metadata = |detail: &str| {
        let mut detail: Value = serde_json::from_str(detail).unwrap();
        detail["metadata"].take()
    };
    for seed in 0..WORLDS / 20 {
        for event in History::of(Images::Parts, &mut Chance(seed)).events {
            let (first, mut replayed) = (metadata(&event.first), metadata(&event.replayed));
            assert_eq!((&first["replay"], &replayed["replay"]), (&false.into(), &true.into()));
            replayed["replay"] = false.into();
            assert_eq!(first, replayed, "seed {seed}");
        }
    }
}
