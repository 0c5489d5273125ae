//! Replays end to end: poison in, letters out, the configuration mended, and the events are what they
//! would have been. Killed half-way, nothing is lost and little comes twice.

mod documents;
mod letters;
mod place;
mod requests;
mod stored;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use cdc_local::functions::FunctionName;
use serde_json::{Value, json};

use letters::{Row, event, row};
use place::{BROKEN, MENDED, Place};

use crate::schemas::check_answer;

const REPLAY: &str = r#"{"action":"replay"}"#;

#[tokio::test]
async fn what_was_buried_is_published_with_the_id_it_would_have_had() {
    let place = Place::new().await;
    // A row without its key, text that is no JSON, a table nobody listed (a pointer), and good ones.
    let rows = ["a1", "a2", "?", "other", "b1"];
    let mut records = Vec::new();
    for word in rows {
        let data = row(word);
        let put = place.cloud.put_record(&place.resources.stream, "k", data.clone().into()).await;
        let put = put.unwrap();
        records.push(Row { shard: put.shard, number: put.number, data });
    }
    let payloads = event(&place.provisioned.stream_arn, &records);
    let broken = place.functions(BROKEN).await;
    for payload in &payloads {
        let answer = broken.invoke(FunctionName::CdcProcessor, payload.as_bytes()).await;
        assert_eq!(&answer.payload[..], br#"{"batchItemFailures":[]}"#);
    }
    assert_eq!((place.letters().len(), place.events().len()), (5, 0));

    let mended = place.functions(MENDED).await;
    let answer = place::ask(&mended, REPLAY).await;
    assert_eq!((&answer["replayed"], &answer["failed"]), (&4.into(), &1.into()), "{answer}");
    assert_eq!((&answer["remainingApprox"], &answer["stopped"]), (&1.into(), &Value::Null));
    let events = place.events();
    assert!(events.iter().all(|event| event["metadata"]["replay"] == true));

    // Elsewhere, the same records met the right rules at once.
    let first = Place::new().await;
    let functions = first.functions(MENDED).await;
    for payload in &payloads {
        functions.invoke(FunctionName::CdcProcessor, payload.as_bytes()).await;
    }
    assert_eq!(by_id(events), by_id(first.events()));

    // What is left is what nothing can mend: it goes out of the way.
    let answer = place::ask(&mended, r#"{"action":"park","filter":{"code":"PARSE_ERROR"}}"#).await;
    assert_eq!((&answer["parked"], &answer["remainingApprox"]), (&1.into(), &0.into()));
    assert_eq!(place.letters().len(), 0);
    let parked = place.cloud.queues().peek(&place.resources.parked_queue).unwrap();
    assert_eq!(parked.len(), 1);
}

/// Events by their ids, without what tells a replay.
fn by_id(events: Vec<Value>) -> BTreeMap<String, Value> {
    let mut by_id = BTreeMap::new();
    for mut event in events {
        event["metadata"]["replay"] = Value::Null;
        let id = event["metadata"]["eventId"].as_str().unwrap().to_owned();
        assert_eq!(by_id.insert(id, event), None, "one event an id");
    }
    by_id
}

#[tokio::test]
async fn looking_leaves_the_queue_as_it_was() {
    let place = Place::with_letters(23).await;
    let before = place.letters();
    assert!(before.iter().all(|letter| !letter.in_flight));
    let functions = place.functions(MENDED).await;
    for request in [
        r#"{"action":"list"}"#,
        r#"{"action":"show","limit":3}"#,
        r#"{"action":"replay","dryRun":true}"#,
        r#"{"action":"park","dryRun":true}"#,
        r#"{"action":"purge","dryRun":true}"#,
    ] {
        let answer = place::ask(&functions, request).await;
        assert_eq!(answer["remainingApprox"], 23, "{request}: {answer}");
        assert_eq!(place.letters(), before, "{request}");
        assert_eq!(place.events().len(), 0, "{request}");
    }
}

#[tokio::test]
async fn forged_letters_are_left_and_told() {
    let place = Place::with_letters(1).await;
    let queue = &place.resources.dead_letter_queue;
    let good = place.letters()[0].body.clone();
    let forge = |at: &str, to: &str| {
        let mut letter: Value = serde_json::from_str(&good).unwrap();
        *letter.pointer_mut(at).unwrap() = to.into();
        assert!(place.cloud.queues().deliver(queue, &letter.to_string()));
    };
    forge("/pipeline", "other");
    forge("/position/stream", "arn:aws:kinesis:us-east-1:123456789012:stream/other");
    forge("/position/shard", "shardId-000000000099");
    // The records of these are not on the stream, so that nothing but the seal could speak for them. As
    // text, so that nothing else of the letter is written anew.
    let far = format!(r#""sequenceNumber":"{}""#, "9".repeat(56));
    for (from, to) in [
        (r#""v":"0""#, r#""v":"9""#),
        (r#""sequenceNumber":"1""#, far.as_str()),
        (r#""arrivedAt":"2024"#, r#""arrivedAt":"2030"#),
    ] {
        let forged = good.replace(from, to);
        assert_ne!(forged, good, "{from}");
        assert!(place.cloud.queues().deliver(queue, &forged));
    }
    assert!(place.cloud.queues().deliver(queue, "{\"table\":\"t\"}"));
    let functions = place.functions(MENDED).await;
    let answer = place::ask(&functions, REPLAY).await;
    assert_eq!((&answer["replayed"], &answer["refused"]), (&1.into(), &7.into()), "{answer}");
    let told = answer["letters"].as_array().unwrap();
    let mut codes: Vec<&str> =
        told.iter().map(|it| it["refused"].as_str().unwrap().split(':').next().unwrap()).collect();
    codes.sort_unstable();
    assert_eq!(
        codes.join(" "),
        "NOT_A_LETTER OTHER_PIPELINE OTHER_STREAM UNKNOWN_SHARD UNSEALED UNSEALED UNSEALED"
    );
    assert_eq!((place.events().len(), place.letters().len()), (1, 7));
    assert!(place.letters().iter().all(|letter| !letter.in_flight));
}

#[tokio::test]
async fn a_letter_without_its_seal_is_replayed_as_the_stream_has_its_record() {
    let mut published = Vec::new();
    for forged in [false, true] {
        let place = Place::new().await;
        let data = row("a1");
        let put = place.cloud.put_record(&place.resources.stream, "k", data.clone().into()).await;
        let put = put.unwrap();
        let records = [Row { shard: put.shard, number: put.number, data }];
        let broken = place.functions(BROKEN).await;
        for payload in event(&place.provisioned.stream_arn, &records) {
            broken.invoke(FunctionName::CdcProcessor, payload.as_bytes()).await;
        }
        let queue = &place.resources.dead_letter_queue;
        let [letter] = &place.cloud.queues().drain(queue).unwrap()[..] else {
            panic!("one letter")
        };
        let mut body = letter.body.clone();
        if forged {
            let mut letter: Value = serde_json::from_str(&body).unwrap();
            letter["originalEvent"]["after"]["v"] = "9".into();
            letter.as_object_mut().unwrap().remove("seal");
            body = letter.to_string();
        }
        assert!(place.cloud.queues().deliver(queue, &body));
        let answer = place::ask(&place.functions(MENDED).await, REPLAY).await;
        assert_eq!(answer["replayed"], 1, "{answer}");
        assert_eq!(place.letters().len(), 0);
        published.extend(place.events().into_iter().map(|event| event["after"]["v"].clone()));
    }
    assert_eq!(published, ["1", "1"]);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    for (missing, action, code) in [
        ("DEAD_LETTER_QUEUE_URL", "list", "QUEUE_ERROR"),
        ("KINESIS_STREAM_ARN", "replay", "STREAM_ERROR"),
        ("PARKED_QUEUE_URL", "park", "CONFIGURATION_ERROR"),
    ] {
        let place = Place::with_letters(1).await;
        let gateway = place.gateway().await;
        let processor = place.dlq_processor(&gateway, Some(missing)).await;
        let request = json!({"action": action}).to_string();
        let handled = processor.handle(request.as_bytes(), &place::invocation()).await;
        let answer: Value = serde_json::from_str(&handled.answer).unwrap();
        check_answer("dlq-answer-1", &answer);
        assert_eq!(
            (&answer["error"]["code"], place.letters().len()),
            (&code.into(), 1),
            "{answer}"
        );
    }
}

/// Polls a run that often and no more: dropping it is the kill. How often it was polled, and its
/// outcome where it came to one.
async fn killed_after<F: Future>(polls: usize, run: F) -> (usize, Option<F::Output>) {
    let mut run = pin!(run);
    let mut count = 0;
    let ended = poll_fn(|context| {
        if count == polls {
            return Poll::Ready(None);
        }
        count += 1;
        run.as_mut().poll(context).map(Some)
    });
    let ended = ended.await;
    (count, ended)
}

/// A killed run.
struct Killed {
    /// How often it was polled.
    polls: usize,
    /// Letters that were left.
    left: usize,
}

/// Kills a replay after so many polls, starts it again, and expects every event to be published, and
/// only those twice whose letters were in flight at the kill.
async fn check(letters: usize, polls: usize) -> Killed {
    let request = json!({"action": "replay", "limit": 1000, "rate": 1000}).to_string();
    let place = Place::with_letters(letters).await;
    let gateway = place.gateway().await;
    let processor = place.dlq_processor(&gateway, None).await;
    let invocation = place::invocation();
    let run = processor.handle(request.as_bytes(), &invocation);
    let (count, ended) = killed_after(polls, run).await;
    let in_flight = place.letters().into_iter().filter(|letter| letter.in_flight);
    let in_flight: BTreeSet<String> =
        in_flight.map(|letter| letters::number(&letter.body)).collect();
    if let Some(handled) = ended {
        assert_eq!((handled.counts.replayed, handled.stopped), (letters, None));
    }
    let left = place.letters().len();
    // A look that was under way at the kill may still hide some.
    for _ in 0..5 {
        place.cloud.queues().end_timeouts(&place.resources.dead_letter_queue);
        let again = processor.handle(request.as_bytes(), &invocation).await;
        assert_eq!((again.counts.failed, again.stopped), (0, None), "{}", again.answer);
        if place.letters().is_empty() {
            break;
        }
    }
    assert_eq!(place.letters().len(), 0);

    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for event in place.events() {
        let number = event["metadata"]["sequenceNumber"].as_str().unwrap().to_owned();
        *seen.entry(number).or_default() += 1;
    }
    assert_eq!(seen.len(), letters, "all are published ({polls} polls)");
    let twice: BTreeSet<String> =
        seen.into_iter().filter(|(_, times)| *times > 1).map(|(number, _)| number).collect();
    assert!(twice.is_subset(&in_flight), "{twice:?} of {in_flight:?} ({polls} polls)");
    assert!(twice.len() <= 10, "{twice:?} ({polls} polls)");
    Killed { polls: count, left }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_1000_letters_killed_half_way_publishes_all_of_them() {
    let whole = check(1000, usize::MAX).await;
    assert_eq!(whole.left, 0);
    let killed = check(1000, whole.polls / 2).await;
    assert!((200..800).contains(&killed.left), "{} letters were left", killed.left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_killed_anywhere_publishes_all() {
    let whole = check(35, usize::MAX).await.polls;
    for polls in (1..whole).step_by((whole / 8).max(1)) {
        check(35, polls).await;
    }
}
