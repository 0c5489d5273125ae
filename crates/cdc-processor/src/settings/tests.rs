use std::time::Duration;

use cdc_aws::{
    endpoint::Endpoint,
    function::settings::{Environment as _, LogFormat, SettingsError},
    secrets::KeyReference,
};
use cdc_core::{claim_check::Buckets, ledger::LedgerKeep, objects::BucketName};
use tracing::level_filters::LevelFilter;

use super::Settings;

const ARN: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";
const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";
const SOURCE_QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:rows.fifo";
const CLUSTER: &str = "arn:aws:kafka:eu-west-1:123456789012:cluster/rows/0a1b-2";

/// What a deployment sets at least.
const LEAST: [(&str, &str); 6] = [
    ("AWS_REGION", "eu-west-1"),
    ("KINESIS_STREAM_NAME", "coredb"),
    ("EVENT_BUS_NAME", "cdc-events"),
    ("CHECKPOINT_TABLE_NAME", "checkpoints"),
    ("DEAD_LETTER_QUEUE_URL", QUEUE),
    ("ID_KEY", "secretsmanager:cdc/id-key"),
];

/// Reads the least settings with these changes; an empty value takes one away.
fn read(changes: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_env(|name| {
        let set = |(set, _): &&(&str, &str)| *set == name;
        let found = changes.iter().find(set).or_else(|| LEAST.iter().find(set));
        found.map(|(_, value)| (*value).to_owned())
    })
}

/// Reads with these changes and expects problems with exactly these names and texts in them.
fn check(changes: &[(&str, &str)], expected: &[(&str, &str)]) {
    let error = read(changes).err();
    let problems = error.as_ref().map_or(&[][..], SettingsError::problems);
    let names: Vec<_> = problems.iter().map(|problem| problem.name).collect();
    let expected_names: Vec<_> = expected.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected_names, "{changes:?}: {problems:?}");
    for (problem, (_, text)) in problems.iter().zip(expected) {
        assert!(problem.text.contains(text), "{changes:?}: {problem:?} should say {text:?}");
    }
}

#[test]
fn the_least_settings_have_defaults_for_the_rest() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.basics.region.as_str(), "eu-west-1");
    let stream = settings.sources.stream.as_ref().unwrap();
    assert_eq!((stream.name(), stream.arn()), ("coredb", None));
    assert_eq!((&settings.sources.queue, &settings.sources.topics), (&None, &None));
    assert_eq!((&*settings.bus, &*settings.event_source), ("cdc-events", "cdc-pipeline"));
    assert_eq!((&*settings.checkpoint_table, &settings.state_table), ("checkpoints", &None));
    assert_eq!(
        (settings.basics.endpoint.as_ref(), &*settings.dead_letter_queue_url),
        (None, QUEUE)
    );
    assert_eq!((settings.attempts_max, settings.publish_concurrency), (3, 4));
    assert_eq!((settings.ledger_keep, settings.ledger_epoch), (LedgerKeep::All, 0));
    assert_eq!(settings.ledger_ttl, Duration::from_secs(7 * 24 * 60 * 60));
    assert_eq!(settings.id_key, KeyReference::SecretsManager("cdc/id-key".to_owned()));
    assert_eq!(
        (settings.basics.log_level, settings.basics.log_format),
        (LevelFilter::INFO, LogFormat::Text)
    );
}

#[test]
fn every_setting_can_be_set() {
    let settings = read(&[
        ("KINESIS_STREAM_ARN", ARN),
        ("SQS_QUEUE_ARN", SOURCE_QUEUE),
        ("KAFKA_CLUSTER_ARN", CLUSTER),
        ("KAFKA_TOPICS", "users, orders"),
        ("EVENT_SOURCE", "coredb.cdc"),
        ("STATE_TABLE_NAME", "state"),
        ("DEAD_LETTER_QUEUE_URL", "http://127.0.0.1:4566/123456789012/dead"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ("CLAIM_CHECK_BUCKET_NAME", "claim-check"),
        ("DEAD_LETTER_BUCKET_NAME", "dead-letters"),
        ("ENABLE_DATA_REDACTION", "true"),
        ("MAX_RETRY_ATTEMPTS", "10"),
        ("LEDGER_KEEP", "failures"),
        ("LEDGER_EPOCH", "4294967295"),
        ("LEDGER_TTL_DAYS", "1"),
        ("ID_KEY", "local:fixed"),
        ("PUBLISH_CONCURRENCY", " 32 "),
        ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ("LOG_LEVEL", "debug"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ])
    .unwrap();
    let sources = &settings.sources;
    assert_eq!(sources.stream.as_ref().and_then(|stream| stream.arn()), Some(ARN));
    assert_eq!(sources.queue.as_ref().map(|queue| queue.arn()), Some(SOURCE_QUEUE));
    let topics = sources.topics.as_ref().unwrap();
    assert!(topics.has("users") && topics.has("orders") && !topics.has("users,orders"));
    assert!(settings.basics.endpoint.as_ref().is_some_and(Endpoint::is_loopback));
    assert_eq!(
        (settings.basics.log_level, settings.basics.log_format),
        (LevelFilter::WARN, LogFormat::Json)
    );
    assert_eq!(settings.id_key, KeyReference::LocalFixed);
    let bucket = |name| BucketName::parse(name).ok();
    let buckets = Buckets::new(bucket("claim-check"), bucket("dead-letters")).unwrap();
    assert_eq!(settings.buckets, buckets);
    let batch = settings.batch();
    assert_eq!((batch.attempts_max, batch.in_flight_max), (10, 32));
    assert_eq!((batch.scope.epoch, &*batch.scope.event_source), (u32::MAX, "coredb.cdc"));
    assert_eq!((batch.claim_ttl, batch.keep), (Duration::from_secs(86_400), LedgerKeep::Failures));
}

#[test]
fn every_problem_is_reported_together() {
    let error = Settings::from_env(|_| None).unwrap_err();
    let names: Vec<_> = error.problems().iter().map(|problem| problem.name).collect();
    assert_eq!(names, LEAST.map(|(name, _)| name));
    assert_eq!(
        error.to_string().lines().take(2).collect::<Vec<_>>(),
        [
            "the environment variables are wrong in 6 place(s)",
            "  AWS_REGION: missing; set it on the function"
        ]
    );
    check(
        &[("AWS_REGION", "mars"), ("MAX_RETRY_ATTEMPTS", "0"), ("LEDGER_KEEP", "some")],
        &[("AWS_REGION", "mars"), ("MAX_RETRY_ATTEMPTS", "1 to 10"), ("LEDGER_KEEP", "failures")],
    );
}

#[test]
fn redaction_cannot_be_switched_off() {
    check(
        &[("ENABLE_DATA_REDACTION", "false")],
        &[("ENABLE_DATA_REDACTION", "the rules are compiled in")],
    );
    check(&[("ENABLE_DATA_REDACTION", "0")], &[("ENABLE_DATA_REDACTION", "true is expected")]);
    check(&[("ENABLE_DATA_REDACTION", "")], &[]);
}

#[test]
fn nothing_sends_events_elsewhere() {
    for (name, value, text) in [
        ("AWS_ENDPOINT_URL", "http://evil.example", "this machine only"),
        ("AWS_ENDPOINT_URL", "https://evil.example", "not an AWS endpoint"),
        ("AWS_ENDPOINT_URL", "https://events.eu-west-1.amazonaws.com", "local use only"),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", "https://evil.example", "not supported"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:4566", "not supported"),
        ("EVENT_BUS_NAME", "arn:aws:events:eu-west-1:1:event-bus/other", "not an ARN"),
        ("CHECKPOINT_TABLE_NAME", "arn:aws:dynamodb:eu-west-1:1:table/x", "not an ARN"),
        ("DEAD_LETTER_QUEUE_URL", "https://evil.example/123456789012/dead", "sqs.eu-west-1"),
        (
            "DEAD_LETTER_QUEUE_URL",
            "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
            "sqs.eu-west-1",
        ),
        ("DEAD_LETTER_QUEUE_URL", "https://events.eu-west-1.amazonaws.com/123456789012/d", "sqs"),
        ("ID_KEY", "0123456789abcdef", "secretsmanager:NAME"),
        ("CLAIM_CHECK_BUCKET_NAME", "arn:aws:s3:::claim-check", "not the name of a bucket"),
        ("DEAD_LETTER_BUCKET_NAME", "evil.example", "not the name of a bucket"),
    ] {
        check(&[(name, value)], &[(name, text)]);
    }
}

#[test]
fn values_are_strict() {
    let long = "x".repeat(300);
    for (name, value, text) in [
        ("KINESIS_STREAM_NAME", "a/b", "not a stream's name"),
        ("EVENT_BUS_NAME", "a|b", "found \"a|b\""),
        ("EVENT_BUS_NAME", &*long, "…"),
        ("EVENT_SOURCE", "aws.events", "AWS' own"),
        ("EVENT_SOURCE", "a b", "expected"),
        ("STATE_TABLE_NAME", "a/b", "a table's name"),
        ("DEAD_LETTER_QUEUE_URL", "dead", "ACCOUNT/NAME"),
        ("DEAD_LETTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/dead", "ACCOUNT/NAME"),
        ("DEAD_LETTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/a/b", "NAME"),
        (
            "DEAD_LETTER_QUEUE_URL",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/dead.fifo",
            "standard queue",
        ),
        ("MAX_RETRY_ATTEMPTS", "11", "1 to 10"),
        ("MAX_RETRY_ATTEMPTS", "three", "found \"three\""),
        ("LEDGER_EPOCH", "4294967296", "0 to 4294967295"),
        ("LEDGER_EPOCH", "-1", "0 to 4294967295"),
        ("LEDGER_TTL_DAYS", "0", "1 to 400"),
        ("PUBLISH_CONCURRENCY", "33", "1 to 32"),
        ("LOG_LEVEL", "loud", "DEBUG"),
        ("AWS_LAMBDA_LOG_LEVEL", "loud", "DEBUG"),
        ("AWS_LAMBDA_LOG_FORMAT", "xml", "JSON"),
    ] {
        check(&[(name, value)], &[(name, text)]);
    }
}

#[test]
fn the_stream_is_known_by_name_or_by_arn() {
    let other = ARN.replace("coredb", "other");
    check(&[("KINESIS_STREAM_NAME", ""), ("KINESIS_STREAM_ARN", ARN)], &[]);
    check(&[("KINESIS_STREAM_NAME", "")], &[("KINESIS_STREAM_NAME", "missing")]);
    check(&[("KINESIS_STREAM_ARN", &other)], &[("KINESIS_STREAM_NAME", "KINESIS_STREAM_ARN")]);
    let wrong = [
        ("arn:aws:kinesis:us-east-1:123456789012:stream/coredb", "another region"),
        ("arn:aws:kinesis:eu-west-1:123456789012:stream/coredb/consumer/c:1", "not a stream's ARN"),
        ("coredb", "not a stream's ARN"),
    ];
    for (arn, text) in wrong {
        check(&[("KINESIS_STREAM_ARN", arn)], &[("KINESIS_STREAM_ARN", text)]);
    }
}

#[test]
fn any_source_will_do_and_none_will_not() {
    let none = ("KINESIS_STREAM_NAME", "");
    let (queue, topics) = (("SQS_QUEUE_ARN", SOURCE_QUEUE), ("KAFKA_TOPICS", "users"));
    let (cluster, servers) =
        (("KAFKA_CLUSTER_ARN", CLUSTER), ("KAFKA_BOOTSTRAP_SERVERS", "h:9092"));
    check(&[none, queue], &[]);
    check(&[none, cluster, topics], &[]);
    check(&[none, servers, topics], &[]);
    check(&[queue, servers, topics], &[]);
    check(&[none], &[("KINESIS_STREAM_NAME", "SQS_QUEUE_ARN")]);
    check(&[none, topics], &[("KINESIS_STREAM_NAME", "missing"), ("KAFKA_TOPICS", "no cluster")]);
    check(&[cluster], &[("KAFKA_TOPICS", "missing")]);
    check(&[cluster, servers, topics], &[("KAFKA_BOOTSTRAP_SERVERS", "drop one")]);
    for (name, value, text) in [
        ("SQS_QUEUE_ARN", QUEUE, "not a queue's ARN"),
        ("SQS_QUEUE_ARN", "arn:aws:sqs:us-east-1:123456789012:rows", "another region"),
        ("KAFKA_CLUSTER_ARN", "rows", "not a cluster's ARN"),
        ("KAFKA_BOOTSTRAP_SERVERS", "h", "HOST:PORT"),
    ] {
        let topics = if name.starts_with("KAFKA") { topics } else { ("KAFKA_TOPICS", "") };
        check(&[(name, value), topics], &[(name, text)]);
    }
    check(&[servers, ("KAFKA_TOPICS", "a/b")], &[("KAFKA_TOPICS", "names of topics")]);
}

#[test]
fn rows_in_the_clear_do_not_go_where_subscribers_read() {
    let both = [("CLAIM_CHECK_BUCKET_NAME", "one"), ("DEAD_LETTER_BUCKET_NAME", "one")];
    check(&both, &[("DEAD_LETTER_BUCKET_NAME", "the bucket of the claim check itself")]);
}
