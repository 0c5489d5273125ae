//! The settings: what the functions read, what the template sets and what `.env.example` explains
//! are the same, and the functions take them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use cdc_aws::function::settings::Environment as _;

use super::{
    FUNCTIONS,
    template::{REGION, Template, text},
};
use crate::schemas::workspace;

/// A function's own reading of its settings, told in words.
type Read = fn(&dyn Fn(&str) -> Option<String>) -> Result<String, String>;

macro_rules! reader {
    ($function:ident) => {
        |lookup| match $function::settings::Settings::from_env(lookup) {
            Ok(settings) => Ok(format!("{settings:?}")),
            Err(error) => Err(error.to_string()),
        }
    };
}

/// The functions by their logical names.
const READERS: [(&str, Read); 5] = [
    ("CdcProcessor", reader!(cdc_processor)),
    ("DataRedactor", reader!(data_redactor)),
    ("DlqProcessor", reader!(dlq_processor)),
    ("HealthCheck", reader!(health_check)),
    ("StateManager", reader!(state_manager)),
];

/// What Lambda sets by itself, and what is for use outside of it.
const NOT_OF_THE_TEMPLATE: [&str; 9] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL",
    "AWS_LAMBDA_LOG_FORMAT",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "KINESIS_STREAM_NAME",
    "LOG_LEVEL",
    // The template's destination is a bucket.
    "ON_FAILURE_QUEUE_URL",
];

/// A secret of the region.
const KEYRING: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cdc/keys-AbCdEf";

/// Optional, and nothing where it is missing; or one that stands for another.
const WITHOUT_DEFAULT: [&str; 16] = [
    "AWS_ENDPOINT_URL",
    "CLAIM_CHECK_BUCKET_NAME",
    "DEAD_LETTER_BUCKET_NAME",
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_CLUSTER_ARN",
    "KAFKA_TOPICS",
    "KINESIS_STREAM_ARN",
    "KINESIS_STREAM_NAME",
    "MAPPING_FILTER",
    "ON_FAILURE_BUCKET_NAME",
    "ON_FAILURE_QUEUE_URL",
    "PARALLELIZATION_FACTOR",
    "PARKED_QUEUE_URL",
    "REDACTION_KEYS",
    "SQS_QUEUE_ARN",
    "STATE_TABLE_NAME",
];

/// A cluster is one or the other.
const CLUSTERS: [&str; 2] = ["KAFKA_CLUSTER_ARN", "KAFKA_BOOTSTRAP_SERVERS"];

/// For clients: the functions sign with credentials of the region's own, or made-up ones.
const OF_CLIENTS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// Read only to be refused: calls of one service can't be sent elsewhere.
const REFUSED: &str = "AWS_ENDPOINT_URL_";

#[test]
fn every_setting_of_the_template_is_explained_and_every_explained_one_is_set() {
    let explained: BTreeSet<String> = explained().into_keys().collect();
    let template = Template::by_default();
    let mut known: BTreeSet<String> = NOT_OF_THE_TEMPLATE.map(str::to_owned).into();
    for (id, _) in FUNCTIONS {
        known.extend(environment(&template, id).into_keys());
    }
    assert_eq!(explained, known);
}

#[test]
fn every_setting_that_a_function_reads_is_explained() {
    let mut read = BTreeSet::new();
    names_in(&workspace("crates"), &mut read);
    assert!(read.contains("KINESIS_STREAM_ARN") && read.contains("LEDGER_TTL_DAYS"), "{read:?}");
    read.extend(OF_CLIENTS.map(str::to_owned));
    let explained: BTreeSet<String> = explained().into_keys().collect();
    assert_eq!(explained, read);
}

#[test]
fn functions_start_with_what_the_template_sets() {
    let own = [("KafkaBootstrapServers", "k-1:9092,k-2:9092"), ("KafkaTopic", "core-users")];
    for (template, is_default) in [
        (Template::by_default(), true),
        (Template::with(&[("Prefix", "b-"), ("LedgerKeep", "failures")]), false),
        (Template::with_every_source(), false),
        (Template::with(&own), false),
        (Template::with(&[("RedactionKeysSecretArn", KEYRING)]), false),
        (Template::with(&[("RedactionKeysCiphertext", "AQIDBA==")]), false),
    ] {
        for (id, read) in READERS {
            let mut set = environment(&template, id);
            set.insert("AWS_REGION".into(), REGION.into());
            let started = read(&|name| set.get(name).cloned());
            assert!(started.is_ok(), "{id}: {started:?}");
            if is_default {
                what_may_be_left_out_is_the_default(id, read, &set);
            }
        }
    }
}

#[test]
fn functions_start_with_the_example() {
    for with_those_left_out in [None, Some(CLUSTERS[0]), Some(CLUSTERS[1])] {
        let settings = explained().into_iter();
        let set = settings.filter(|(name, setting)| {
            let is_other_cluster =
                CLUSTERS.contains(&name.as_str()) && Some(name.as_str()) != with_those_left_out;
            setting.is_set || (with_those_left_out.is_some() && !is_other_cluster)
        });
        let set: BTreeMap<_, _> = set.map(|(name, setting)| (name, setting.value)).collect();
        for (id, read) in READERS {
            let started = read(&|name| set.get(name).cloned());
            assert!(started.is_ok(), "{id}: {started:?}");
            what_may_be_left_out_is_the_default(id, read, &set);
        }
    }
}

/// So that template, example and function can't tell different defaults.
fn what_may_be_left_out_is_the_default(id: &str, read: Read, set: &BTreeMap<String, String>) {
    let all = read(&|name| set.get(name).cloned());
    for left_out in set.keys().filter(|name| !WITHOUT_DEFAULT.contains(&name.as_str())) {
        let without = read(&|name| set.get(name).filter(|_| name != left_out).cloned());
        assert!(without.is_err() || without == all, "{id}: {left_out} is not at its default");
    }
}

/// A setting of `.env.example`.
struct Explained {
    value: String,
    is_set: bool,
}

/// The settings of `.env.example`; each stands under words of its own.
fn explained() -> BTreeMap<String, Explained> {
    let text = fs::read_to_string(workspace(".env.example")).unwrap();
    let mut found = BTreeMap::new();
    let mut words = false;
    for line in text.lines() {
        let (is_set, rest) = match line.strip_prefix("# ") {
            Some(rest) => (false, rest),
            None => (true, line),
        };
        let setting = rest.split_once('=').filter(|(name, _)| is_name(name));
        if let Some((name, value)) = setting {
            let section = OF_CLIENTS.contains(&name);
            assert!(words || section, "{name} is not explained");
            let setting = Explained { value: value.to_owned(), is_set };
            assert!(found.insert(name.to_owned(), setting).is_none(), "{name} stands twice");
        }
        words = setting.is_none() && !is_set;
    }
    found
}

pub(super) fn environment(template: &Template, id: &str) -> BTreeMap<String, String> {
    let properties = template.properties(id);
    let variables = properties["Environment"]["Variables"].as_object().unwrap();
    variables.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// The variables that settings name, wherever settings are read.
fn names_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let reads_settings = path.components().any(|part| {
            let name = part.as_os_str();
            name == "settings" || name == "settings.rs"
        });
        if path.is_dir() {
            names_in(&path, names);
        } else if reads_settings
            && !path.ends_with("tests.rs")
            && path.components().any(|part| part.as_os_str() == "src")
        {
            // A file may go while others work on the tree.
            let code = fs::read_to_string(&path).unwrap_or_default();
            let quoted = code.split('"').skip(1).step_by(2);
            let named = quoted.filter(|word| is_name(word) && !word.starts_with(REFUSED));
            names.extend(named.map(str::to_owned));
        }
    }
}

pub(super) fn is_name(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    word.contains('_') && word.bytes().all(allowed)
}
