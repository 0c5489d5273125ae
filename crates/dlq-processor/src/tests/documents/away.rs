//! Looks, filters, park and purge.

use cdc_core::delivery::CallErrorKind;
use serde_json::{Value, json};

use super::{
    super::world::World,
    build::{DocumentText, bucket, queue},
};

const OTHER: &str = "shardId-000000000000";

fn three() -> [DocumentText<'static>; 3] {
    [
        DocumentText { given_up: "2026-01-15T10:30:07.021Z", ..DocumentText::default() },
        DocumentText { first: 11, given_up: "2026-01-15T12:30:07.021Z", ..DocumentText::default() },
        DocumentText {
            first: 21,
            shard: OTHER,
            given_up: "2026-01-15T14:30:07.021Z",
            ..DocumentText::default()
        },
    ]
}

fn request(action: &str, rest: &str) -> String {
    format!(r#"{{"action":"{action}","from":"documents"{rest}}}"#)
}

#[test]
fn a_list_tells_what_each_is_about_and_touches_nothing() {
    for world in [bucket(&three()), queue(&three())] {
        let answer = world.answer(&request("list", ""));
        assert_eq!((&answer["scanned"], &answer["matched"]), (&3.into(), &3.into()));
        assert_eq!((&answer["remainingApprox"], &answer["letters"]), (&3.into(), &json!([])));
        let told = answer["documents"].as_array().unwrap();
        let first = told.iter().find(|it| it["position"]["firstSequenceNumber"] == "1").unwrap();
        assert_eq!(first["givenUp"], "2026-01-15T10:30:07.021Z");
        assert_eq!(first["condition"], "RetryAttemptsExhausted");
        assert_eq!((&first["batchSize"], &first["attempts"]), (&3.into(), &0.into()));
        assert_eq!(first["position"]["lastSequenceNumber"], "3");
        assert_eq!(first["position"]["firstArrivedAt"], "2026-01-15T10:00:00.500Z");
        let carries = if first["place"] == "bucket" { "payload" } else { "pointer" };
        assert_eq!((&first["carries"], &first["refused"]), (&carries.into(), &Value::Null));
        assert_eq!((world.messages().1, world.accepted()), (0, String::new()));
    }
}

#[test]
fn filters_take_documents_by_shard_and_time() {
    for (filter, matched) in [
        ("{}", 3),
        (r#"{"shard":"shardId-000000000000"}"#, 1),
        (r#"{"shard":"shardId-000000000001"}"#, 0),
        (r#"{"since":"2026-01-15T12:30:07.021Z"}"#, 2),
        (r#"{"since":"2026-01-15T12:30:07.022Z"}"#, 1),
        (r#"{"until":"2026-01-15T12:30:07.021Z"}"#, 1),
        (r#"{"until":"2026-01-15T12:30:07.022Z"}"#, 2),
        (r#"{"since":"2026-01-15T11:00:00Z","until":"2026-01-15T13:00:00Z"}"#, 1),
    ] {
        for world in [bucket(&three()), queue(&three())] {
            let answer = world.answer(&request("list", &format!(r#","filter":{filter}"#)));
            assert_eq!(answer["matched"], matched, "{filter}: {answer}");
            assert_eq!((&answer["scanned"], world.messages().1), (&3.into(), 0), "{filter}");
        }
    }
    // What is hours off need not be read.
    let world = bucket(&three());
    world.answer(&request("list", r#","filter":{"since":"2026-01-15T14:00:00Z"}"#));
    assert_eq!(world.count("get"), 1);
}

#[test]
fn what_is_no_document_is_taken_only_without_a_filter() {
    for (filter, parked) in [("", 1), (r#","filter":{"shard":"shardId-000000000003"}"#, 0)] {
        let world = queue(&[]);
        world.with(|state| state.documents.send("garbage".into()));
        assert_eq!(world.answer(&request("park", filter))["parked"], parked);
        assert_eq!(world.with(|state| state.parked.len()), parked);
    }
}

#[test]
fn park_puts_documents_aside_and_purge_throws_them_away() {
    for world in [bucket(&three()), queue(&three())] {
        let filter = r#","filter":{"shard":"shardId-000000000003"}"#;
        let answer = world.answer(&request("park", filter));
        assert_eq!(
            (&answer["parked"], &answer["remainingApprox"]),
            (&2.into(), &1.into()),
            "{answer}"
        );
        let answer = world.answer(&request("purge", ""));
        assert_eq!(answer["error"]["code"], "CONFIRMATION_NEEDED");
        let answer = world.answer(&request("purge", r#","force":true"#));
        assert_eq!(
            (&answer["purged"], &answer["remainingApprox"]),
            (&1.into(), &0.into()),
            "{answer}"
        );
        let parked =
            world.keys().iter().filter(|key| key.starts_with("parked/aws/lambda/")).count();
        assert_eq!(parked + world.with(|state| state.parked.len()), 2);
        assert_eq!(world.accepted(), "");
    }
}

#[test]
fn dry_runs_of_both_do_nothing() {
    for (action, outcome) in [("park", "wouldBeParked"), ("purge", "wouldBePurged")] {
        for world in [bucket(&three()), queue(&three())] {
            let before = world.keys();
            let answer = world.answer(&request(action, r#","dryRun":true"#));
            let told = answer["documents"].as_array().unwrap();
            assert!(told.len() == 3 && told.iter().all(|it| it["outcome"] == outcome), "{answer}");
            assert_eq!((world.keys(), world.messages().1), (before, 0));
        }
    }
}

#[test]
fn a_purge_spares_other_versions() {
    let world = bucket(&[DocumentText { version: "2.0", ..DocumentText::default() }]);
    let answer = world.answer(&request("purge", r#","force":true"#));
    assert_eq!(
        (&answer["purged"], &answer["matched"], world.keys().len()),
        (&0.into(), &0.into(), 1)
    );
}

#[test]
fn messages_need_a_queue_to_be_parked_in_and_objects_do_not() {
    let world = queue(&three());
    world.with(|state| state.parks = false);
    let answer = world.answer(&request("park", ""));
    assert_eq!(answer["error"]["code"], "CONFIGURATION_ERROR");
    let world = bucket(&three());
    world.with(|state| state.parks = false);
    assert_eq!(world.answer(&request("park", ""))["parked"], 3);
}

#[test]
fn what_cannot_be_moved_or_deleted_is_kept_and_told() {
    let purge = request("purge", r#","force":true"#);
    for (world, request, operation, stopped) in [
        (bucket(&three()), request("park", ""), "copyObject", "bucket"),
        (bucket(&three()), purge.clone(), "deleteObject", "bucket"),
        (queue(&three()), request("park", ""), "park", "queue"),
        (queue(&three()), purge, "deleteDocument", "queue"),
    ] {
        world.with(|state| state.fails.insert(operation, CallErrorKind::Denied));
        let answer = world.answer(&request);
        assert_eq!(
            (&answer["failed"], &answer["stopped"]),
            (&1.into(), &stopped.into()),
            "{answer}"
        );
        assert_eq!(answer["documents"][0]["outcome"], "kept");
        let left = |world: &World| world.keys().len() + world.messages().0;
        assert_eq!((left(&world), world.messages().1), (3, 0), "{operation}");
    }
}

#[test]
fn more_objects_than_one_run_looks_through_are_told_as_a_bound() {
    let world = bucket(&[]);
    world.with(|state| {
        for number in 0..crate::LOOKED_THROUGH_MAX + 1 {
            state.documents.objects.insert(format!("aws/lambda/m/s/{number:06}"), "{}".into());
        }
    });
    let answer = world.answer(&request("list", r#","limit":1000"#));
    assert_eq!((&answer["scanned"], &answer["stopped"]), (&1000.into(), &Value::Null));
    let answer = world.answer(&request("replay", r#","limit":1000"#));
    assert_eq!((&answer["scanned"], &answer["stopped"]), (&10_000.into(), &"bound".into()));
}
