//! Poison: every kind is refused for what is wrong with it, and takes nothing away.

use std::{collections::HashSet, io::Read as _};

use cdc_core::{
    failure::{Failure, FailureCode},
    pipeline::{Preparer, Work},
    record::{RawRecord, expand},
};

use super::{Workload, WorkloadOptions, WorkloadRecord, count, pipeline, shard, start, truth};
use crate::workload::{
    poison::{Poison, Poisoner},
    producer::{Moment, Producers},
};

/// The code of a kind's dead letter, and words of its message.
fn expected(kind: Poison) -> (FailureCode, &'static str) {
    use FailureCode::{Parse, Validation};
    match kind {
        Poison::PlainText => (Parse, "not valid JSON at byte 0: a value is expected"),
        Poison::CutShort => (Parse, "the text ends too early"),
        Poison::Latin1 => (Parse, "not UTF-8"),
        Poison::TooDeep => (Parse, "nested deeper than 128 levels"),
        Poison::BareRow => (Parse, "not a known envelope: expected the members of"),
        Poison::ListOfRows => (Parse, "not a known envelope: a JSON object is expected"),
        Poison::NamelessTable => (Parse, "table must name the table"),
        Poison::UnknownOperation => (Parse, "is an unknown text of"),
        Poison::UnknownRecordType => (Parse, "metadata.record-type must be"),
        Poison::ForeignCloudEvent => (Parse, "a CloudEvent whose type is not Debezium's"),
        Poison::EncodedPayload => (Parse, "payload must be a JSON object or null"),
        Poison::TruncatedGzip => (Parse, "starts like gzip and is broken"),
        Poison::BrokenZstd => (Parse, "starts like zstd and is broken"),
        Poison::TooManyLayers => (Parse, "is compressed more than 2 times over"),
        Poison::Bomb => (Parse, "inflates to more than 33554432 bytes"),
        Poison::BrokenAggregate => (Parse, "a KPL aggregate with a valid digest is malformed"),
        Poison::UnlistedTable => (Validation, "table \"users_copy_20240115\" has no rules"),
        Poison::NoKey => (Validation, "key column \"id\" is not in the row"),
        Poison::NullKey => (Validation, "key column \"id\" is null"),
        Poison::DuplicateMember => (Validation, "member \"id\" stands twice in after"),
        Poison::NoAfterImage => (Validation, "INSERT without an after image"),
        Poison::NothingTold => (Validation, "a DELETE with neither key nor before image"),
        Poison::TooLarge => (Validation, "and EventBridge takes 1000000"),
        Poison::TooManyColumns => (Validation, "after has more than 8192 members"),
    }
}

/// Why the pipeline refuses a record.
fn refusal(data: &[u8]) -> Option<Failure> {
    let delivery = vec![RawRecord {
        data: data.to_vec().into(),
        partition_key: "poison".into(),
        number: 1.into(),
        arrived: start(),
    }];
    let expanded = expand(delivery);
    if let [(0, malformed)] = expanded.malformed[..] {
        return Some(Failure::parse(malformed));
    }
    let (pipeline, shard) = (pipeline(), shard());
    let mut prepared = Preparer::new(pipeline, &shard).prepare(&expanded.records[0]).unwrap();
    match prepared.units.remove(0).work {
        Work::Bury(failure) => Some(failure),
        Work::Publish(_) | Work::Skip(_) => None,
    }
}

#[test]
fn every_kind_is_refused_for_what_is_wrong_with_it() {
    let (producers, moment) = (Producers::new(), Moment::at(start()));
    for seed in 0..4 {
        let mut poisoner = Poisoner::new(seed, 1.0);
        for kind in Poison::ALL {
            let data = poisoner.brew(kind, &producers, &moment);
            let failure = refusal(&data).unwrap_or_else(|| panic!("{kind:?} is no poison"));
            let (code, words) = expected(kind);
            assert_eq!(failure.code, code, "{kind:?}: {failure}");
            assert!(failure.message.contains(words), "{kind:?}: {failure}");
            assert!(data.len() < 64 << 10, "{kind:?} has {} bytes", data.len());
        }
    }
}

#[test]
fn all_kinds_are_listed_once() {
    assert_eq!(Poison::ALL.iter().collect::<HashSet<_>>().len(), Poison::ALL.len());
}

fn poisoned(count: usize, share: f64) -> Vec<WorkloadRecord> {
    let options = WorkloadOptions { poison: share, ..WorkloadOptions::default() };
    let mut workload = Workload::new(40, options);
    (0..count).map(|_| workload.next(start())).collect()
}

#[test]
fn every_kind_comes_and_about_as_often_as_the_others() {
    const RECORDS: usize = 600;
    let failures = poisoned(RECORDS, 1.0).into_iter().map(|record| {
        let failure = refusal(&record.data).expect("all is poison");
        let kind = Poison::ALL.iter().find(|&&kind| {
            let (code, words) = expected(kind);
            failure.code == code && failure.message.contains(words)
        });
        format!("{:?}", kind.unwrap_or_else(|| panic!("of no kind: {failure}")))
    });
    let kinds = count(failures);
    assert_eq!(kinds.len(), Poison::ALL.len());
    let even = RECORDS / Poison::ALL.len();
    assert!(kinds.values().all(|&count| count > even / 3 && count < even * 3), "{kinds:?}");
}

#[test]
fn poison_is_the_share_that_was_asked_for_and_takes_nothing_away() {
    for (records, share) in [(10_000, 0.0), (10_000, 0.01), (10_000, 0.1), (200, 1.0)] {
        let mixed = poisoned(records, share);
        let clean = poisoned(records, 0.0);
        let (others, poison) = apart(&mixed, &clean);
        assert_eq!(others, clean[..others.len()], "{share}");
        truth::check(&others);
        let found = poison.len() as f64 / records as f64;
        assert!((found - share).abs() <= share * 0.2, "{found} for {share}");
        assert!(poison.iter().take(100).all(|record| refusal(&record.data).is_some()));
    }
}

#[test]
fn what_is_no_share_is_none_and_more_than_all_is_all() {
    let same = [(f64::NAN, 0.0), (-1.0, 0.0), (f64::NEG_INFINITY, 0.0), (7.0, 1.0)];
    for (share, meant) in same {
        assert_eq!(poisoned(100, share), poisoned(100, meant), "{share}");
    }
}

/// The records that stand in `clean` in the same order, and the rest.
fn apart(
    mixed: &[WorkloadRecord],
    clean: &[WorkloadRecord],
) -> (Vec<WorkloadRecord>, Vec<WorkloadRecord>) {
    let mut next = clean.iter().peekable();
    mixed.iter().cloned().partition(|record| next.next_if_eq(&record).is_some())
}

#[test]
fn people_in_poison_are_made_up_too() {
    let mut seen = [0; 3];
    for record in poisoned(300, 1.0) {
        let text = readable(&record.data);
        // Without the last one, which may be cut.
        let mut parts: Vec<&str> = text.split('"').filter(|part| part.is_ascii()).collect();
        parts.pop();
        for (index, part) in parts.iter().enumerate() {
            let ssn = index > 1 && parts[index - 2] == "ssn";
            let marks = [
                (part.contains('@'), "example."),
                (part.starts_with("+1-"), "-555-01"),
                (ssn, "000-"),
            ];
            for (seen, (_, made_up)) in
                seen.iter_mut().zip(marks).filter(|(_, (is_personal, _))| *is_personal)
            {
                assert!(part.contains(made_up), "{part}");
                *seen += 1;
            }
        }
    }
    assert!(seen.iter().all(|&count| count > 50), "{seen:?}");
}

/// What can be read of a record: some is broken on purpose.
fn readable(data: &[u8]) -> String {
    let mut data = data.to_vec();
    while data.starts_with(&[0x1f, 0x8b]) {
        let mut inflated = Vec::new();
        let _ = flate2::read::GzDecoder::new(&data[..]).read_to_end(&mut inflated);
        data = inflated;
    }
    String::from_utf8_lossy(&data).into_owned()
}
