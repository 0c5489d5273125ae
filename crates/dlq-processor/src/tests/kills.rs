//! Killed at every call there is, before and after it took effect: nothing is lost, and only the
//! letters of the page that was under way are published twice.

use std::collections::BTreeSet;

use super::{
    letters::update,
    world::{AMPLE, Kill, World},
};

const PAGE: usize = 10;

fn words() -> Vec<String> {
    (0..25).map(|number| format!("{}{number}", char::from(b'a' + number % 7))).collect()
}

/// Which words still lie in the queue or were moved to the parked one.
fn lying(world: &World) -> BTreeSet<String> {
    let bodies = world.with(|state| {
        let messages = state.messages.iter().map(|message| message.body.clone());
        messages.chain(state.parked.iter().cloned()).collect::<Vec<_>>()
    });
    let lies = |word: &String| bodies.iter().any(|body| body.contains(&update(word)));
    words().into_iter().filter(lies).collect()
}

/// Runs a request that is killed there, and looks at what is left; then runs it again to its end.
fn check(request: &str, kill: Kill) -> bool {
    let world = World::with_letters(&words().join(" "));
    world.with(|state| state.kill = Some(kill));
    let ended = world.try_handle(request, AMPLE).is_some();
    let published: BTreeSet<String> = world.with(|state| state.accepted.iter().cloned().collect());
    let left = lying(&world);
    let all: BTreeSet<String> = words().into_iter().collect();
    let kept: BTreeSet<String> = published.union(&left).cloned().collect();
    assert_eq!(kept, all, "{request} {kill:?}: lost");
    let in_flight: BTreeSet<String> = published.intersection(&left).cloned().collect();
    assert!(in_flight.len() <= PAGE, "{request} {kill:?}: {in_flight:?}");
    world.with(|state| state.kill = None);
    world.wait_out();
    world.answer(request);
    let twice: BTreeSet<String> = words()
        .into_iter()
        .filter(|word| {
            world.with(|state| state.accepted.iter().filter(|it| *it == word).count() > 1)
        })
        .collect();
    assert_eq!(twice, in_flight, "{request} {kill:?}: what was under way, and nothing else");
    let all_published: BTreeSet<String> =
        world.with(|state| state.accepted.iter().cloned().collect());
    if request.contains("replay") {
        assert_eq!((all_published, world.queue()), (all, (vec![], 0)), "{request} {kill:?}");
    } else {
        assert_eq!(lying(&world), all, "{request} {kill:?}");
    }
    ended
}

#[test]
fn a_replay_or_a_move_killed_anywhere_loses_nothing() {
    for request in [r#"{"action":"replay"}"#, r#"{"action":"park"}"#, r#"{"action":"list"}"#] {
        let mut calls = 0;
        for call in 0.. {
            let ended = check(request, Kill::Before(call));
            check(request, Kill::After(call));
            calls = call;
            if ended {
                break;
            }
        }
        assert!(calls > 5, "{request}: {calls} calls");
    }
}
