//! Killed at every call there is, before and after it took effect: nothing is lost, and what is published
//! twice was under way.

use std::collections::BTreeSet;

use super::{
    super::world::{AMPLE, Kill, World},
    build::{DocumentText, REPLAY, bucket, queue},
};

const WORDS: [&str; 3] = ["a1 b1 c1 d1", "a2 b2", "a3 e1 ? f1"];

fn texts() -> Vec<DocumentText<'static>> {
    let firsts = [1, 11, 21];
    firsts
        .iter()
        .zip(WORDS)
        .map(|(first, words)| DocumentText { words, first: *first, ..DocumentText::default() })
        .collect()
}

fn published(world: &World) -> Vec<String> {
    world.with(|state| state.accepted.clone())
}

fn all() -> BTreeSet<String> {
    WORDS
        .iter()
        .flat_map(|words| words.split(' '))
        .filter(|word| *word != "?")
        .map(str::to_owned)
        .collect()
}

/// Whether the run came to its end before the kill.
fn check(world: &World, kill: Kill) -> bool {
    world.with(|state| state.kill = Some(kill));
    let ended = world.try_handle(REPLAY, AMPLE).is_some();
    world.with(|state| state.kill = None);
    world.wait_for_documents();
    let answer = world.answer(REPLAY);
    assert_eq!(
        (&answer["failed"], &answer["stopped"]),
        (&0.into(), &serde_json::Value::Null),
        "{kill:?}: {answer}"
    );
    let accepted = published(world);
    let once: BTreeSet<String> = accepted.iter().cloned().collect();
    assert_eq!(once, all(), "{kill:?}: lost");
    let longest = WORDS.iter().map(|words| words.split(' ').count()).max().unwrap();
    assert!(accepted.len() - once.len() <= longest, "{kill:?}: {accepted:?}");
    assert_eq!((world.keys().len(), world.messages()), (0, (0, 0)), "{kill:?}");
    ended
}

#[test]
fn a_replay_of_documents_killed_anywhere_loses_nothing() {
    for place in [bucket, queue] {
        let mut calls = 0;
        for call in 0.. {
            let ended = check(&place(&texts()), Kill::Before(call));
            check(&place(&texts()), Kill::After(call));
            calls = call;
            if ended {
                break;
            }
        }
        assert!(calls > 15, "{calls} calls");
    }
}

#[test]
fn killed_after_the_claims_nothing_is_published_twice() {
    for place in [bucket, queue] {
        let whole = place(&texts());
        whole.answer(REPLAY);
        let calls = whole.with(|state| state.calls.clone());
        for (number, _) in calls.iter().enumerate().filter(|(_, call)| **call == "claim") {
            let world = place(&texts());
            check(&world, Kill::After(number));
            assert_eq!(published(&world).len(), all().len(), "killed after call {number}");
        }
    }
}

#[test]
fn a_park_or_purge_killed_anywhere_leaves_every_document_somewhere() {
    let park = r#"{"action":"park","from":"documents"}"#;
    for place in [bucket, queue] {
        for call in 0..40 {
            for kill in [Kill::Before(call), Kill::After(call)] {
                let world = place(&texts());
                world.with(|state| state.kill = Some(kill));
                let _ = world.try_handle(park, AMPLE);
                world.with(|state| state.kill = None);
                world.wait_for_documents();
                world.answer(park);
                let bodies: BTreeSet<Vec<u8>> = world.with(|state| {
                    let objects = state.documents.objects.values().map(|body| body.to_vec());
                    objects
                        .chain(state.parked.iter().map(|body| body.clone().into_bytes()))
                        .collect()
                });
                assert_eq!(bodies.len(), 3, "{kill:?}");
                assert!(world.keys().iter().all(|key| key.starts_with("parked/")), "{kill:?}");
            }
        }
    }
}
