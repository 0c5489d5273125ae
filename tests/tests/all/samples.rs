//! The samples under `events/`: each runs as its README says, and nothing withheld gets out.

use std::collections::BTreeSet;

use cdc_core::{
    arena::Arena,
    envelope::{self, Context, Unit},
    event::{ColumnValue, Row},
    json::Document,
    record::{Inflater, RawRecord, expand},
    rules::Rules,
};
use cdc_local::{
    input,
    workload::{Workload, WorkloadOptions},
};
use serde_json::{Value, json};

use crate::{
    schemas::workspace,
    world::{Ran, World},
};

/// What becomes of a sample.
struct Sample {
    file: &'static str,
    outcome: &'static str,
    /// The events in their order, as [`told`] tells them.
    events: &'static [&'static str],
}

const PUBLISHED: &str = "records 1, published 1";

const SAMPLES: &[Sample] = &[
    Sample {
        file: "sample-cdc-event.json",
        outcome: PUBLISHED,
        events: &[
            r#"native UPDATE users {"id":"user-123"} changed phone status updated_at, redacted email phone ssn"#,
        ],
    },
    Sample {
        file: "native-delete.json",
        outcome: PUBLISHED,
        events: &[r#"native DELETE users {"id":"user-124"} redacted email phone ssn"#],
    },
    Sample {
        file: "native-insert.json",
        outcome: PUBLISHED,
        events: &[r#"native INSERT preferences {"name":"language","user_id":"user-123"}"#],
    },
    Sample {
        file: "native-key-change.json",
        outcome: PUBLISHED,
        events: &[
            r#"native DELETE agent_skills {"agent_id":"agent-7","skill_id":"skill-2"} movedTo {"agent_id":"agent-7","skill_id":"skill-9"}"#,
            r#"native INSERT agent_skills {"agent_id":"agent-7","skill_id":"skill-9"} movedFrom {"agent_id":"agent-7","skill_id":"skill-2"}"#,
        ],
    },
    Sample {
        file: "native-truncate.json",
        outcome: PUBLISHED,
        events: &["native TRUNCATE routing_rules"],
    },
    Sample {
        file: "dms-control.json",
        outcome: "records 1, published 0, skipped control 1",
        events: &[],
    },
    Sample {
        file: "dms-delete.json",
        outcome: PUBLISHED,
        events: &[r#"dms DELETE order_items {"line_number":2,"order_id":1000044}"#],
    },
    Sample {
        file: "dms-load.json",
        outcome: PUBLISHED,
        events: &[r#"dms INSERT agents {"id":"agent-7"} snapshot redacted email phone"#],
    },
    Sample {
        file: "dms-update-before-image.json",
        outcome: PUBLISHED,
        events: &[
            r#"dms UPDATE orders {"id":1000045} changed status updated_at, redacted card_last4 shipping_name shipping_address"#,
        ],
    },
    Sample {
        file: "dms-update-bi-columns.json",
        outcome: PUBLISHED,
        events: &[
            r#"dms UPDATE profiles {"id":1007} changed display_name notes updated_at, redacted date_of_birth gender notes"#,
        ],
    },
    Sample {
        file: "debezium-bare-delete.json",
        outcome: PUBLISHED,
        events: &[
            r#"debezium DELETE sessions {"id":"6f1d2c3b-0000-4000-8000-000000000042"} redacted ip_address user_agent"#,
        ],
    },
    Sample {
        file: "debezium-cloudevent-read.json",
        outcome: PUBLISHED,
        events: &[
            r#"cloudevents INSERT calls {"id":"call-2001"} snapshot redacted from_number to_number recording_url"#,
        ],
    },
    Sample {
        file: "debezium-heartbeat.json",
        outcome: "records 1, published 0, skipped heartbeat 1",
        events: &[],
    },
    Sample {
        file: "debezium-tombstone.json",
        outcome: "records 1, published 0, skipped tombstone 1",
        events: &[],
    },
    Sample {
        file: "debezium-transaction-end.json",
        outcome: "records 1, published 0, skipped transaction 1",
        events: &[],
    },
    Sample {
        file: "debezium-unchanged-column.json",
        outcome: PUBLISHED,
        events: &[
            r#"debezium UPDATE users {"id":"user-123"} redacted email phone ssn, unchanged bio"#,
        ],
    },
    Sample {
        file: "debezium-wrapped-update.json",
        outcome: PUBLISHED,
        events: &[
            r#"debezium UPDATE addresses {"id":5017} changed line1 verified updated_at, redacted line1 line2 city postal_code"#,
        ],
    },
    Sample {
        file: "kinesis-event.json",
        outcome: "records 8, published 7, skipped control 1, skipped tombstone 1",
        events: &[
            r#"native INSERT queues {"id":"queue-1"}"#,
            r#"debezium UPDATE agent_states {"agent_id":"agent-7"}"#,
            "native INSERT queue_metrics",
            "native INSERT queue_metrics",
            r#"dms INSERT interactions {"id":"inter-88"} redacted summary"#,
            r#"debezium INSERT chats {"id":"chat-31"} redacted visitor_name visitor_email"#,
            r#"native UPDATE queues {"id":"queue-1"} changed open updated_at"#,
        ],
    },
];

/// A value of these would be a leak, wherever it stood: what the samples' people are given.
const PERSONAL: [&str; 5] = ["@example", "555-01", "000-12-3456", "000-65-4321", "000-98-7654"];

#[test]
fn every_sample_runs_as_expected() {
    let listed: BTreeSet<String> = SAMPLES.iter().map(|sample| sample.file.to_owned()).collect();
    let files = std::fs::read_dir(workspace("events")).unwrap();
    // Folders have the samples of single functions: see `failures.rs`, and the command's own tests.
    let files: BTreeSet<String> = files
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(
        files, listed,
        "the files under events/, and those that this test expects something of"
    );
    let readme = std::fs::read_to_string(workspace("events/README.md")).unwrap();
    for sample in SAMPLES {
        check(sample);
        assert!(
            readme.contains(&format!("`{}`", sample.file)),
            "{} is not in the README",
            sample.file
        );
    }
}

fn check(sample: &Sample) {
    let content = std::fs::read(workspace("events").join(sample.file)).unwrap();
    // One shard, so that the order of the events is one.
    let world = World { shards: 1, ..World::compiled_in() };
    let ran = world.run(sample.file, content.clone());
    assert_eq!(ran.outcome(), sample.outcome, "{}", sample.file);
    let events: Vec<String> = ran.events().iter().map(|event| told(&event["detail"])).collect();
    assert_eq!(events, sample.events, "{}", sample.file);
    nothing_withheld(sample.file, &content, &ran, &world.rules);
}

/// `dms UPDATE users {"id":1} changed status, redacted email`, each part where there is any.
fn told(detail: &Value) -> String {
    let names = |list: &Value| {
        let names = list.as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
        names.collect::<Vec<_>>().join(" ")
    };
    let text = |member: &Value| member.as_str().unwrap().to_owned();
    let metadata = &detail["metadata"];
    let mut told =
        [&metadata["envelope"], &detail["operation"], &detail["table"]].map(text).join(" ");
    if !detail["keys"].is_null() {
        told = format!("{told} {}", detail["keys"]);
    }
    if metadata["snapshot"] == true {
        told.push_str(" snapshot");
    }
    for moved in ["movedTo", "movedFrom"] {
        if let Some(key) = metadata.get(moved) {
            told = format!("{told} {moved} {key}");
        }
    }
    let mut lists = Vec::new();
    for (name, list) in [
        ("changed", &detail["changed"]),
        ("redacted", &metadata["redacted"]),
        ("unchanged", &metadata["unchanged"]),
        ("raw", &metadata["raw"]),
    ] {
        if list.as_array().is_some_and(|list| !list.is_empty()) {
            lists.push(format!("{name} {}", names(list)));
        }
    }
    if lists.is_empty() { told } else { format!("{told} {}", lists.join(", ")) }
}

/// No event holds what the rules redact or leave out.
fn nothing_withheld(name: &str, content: &[u8], ran: &Ran, rules: &Rules) {
    let events = ran.finished.events.join("\n");
    for value in withheld(name, content, rules) {
        assert!(!events.contains(&value), "{name}: {value} is published");
    }
    for value in PERSONAL {
        assert!(!events.contains(value), "{name}: {value} is published");
    }
}

/// The values that the rules withhold of an input's rows, as JSON texts.
fn withheld(name: &str, content: &[u8], rules: &Rules) -> Vec<String> {
    let records = input::read(name, content, rules).unwrap();
    let raw = records.into_iter().map(|record| RawRecord {
        data: record.data,
        partition_key: record.partition_key.into(),
        number: 0.into(),
        arrived: jiff::Timestamp::UNIX_EPOCH,
    });
    let mut values = Vec::new();
    for record in expand(raw.collect()).records {
        let content = Inflater::default().inflate(&record.data).unwrap();
        if content.is_empty() {
            continue;
        }
        let document = Document::parse(&content, Vec::new()).unwrap();
        let arena = Arena::default();
        for unit in envelope::decode(Some(&document), Context::documented(&arena)).unwrap() {
            let Unit::Change(event) = unit else { continue };
            let table =
                rules.find(event.database.as_deref(), event.schema.as_deref(), &event.table);
            let columns = table.unwrap().columns();
            for row in [event.change.before(), event.change.after()].into_iter().flatten() {
                values.extend(withheld_of(row, |name| {
                    let rule = columns.find(name, &mut 0);
                    !rule.include || rule.redact.is_some()
                }));
            }
        }
    }
    values
}

fn withheld_of(row: &Row<'_>, is_withheld: impl Fn(&str) -> bool) -> Vec<String> {
    let columns = row.columns().iter().filter(|column| is_withheld(&column.name.unescaped()));
    columns
        .filter_map(|column| match column.value {
            ColumnValue::Json("null") | ColumnValue::Unchanged => None,
            ColumnValue::Json(json) | ColumnValue::Raw(json) => Some(json.to_owned()),
        })
        .collect()
}

#[test]
fn a_leak_would_be_noticed() {
    let sample = std::fs::read(workspace("events/sample-cdc-event.json")).unwrap();
    let values = withheld("sample", &sample, &World::compiled_in().rules);
    for value in
        ["\"000-12-3456\"", "\"robin.sample@example.com\"", "\"$example$3f1d0c9a7be24455\""]
    {
        assert!(values.iter().any(|found| found == value), "{value} in {values:?}");
    }
    assert!(!values.iter().any(|value| value.contains("inactive")));
}

#[test]
fn a_generated_workload_conforms_and_leaks_nothing() {
    const RECORDS: usize = 500;
    let now = "2024-01-15T10:30:00Z".parse().unwrap();
    let mut workload = Workload::new(11, WorkloadOptions::default());
    let lines: Vec<String> = (0..RECORDS)
        .map(|_| {
            let record = workload.next(now);
            let data = base64_simd::STANDARD.encode_to_string(&record.data);
            json!({"kinesis": {"partitionKey": record.partition_key, "data": data}}).to_string()
        })
        .collect();
    let ran = World::compiled_in().run("workload", lines.join("\n").into_bytes());
    let summary = &ran.finished.summary;
    assert_eq!(summary.records, RECORDS as u64);
    assert!(summary.published > 400 && summary.wanting() == 0, "{summary:?}");
    let events = ran.finished.events.join("\n");
    // Made up as the samples' people are: domains, numbers and areas set aside for it.
    for value in ["@example", "555-01", "\"000-"] {
        assert!(!events.contains(value), "{value} is published");
    }
}
