//! Seeded runs over documents in both destinations with everything going wrong, one after the other and
//! two beside each other: nothing is lost, and what is published twice has an excuse.

use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use cdc_core::delivery::BusCode;

use super::{
    super::{
        simulation::Chance,
        world::{AMPLE, World},
    },
    build::{DocumentText, bucket},
};

/// Nobody parks: everything must be settled in the end.
const PATIENT: &str = r#"{"action":"replay","from":"documents","maxAttempts":100}"#;

const DOCUMENTS: usize = 6;
const RECORDS: usize = 7;

fn words() -> Vec<String> {
    (0..DOCUMENTS * RECORDS)
        .map(|number| format!("{}{number}", char::from(b'a' + (number % 5) as u8)))
        .collect()
}

/// Half of the documents in the bucket, the others in the queue.
fn world() -> World {
    let words = words();
    let documents: Vec<String> = words.chunks(RECORDS).map(|words| words.join(" ")).collect();
    let texts: Vec<DocumentText<'_>> = documents
        .iter()
        .enumerate()
        .map(|(at, words)| DocumentText {
            words,
            first: 1 + 100 * at as u64,
            ..DocumentText::default()
        })
        .collect();
    let world = bucket(&texts[..DOCUMENTS / 2]);
    world.with(|state| {
        state.documents.has_queue = true;
        state.documents.page_max = 3;
        for text in &texts[DOCUMENTS / 2..] {
            state.documents.send(DocumentText { payload: false, ..text.clone() }.body());
            state.documents.put(text.shard, text.records());
        }
    });
    world
}

fn is_done(world: &World) -> bool {
    world.keys().is_empty() && world.messages().0 == 0
}

/// Throttles some entries by chance; none for good.
fn throttle(world: &World, seed: u64) {
    let mut chance = Chance::new(seed + 1, true);
    let drawn: BTreeSet<u64> = (0..9).map(|_| chance.below((DOCUMENTS * RECORDS) as u64)).collect();
    let entries = std::sync::atomic::AtomicU64::new(0);
    world.with(|state| {
        state.judge = Box::new(move |label| {
            let entry = entries.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let number: u64 = label[1..].parse().unwrap();
            (drawn.contains(&number) && !entry.is_multiple_of(3)).then_some(BusCode::Throttling)
        });
    });
}

/// Runs until all documents are settled; the repeats and the excuses.
fn run(seed: u64, harmless: bool, two: bool) -> (usize, usize) {
    let world = world();
    throttle(&world, seed);
    world.with(|state| state.chance = Some(Chance::new(seed, harmless)));
    for round in 0..300 {
        if two {
            side_by_side(&world, seed * 1000 + round);
        } else {
            let _ = world.try_handle(PATIENT, AMPLE);
        }
        world.wait_for_documents();
        nothing_is_lost(seed, &world);
        if is_done(&world) {
            let accepted = world.with(|state| state.accepted.clone());
            let once: BTreeSet<&String> = accepted.iter().collect();
            assert_eq!(once.len(), DOCUMENTS * RECORDS, "seed {seed}");
            let excuses = world.with(|state| state.chance.as_ref().unwrap().excuses);
            return (accepted.len() - once.len(), excuses);
        }
    }
    let tries = world.with(|state| state.documents.tries.clone());
    panic!("seed {seed}: {:?} and {:?} are left after {tries:?}", world.keys(), world.messages());
}

/// Two replays at once, polled in an order out of the seed.
fn side_by_side(world: &World, seed: u64) {
    let processors = [world.processor(), world.processor()];
    let mut chance = Chance::new(seed, true);
    let deadline = world.with(|state| state.now).checked_add(AMPLE).unwrap();
    let invocations = ["one", "two"].map(|name| cdc_aws::function::Invocation {
        request_id: format!("{name}-{seed}"),
        deadline,
        alias: None,
    });
    let mut runs: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    for (processor, invocation) in processors.iter().zip(&invocations) {
        runs.push(Box::pin(async move {
            processor.handle(PATIENT.as_bytes(), invocation).await;
        }));
    }
    world.with(|state| state.yields = true);
    let mut context = Context::from_waker(Waker::noop());
    // A killed run never ends.
    for _ in 0..5000 {
        if runs.is_empty() {
            break;
        }
        let at = chance.below(runs.len() as u64) as usize;
        if let Poll::Ready(()) = runs[at].as_mut().poll(&mut context) {
            drop(runs.remove(at));
        }
    }
    world.with(|state| state.yields = false);
}

fn nothing_is_lost(seed: u64, world: &World) {
    let bodies: Vec<u64> = world.with(|state| {
        let objects = state.documents.objects.values().map(|body| body.to_vec());
        let messages =
            state.documents.messages.iter().map(|message| message.1.clone().into_bytes());
        let first = |body: Vec<u8>| {
            let document = cdc_core::on_failure::read(&body).unwrap();
            document.first.as_str().parse().unwrap()
        };
        objects.chain(messages).map(first).collect()
    });
    for (at, words) in words().chunks(RECORDS).enumerate() {
        let lies = bodies.contains(&(1 + 100 * at as u64));
        let published = world.with(|state| words.iter().all(|word| state.accepted.contains(word)));
        assert!(lies || published, "seed {seed}: document {at} is lost");
    }
}

#[test]
fn whatever_goes_wrong_all_is_published_and_repeats_have_an_excuse() {
    let mut repeated = 0;
    for seed in 0..150 {
        let (repeats, excuses) = run(seed, false, false);
        assert!(repeats <= RECORDS * excuses, "seed {seed}: {repeats} repeats, {excuses} excuses");
        repeated += repeats;
    }
    assert!(repeated > 0, "the faults are real");
}

#[test]
fn what_excuses_no_repetition_makes_none() {
    for seed in 0..150 {
        assert_eq!(run(seed, true, false), (0, 0), "seed {seed}");
    }
}

#[test]
fn two_replays_at_once_do_no_harm_beyond_duplicates() {
    let mut repeated = 0;
    for seed in 0..100 {
        let (repeats, _) = run(seed, false, true);
        repeated += repeats;
    }
    assert!(repeated > 0, "they are beside each other");
}
