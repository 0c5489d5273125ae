//! Hot rows: that there are some, how hot they are, and that they last.

use std::collections::BTreeMap;

use cdc_core::envelope::Unit;

use super::{WorkloadOptions, count, each_unit, first};
use crate::workload::hot::HOT_ONE_IN;

const RECORDS: usize = 10_000;

/// How many changes each row had, by table: the busiest row first.
fn changes_by_row(seed: u64) -> BTreeMap<String, Vec<usize>> {
    let mut keys = Vec::new();
    each_unit(&first(RECORDS, seed, WorkloadOptions::default()), |record, unit| {
        if let Unit::Change(event) = unit {
            keys.push((event.table.to_string(), record.partition_key.clone()));
        }
    });
    let mut tables: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for ((table, _), changes) in count(keys) {
        tables.entry(table).or_default().push(changes);
    }
    tables.values_mut().for_each(|rows| rows.sort_unstable_by(|a, b| b.cmp(a)));
    tables
}

#[test]
fn a_few_rows_change_again_and_again_and_the_others_now_and_then() {
    for seed in 20..23 {
        let tables = changes_by_row(seed);
        let percent = |changes: usize| changes * 100 / RECORDS;
        assert!(percent(tables["queues"][0]) >= 4, "the busy queue: {:?}", tables["queues"]);
        let agents = &tables["agent_states"];
        assert!(percent(agents[3]) >= 2, "four busy agents: {agents:?}");
        assert!(percent(agents[4]) < 1, "and no fifth: {agents:?}");
        let calls = &tables["calls"];
        assert!(calls[5] >= 8, "one call after the other: {calls:?}");
        let hot = tables["queues"][0] + agents[..4].iter().sum::<usize>();
        let expected = RECORDS / HOT_ONE_IN as usize * 17 / 20;
        assert!(hot > expected * 9 / 10 && hot < expected * 13 / 10, "{hot} for {expected}");
        let others = ["users", "orders", "chats"];
        assert!(others.iter().all(|name| tables[*name][0] < 60), "{:?}", tables["users"]);
    }
}

#[test]
fn one_batch_has_several_changes_of_one_row() {
    let records = first(2000, 23, WorkloadOptions::default());
    for batch in records.chunks(100).skip(2) {
        let busiest = count(batch.iter().map(|record| &record.partition_key)).into_values().max();
        assert!(busiest.unwrap() > 2);
    }
}
