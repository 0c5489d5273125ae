//! PutEvents: limits, bytes, order, rules.

use std::{slice, sync::Arc};

use aws_sdk_eventbridge::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    primitives::DateTime,
    types::{PutEventsRequestEntry, RuleState, Target},
};

use super::{accepted, cloud, entry, put, subscribed};
use crate::cloud::{Cloud, CloudOptions, Resources};

/// The answer as a text: error codes by entry, "ok" for an event id, or the error of the call.
async fn outcome(cloud: &Cloud, entries: Vec<PutEventsRequestEntry>) -> String {
    let client = Client::new(&cloud.sdk_config());
    match client.put_events().set_entries(Some(entries)).send().await {
        Ok(answer) => {
            let outcomes: Vec<_> =
                answer.entries().iter().map(|e| e.error_code().unwrap_or("ok")).collect();
            let failed = outcomes.iter().filter(|o| **o != "ok").count();
            assert_eq!(answer.failed_entry_count(), failed as i32);
            outcomes.join(" ")
        }
        Err(SdkError::ServiceError(error)) => {
            format!("{} {}", error.raw().status(), error.err().code().unwrap())
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// A detail of so many bytes.
fn detail(bytes: usize) -> String {
    format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8))
}

#[tokio::test]
async fn put_events_has_the_limits_of_eventbridge() {
    let (cloud, _) = cloud().await;
    let ok = || entry().detail("{}").build();
    // Source and detail type are 12 and 15 bytes, `Time` counts for 14.
    let sized = |bytes: usize| entry().detail(detail(bytes - 27)).build();
    let timed = entry().time(DateTime::from_secs(1)).detail(detail(1_000_000 - 27 - 14)).build();
    let resource = entry().resources("r".repeat(100)).detail(detail(1_000_000 - 127)).build();
    let long = entry().detail_type("é".repeat(128)).detail("{}").build();
    let too_long = entry().detail_type("t".repeat(129)).detail("{}").build();
    let bad = |detail: &str| entry().detail(detail).build();
    let bare = PutEventsRequestEntry::builder;
    let cases = [
        ("no entry", vec![], "400 ValidationException"),
        ("ten", vec![ok(); 10], "ok ok ok ok ok ok ok ok ok ok"),
        ("eleven", vec![ok(); 11], "400 ValidationException"),
        ("just under 1 MB", vec![sized(999_999)], "ok"),
        ("1 MB", vec![sized(1_000_000)], "400 ValidationException"),
        ("1 MB together", vec![sized(500_000); 2], "400 ValidationException"),
        ("1 MB with a time", vec![timed], "400 ValidationException"),
        ("1 MB with a resource", vec![resource], "400 ValidationException"),
        ("no source", vec![bare().detail_type("t").detail("{}").build()], "InvalidArgument"),
        ("no detail type", vec![bare().source("s").detail("{}").build()], "InvalidArgument"),
        ("no detail", vec![bare().source("s").detail_type("t").build()], "InvalidArgument"),
        ("an empty source", vec![entry().source("").detail("{}").build()], "InvalidArgument"),
        ("a detail type of 128", vec![long], "ok"),
        ("a detail type of 129", vec![too_long], "InvalidArgument"),
        (
            "a source of AWS",
            vec![entry().source("aws.s3").detail("{}").build()],
            "NotAuthorizedForSourceException",
        ),
        ("no JSON", vec![bad("{")], "MalformedDetail"),
        ("two values", vec![bad("{} {}")], "MalformedDetail"),
        ("an array", vec![bad("[]")], "MalformedDetail"),
        ("a text", vec![bad("\"{}\"")], "MalformedDetail"),
        ("one bad, others not", vec![ok(), bad("x"), ok()], "ok MalformedDetail ok"),
    ];
    for (name, entries, expected) in cases {
        assert_eq!(outcome(&cloud, entries).await, expected, "{name}");
    }
    let counts = cloud.bus().counts();
    assert_eq!((counts.calls, counts.calls_refused), (20, 6));
    assert_eq!((counts.accepted, counts.refused), (14, 11));
    assert_eq!(counts.delivered, 14);
}

#[tokio::test]
async fn a_detail_reaches_the_queue_byte_for_byte() {
    let (cloud, _) = cloud().await;
    let details = [
        r#"{"n":1234567890123456789012345678901234567890}"#,
        r#"{"n":1e400,"m":-0.0,"k":1.10}"#,
        " \t{ \"a\" :\r\n [ 1 ,\t2 ] , \"a\":\"twice\" } \n",
        "{\"u\":\"\\u00e9 é \\ud83d\\ude00 😀 \\/ /\",\"\\u0073sn\":null}",
    ];
    put(&cloud.sdk_config(), &details).await.unwrap();
    assert_eq!(accepted(&cloud), details);
    for (message, detail) in subscribed(&cloud).iter().zip(details) {
        assert!(message.ends_with(&format!(r#","detail":{detail}}}"#)), "{message}");
    }
}

#[tokio::test]
async fn a_target_gets_the_whole_envelope() {
    let now = "2026-11-21T10:20:30.987Z".parse().unwrap();
    let options = CloudOptions {
        region: "eu-central-1".into(),
        now: Arc::new(move || now),
        ..CloudOptions::default()
    };
    let cloud = Cloud::start(options).await.unwrap();
    cloud.provision(&Resources::default()).await.unwrap();
    let timed =
        entry().time(DateTime::from_secs_f64(1_700_000_000.9)).resources("arn:a").resources("q\"");
    let entries = vec![entry().detail("{}").build(), timed.detail("{}").build()];
    assert_eq!(outcome(&cloud, entries).await, "ok ok");
    let ids: Vec<String> = cloud.bus().accepted().iter().map(|a| a.event_id.clone()).collect();
    let envelope = |id: &str, time: &str, resources: &str| {
        format!(
            r#"{{"version":"0","id":"{id}","detail-type":"CDC.TableChange","source":"cdc-pipeline","account":"123456789012","time":"{time}","region":"eu-central-1","resources":{resources},"detail":{{}}}}"#
        )
    };
    assert_eq!(
        subscribed(&cloud),
        [
            envelope(&ids[0], "2026-11-21T10:20:30Z", "[]"),
            envelope(&ids[1], "2023-11-14T22:13:20Z", r#"["arn:a","q\""]"#),
        ]
    );
}

#[tokio::test]
async fn an_event_id_tells_the_order_of_acceptance() {
    let (cloud, _) = cloud().await;
    let answer = put(&cloud.sdk_config(), &[r#"{"n":0}"#, "x", r#"{"n":1}"#]).await.unwrap();
    put(&cloud.sdk_config(), &[r#"{"n":2}"#]).await.unwrap();
    let index = |entry: usize| {
        answer.entries()[entry].event_id().and_then(|id| cloud.bus().acceptance_index(id))
    };
    assert_eq!([index(0), index(1), index(2)], [Some(0), None, Some(1)]);
    let last = &cloud.bus().accepted_from(2)[0];
    assert_eq!((last.index, last.detail.as_str()), (2, r#"{"n":2}"#));
    assert_eq!(last.queues, ["cdc-subscriber"]);
}

#[tokio::test]
async fn a_bus_that_is_not_there_drops_what_it_accepts() {
    let (cloud, _) = cloud().await;
    let lost = entry().event_bus_name("no-such-bus").detail("{}").build();
    let by_arn = entry().event_bus_name(cloud.bus_arn("cdc-events")).detail("{}").build();
    assert_eq!(outcome(&cloud, vec![lost, by_arn]).await, "ok ok");
    assert_eq!(cloud.bus().counts().dropped_no_bus, 1);
    assert_eq!(subscribed(&cloud).len(), 1);
    assert_eq!(cloud.bus().accepted().len(), 1);
}

/// How many of these details a rule with this pattern lets through.
async fn matched(cloud: &Cloud, pattern: &str, details: &[&str]) -> usize {
    let client = Client::new(&cloud.sdk_config());
    let rule = client.put_rule().name("cdc-events-to-cdc-subscriber").event_bus_name("cdc-events");
    rule.event_pattern(pattern).send().await.unwrap();
    put(&cloud.sdk_config(), details).await.unwrap();
    subscribed(cloud).len()
}

#[tokio::test]
async fn a_changed_rule_is_in_force_once_it_is_answered() {
    let (cloud, _) = cloud().await;
    let details = [r#"{"table":"users","n":1e400}"#, r#"{"table":"queues","n":7}"#];
    let cases = [
        (r#"{"source":["cdc-pipeline"]}"#, 2),
        (r#"{"source":["another"]}"#, 0),
        (r#"{"detail":{"table":["users"]}}"#, 1),
        (r#"{"$or":[{"detail":{"table":["users"]}},{"detail":{"n":[7]}}]}"#, 2),
        (r#"{"detail":{"$or":[{"table":["users"]},{"table":[{"prefix":"us"}]}]}}"#, 1),
        (r#"{"detail":{"table":[{"anything-but":["users"]}]}}"#, 1),
        (r#"{"account":["123456789012"],"detail":{"email":[{"exists":false}]}}"#, 2),
    ];
    for (pattern, expected) in cases {
        assert_eq!(matched(&cloud, pattern, &details).await, expected, "{pattern}");
    }
    let client = Client::new(&cloud.sdk_config());
    let disable = client.disable_rule().name("cdc-events-to-cdc-subscriber");
    disable.event_bus_name("cdc-events").send().await.unwrap();
    put(&cloud.sdk_config(), &details).await.unwrap();
    assert!(subscribed(&cloud).is_empty());
}

#[tokio::test]
async fn a_rule_with_an_unusable_pattern_is_refused() {
    let (cloud, _) = cloud().await;
    let client = Client::new(&cloud.sdk_config());
    for pattern in ["{", "[]", r#"{"source":"cdc"}"#, r#"{"source":[{"sounds-like":"x"}]}"#] {
        let put = client.put_rule().name("r").event_pattern(pattern).state(RuleState::Enabled);
        let error = put.send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_event_pattern_exception(), "{pattern}: {error:?}");
    }
}

#[tokio::test]
async fn a_target_gets_what_its_input_says() {
    let (cloud, _) = cloud().await;
    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config());
    let client = Client::new(&cloud.sdk_config());
    let rule = "cdc-events-to-cdc-subscriber";
    for (queue, path, input) in [
        ("part", Some("$.detail"), None),
        ("fixed", None, Some(r#"{"hello":1}"#)),
        ("other", Some("$.source"), None),
    ] {
        sqs.create_queue().queue_name(queue).send().await.unwrap();
        let target = Target::builder().id(queue).arn(cloud.queue_arn(queue));
        let target = target.set_input_path(path.map(str::to_owned));
        let target = target.set_input(input.map(str::to_owned)).build().unwrap();
        let put = client.put_targets().rule(rule).event_bus_name("cdc-events").targets(target);
        put.send().await.unwrap();
    }
    put(&cloud.sdk_config(), &[r#"{"n": 1.0}"#]).await.unwrap();
    let body = |queue| cloud.queues().drain(queue).unwrap().pop().map(|message| message.body);
    assert_eq!(body("part").as_deref(), Some(r#"{"n": 1.0}"#));
    assert_eq!(body("fixed").as_deref(), Some(r#"{"hello":1}"#));
    assert_eq!(body("other"), None);
    assert_eq!(cloud.bus().accepted()[0].queues, ["cdc-subscriber", "part", "fixed"]);
}

#[tokio::test]
async fn a_target_that_is_no_queue_any_more_is_counted() {
    let (cloud, made) = cloud().await;
    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config());
    sqs.delete_queue().queue_url(made.subscriber_queue_url).send().await.unwrap();
    put(&cloud.sdk_config(), slice::from_ref(&"{}")).await.unwrap();
    let counts = cloud.bus().counts();
    assert_eq!((counts.accepted, counts.delivered, counts.undeliverable), (1, 0, 1));
    assert_eq!(cloud.queues().drain("cdc-subscriber"), None);
}
