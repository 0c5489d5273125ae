//! Delivery under faults, over the real adapters.

use std::collections::HashMap;

use cdc_local::workload::{Workload, WorkloadOptions, WorkloadRecord, changes_of_rows};
use serde_json::json;

use crate::world::World;

const CHANGES: usize = 10_000;
const ROWS: usize = 500;

#[test]
fn throttled_entries_cost_neither_order_nor_duplicates() {
    let tables = "  users: {keys: [id], include: [\"*\"]}\n";
    let now = "2024-01-15T10:30:00Z".parse().unwrap();
    let lines: Vec<String> = changes_of_rows(7, CHANGES, ROWS, now).iter().map(line).collect();
    let world = World {
        faults: vec!["put-events=throttle:entry:0.33"],
        batch_size: 500,
        ..World::new(tables)
    };
    let ran = world.run("changes", lines.join("\n").into_bytes());
    assert_eq!(ran.outcome(), format!("records {CHANGES}, published {CHANGES}"));
    let events = ran.events();
    assert_eq!(events.len(), CHANGES);
    let mut last: HashMap<&str, &str> = HashMap::new();
    for event in &events {
        let detail = &event["detail"];
        let (row, order) =
            (detail["keys"]["id"].as_str().unwrap(), detail["metadata"]["order"].as_str().unwrap());
        let before = last.insert(row, order);
        assert!(before.is_none_or(|before| before < order), "row {row} out of order");
    }
    assert_eq!(last.len(), ROWS);
}

fn line(record: &WorkloadRecord) -> String {
    let data = base64_simd::STANDARD.encode_to_string(&record.data);
    json!({"kinesis": {"partitionKey": record.partition_key, "data": data}}).to_string()
}

#[test]
fn hot_rows_and_moved_keys_stay_in_order_while_entries_are_throttled() {
    const RECORDS: usize = 1000;
    let now = "2024-01-15T10:30:00Z".parse().unwrap();
    let mut workload = Workload::new(12, WorkloadOptions::default());
    let lines: Vec<String> = (0..RECORDS).map(|_| line(&workload.next(now))).collect();
    // Rarely: a hot row's changes go one by one, and each refusal is a round's wait for those behind.
    let faults = vec!["put-events=throttle:entry:0.03"];
    // One shard: a key may move to any.
    let ran = World { faults, shards: 1, ..World::compiled_in() }
        .run("workload", lines.join("\n").into_bytes());
    let summary = &ran.finished.summary;
    assert!(summary.wanting() == 0 && summary.duplicates == 0, "{summary:?}");
    assert!(!summary.troubles.is_empty(), "nothing was throttled");
    let mut rows: HashMap<(String, String), Vec<String>> = HashMap::new();
    let mut moved = 0;
    for event in ran.events().into_iter().filter(|event| !event["detail"]["keys"].is_null()) {
        let detail = &event["detail"];
        let row = (detail["table"].to_string(), detail["keys"].to_string());
        moved += usize::from(!detail["metadata"]["movedFrom"].is_null());
        rows.entry(row).or_default().push(detail["metadata"]["order"].to_string());
    }
    for (row, orders) in &rows {
        assert!(orders.is_sorted_by(|one, next| one < next), "{row:?} out of order");
    }
    let busiest = rows.values().map(Vec::len).max();
    assert!(busiest > Some(RECORDS / 25) && moved > 0, "{busiest:?} of one row, {moved} moved");
}
