use std::time::Duration;

use cdc_aws::function::settings::{Environment as _, SettingsError};
use cdc_core::ledger::LedgerKeep;

use super::{Limits, Settings};

/// What a deployment sets at least.
const LEAST: [(&str, &str); 6] = [
    ("AWS_REGION", "eu-west-1"),
    ("KINESIS_STREAM_NAME", "coredb"),
    ("EVENT_BUS_NAME", "cdc-events"),
    ("CHECKPOINT_TABLE_NAME", "checkpoints"),
    ("STATE_TABLE_NAME", "state"),
    ("DEAD_LETTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/dead"),
];

/// Reads the least settings with these changes; an empty value takes one away.
fn read(changes: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_env(|name| {
        let set = |(set, _): &&(&str, &str)| *set == name;
        let found = changes.iter().find(set).or_else(|| LEAST.iter().find(set));
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn the_least_settings_have_defaults_for_the_rest() {
    let settings = read(&[]).unwrap();
    assert_eq!((&*settings.bus, &*settings.event_source), ("cdc-events", "cdc-pipeline"));
    assert_eq!((&*settings.checkpoint_table, &*settings.state_table), ("checkpoints", "state"));
    assert_eq!((settings.ledger_keep, settings.timeout), (LedgerKeep::All, Duration::from_secs(3)));
    let limits = Limits {
        lag_degraded_s: 60,
        lag_unhealthy_s: 600,
        dead_letters_degraded: 1,
        dead_letter_age_unhealthy_s: 604_800,
    };
    assert_eq!(settings.limits, limits);
}

#[test]
fn every_setting_can_be_set() {
    let settings = read(&[
        ("LEDGER_KEEP", "failures"),
        ("HEALTH_TIMEOUT_MS", "100"),
        ("HEALTH_LAG_DEGRADED_S", "5"),
        ("HEALTH_LAG_UNHEALTHY_S", "5"),
        ("HEALTH_DEAD_LETTERS_DEGRADED", "10"),
        ("HEALTH_DEAD_LETTER_AGE_UNHEALTHY_S", "1209600"),
    ])
    .unwrap();
    assert_eq!(settings.ledger_keep, LedgerKeep::Failures);
    assert_eq!(settings.timeout, Duration::from_millis(100));
    let limits = Limits {
        lag_degraded_s: 5,
        lag_unhealthy_s: 5,
        dead_letters_degraded: 10,
        dead_letter_age_unhealthy_s: 1_209_600,
    };
    assert_eq!(settings.limits, limits);
}

#[test]
fn every_problem_is_reported_together() {
    let error = Settings::from_env(|_| None).unwrap_err();
    let names: Vec<_> = error.problems().iter().map(|problem| problem.name).collect();
    assert_eq!(names, LEAST.map(|(name, _)| name));
}

#[test]
fn values_are_strict() {
    for (name, value, text) in [
        ("STATE_TABLE_NAME", "", "missing"),
        ("HEALTH_TIMEOUT_MS", "99", "100 to 20000"),
        ("HEALTH_TIMEOUT_MS", "3s", "100 to 20000"),
        ("HEALTH_LAG_DEGRADED_S", "0", "1 to 31536000"),
        ("HEALTH_LAG_UNHEALTHY_S", "59", "less than HEALTH_LAG_DEGRADED_S"),
        ("HEALTH_DEAD_LETTERS_DEGRADED", "0", "1 to 1000000"),
        ("HEALTH_DEAD_LETTER_AGE_UNHEALTHY_S", "1209601", "1 to 1209600"),
        ("LEDGER_KEEP", "some", "all or failures"),
        ("DEAD_LETTER_QUEUE_URL", "https://evil.example/123456789012/dead", "sqs.eu-west-1"),
    ] {
        let error = read(&[(name, value)]).unwrap_err();
        let [problem] = error.problems() else { panic!("{name}={value}: {error}") };
        assert_eq!(problem.name, name);
        assert!(problem.text.contains(text), "{problem:?} should say {text:?}");
    }
}
