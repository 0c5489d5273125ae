//! Delivery under faults, over the real adapters.

use std::collections::HashMap;

use cdc_local::workload::changes_of_rows;
use serde_json::json;

use crate::world::World;

const CHANGES: usize = 10_000;
const ROWS: usize = 500;

#[test]
fn throttled_entries_cost_neither_order_nor_duplicates() {
    let tables = "  users: {keys: [id], include: [\"*\"]}\n";
    let lines: Vec<String> =
        changes_of_rows(7, CHANGES, ROWS, "2024-01-15T10:30:00Z".parse().unwrap())
            .into_iter()
            .map(|record| {
                let data = base64_simd::STANDARD.encode_to_string(&record.data);
                json!({"kinesis": {"partitionKey": record.partition_key, "data": data}}).to_string()
            })
            .collect();
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
