use cdc_aws::function::settings::{Environment as _, SettingsError};
use cdc_core::record::Shard;

use super::Settings;

/// What a deployment sets at least.
const LEAST: [(&str, &str); 5] = [
    ("AWS_REGION", "eu-west-1"),
    ("KINESIS_STREAM_NAME", "coredb"),
    ("EVENT_BUS_NAME", "cdc-events"),
    ("CHECKPOINT_TABLE_NAME", "checkpoints"),
    ("STATE_TABLE_NAME", "state"),
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
fn claims_are_found_under_the_processors_own_partition() {
    let shard = Shard { stream_arn: "coredb".into(), id: "s".into() };
    for (changes, partition) in [
        (&[][..], "claim|0|cdc-events|cdc-pipeline|coredb|s"),
        (
            &[("LEDGER_EPOCH", "7"), ("EVENT_SOURCE", "coredb.cdc")],
            "claim|7|cdc-events|coredb.cdc|coredb|s",
        ),
    ] {
        let settings = read(changes).unwrap();
        assert_eq!(settings.ledger_scope().claim_partition(&shard), partition);
        assert_eq!((&*settings.checkpoint_table, &*settings.state_table), ("checkpoints", "state"));
    }
}

#[test]
fn every_problem_is_reported_together() {
    let error = Settings::from_env(|_| None).unwrap_err();
    let names: Vec<_> = error.problems().iter().map(|problem| problem.name).collect();
    assert_eq!(names, LEAST.map(|(name, _)| name));
    for (name, value) in [("STATE_TABLE_NAME", "a/b"), ("LEDGER_EPOCH", "-1")] {
        let error = read(&[(name, value)]).unwrap_err();
        assert_eq!(error.problems().iter().map(|one| one.name).collect::<Vec<_>>(), [name]);
    }
}
