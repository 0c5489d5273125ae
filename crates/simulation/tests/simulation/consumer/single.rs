//! Single events: what is taken, and what is refused.

use cdc_simulation::{Consumer, Keys, State, Taken};
use serde_json::{Value, json};

use super::history::{FIRST, details};

/// Takes records of these places in the stream, each going through the real pipeline, and says what
/// became of the events.
fn take(consumer: &mut Consumer, records: &[(usize, &str)]) -> Vec<Taken> {
    let events = records.iter().flat_map(|(number, data)| details(&FIRST, *number, data));
    events.map(|detail| consumer.take(&detail).unwrap()).collect()
}

/// The rows in a few words.
fn told(state: &State) -> Vec<String> {
    let line = |((table, keys), columns): (&(_, Keys), _)| {
        let (_, _, table): &(Option<String>, Option<String>, String) = table;
        let keys: Vec<&str> = keys.values().map(String::as_str).collect();
        format!("{table} {}: {}", keys.join(" "), json!(columns))
    };
    state.iter().map(line).collect()
}

fn check(records: &[(usize, &str)], taken: &[Taken], rows: &[&str]) {
    let mut consumer = Consumer::default();
    assert_eq!(take(&mut consumer, records), taken, "{records:?}");
    assert_eq!(told(&consumer.state()), rows, "{records:?}");
}

fn debezium(op: &str, lsn: &str, before: &str, after: &str) -> String {
    format!(
        r#"{{"before":{before},"after":{after},"source":{{"connector":"postgresql","name":"core","table":"accounts"{lsn}}},"op":"{op}","ts_ms":1700000000999}}"#
    )
}

#[test]
fn a_column_that_the_source_does_not_tell_keeps_its_value_and_its_position() {
    let (placeholder, other) = (r#""__debezium_unavailable_value""#, r#"{"id":1,"bio":"b"}"#);
    let insert = debezium("c", r#","lsn":10"#, "null", r#"{"id":1,"name":"x","bio":"a"}"#);
    let after = format!(r#"{{"id":1,"name":"y","bio":{placeholder}}}"#);
    let update = debezium("u", r#","lsn":30"#, "null", &after);
    let earlier = debezium("u", r#","lsn":20"#, "null", other);
    check(
        &[(1, &insert), (2, &update), (3, &earlier)],
        &[Taken::Applied; 3],
        &[r#"accounts 1: {"bio":"\"b\"","id":"1","name":"\"y\""}"#],
    );
}

#[test]
fn a_column_unknown_before_and_known_after_is_taken() {
    let before = r#"{"id":1,"bio":"__debezium_unavailable_value"}"#;
    let update = debezium("u", r#","lsn":30"#, before, r#"{"id":1,"bio":"b"}"#);
    let detail: Value = serde_json::from_str(&details(&FIRST, 1, &update)[0]).unwrap();
    assert_eq!(detail["metadata"]["unchanged"], json!(["bio"]));
    check(&[(1, &update)], &[Taken::Applied], &[r#"accounts 1: {"bio":"\"b\"","id":"1"}"#]);
}

#[test]
fn an_event_without_order_changes_nothing() {
    let without = debezium("u", "", "null", r#"{"id":1,"name":"x"}"#);
    check(&[(1, &without)], &[Taken::Unordered], &[]);
    let log = r#"{"table":"log","operation":"INSERT","after":{"line":"x"}}"#;
    check(&[(1, log)], &[Taken::Unordered], &[]);
}

#[test]
fn a_truncate_is_placed_by_the_source_and_not_by_one_shard() {
    let insert = debezium("c", r#","lsn":10"#, "null", r#"{"id":1}"#);
    let truncate = debezium("t", r#","lsn":20"#, "null", "null");
    let again = debezium("c", r#","lsn":30"#, "null", r#"{"id":2}"#);
    let taken = [Taken::Applied, Taken::Applied, Taken::Stale];
    check(&[(3, &again), (2, &truncate), (1, &insert)], &taken, &[r#"accounts 2: {"id":"2"}"#]);
    let native = r#"{"table":"users","operation":"INSERT","after":{"id":1}}"#;
    let emptied = r#"{"table":"users","operation":"TRUNCATE"}"#;
    let taken = [Taken::Applied, Taken::Unordered];
    check(&[(1, native), (2, emptied)], &taken, &[r#"users 1: {"id":"1"}"#]);
}

#[test]
fn a_moved_key_is_a_row_gone_and_a_row_come_in_either_order() {
    let insert = r#"{"table":"users","operation":"INSERT","after":{"id":1,"name":"x"}}"#;
    let moved = r#"{"table":"users","operation":"UPDATE","before":{"id":1,"name":"x"},"after":{"id":2,"name":"x"}}"#;
    let [gone, come] = &details(&FIRST, 2, moved)[..] else { panic!("a key did not move") };
    let first = &details(&FIRST, 1, insert)[0];
    for order in [[first, gone, come], [come, gone, first], [gone, first, come]] {
        let mut consumer = Consumer::default();
        for detail in order {
            consumer.take(detail).unwrap();
        }
        assert_eq!(told(&consumer.state()), [r#"users 2: {"id":"2","name":"\"x\""}"#]);
    }
}

#[test]
fn no_digit_of_a_key_or_value_is_lost_and_escapes_make_no_other_row() {
    let insert = |id: &str, name: &str| {
        format!(r#"{{"table":"users","operation":"INSERT","after":{{"id":{id},"name":{name}}}}}"#)
    };
    let (one, other) = ("12345678901234567890123456789", "12345678901234567890123456788");
    let records = [insert(one, "1.10"), insert(other, "2"), insert(r#""a""#, "3")];
    let again = insert(r#""\u0061""#, "4");
    let records: Vec<(usize, &str)> =
        (1..).zip(records.iter().chain([&again]).map(String::as_str)).collect();
    check(
        &records,
        &[Taken::Applied; 4],
        &[
            r#"users "a: {"id":"\"\\u0061\"","name":"4"}"#,
            &format!(r#"users {other}: {{"id":"{other}","name":"2"}}"#),
            &format!(r#"users {one}: {{"id":"{one}","name":"1.10"}}"#),
        ],
    );
}

#[test]
fn images_that_lie_elsewhere_are_waited_for() {
    let update = r#"{"table":"users","operation":"UPDATE","after":{"id":1,"name":"x"}}"#;
    let whole = details(&FIRST, 1, update).remove(0);
    let mut small: Value = serde_json::from_str(&whole).unwrap();
    small["after"] = Value::Null;
    small["metadata"]["claimCheck"] =
        json!({"bucket": "b", "key": "k", "size": 1_000_001, "sha256": "00"});
    let mut consumer = Consumer::default();
    assert_eq!(consumer.take(&small.to_string()).unwrap(), Taken::Elsewhere);
    assert!(consumer.state().is_empty());
    small["after"] = json!({"id": 1, "name": "x"});
    assert_eq!(consumer.take(&small.to_string()).unwrap(), Taken::Applied);
    assert_eq!(told(&consumer.state()), [r#"users 1: {"id":"1","name":"\"x\""}"#]);
}

#[test]
fn what_is_no_detail_is_an_error() {
    let mut consumer = Consumer::default();
    for text in ["", "[]", r#"{"version":"1.0"}"#, r#"{"table":"t","operation":"INSERT"}"#] {
        assert!(consumer.take(text).is_err(), "{text}");
    }
}
