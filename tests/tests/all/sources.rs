//! SQS and Kafka end to end: what each mapping sends, through the processor over the embedded cloud, and
//! the answer that each expects.

mod payloads;
mod place;
mod samples;

use cdc_local::cloud::trouble::{Kind, Trouble};
use serde_json::json;

use payloads::{BAD, FIFO, STANDARD, gzip, kafka, message_id, row, self_managed, sqs};
use place::{Place, TABLES};

const QUEUE: [(&str, &str); 1] = [("SQS_QUEUE_ARN", STANDARD)];
const FIFO_QUEUE: [(&str, &str); 1] = [("SQS_QUEUE_ARN", FIFO)];
const TOPICS: [(&str, &str); 2] =
    [("KAFKA_CLUSTER_ARN", payloads::CLUSTER), ("KAFKA_TOPICS", "core-users,orders")];

/// No letter gets into the queue.
fn letters_fail() -> Trouble {
    Trouble::new(Kind::Fails, "AmazonSQS.SendMessage")
}

#[tokio::test]
async fn of_a_standard_queue_each_unsettled_message_is_reported_and_no_other() {
    let place = Place::new().await;
    let trouble = letters_fail();
    let processor = place.processor(&QUEUE, Some(&trouble)).await;
    let payload = sqs(STANDARD, &[("", &row("a1")), ("", BAD), ("", &row("b1")), ("", BAD)]);
    let answer = place.handle(&processor, &payload).await;
    let failed = |number| json!({"itemIdentifier": message_id(number)});
    assert_eq!(answer, json!({"batchItemFailures": [failed(2), failed(4)]}));
    assert!(trouble.has_struck());
    let events = place.events();
    assert_eq!(events.len(), 2);
    // Nothing says which change of a row came first.
    assert!(events.iter().all(|event| event["metadata"]["order"].is_null()));
    assert_eq!(events[0]["metadata"]["stream"], "coredb-cdc");

    // What was reported is delivered again, and the queue takes its letters now.
    let ledger = Trouble::new(Kind::Fails, "DynamoDB_20120810");
    let processor = place.processor(&QUEUE, Some(&ledger)).await;
    let payload = sqs(STANDARD, &[("", BAD), ("", BAD)]);
    assert_eq!(place.handle(&processor, &payload).await, json!({"batchItemFailures": []}));
    assert_eq!((place.letters().len(), place.events().len()), (2, 0));
    assert!(!ledger.has_struck(), "a queue has no ledger");
}

#[tokio::test]
async fn a_message_that_is_delivered_again_is_the_same_event() {
    let place = Place::new().await;
    let processor = place.processor(&QUEUE, None).await;
    let payload = sqs(STANDARD, &[("", &row("a1")), ("", &row("a1"))]);
    let mut ids = Vec::new();
    for _ in 0..2 {
        place.handle(&processor, &payload).await;
        let events = place.events();
        ids.push(
            events.iter().map(|event| event["metadata"]["eventId"].clone()).collect::<Vec<_>>(),
        );
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0][0], ids[0][1], "two messages that say the same are two");
}

#[tokio::test]
async fn wrapped_and_compressed_bodies_are_the_records_in_them() {
    let place = Place::new().await;
    let processor = place.processor(&QUEUE, None).await;
    let record = row("a1");
    let sns = json!({"Type": "Notification", "MessageId": "m", "Message": record}).to_string();
    let bus =
        format!(r#"{{"version":"0","id":"i","detail-type":"d","source":"s","detail":{record}}}"#);
    let zipped = gzip(&record);
    let payload = sqs(STANDARD, &[("", &record), ("", &sns), ("", &bus), ("", &zipped)]);
    assert_eq!(place.handle(&processor, &payload).await, json!({"batchItemFailures": []}));
    let events = place.events();
    assert_eq!((events.len(), place.letters().len()), (4, 0));
    assert!(events.iter().all(|event| event["after"] == events[0]["after"]));
}

#[tokio::test]
async fn a_message_group_stops_at_its_first_failure() {
    let place = Place::new().await;
    let trouble = letters_fail();
    let processor = place.processor(&FIFO_QUEUE, Some(&trouble)).await;
    let messages =
        [("g", &*row("a1")), ("g", BAD), ("h", &row("b1")), ("g", &row("c1")), ("h", &row("b2"))];
    let answer = place.handle(&processor, &sqs(FIFO, &messages)).await;
    let failed = |number| json!({"itemIdentifier": message_id(number)});
    assert_eq!(answer, json!({"batchItemFailures": [failed(2), failed(4)]}));
    let orders: Vec<String> = place
        .events()
        .iter()
        .filter(|event| event["keys"]["id"] == "b")
        .map(|event| event["metadata"]["order"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(orders.len(), 2);
    assert!(orders[0] < orders[1] && orders[0].starts_with("fifo:"), "{orders:?}");
}

#[tokio::test]
async fn each_partition_is_reported_by_its_own_first_failure_and_the_other_goes_on() {
    let place = Place::new().await;
    let trouble = Trouble::new(Kind::Throttles, "AWSEvents.PutEvents").about("\\\"b\\\"");
    let processor = place.processor(&TOPICS, Some(&trouble)).await;
    let payload = kafka(&[
        ("core-users", 0, &[Some(row("a1")), None, Some(row("a2"))]),
        ("core-users", 1, &[None, Some(row("b1")), Some(row("b2"))]),
        ("orders", 0, &[Some(row("c1"))]),
    ]);
    let failed = json!({"itemIdentifier": {"partition": "core-users-1", "offset": 101}});
    let answer = place.handle(&processor, &payload).await;
    assert_eq!(answer, json!({"batchItemFailures": [failed]}));
    assert!(trouble.has_struck());
    let events = place.events();
    let keys: Vec<&str> =
        events.iter().map(|event| event["keys"]["id"].as_str().unwrap()).collect();
    assert_eq!(keys.iter().filter(|key| **key == "a").count(), 2, "{keys:?}");
    assert_eq!((keys.len(), events[0]["metadata"]["replay"].clone()), (3, json!(false)));

    // Delivered again whole: what was published is remembered, what was not is published.
    let processor = place.processor(&TOPICS, None).await;
    let answer = place.handle(&processor, &payload).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let events = place.events();
    assert!(events.iter().all(|event| event["keys"]["id"] == "b") && events.len() == 2);
    let place_of = |event: &serde_json::Value| {
        let metadata = &event["metadata"];
        [&metadata["stream"], &metadata["shard"], &metadata["sequenceNumber"]].map(Clone::clone)
    };
    assert_eq!(place_of(&events[0]), [json!("core-users"), json!("1"), json!("101")]);

    // A topic made anew counts from 0 again, with other bytes: nothing of it is suppressed.
    let payload = kafka(&[("orders", 0, &[Some(row("d1"))])]);
    place.handle(&processor, &payload).await;
    assert_eq!(place.events().len(), 1);
}

#[tokio::test]
async fn a_cluster_of_ones_own_is_the_same() {
    let place = Place::new().await;
    let settings = [("KAFKA_BOOTSTRAP_SERVERS", "k-1:9092,k-2:9092"), ("KAFKA_TOPICS", "orders")];
    let processor = place.processor(&settings, None).await;
    let payload = self_managed("k-2:9092", &[("orders", 2, &[Some(row("a1")), Some(BAD.into())])]);
    let answer = place.handle(&processor, &payload).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!((place.events().len(), place.letters().len()), (1, 1));
    assert_eq!(place.letters()[0]["position"]["stream"], "kafka://k-1:9092/orders");
}

#[tokio::test]
async fn what_comes_from_elsewhere_is_refused_and_nothing_is_done() {
    let place = Place::new().await;
    let all: Vec<(&str, &str)> = QUEUE.into_iter().chain(TOPICS).collect();
    let processor = place.processor(&all, None).await;
    let row = row("a1");
    for (payload, says) in [
        (sqs(&STANDARD.replace("coredb", "other"), &[("", &row)]), "not the configured queue"),
        (sqs(FIFO, &[("g", &row)]), "not the configured queue"),
        (kafka(&[("other", 0, &[Some(row.clone())])]), "none of the configured ones"),
        (
            kafka(&[("orders", 0, &[Some(row.clone())])]).replace("abcd1234", "abcd1235"),
            "not the configured cluster",
        ),
        (self_managed("k-1:9092", &[("orders", 0, &[Some(row.clone())])]), "configured cluster"),
        (r#"{"Records":[{"eventSource":"aws:s3"}]}"#.to_owned(), "aws:sqs or aws:kafka"),
    ] {
        let refused = place.refused(&processor, &payload).await;
        assert!(refused.contains(says), "{refused}");
    }
    assert_eq!((place.events().len(), place.letters().len()), (0, 0));
}

#[tokio::test]
async fn letters_of_queues_and_topics_are_replayed_as_the_events_they_would_have_been() {
    let unlisted = r#"{"table":"later","operation":"INSERT","after":{"id":"x"}}"#;
    let payloads = [
        (&FIFO_QUEUE[..], sqs(FIFO, &[("g", &row("a1")), ("g", unlisted)])),
        (&TOPICS, kafka(&[("orders", 0, &[Some(row("a1")), Some(unlisted.to_owned())])])),
    ];
    let listed = format!("{TABLES}  later: {{keys: [id], include: [id]}}\n");
    for (settings, payload) in payloads {
        let place = Place::new().await;
        let processor = place.processor(settings, None).await;
        assert_eq!(place.handle(&processor, &payload).await, json!({"batchItemFailures": []}));
        let letters = place.letters();
        assert_eq!((place.events().len(), letters.len()), (1, 1));
        assert_eq!(letters[0]["claimCheck"]["bucket"], place.resources.dead_letter_bucket);

        let answer = place.replay(settings, &listed).await;
        assert_eq!((&answer["replayed"], &answer["refused"]), (&json!(1), &json!(0)), "{answer}");
        let replayed = place.events().remove(0);
        // Elsewhere the same record met the right rules at once.
        let first = Place::new().await;
        let processor = first.processor_of(settings, &listed, None).await;
        first.handle(&processor, &payload).await;
        let event = first.events().remove(1);
        for name in ["eventId", "order", "sequenceNumber", "shard", "stream"] {
            assert_eq!(replayed["metadata"][name], event["metadata"][name], "{name}");
        }
    }
}

#[tokio::test]
async fn a_queue_keeps_what_nothing_else_could() {
    let place = Place::new().await;
    let settings = [QUEUE[0], ("DEAD_LETTER_BUCKET_NAME", "")];
    let processor = place.processor(&settings, None).await;
    let unlisted = r#"{"table":"later","operation":"INSERT","after":{"id":"x"}}"#;
    let payload = sqs(STANDARD, &[("", unlisted), ("", &row("a1"))]);
    let failed = json!({"itemIdentifier": message_id(1)});
    let answer = place.handle(&processor, &payload).await;
    assert_eq!(answer, json!({"batchItemFailures": [failed]}));
    assert_eq!((place.events().len(), place.letters().len()), (1, 0));
}
