//! The golden records, broken in every way that comes to mind: nothing panics, nothing costs more than
//! it may, and what is still decoded is JSON.

use allocation_counter::measure;
use serde_json::value::RawValue;

use super::*;
use crate::{
    json::JsonError,
    pipeline::{Preparer, Work, golden_records},
    record::expand,
    testing::{self, Random, raw},
};

/// Records out of chance.
const SEEDS: u64 = 6000;

/// What may stand where something else should.
fn wrong() -> [String; 14] {
    [
        "null".into(),
        "true".into(),
        "0".into(),
        "-1.5e-400".into(),
        "9".repeat(400),
        "1705314600123456789012".into(),
        "\"\"".into(),
        "\"\\u0000\\ud800\"".into(),
        format!("\"{}\"", "x".repeat(5000)),
        "{}".into(),
        "[]".into(),
        format!("{}{}", "[".repeat(110), "]".repeat(110)),
        "[{\"a\":[null,{\"b\":1}]},2]".into(),
        r#"{"id":1,"\u0069d":2,"scale":2147483648,"value":"bg=="}"#.into(),
    ]
}

/// Where each value of a document stands.
fn places(value: Value<'_, '_>, out: &mut Vec<(usize, usize)>) {
    out.push((value.offset(), value.offset() + value.text().len()));
    value.elements().for_each(|element| places(element, out));
    let members = value.as_object().into_iter().flat_map(Object::members);
    members.for_each(|(_, member)| places(member, out));
}

fn places_of(record: &[u8]) -> Vec<(usize, usize)> {
    let document = Document::parse(record, Vec::new()).unwrap();
    let mut found = Vec::new();
    places(document.root(), &mut found);
    found
}

fn replaced(record: &[u8], (from, to): (usize, usize), by: &[u8]) -> Vec<u8> {
    [&record[..from], by, &record[to..]].concat()
}

/// Decodes a record and sends it down the whole road.
fn check(record: &[u8]) {
    let told = || String::from_utf8_lossy(record);
    let (mut units, mut read) = (0, None);
    let allocated = measure(|| read = Some(decoded(record, &mut units)));
    let bound = memory_max(record.len(), units) as u64;
    assert!(allocated.bytes_max <= bound, "{allocated:?} of {bound}: {}", told());
    let json = serde_json::from_slice::<&RawValue>(record).is_ok();
    assert_eq!(read.unwrap().is_ok(), json, "{}", told());
    for detail in details(record) {
        assert!(serde_json::from_str::<&RawValue>(&detail).is_ok(), "{detail} from {}", told());
    }
}

fn decoded(record: &[u8], units: &mut usize) -> Result<(), JsonError> {
    let arena = Arena::default();
    let document = Document::parse(record, Vec::new())?;
    let found = decode(Some(&document), Context::documented(&arena)).unwrap_or_default();
    *units = found.len();
    Ok(())
}

fn details(record: &[u8]) -> Vec<String> {
    const CONFIG: &str = "
version: 1
pipeline: mutations
tables:
  orders: {keys: [id], include: [\"*\"], redact: [total]}
  ORDERS: {keys: [id], include: [\"*\"]}
  calls: {keys: none, include: [\"*\"]}
";
    thread_local! {
        static PIPELINE: crate::pipeline::Pipeline = testing::pipeline_of(CONFIG);
    }
    PIPELINE.with(|pipeline| {
        let shard = testing::shard();
        let mut preparer = Preparer::new(pipeline, &shard);
        let mut details = Vec::new();
        for record in &expand(vec![raw(1, "k", record.to_vec())]).records {
            for unit in preparer.prepare(record).unwrap().units {
                let Work::Publish(events) = unit.work else { continue };
                details.extend(events.into_iter().map(|it| it.event.detail.get().clone()));
            }
        }
        details
    })
}

#[test]
fn every_member_may_hold_anything() {
    let wrong = wrong();
    for record in golden_records() {
        for place in places_of(&record) {
            wrong.iter().for_each(|by| check(&replaced(&record, place, by.as_bytes())));
        }
    }
}

#[test]
fn every_record_may_end_anywhere_and_say_everything_twice() {
    for record in golden_records() {
        (0..record.len()).for_each(|cut| check(&record[..cut]));
        for (from, to) in places_of(&record) {
            let value = &record[from..to];
            if let Some(members) = value.strip_prefix(b"{").and_then(|it| it.strip_suffix(b"}")) {
                check(&replaced(
                    &record,
                    (from, to),
                    &[b"{", members, b",", members, b"}"].concat(),
                ));
                check(&replaced(&record, (from, to), &[b"[", value, b",", value, b"]"].concat()));
            }
        }
    }
}

#[test]
fn records_may_be_changed_by_chance() {
    let (records, wrong) = (golden_records(), wrong());
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let mut record = records[random.below(records.len())].clone();
        for _ in 0..=random.below(4) {
            let other = &records[random.below(records.len())];
            record = changed(&record, other, &wrong, &mut random);
        }
        check(&record);
    }
}

/// One change: a byte, a piece of another record, a piece twice, a value that belongs elsewhere.
fn changed(record: &[u8], other: &[u8], wrong: &[String], random: &mut Random) -> Vec<u8> {
    let mut piece = |of: &[u8]| {
        let from = random.below(of.len() + 1);
        (from, from + random.below((of.len() - from).min(64) + 1))
    };
    let (place, there) = (piece(record), piece(other));
    match random.below(6) {
        0 if !record.is_empty() => {
            let mut record = record.to_vec();
            let at = random.below(record.len());
            record[at] ^= 1 << random.below(8);
            record
        }
        1 => replaced(record, (place.0, record.len()), b""),
        2 => replaced(record, place, &other[there.0..there.1]),
        3 => replaced(record, (place.1, place.1), &record[place.0..place.1]),
        _ if Document::parse(record, Vec::new()).is_ok() => {
            let (places, others) = (places_of(record), places_of(other));
            let (from, to) = others[random.below(others.len())];
            let by = match random.below(3) {
                0 => wrong[random.below(wrong.len())].as_bytes(),
                _ => &other[from..to],
            };
            replaced(record, places[random.below(places.len())], by)
        }
        _ => replaced(record, place, b"\""),
    }
}
