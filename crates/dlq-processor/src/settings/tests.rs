use cdc_aws::{
    function::settings::{Environment as _, SettingsError},
    secrets::KeyReference,
};
use cdc_core::objects::BucketName;

use super::Settings;

const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";
const PARKED: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/parked";

/// What a deployment sets at least.
const LEAST: [(&str, &str); 5] = [
    ("AWS_REGION", "eu-west-1"),
    ("KINESIS_STREAM_NAME", "coredb"),
    ("EVENT_BUS_NAME", "cdc-events"),
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

/// Reads with these changes and expects one problem, with this name and text.
fn check(changes: &[(&str, &str)], name: &str, text: &str) {
    let error = read(changes).unwrap_err();
    let [problem] = error.problems() else { panic!("{changes:?}: {error}") };
    assert_eq!(problem.name, name);
    assert!(problem.text.contains(text), "{changes:?}: {problem:?} should say {text:?}");
}

#[test]
fn the_least_settings_have_defaults_for_the_rest() {
    let settings = read(&[]).unwrap();
    let stream = settings.sources.stream.as_ref().unwrap();
    assert_eq!((stream.name(), stream.arn()), ("coredb", None));
    assert_eq!((&*settings.bus, &*settings.event_source), ("cdc-events", "cdc-pipeline"));
    assert_eq!((&*settings.dead_letter_queue_url, &settings.parked_queue_url), (QUEUE, &None));
    assert_eq!(settings.buckets.records(), None);
    assert_eq!(settings.id_key, KeyReference::SecretsManager("cdc/id-key".to_owned()));
    let delivery = settings.delivery();
    assert_eq!((delivery.attempts_max, delivery.in_flight_max), (3, 4));
}

#[test]
fn every_setting_can_be_set() {
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";
    let settings = read(&[
        ("KINESIS_STREAM_ARN", arn),
        ("EVENT_SOURCE", "coredb.cdc"),
        ("PARKED_QUEUE_URL", PARKED),
        ("CLAIM_CHECK_BUCKET_NAME", "claim-check"),
        ("DEAD_LETTER_BUCKET_NAME", "dead-letters"),
        ("ENABLE_DATA_REDACTION", "true"),
        ("MAX_RETRY_ATTEMPTS", "10"),
        ("PUBLISH_CONCURRENCY", "32"),
    ])
    .unwrap();
    assert_eq!(settings.sources.stream.as_ref().and_then(|stream| stream.arn()), Some(arn));
    assert_eq!(settings.parked_queue_url.as_deref(), Some(PARKED));
    let records = settings.buckets.records().map(BucketName::as_str);
    assert_eq!(records, Some("dead-letters"));
    let delivery = settings.delivery();
    assert_eq!((delivery.attempts_max, delivery.in_flight_max), (10, 32));
}

#[test]
fn every_problem_is_reported_together() {
    let error = Settings::from_env(|_| None).unwrap_err();
    let names: Vec<_> = error.problems().iter().map(|problem| problem.name).collect();
    assert_eq!(names, LEAST.map(|(name, _)| name));
}

#[test]
fn values_are_strict_and_nothing_goes_elsewhere() {
    let elsewhere = "https://evil.example/123456789012/dead";
    for (name, value, text) in [
        ("DEAD_LETTER_QUEUE_URL", elsewhere, "sqs.eu-west-1"),
        ("PARKED_QUEUE_URL", elsewhere, "sqs.eu-west-1"),
        ("PARKED_QUEUE_URL", QUEUE, "the dead-letter queue itself"),
        ("CLAIM_CHECK_BUCKET_NAME", "arn:aws:s3:::claim-check", "not the name of a bucket"),
        ("DEAD_LETTER_BUCKET_NAME", "evil.example", "not the name of a bucket"),
        ("ENABLE_DATA_REDACTION", "false", "the rules are compiled in"),
        ("MAX_RETRY_ATTEMPTS", "0", "1 to 10"),
        ("PUBLISH_CONCURRENCY", "33", "1 to 32"),
        ("KINESIS_STREAM_NAME", "a/b", "not a stream's name"),
    ] {
        check(&[(name, value)], name, text);
    }
}

const BUCKET: (&str, &str) = ("ON_FAILURE_BUCKET_NAME", "cdc-on-failure");
const FUNCTION: (&str, &str) = ("PROCESSOR_FUNCTION_NAME", "cdc-processor");
const TABLE: (&str, &str) = ("CHECKPOINT_TABLE_NAME", "ledger");
const ON_FAILURE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/on-failure";

#[test]
fn documents_are_configured_by_a_destination_with_what_they_need() {
    assert_eq!(read(&[FUNCTION, TABLE]).unwrap().documents, None);
    let settings = read(&[BUCKET, FUNCTION, TABLE]).unwrap();
    let documents = settings.documents.as_ref().unwrap();
    assert_eq!(documents.bucket.as_ref().unwrap().as_str(), "cdc-on-failure");
    assert_eq!((&documents.queue_url, documents.ledger_epoch), (&None, 0));
    assert!(!documents.whole_ranges(), "what is not told counts as harmful");
    let batch = documents.batch(&settings);
    assert_eq!((batch.scope.epoch, &*batch.scope.bus), (0, "cdc-events"));
    assert_eq!(batch.keep, cdc_core::ledger::LedgerKeep::All);
    assert_eq!(batch.claim_ttl.as_secs(), 7 * 86_400);

    let queue = ("ON_FAILURE_QUEUE_URL", ON_FAILURE);
    let epoch = ("LEDGER_EPOCH", "3");
    let settings = read(&[queue, FUNCTION, TABLE, epoch, ("LEDGER_TTL_DAYS", "30")]).unwrap();
    let documents = settings.documents.as_ref().unwrap();
    assert_eq!((documents.queue_url.as_deref(), documents.ledger_epoch), (Some(ON_FAILURE), 3));
    assert_eq!(documents.batch(&settings).claim_ttl.as_secs(), 30 * 86_400);
    for (lanes, filter, whole) in
        [("1", "none", true), ("2", "none", false), ("1", "some", false), ("", "none", false)]
    {
        let told = [("PARALLELIZATION_FACTOR", lanes), ("MAPPING_FILTER", filter)];
        let settings = read(&[BUCKET, FUNCTION, TABLE, told[0], told[1]]).unwrap();
        assert_eq!(settings.documents.unwrap().whole_ranges(), whole, "{lanes} {filter}");
    }
}

#[test]
fn documents_lie_in_no_bucket_of_another_purpose() {
    for other in ["CLAIM_CHECK_BUCKET_NAME", "DEAD_LETTER_BUCKET_NAME"] {
        let changes = [BUCKET, FUNCTION, TABLE, (other, BUCKET.1)];
        check(&changes, "ON_FAILURE_BUCKET_NAME", "need another bucket");
    }
}

#[test]
fn problems_of_documents_are_told() {
    check(&[BUCKET, TABLE], "PROCESSOR_FUNCTION_NAME", "missing");
    check(&[BUCKET, FUNCTION], "CHECKPOINT_TABLE_NAME", "missing");
    for (name, value, text) in [
        ("ON_FAILURE_BUCKET_NAME", "arn:aws:s3:::b", "not the name of a bucket"),
        ("ON_FAILURE_QUEUE_URL", QUEUE, "the dead-letter queue itself"),
        ("ON_FAILURE_QUEUE_URL", "https://evil.example/123456789012/q", "sqs.eu-west-1"),
        ("PROCESSOR_FUNCTION_NAME", "arn:aws:lambda:x", "a function's name"),
        ("PARALLELIZATION_FACTOR", "11", "1 to 10"),
        ("MAPPING_FILTER", "true", "none or some"),
        ("LEDGER_TTL_DAYS", "0", "1 to 400"),
    ] {
        let others = [BUCKET, FUNCTION, TABLE].into_iter().filter(|(other, _)| *other != name);
        let changes: Vec<_> = others.chain([(name, value)]).collect();
        check(&changes, name, text);
    }
}
