//! Single batches: what is accepted in which order, reported, buried and claimed.

use std::time::Duration;

use super::world::{AMPLE, BusDoes, World, records};
use crate::{
    delivery::{BusCode, CallErrorKind},
    ledger::LedgerKeep,
    record::RecordKey,
};

/// What a batch is expected to come to.
#[derive(Default)]
struct Expect {
    accepted: &'static str,
    /// Number of the record from which the mapping shall deliver again.
    report: Option<u64>,
    letters: usize,
    claims: usize,
}

fn check(world: &mut World, words: &str, expect: Expect) {
    let (letters, claims) = (world.letters.len(), claimed(world));
    world.accepted.clear();
    let report = world.deliver(records(words));
    let number = report.failed_from.map(|number| number.as_str().parse::<u64>().unwrap());
    assert_eq!(world.accepted.join(" "), expect.accepted, "accepted of {words}");
    assert_eq!(number, expect.report, "reported of {words}");
    assert_eq!(world.letters.len() - letters, expect.letters, "letters of {words}");
    assert_eq!(claimed(world) - claims, expect.claims, "claims of {words}");
}

fn claimed(world: &World) -> usize {
    world.claims.iter().map(|keys| keys.len() / RecordKey::BYTES).sum()
}

fn refuse(label: &'static str, code: &'static str) -> World {
    let mut world = World::new();
    world.judge = Box::new(move |seen, _| (seen == label).then(|| BusCode::parse(code)));
    world
}

#[test]
fn a_batch_is_one_read_full_requests_and_one_write() {
    let mut world = World::new();
    let words: Vec<String> =
        (0..1000).map(|n| format!("{}{n}", char::from_u32(0x4e00 + n).unwrap())).collect();
    let delivery = (1..).zip(&words).map(|(number, word)| {
        let (row, _) = word.split_at(3);
        crate::testing::raw(number, "k", crate::testing::update(row, 1))
    });
    let report = world.deliver(delivery.collect());
    assert_eq!((world.reads, world.requests, world.writes, report.accepted), (1, 100, 1, 1000));
    assert_eq!(report.failed_from, None);
}

#[test]
fn rows_go_one_by_one_and_others_beside_them() {
    let mut world = World::new();
    check(
        &mut world,
        "a1 a2 b1 a3 c1",
        Expect { accepted: "a1 b1 c1 a2 a3", claims: 5, ..Expect::default() },
    );
    assert_eq!(world.requests, 3);
}

#[test]
fn a_throttled_entry_is_tried_in_rounds_then_reported_and_the_rest_claimed() {
    let mut world = refuse("b1", "ThrottlingException");
    check(
        &mut world,
        "a1 b1 b2 c1",
        Expect { accepted: "a1 c1", report: Some(2), claims: 2, ..Expect::default() },
    );
    let waits: Vec<u64> = world.waits.iter().map(|wait| wait.as_millis() as u64).collect();
    assert_eq!(waits, [100, 200]);
    world.judge = Box::new(|_, _| None);
    check(&mut world, "a1 b1 b2 c1", Expect { accepted: "b1 b2", claims: 2, ..Expect::default() });
}

#[test]
fn what_is_not_the_entrys_fault_makes_the_stream_wait() {
    for code in [
        "ThrottlingException",
        "InternalFailure",
        "AccessDeniedException",
        "RedactionFailure",
        "InvalidAccountIdException",
        "NotAuthorizedForSourceException",
        "SomethingNew",
    ] {
        let mut world = refuse("a1", code);
        check(
            &mut world,
            "a1 b1",
            Expect { accepted: "b1", report: Some(1), claims: 1, ..Expect::default() },
        );
    }
}

#[test]
fn what_is_the_entrys_own_fault_becomes_a_dead_letter_and_the_row_goes_on() {
    for code in ["MalformedDetail", "InvalidArgument"] {
        let mut world = refuse("a1", code);
        check(
            &mut world,
            "a1 a2",
            Expect { accepted: "a2", letters: 1, claims: 2, ..Expect::default() },
        );
        let letter = &world.letters[0];
        assert_eq!(letter["error"]["code"], "EVENTBRIDGE_ERROR");
        assert_eq!((&letter["attempts"], &letter["table"]), (&1.into(), &"t".into()));
        assert_eq!(letter["originalEvent"]["after"]["v"], 1);
    }
}

#[test]
fn poison_is_buried_and_its_neighbours_are_published() {
    let mut world = World::new();
    check(
        &mut world,
        "a1 ? ~ b1",
        Expect { accepted: "a1 b1", letters: 1, claims: 3, ..Expect::default() },
    );
    let letter = &world.letters[0];
    assert_eq!(letter["error"]["code"], "PARSE_ERROR");
    assert_eq!(letter["originalData"]["encoding"], "base64");
    assert_eq!(
        (&letter["originalEvent"], &letter["originalPointer"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(letter["position"]["sequenceNumber"], "2");
}

#[test]
fn an_unconfirmed_letter_leaves_its_record_unsettled() {
    let mut world = World::new();
    world.queue_fails = 3;
    check(
        &mut world,
        "a1 ? b1",
        Expect { accepted: "a1 b1", report: Some(2), claims: 2, ..Expect::default() },
    );
    world.queue_fails = 1;
    check(&mut world, "a1 ? b1", Expect { letters: 1, claims: 1, ..Expect::default() });
}

#[test]
fn without_the_ledger_nothing_is_done() {
    let mut world = World::new();
    world.read_fails = true;
    check(&mut world, "~ a1 ?", Expect { report: Some(1), ..Expect::default() });
    assert_eq!((world.requests, world.writes), (0, 0));
}

#[test]
fn a_failed_ledger_write_does_not_change_the_answer() {
    let mut world = refuse("b1", "InternalFailure");
    world.write_fails = true;
    check(
        &mut world,
        "a1 b1 c1",
        Expect { accepted: "a1 c1", report: Some(2), ..Expect::default() },
    );
    world.judge = Box::new(|_, _| None);
    check(&mut world, "a1", Expect { accepted: "a1", ..Expect::default() });
}

#[test]
fn a_batch_delivered_again_is_suppressed() {
    let mut world = World::new();
    check(
        &mut world,
        "a1 a2 ? b1",
        Expect { accepted: "a1 b1 a2", letters: 1, claims: 4, ..Expect::default() },
    );
    check(&mut world, "a1 a2 ? b1", Expect::default());
    assert_eq!((world.reads, world.writes), (2, 2), "the note moves all the same");
}

#[test]
fn with_keep_failures_a_healthy_batch_writes_nothing() {
    let mut world = World::new();
    world.settings.keep = LedgerKeep::Failures;
    check(&mut world, "a1 b1", Expect { accepted: "a1 b1", ..Expect::default() });
    assert_eq!((world.reads, world.writes), (1, 0));
}

#[test]
fn no_answer_is_not_success() {
    let mut world = World::new();
    world.bus = Box::new(|request| if request == 1 { BusDoes::LoseAnswer } else { BusDoes::Judge });
    check(&mut world, "a1 a2", Expect { accepted: "a1 a1 a2", claims: 2, ..Expect::default() });
    world.bus = Box::new(|_| BusDoes::Fail(CallErrorKind::Unavailable));
    check(&mut world, "c1", Expect { report: Some(1), ..Expect::default() });
}

#[test]
fn a_request_refused_as_invalid_is_taken_apart() {
    let mut world = World::new();
    world.bus = Box::new(|request| match request {
        1 | 3 => BusDoes::Fail(CallErrorKind::Invalid),
        _ => BusDoes::Judge,
    });
    check(
        &mut world,
        "a1 b1 c1",
        Expect { accepted: "a1 c1", letters: 1, claims: 3, ..Expect::default() },
    );
    assert_eq!(world.requests, 4);
}

#[test]
fn a_bus_that_judges_everything_invalid_drains_nothing_into_the_queue() {
    let mut world = World::new();
    world.bus = Box::new(|_| BusDoes::Fail(CallErrorKind::Invalid));
    check(&mut world, "a1 b1", Expect { report: Some(1), ..Expect::default() });
}

#[test]
fn near_the_deadline_nothing_new_is_started_and_what_is_done_is_claimed() {
    let mut world = World::new();
    world.left = Duration::from_secs(12);
    check(
        &mut world,
        "a1 a2 a3 a4 a5",
        Expect { accepted: "a1 a2", report: Some(3), claims: 2, ..Expect::default() },
    );
    world.left = Duration::from_secs(10);
    check(&mut world, "a1 a2 a3", Expect { report: Some(3), ..Expect::default() });
}

#[test]
fn a_failure_inside_an_aggregate_reports_the_outer_number_and_repeats_nothing() {
    let mut world = refuse("b1", "ThrottlingException");
    check(
        &mut world,
        "x1 a1+b1+a2+a2 y1",
        Expect { accepted: "x1 a1 y1 a2 a2", report: Some(2), claims: 5, ..Expect::default() },
    );
    world.judge = Box::new(|_, _| None);
    check(
        &mut world,
        "x1 a1+b1+a2+a2 y1",
        Expect { accepted: "b1", claims: 1, ..Expect::default() },
    );
}

#[test]
fn equal_bytes_inside_an_aggregate_are_several_records() {
    let mut world = World::new();
    world.left = Duration::from_secs(12);
    check(
        &mut world,
        "a1+a2+a1",
        Expect { accepted: "a1 a2", report: Some(1), claims: 2, ..Expect::default() },
    );
    world.left = AMPLE;
    check(&mut world, "a1+a2+a1", Expect { accepted: "a1", claims: 1, ..Expect::default() });
}

#[test]
fn a_moved_key_occupies_both_rows() {
    let mut world = World::new();
    check(
        &mut world,
        "a1 b1 a>b b2 a2",
        Expect { accepted: "a1 b1 a- b0 b2 a2", claims: 6, ..Expect::default() },
    );
    assert_eq!(world.requests, 4);
}

#[test]
fn half_of_a_moved_key_is_not_published_twice() {
    let mut world = refuse("b0", "ThrottlingException");
    check(
        &mut world,
        "a>b",
        Expect { accepted: "a-", report: Some(1), claims: 1, ..Expect::default() },
    );
    world.judge = Box::new(|_, _| None);
    check(&mut world, "a>b", Expect { accepted: "b0", claims: 1, ..Expect::default() });
}

#[test]
fn a_truncation_keeps_its_place_among_the_rows_of_its_table() {
    let mut world = World::new();
    check(
        &mut world,
        "a1 b1 T a2 c1",
        Expect { accepted: "a1 b1 TRUNCATE a2 c1", claims: 5, ..Expect::default() },
    );
    assert_eq!(world.requests, 3);
}

#[test]
fn another_epoch_or_bus_has_facts_of_its_own() {
    let scope = |epoch, bus: &str| {
        let scope = crate::ledger::LedgerScope { epoch, bus: bus.into(), event_source: "s".into() };
        scope.claim_partition(&crate::testing::shard())
    };
    assert_eq!(scope(0, "b"), "claim|0|b|s|coredb|shardId-000000000003");
    assert!(scope(0, "b") != scope(1, "b") && scope(0, "b") != scope(0, "c"));
}

#[test]
fn each_half_of_a_moved_key_has_a_letter_of_its_own() {
    let mut world = World::new();
    world.judge = Box::new(|_, _| Some(BusCode::MalformedDetail));
    check(&mut world, "a>b", Expect { letters: 2, claims: 2, ..Expect::default() });
    let halves: Vec<_> = world.letters.iter().map(|letter| &letter["position"]["half"]).collect();
    assert_eq!(halves, [0, 1]);
    assert_ne!(world.letters[0]["eventId"], world.letters[1]["eventId"]);
}

#[test]
fn letters_that_the_queue_refuses_go_alone_and_then_as_pointers() {
    let mut world = World::new();
    world.settings.attempts_max = 1;
    world.queue_bytes_max = 1000;
    let letters = "? a1 ?";
    check(
        &mut world,
        letters,
        Expect { accepted: "a1", letters: 2, claims: 3, ..Expect::default() },
    );

    let large = format!("{{no JSON: {}", "x".repeat(2000));
    let mut delivery = records("a1 b1");
    delivery.push(crate::testing::raw(3, "k", large));
    let mut world = World::new();
    world.queue_bytes_max = 1000;
    let report = world.deliver(delivery);
    assert_eq!((report.failed_from, world.letters.len()), (None, 1));
    assert!(!world.letters[0]["originalPointer"].is_null());
}

#[test]
fn what_is_too_much_for_one_batch_waits_for_another_delivery() {
    use std::io::Write as _;
    let zeros = vec![b' '; crate::record::INFLATED_RECORD_BYTES_MAX];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&zeros).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut delivery = records("a1 b1");
    delivery.extend((3..14).map(|number| crate::testing::raw(number, "k", gzip.clone())));
    let mut world = World::new();
    let report = world.deliver(delivery);
    assert_eq!(world.accepted.join(" "), "a1 b1");
    assert_eq!(report.failed_from.map(|number| number.to_string()).as_deref(), Some("11"));
    assert_eq!(claimed(&world), 2);
}
