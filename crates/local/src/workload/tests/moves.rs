//! Moved keys: each producer tells them in its way, and the pipeline makes a deletion and an
//! insertion of them.

use std::collections::BTreeMap;

use cdc_core::{
    envelope::Unit,
    event::{Change, Envelope},
    pipeline::Work,
};
use serde_json::Value;

use super::{WorkloadOptions, WorkloadRecord, each_unit, first, outcomes, truth};

const RECORDS: usize = 10_000;

fn records(seed: u64) -> Vec<WorkloadRecord> {
    first(RECORDS, seed, WorkloadOptions::default())
}

#[test]
fn a_moved_key_is_a_deletion_and_an_insertion_behind_native_and_dms() {
    let mut moves: BTreeMap<(String, String), usize> = BTreeMap::new();
    for work in outcomes(&records(30)) {
        let Work::Publish(events) = work else { continue };
        let [delete, insert] = &events[..] else {
            assert_eq!(events.len(), 1);
            continue;
        };
        let told = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let (from, to) = (told(delete.event.detail.get()), told(insert.event.detail.get()));
        assert_eq!((&from["operation"], &to["operation"]), (&"DELETE".into(), &"INSERT".into()));
        assert_eq!(from["metadata"]["movedTo"], to["keys"]);
        assert_eq!(to["metadata"]["movedFrom"], from["keys"]);
        check_part(&from, &to);
        let name = |value: &Value| value.as_str().unwrap().to_owned();
        *moves.entry((name(&from["metadata"]["envelope"]), name(&from["table"]))).or_default() += 1;
    }
    let told: Vec<_> = moves.keys().map(|(by, table)| (by.as_str(), table.as_str())).collect();
    assert_eq!(told, [("dms", "agent_skills"), ("native", "preferences")]);
    assert!(moves.values().all(|&count| (8..60).contains(&count)), "{moves:?}");
}

/// The second part of the key moved, the first stayed.
fn check_part(from: &Value, to: &Value) {
    let [stays, moves] = match from["table"].as_str().unwrap() {
        "agent_skills" => ["agent_id", "skill_id"],
        _ => ["user_id", "name"],
    };
    assert_eq!(from["keys"][stays], to["keys"][stays]);
    assert_ne!(from["keys"][moves], to["keys"][moves]);
}

#[test]
fn a_moved_key_is_delete_tombstone_and_create_behind_debezium() {
    let mut deleted: Option<(String, String)> = None;
    let (mut moves, mut deletions) = (0, 0);
    each_unit(&records(31), |record, unit| {
        let Unit::Change(event) = unit else {
            // The tombstone between them.
            if !record.data.is_empty() {
                deleted = None;
            }
            return;
        };
        let position = event.source_position.as_deref().unwrap_or_default().to_owned();
        if let (Some((key, place)), Change::Insert { .. }) = (&deleted, &event.change)
            && *place == position
        {
            assert_eq!(event.table, "sessions");
            assert_ne!(*key, record.partition_key);
            moves += 1;
        }
        let is_deletion =
            event.envelope == Envelope::Debezium && matches!(event.change, Change::Delete { .. });
        deleted = is_deletion.then(|| (record.partition_key.clone(), position));
        deletions += usize::from(is_deletion);
    });
    assert!((10..80).contains(&moves) && deletions > 4 * moves, "{moves} of {deletions}");
}

#[test]
fn a_moved_row_goes_on_under_its_new_key() {
    let records = records(32);
    truth::check(&records);
    let (mut moved, mut changed_after) = (Vec::new(), 0);
    each_unit(&records, |record, unit| {
        let Unit::Change(event) = unit else { return };
        let Change::Update { before: Some(before), .. } = &event.change else { return };
        if event.table == "queue_metrics" {
            return;
        }
        let from = truth::key_of(&event, before);
        changed_after += usize::from(moved.contains(&record.partition_key));
        if from.is_some_and(|from| from != record.partition_key) {
            moved.push(record.partition_key.clone());
        }
    });
    assert!(moved.len() > 20 && changed_after > 20, "{changed_after} of {}", moved.len());
}
