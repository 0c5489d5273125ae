//! The samples of `events/cdc-processor/sources/`: all of each is published, but for what is said.

use std::collections::BTreeSet;

use cdc_core::rules::Rules;
use serde_json::json;

use super::{
    payloads::{CLUSTER, FIFO, STANDARD},
    place::Place,
};
use crate::schemas::workspace;

/// A sample, the settings that it is of, and the tables of the events that come of it, sorted.
type Sample = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const SAMPLES: &[Sample] = &[
    ("sqs-standard", &[("SQS_QUEUE_ARN", STANDARD)], &["addresses", "preferences", "users"]),
    ("sqs-fifo", &[("SQS_QUEUE_ARN", FIFO)], &["preferences", "users", "users"]),
    ("sqs-sns", &[("SQS_QUEUE_ARN", STANDARD)], &["addresses", "preferences"]),
    ("sqs-eventbridge", &[("SQS_QUEUE_ARN", STANDARD)], &["users", "users"]),
    (
        "kafka-msk",
        &[("KAFKA_CLUSTER_ARN", CLUSTER), ("KAFKA_TOPICS", KAFKA_TOPICS)],
        &["addresses", "users", "users"],
    ),
    (
        "kafka-self-managed",
        &[
            ("KAFKA_BOOTSTRAP_SERVERS", "kafka-1.example.com:9092,kafka-2.example.com:9092"),
            ("KAFKA_TOPICS", KAFKA_TOPICS),
        ],
        &["addresses", "users", "users"],
    ),
];

const KAFKA_TOPICS: &str = "core.public.addresses,core-users";

#[tokio::test]
async fn every_sample_of_a_source_is_published() {
    let folder = workspace("events/cdc-processor/sources");
    let listed: BTreeSet<String> =
        SAMPLES.iter().map(|(name, ..)| format!("{name}.json")).collect();
    let files: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, listed, "the samples, and those that this test expects something of");
    let readme = std::fs::read_to_string(workspace("events/README.md")).unwrap();
    for (name, settings, tables) in SAMPLES {
        let place = Place::new().await;
        let rules = Rules::compiled_in().unwrap_or_else(|problems| panic!("{problems}")).rules;
        let processor = place.processor_with(settings, rules, None).await;
        let payload = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let answer = place.handle(&processor, &payload).await;
        assert_eq!(answer, json!({"batchItemFailures": []}), "{name}");
        assert_eq!(place.letters().len(), 0, "{name}");
        let events = place.events();
        let mut found: Vec<&str> =
            events.iter().map(|event| event["table"].as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, *tables, "{name}");
        assert!(readme.contains(&format!("`{name}.json`")), "{name} is not in the README");
    }
}
