//! Pointers: the range is read to its end, and what it holds besides is not published unseen.

use cdc_core::delivery::CallErrorKind;
use serde_json::{Value, json};

use super::{
    super::{letters::SHARD, world::World},
    build::{DocumentText, REPLAY, queue},
    replays::counts,
};

const FORCE: &str = r#"{"action":"replay","from":"documents","force":true}"#;

/// A queue with one pointer to all of these, of which the mapping says it gave so many up.
fn pointer(words: &str, batch_size: usize) -> World {
    queue(&[DocumentText { words, batch_size: Some(batch_size), ..DocumentText::default() }])
}

#[test]
fn a_long_range_is_followed_page_by_page_in_order() {
    let words: Vec<String> =
        (0..50).map(|number| format!("{}{number}", char::from(b'a' + number % 5))).collect();
    let world = pointer(&words.join(" "), 50);
    world.with(|state| {
        state.documents.page_max = 7;
        state.documents.empty_reads = 3;
    });
    // Behind the range the shard goes on.
    let behind = DocumentText { words: "z9", first: 1000, ..DocumentText::default() };
    world.with(|state| state.documents.put(SHARD, behind.records()));
    let answer = world.answer(REPLAY);
    assert_eq!(counts(&answer), json!({"replayed": 1, "read": 50, "published": 50}), "{answer}");
    // Each page begins with the last record of the one before.
    assert_eq!(world.count("readOn"), 3 + 9);
    for row in ["a", "b", "c", "d", "e"] {
        let accepted = world.accepted();
        let of_row: Vec<&str> = accepted.split(' ').filter(|it| it.starts_with(row)).collect();
        let expected: Vec<&String> = words.iter().filter(|it| it.starts_with(row)).collect();
        assert_eq!(of_row, expected);
    }
}

#[test]
fn a_range_goes_on_where_the_run_before_ended() {
    let words: Vec<String> = (0..30).map(|number| format!("a{number}")).collect();
    let world = pointer(&words.join(" "), 30);
    world.with(|state| {
        state.documents.page_max = 10;
        state.judge = Box::new(|label| {
            (label == "a15").then_some(cdc_core::delivery::BusCode::RedactionFailure)
        });
    });
    let answer = world.answer(REPLAY);
    let expected = json!({"failed": 1, "read": 19, "published": 15, "unsettled": 4});
    assert_eq!(counts(&answer), expected, "the third page was not begun: {answer}");
    world.with(|state| state.judge = Box::new(|_| None));
    let expected = json!({"replayed": 1, "read": 30, "published": 15, "suppressed": 15});
    assert_eq!(counts(&world.answer(REPLAY)), expected);
    assert_eq!(world.accepted(), words.join(" "));
}

#[test]
fn what_retention_takes_between_two_pages_is_told_and_the_document_stays() {
    let world = pointer("a1 a2 a3 a4 a5 a6 a7 a8 a9", 9);
    world.with(|state| (state.documents.page_max, state.documents.trims) = (3, 5));
    let answer = world.answer(REPLAY);
    assert_eq!(world.accepted(), "a1 a2 a3 a6 a7 a8 a9");
    assert_eq!(answer["documents"][0]["why"]["code"], "RECORDS_GONE", "{answer}");
    assert_eq!((&answer["replayed"], &answer["failed"]), (&json!(0), &json!(1)));
}

#[test]
fn a_merged_pointer_holds_more_than_failed_and_the_surplus_is_counted() {
    let world = pointer("a1 b1 c1 d1 e1", 3);
    let answer = world.answer(REPLAY);
    let expected = json!({"replayed": 1, "read": 5, "published": 5, "surplus": 2});
    assert_eq!(counts(&answer), expected, "{answer}");
}

#[test]
fn where_the_rest_may_be_of_other_lanes_or_filtered_a_surplus_is_left_unless_forced() {
    let world = pointer("a1 b1 c1 d1", 3);
    world.with(|state| state.documents.whole_ranges = false);
    let answer = world.answer(REPLAY);
    assert_eq!(counts(&answer), json!({"refused": 1}), "{answer}");
    let document = &answer["documents"][0];
    assert!(document["refused"].as_str().unwrap().starts_with("SURPLUS: "), "{document}");
    assert_eq!((&document["attempts"], world.accepted()), (&0.into(), String::new()));
    let expected = json!({"replayed": 1, "read": 4, "published": 4, "surplus": 1});
    assert_eq!(counts(&world.answer(FORCE)), expected);

    // A range with just as many records as were given up holds nothing else.
    let world = pointer("a1 b1 c1 d1", 4);
    world.with(|state| {
        state.documents.whole_ranges = false;
        state.documents.page_max = 2;
    });
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
    assert_eq!(world.accepted(), "a1 b1 c1 d1");
}

#[test]
fn what_retention_took_is_told_and_the_rest_is_replayed() {
    for (kept, left, published) in [(2, "the head is gone", 2), (0, "all of it is gone", 0)] {
        let world = pointer("a1 b1 c1 d1", 4);
        let behind = DocumentText { words: "z9", first: 1000, ..DocumentText::default() };
        world.with(|state| {
            let records = state.documents.stream.get_mut(SHARD).unwrap();
            records.drain(..4 - kept);
            state.documents.put(SHARD, behind.records());
        });
        let answer = world.answer(REPLAY);
        assert_eq!(
            (&answer["replayed"], &answer["failed"], &answer["records"]["gone"]),
            (&0.into(), &1.into(), &true.into()),
            "{left}: {answer}"
        );
        assert_eq!(answer["records"]["published"], published, "{left}");
        let why = &answer["documents"][0]["why"];
        assert_eq!(why["code"], "RECORDS_GONE", "{left}");
        let message = why["message"].as_str().unwrap();
        assert!(message.contains("retention period") && message.contains("from 1 on"), "{message}");
        assert_eq!(world.messages(), (1, 0), "{left}: kept, for a person");
        assert!(!world.accepted().contains('z'), "{left}");
    }
}

#[test]
fn a_shard_that_expired_a_stream_made_anew_and_one_that_ends_early_have_lost_the_records() {
    for (kind, shard) in
        [(CallErrorKind::Denied, "shardId-000000000009"), (CallErrorKind::Invalid, SHARD)]
    {
        let world = queue(&[DocumentText { shard, ..DocumentText::default() }]);
        world.with(|state| state.fails.insert("readOn", kind));
        let answer = world.answer(FORCE);
        assert_eq!(answer["documents"][0]["why"]["code"], "RECORDS_GONE", "{answer}");
        assert_eq!(answer["stopped"], Value::Null);
    }
    let world = pointer("a1 b1 c1 d1", 4);
    world.with(|state| state.documents.stream.get_mut(SHARD).unwrap().truncate(3));
    let answer = world.answer(REPLAY);
    assert_eq!(answer["documents"][0]["why"]["code"], "RECORDS_GONE", "{answer}");
    assert_eq!(world.accepted(), "a1 b1 c1");
    // Without rights nothing is concluded.
    let world = pointer("a1", 1);
    world.with(|state| state.fails.insert("readOn", CallErrorKind::Denied));
    let answer = world.answer(REPLAY);
    assert_eq!(answer["documents"][0]["why"]["code"], "STREAM_ERROR", "{answer}");
    assert_eq!(answer["stopped"], "stream");
}

#[test]
fn a_shard_with_nothing_but_empty_pages_is_left() {
    let world = pointer("a1 b1", 2);
    world.with(|state| state.documents.empty_reads = 1000);
    let answer = world.answer(REPLAY);
    assert_eq!((&answer["stopped"], &answer["failed"]), (&"stream".into(), &1.into()), "{answer}");
    assert_eq!(world.count("readOn"), 20);
}

#[test]
fn reads_leave_the_mapping_its_share() {
    let words: Vec<String> = (0..40).map(|number| format!("a{number}")).collect();
    let world = pointer(&words.join(" "), 40);
    world.with(|state| state.documents.page_max = 10);
    let start = world.with(|state| state.now);
    world.answer(r#"{"action":"replay","from":"documents","rate":1000}"#);
    let took = world.with(|state| state.now).duration_since(start);
    assert!(took.as_millis() >= 3 * 500, "two reads a second: {took:?}");
}

#[test]
fn a_throttled_read_is_tried_again() {
    let world = pointer("a1 b1", 2);
    world.with(|state| state.fails_once.push(("readOn", CallErrorKind::Throttled)));
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
}
