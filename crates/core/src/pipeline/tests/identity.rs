//! Event ids, rows and moved keys.

use serde_json::json;

use super::*;

#[test]
fn an_event_id_is_the_same_however_often_a_source_sends_and_never_of_two_changes() {
    let change = |lsn: u64, id: u64, op: &str| {
        format!(
            r#"{{"before":null,"after":{{"id":{id}}},"source":{{"connector":"postgresql","name":"core","table":"t","lsn":{lsn}}},"op":"{op}"}}"#
        )
    };
    let id = |number: u64, data: &str| {
        let prepared = prepare_with(&testing::pipeline(), vec![raw(number, "k", data.to_owned())]);
        prepared[0].units[0].event_id.clone().unwrap()
    };
    assert_eq!(id(1, &change(5, 1, "c")), id(2, &change(5, 1, "c")), "sent twice by the source");
    let snapshot: std::collections::HashSet<_> =
        (0..9).map(|row| id(1, &change(5, row, "r"))).collect();
    assert_eq!(snapshot.len(), 9, "nine rows of one LSN");
    let native = testing::update("a", 1);
    assert_eq!(id(1, &native), id(1, &native));
    assert_ne!(id(1, &native), id(2, &native));
    let moved = r#"{"table":"t","operation":"UPDATE","before":{"id":1},"after":{"id":2}}"#;
    let both = details(&testing::pipeline(), moved);
    let ids: Vec<Value> = both
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).unwrap()["metadata"]["eventId"].clone())
        .collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_moved_key_links_its_two_events() {
    let moved =
        r#"{"table":"t","operation":"UPDATE","before":{"id":"a","v":1},"after":{"id":"b","v":2}}"#;
    let both: Vec<Value> = details(&testing::pipeline(), moved)
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    assert_eq!(
        (&both[0]["operation"], &both[0]["keys"], &both[0]["after"]),
        (&json!("DELETE"), &json!({"id": "a"}), &json!(null))
    );
    assert_eq!(
        (&both[1]["operation"], &both[1]["keys"], &both[1]["before"]),
        (&json!("INSERT"), &json!({"id": "b"}), &json!(null))
    );
    assert_eq!(both[0]["metadata"]["movedTo"], json!({"id": "b"}));
    assert_eq!(both[1]["metadata"]["movedFrom"], json!({"id": "a"}));
}

#[test]
fn strings_of_one_meaning_are_one_row_and_numbers_are_another() {
    let row = |id: &str| {
        let data = format!(r#"{{"table":"t","operation":"INSERT","after":{{"id":{id}}}}}"#);
        prepare_with(&testing::pipeline(), vec![raw(1, "k", data)])[0].units[0].rows[0].unwrap()
    };
    assert_eq!(row(r#""a""#), row(r#""\u0061""#));
    assert_ne!(row("1"), row(r#""1""#));
}

#[test]
fn an_event_without_the_position_that_its_siblings_have_has_no_order() {
    let order = |source: &str| {
        let data = format!(r#"{{"op":"c","after":{{"id":1}},"source":{{"table":"t",{source}}}}}"#);
        let text = &details(&testing::pipeline(), &data)[0];
        serde_json::from_str::<Value>(text).unwrap()["metadata"]["order"].clone()
    };
    assert_eq!(order(r#""connector":"postgresql","lsn":7"#), "lsn:00000000000000000007");
    assert_eq!(order(r#""connector":"postgresql","lsn":null"#), json!(null));
    assert_eq!(
        order(r#""connector":"mysql","file":"bin.000002","pos":5,"row":1"#),
        "binlog:00000000000000000002:00000000000000000005:0000000001"
    );
    assert_eq!(order(r#""connector":"mysql","file":"bin","pos":5"#), json!(null));
    assert_eq!(
        order(r#""connector":"oracle","scn":"5""#),
        "scn:00000000000000000005:shard:002:42:000000:000000"
    );
}
