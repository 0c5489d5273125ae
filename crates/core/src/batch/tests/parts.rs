//! Claims of more records than one item holds.

use super::world::World;
use crate::{
    delivery::BusCode,
    ledger::CLAIM_KEYS_MAX,
    record::RecordKey,
    testing::{raw, update},
};

/// More than one item holds: aggregates can bring so many in one invocation.
const RECORDS: usize = CLAIM_KEYS_MAX + 500;

#[test]
fn claims_of_more_records_than_an_item_holds_come_in_parts_of_one_write() {
    let mut world = World::new();
    world.judge = Box::new(|label, _| (label == "row-71").then_some(BusCode::Throttling));
    let delivery = || {
        let records = (0..RECORDS as u64).map(|n| raw(n + 1, "k", update(&format!("row-{n}"), 1)));
        records.collect::<Vec<_>>()
    };
    let report = world.deliver(delivery());
    assert_eq!(report.failed_from.unwrap().as_str(), "8");
    let keys: Vec<usize> = world.claims.iter().map(|keys| keys.len() / RecordKey::BYTES).collect();
    assert_eq!(keys, [CLAIM_KEYS_MAX, RECORDS - 1 - CLAIM_KEYS_MAX]);
    assert_eq!(world.writes, 1);

    world.judge = Box::new(|_, _| None);
    world.accepted.clear();
    assert_eq!(world.deliver(delivery()).failed_from, None);
    assert_eq!(world.accepted, ["row-71"], "what either part names is not published again");
}
