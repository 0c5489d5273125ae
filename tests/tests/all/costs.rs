//! What a batch costs, counted in calls over the real adapters: one read and one write of the
//! ledger a batch, never one a record, and requests to the bus as full as order lets them be.

use cdc_local::run::Finished;
use serde_json::json;

use crate::world::World;

/// What one `PutEvents` call takes.
const ENTRIES_MAX: usize = 10;

const TABLES: &str = "  t: {keys: [id], include: [\"*\"]}\n";

/// A change of each of these rows, in this order.
fn changes(rows: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let change = |(version, row): (usize, usize)| {
        let after = json!({"id": row, "version": version});
        json!({"table": "t", "operation": "UPDATE", "after": after}).to_string()
    };
    (0..).zip(rows).map(change).collect::<Vec<_>>().join("\n").into_bytes()
}

fn run(batch_size: u32, rows: impl IntoIterator<Item = usize>) -> Finished {
    let world = World { shards: 1, batch_size, ..World::new(TABLES) };
    world.run("changes", changes(rows)).finished
}

fn calls(finished: &Finished, operation: &str) -> usize {
    finished.calls.get(operation).map_or(0, |&count| usize::try_from(count).unwrap())
}

/// The processor makes no other calls than these, but for one look at the bus when it starts.
fn expect(finished: &Finished, batches: usize) {
    let told = format!("{:?}", finished.calls);
    assert_eq!(calls(finished, "Query"), batches, "reads of the ledger: {told}");
    assert_eq!(calls(finished, "BatchWriteItem"), batches, "writes of the ledger: {told}");
    let named: Vec<&str> = finished.calls.keys().map(String::as_str).collect();
    assert_eq!(named, ["BatchWriteItem", "DescribeEventBus", "PutEvents", "Query"]);
    assert_eq!(calls(finished, "DescribeEventBus"), 1, "{told}");
}

#[test]
fn distinct_rows_fill_their_requests() {
    for count in [1, 9, 10, 11, 100, 257, 1000] {
        let finished = run(1000, 0..count);
        expect(&finished, 1);
        let requests = count.div_ceil(ENTRIES_MAX);
        assert_eq!(calls(&finished, "PutEvents"), requests, "{count} rows");
    }
}

#[test]
fn a_hot_row_costs_a_request_for_each_of_its_changes_at_most() {
    // How often each row changes; the changes are shuffled into one another.
    for chains in [vec![7], vec![12, 12], vec![30, 5, 5, 1, 1, 1], [vec![40], vec![2; 80]].concat()]
    {
        let count: usize = chains.iter().sum();
        let longest = *chains.iter().max().unwrap();
        let chains = &chains;
        let rows =
            (0..longest).flat_map(|turn| (0..chains.len()).filter(move |&row| turn < chains[row]));
        let finished = run(1000, rows);
        expect(&finished, 1);
        let requests = calls(&finished, "PutEvents");
        let most = count.div_ceil(ENTRIES_MAX) + longest - 1;
        assert!(requests <= most, "{requests} requests for {chains:?}, at most {most}");
        assert_eq!(finished.summary.published, count as u64);
    }
}

#[test]
fn the_ledger_is_asked_once_a_batch() {
    let finished = run(100, 0..1000);
    expect(&finished, 10);
    assert_eq!(calls(&finished, "PutEvents"), 100);
}

#[test]
fn what_was_published_costs_only_the_look_at_the_ledger() {
    let world = World { shards: 1, batch_size: 100, redeliver: 1, ..World::new(TABLES) };
    let finished = world.run("changes", changes(0..100)).finished;
    assert_eq!(finished.summary.suppressed, 100);
    assert_eq!(calls(&finished, "Query"), 2);
    assert_eq!(calls(&finished, "PutEvents"), 10);
}
