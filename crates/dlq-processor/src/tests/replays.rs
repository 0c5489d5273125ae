//! Replays: what is published, deleted, buried anew and kept.

use std::time::Duration;

use cdc_core::{
    claim_check::Buckets,
    delivery::{BusCode, CallErrorKind},
    failure::FailureCode,
};
use serde_json::{Value, json};

use super::{
    letters::{LetterText, SHARD, bodies, body, record},
    world::World,
};

const REPLAY: &str = r#"{"action":"replay"}"#;

/// The counts of an answer that are not zero.
fn counts(answer: &Value) -> String {
    let names = ["replayed", "skipped", "parked", "purged", "failed", "refused"];
    let told = names.iter().filter(|name| answer[**name] != 0);
    told.map(|name| format!("{name} {}", answer[*name])).collect::<Vec<_>>().join(", ")
}

#[test]
fn letters_are_published_in_the_order_of_their_records_and_deleted() {
    let mut shuffled = bodies("a1 a2 b1 a3");
    shuffled.reverse();
    let world = World::of(shuffled);
    let answer = world.answer(REPLAY);
    assert_eq!(counts(&answer), "replayed 4");
    assert_eq!((&answer["remainingApprox"], &answer["stopped"]), (&0.into(), &Value::Null));
    assert_eq!(answer["letters"], json!([]), "only what was not moved is told of");
    assert_eq!(world.accepted(), "a1 b1 a2 a3");
    assert_eq!(world.queue(), (vec![], 0));
    assert!(world.with(|state| state.details.iter().all(|it| it["metadata"]["replay"] == true)));
}

#[test]
fn what_fails_again_is_buried_anew_and_not_taken_again_in_this_run() {
    let world = World::with_letters("a1 ? b1");
    let answer = world.answer(REPLAY);
    assert_eq!((counts(&answer).as_str(), &answer["scanned"]), ("replayed 2, failed 1", &3.into()));
    let letter = &answer["letters"][0];
    assert_eq!(
        (&letter["outcome"], &letter["code"]),
        (&"buriedAnew".into(), &"PARSE_ERROR".into())
    );
    let message = letter["message"].as_str().unwrap();
    assert!(message.starts_with("the record is not valid JSON"), "{message}");
    let (queue, hidden) = world.queue();
    assert_eq!((queue.len(), hidden), (1, 0));
    let new: Value = serde_json::from_str(&queue[0]).unwrap();
    assert_eq!(new["attempts"], 4);
    assert_eq!(world.count("bury"), 1);
    // In the next run it is.
    assert_eq!(counts(&world.answer(REPLAY)), "failed 1");
    let new: Value = serde_json::from_str(&world.queue().0[0]).unwrap();
    assert_eq!(new["attempts"], 5);
}

#[test]
fn what_is_buried_anew_late_in_a_long_run_is_left_for_the_next() {
    let words: Vec<String> = (0..400).map(|number| format!("a{number}")).collect();
    let world = World::with_letters(&format!("{} ?", words.join(" ")));
    let answer = world.answer(r#"{"action":"replay","limit":1000,"rate":1}"#);
    assert_eq!(counts(&answer), "replayed 400, failed 1");
    assert_eq!(world.queue().0.len(), 1);
}

#[test]
fn a_run_ends_where_only_new_letters_come() {
    for request in [REPLAY, r#"{"action":"list","filter":{"code":"PARSE_ERROR"}}"#] {
        let world = World::with_letters("a1 b1");
        world.with(|state| state.pours = true);
        let answer = world.answer(request);
        assert_eq!(answer["stopped"], "new");
        let looks = world.count("receive");
        assert!((3..10).contains(&looks), "{request}: {looks} looks");
    }
}

#[test]
fn what_the_rules_leave_out_by_now_is_settled() {
    let row = r#"{"table":"slim","operation":"UPDATE","after":{"id":1}}"#;
    let world = World::of(vec![body(&LetterText { data: row, ..LetterText::default() })]);
    assert_eq!(counts(&world.answer(REPLAY)), "skipped 1");
    assert_eq!((world.queue(), world.accepted()), ((vec![], 0), String::new()));
}

#[test]
fn where_the_bus_is_down_letters_stay_as_they_are_and_the_run_ends() {
    let words: Vec<String> = (0..30).map(|number| format!("a{number}")).collect();
    let world = World::with_letters(&words.join(" "));
    let before = world.queue();
    world.with(|state| state.fails.insert("publish", CallErrorKind::Unavailable));
    let answer = world.answer(REPLAY);
    assert_eq!((counts(&answer).as_str(), &answer["stopped"]), ("failed 10", &"bus".into()));
    assert_eq!((&answer["remainingApprox"], world.queue()), (&30.into(), before));
    assert_eq!((world.count("receive"), world.count("publish")), (1, 3));
    let letter = &answer["letters"][0];
    assert_eq!(letter["outcome"], "kept");
    assert_eq!(letter["why"]["message"], "publish failed: no usable answer");
}

#[test]
fn one_row_that_is_throttled_keeps_its_letters_and_others_go() {
    let world = World::with_letters("a1 b1 a2");
    world.with(|state| {
        state.judge = Box::new(|label| (label == "a1").then_some(BusCode::Throttling));
    });
    let answer = world.answer(REPLAY);
    assert_eq!(
        (counts(&answer).as_str(), &answer["stopped"]),
        ("replayed 1, failed 2", &"bus".into())
    );
    assert_eq!(world.queue().0.len(), 2);
    world.with(|state| state.judge = Box::new(|_| None));
    assert_eq!(counts(&world.answer(REPLAY)), "replayed 2");
    assert_eq!(world.accepted(), "b1 a1 a2");
}

#[test]
fn what_the_bus_refuses_for_good_is_buried_anew() {
    let world = World::with_letters("a1");
    world.with(|state| state.judge = Box::new(|_| Some(BusCode::MalformedDetail)));
    let answer = world.answer(REPLAY);
    assert_eq!(answer["letters"][0]["code"], "EVENTBRIDGE_ERROR");
    let new: Value = serde_json::from_str(&world.queue().0[0]).unwrap();
    assert_eq!((&new["error"]["code"], &new["attempts"]), (&"EVENTBRIDGE_ERROR".into(), &4.into()));
}

#[test]
fn a_letter_is_not_deleted_before_its_successor_is_confirmed() {
    let world = World::with_letters("a1 ?");
    let before = world.queue();
    world.with(|state| state.fails.insert("bury", CallErrorKind::Unavailable));
    let answer = world.answer(REPLAY);
    assert_eq!(
        (counts(&answer).as_str(), &answer["stopped"]),
        ("replayed 1, failed 1", &"queue".into())
    );
    assert_eq!(world.queue(), (vec![before.0[1].clone()], 0));
}

#[test]
fn what_cannot_be_deleted_is_told_and_comes_again_with_the_same_id() {
    let world = World::with_letters("a1");
    world.with(|state| state.fails.insert("delete", CallErrorKind::Unavailable));
    let answer = world.answer(REPLAY);
    assert_eq!((counts(&answer).as_str(), &answer["stopped"]), ("", &"queue".into()));
    assert_eq!(answer["letters"][0]["outcome"], "notDeleted");
    assert_eq!((world.queue().0.len(), world.count("delete")), (1, 3));
    world.with(|state| state.fails.clear());
    world.answer(REPLAY);
    let ids = world.with(|state| {
        state.details.iter().map(|it| it["metadata"]["eventId"].clone()).collect::<Vec<_>>()
    });
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}

#[test]
fn what_was_left_out_and_not_deleted_is_not_counted_as_skipped() {
    let row = r#"{"table":"slim","operation":"UPDATE","after":{"id":1}}"#;
    let world = World::of(vec![body(&LetterText { data: row, ..LetterText::default() })]);
    world.with(|state| state.fails.insert("delete", CallErrorKind::Denied));
    let answer = world.answer(REPLAY);
    assert_eq!((counts(&answer).as_str(), &answer["stopped"]), ("", &"queue".into()));
    assert_eq!(answer["letters"][0]["outcome"], "notDeleted");
}

#[test]
fn a_limit_counts_what_was_put_through_and_the_rest_is_given_back() {
    let words: Vec<String> = (0..30).map(|number| format!("a{number}")).collect();
    let world = World::with_letters(&words.join(" "));
    let answer = world.answer(r#"{"action":"replay","limit":12}"#);
    assert_eq!((counts(&answer).as_str(), &answer["remainingApprox"]), ("replayed 12", &18.into()));
    assert_eq!((&answer["stopped"], world.queue().1), (&Value::Null, 0));
    assert_eq!(world.accepted(), words[..12].join(" "));
}

#[test]
fn a_filter_takes_only_its_letters() {
    let parse = LetterText { code: FailureCode::Parse, number: 2, ..LetterText::default() };
    let world = World::of(vec![bodies("b1").remove(0), body(&parse)]);
    let answer = world.answer(r#"{"action":"replay","filter":{"code":"PARSE_ERROR"}}"#);
    assert_eq!((counts(&answer).as_str(), world.accepted().as_str()), ("replayed 1", "a1"));
    assert_eq!((&answer["scanned"], world.queue().0.len()), (&2.into(), 1));
}

#[test]
fn no_more_letters_a_second_than_asked_for() {
    for (rate, seconds) in [(1, 30), (10, 3), (50, 1), (1000, 0)] {
        let words: Vec<String> = (0..30).map(|number| format!("a{number}")).collect();
        let world = World::with_letters(&words.join(" "));
        let before = world.with(|state| state.now);
        let answer = world.answer(&format!(r#"{{"action":"replay","rate":{rate}}}"#));
        assert_eq!(counts(&answer), "replayed 30");
        let took = world.with(|state| state.now).duration_since(before).as_secs();
        assert!((seconds - 1..=seconds + 2).contains(&took), "{rate} a second took {took} s");
    }
}

#[test]
fn a_run_ends_before_its_deadline_and_says_what_is_left() {
    let words: Vec<String> = (0..100).map(|number| format!("a{number}")).collect();
    let world = World::with_letters(&words.join(" "));
    let before = world.with(|state| state.now);
    let time = Duration::from_secs(30);
    let answer = world.answer_within(r#"{"action":"replay","rate":5}"#, time);
    assert_eq!(answer["stopped"], "deadline");
    let took = world.with(|state| state.now).duration_since(before);
    assert!(took < time.try_into().unwrap(), "{took}");
    let replayed = answer["replayed"].as_u64().unwrap();
    assert!((30..70).contains(&replayed), "{replayed}");
    assert_eq!(answer["remainingApprox"], 100 - replayed);
    assert_eq!(world.queue().1, 0);

    let answer = world.answer_within(REPLAY, Duration::from_secs(15));
    assert_eq!((&answer["scanned"], &answer["stopped"]), (&0.into(), &"deadline".into()));
    assert_eq!(world.count("receive"), world.with(|state| state.hidden.len()));
}

#[test]
fn a_pointer_is_read_from_the_stream_and_published_as_it_would_have_been() {
    let letter = LetterText { number: 7, pointer: true, ..LetterText::default() };
    let world = World::of(vec![body(&letter)]);
    world.with(|state| state.records.insert(format!("{SHARD} 7"), record(&letter)));
    assert_eq!(counts(&world.answer(REPLAY)), "replayed 1");
    let carried = World::of(vec![body(&LetterText { pointer: false, ..letter })]);
    carried.answer(REPLAY);
    let of = |world: &World| world.with(|state| state.details.clone());
    assert_eq!((world.accepted(), of(&world)), (carried.accepted(), of(&carried)));
}

#[test]
fn a_record_that_retention_took_leaves_its_letter() {
    let letter = LetterText { number: 7, pointer: true, ..LetterText::default() };
    let world = World::of([vec![body(&letter)], bodies("b1")].concat());
    let answer = world.answer(REPLAY);
    assert_eq!(
        (counts(&answer).as_str(), &answer["stopped"]),
        ("replayed 1, failed 1", &Value::Null)
    );
    let told = &answer["letters"][0];
    assert_eq!((&told["outcome"], &told["why"]["code"]), (&"kept".into(), &"RECORD_GONE".into()));
    assert!(told["why"]["message"].as_str().unwrap().contains("retention period is over"));
    assert_eq!(world.queue(), (vec![body(&letter)], 0));
}

#[test]
fn a_stream_that_does_not_answer_ends_the_run_after_the_page() {
    let pointer = |number| LetterText { number, pointer: true, ..LetterText::default() };
    let world = World::of([vec![body(&pointer(7)), body(&pointer(8))], bodies("b1")].concat());
    world.with(|state| state.fails.insert("readOne", CallErrorKind::Unavailable));
    let answer = world.answer(REPLAY);
    assert_eq!(
        (counts(&answer).as_str(), &answer["stopped"]),
        ("replayed 1, failed 2", &"stream".into())
    );
    assert_eq!((world.count("readOne"), world.queue().0.len()), (1, 2));
}

#[test]
fn pointers_into_a_stream_that_was_made_anew_do_not_end_the_run() {
    let pointer = |number| LetterText { number, pointer: true, ..LetterText::default() };
    let pointers = (1..=12).map(|number| body(&pointer(number))).collect();
    let world = World::of([pointers, bodies("b1")].concat());
    world.with(|state| state.fails.insert("readOne", CallErrorKind::Invalid));
    let answer = world.answer(REPLAY);
    assert_eq!(
        (counts(&answer).as_str(), &answer["stopped"]),
        ("replayed 1, failed 12", &Value::Null)
    );
    assert_eq!(answer["letters"][0]["why"]["code"], "RECORD_GONE");
    assert_eq!(world.queue().0.len(), 12);
}

#[test]
fn a_letter_that_the_queue_does_not_take_again_stays_and_the_run_goes_on() {
    let world = World::with_letters("? ? b1 ? ? ? ? ? ? ? ? ? c1");
    world.with(|state| state.fails.insert("bury", CallErrorKind::Invalid));
    let answer = world.answer(REPLAY);
    assert_eq!(
        (counts(&answer).as_str(), &answer["stopped"]),
        ("replayed 2, failed 11", &Value::Null)
    );
    assert_eq!(answer["letters"][0]["outcome"], "kept");
}

#[test]
fn one_letter_that_is_too_large_keeps_no_other_from_being_settled() {
    let data = format!("{{no{}", "x".repeat(5000));
    let large = body(&LetterText { data: &data, number: 9, ..LetterText::default() });
    let world = World::of([bodies("? b1"), vec![large.clone()]].concat());
    world.with(|state| {
        state.bury_bytes_max = 5000;
        state.buckets = Buckets::default();
        state.fails_once.push(("publish", CallErrorKind::Unavailable));
    });
    let answer = world.answer(REPLAY);
    assert_eq!(
        (counts(&answer).as_str(), &answer["stopped"]),
        ("replayed 1, failed 2", &Value::Null)
    );
    let letters = answer["letters"].as_array().unwrap();
    let kept: Vec<&Value> = letters.iter().filter(|it| it["outcome"] == "kept").collect();
    let [kept] = kept[..] else { panic!("{answer}") };
    assert_eq!(kept["position"]["sequenceNumber"], "9");
    assert!(kept["why"]["message"].as_str().unwrap().contains("too large for a message"));
    let queue = world.queue().0;
    assert!(queue.len() == 2 && queue.contains(&large), "the other one is a new letter");
}

#[test]
fn the_deadline_ends_the_reads_of_a_page_and_what_was_read_is_published() {
    let pointer = |number| LetterText { number, pointer: true, ..LetterText::default() };
    let world = World::of((1..=10).map(|number| body(&pointer(number))).collect());
    world.with(|state| {
        let records =
            (1..=10).map(|number| (format!("{SHARD} {number}"), record(&pointer(number))));
        state.records.extend(records);
    });
    let answer = world.answer_within(REPLAY, Duration::from_secs(26));
    let reads = world.count("readOne");
    assert!((2..9).contains(&reads), "{reads} reads");
    assert_eq!((&answer["replayed"], &answer["stopped"]), (&reads.into(), &"deadline".into()));
    let letters = answer["letters"].as_array().unwrap();
    assert_eq!(letters.len(), 10 - reads);
    assert!(letters.iter().all(|letter| letter["why"]["code"] == "NOT_SETTLED"), "{answer}");
}

#[test]
fn near_the_deadline_no_record_is_read() {
    let pointer = LetterText { number: 7, pointer: true, ..LetterText::default() };
    let world = World::of(vec![body(&pointer)]);
    let answer = world.answer_within(REPLAY, Duration::from_secs(23));
    assert_eq!((counts(&answer).as_str(), &answer["stopped"]), ("failed 1", &"deadline".into()));
    assert_eq!((world.count("readOne"), world.queue().0.len()), (0, 1));
}

#[test]
fn reads_of_the_stream_are_spread_over_time() {
    let pointer = |number| LetterText { number, pointer: true, ..LetterText::default() };
    let world = World::of((1..=9).map(|number| body(&pointer(number))).collect());
    let before = world.with(|state| state.now);
    world.answer(REPLAY);
    let took = world.with(|state| state.now).duration_since(before).as_secs();
    assert!(took >= 4, "{took} s for 9 reads");
}

#[test]
fn a_letter_delivered_twice_is_replayed_once() {
    let world = World::with_letters("a1 b1");
    world.with(|state| state.twice = true);
    world.answer(REPLAY);
    assert_eq!(world.accepted(), "a1 b1");
}

#[test]
fn what_was_changed_is_told_for_the_audit() {
    let world = World::with_letters("a1");
    let handled = world
        .try_handle(r#"{"action":"replay","filter":{"table":"t"}}"#, super::world::AMPLE)
        .unwrap();
    let audit = handled.audit.unwrap();
    assert_eq!((&*audit.request_id, &*audit.filter, audit.force), ("request-1", "table=t", false));
    let looked = world.try_handle(r#"{"action":"list"}"#, super::world::AMPLE).unwrap();
    assert_eq!(looked.audit, None);
}
