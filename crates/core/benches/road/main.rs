//! What a record costs: from its base64 text to the finished detail, for each envelope, beside the
//! same work through `serde_json::Value`.
//!
//! `cargo bench -p cdc-core --bench road` prints the table. With the arguments `count CASE N` the
//! binary sends N records down the road and prints nothing, for tools that count.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../payloads/mod.rs"]
mod payloads;
#[path = "../payloads/pipeline.rs"]
mod pipeline;
mod plain;

use std::{
    collections::HashSet,
    hint::black_box,
    time::{Duration, Instant},
};

use base64_simd::STANDARD as BASE64;
use cdc_core::{
    json::Document,
    pipeline::{Pipeline, Prepared, Preparer, Work},
    record::{RawRecord, Record, RecordKey, SequenceNumber, Shard, expand},
};
use hmac::{Hmac, KeyInit};
use jiff::Timestamp;
use payloads::{Case, ENVELOPES, UNTOUCHED};
use pipeline::{ID_KEY, pipeline, shard};
use plain::PlainRules;
use serde_json::Value;

/// Rounds, in each of which everything is measured once, so that a noisy neighbour meets all alike.
const ROUNDS: usize = 200;

/// The envelopes that are measured.
const ROADS: [&str; 4] = ["native", "dms", "debezium", "debezium-wrapped"];

/// Records of one batch; a batch is what one measurement takes.
const BATCH: u64 = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["count", case, records] => count(case, records.parse().expect("a number of records")),
        _ => measure(),
    }
}

/// A batch as Lambda delivers it.
struct Delivery {
    case: Case,
    /// Base64 texts and sequence numbers.
    records: Vec<(String, String)>,
    bytes: usize,
}

impl Delivery {
    fn new(case: Case) -> Self {
        let texts: Vec<String> = (0..BATCH).map(|number| case.record(number)).collect();
        let bytes = texts.iter().map(String::len).sum::<usize>() / texts.len();
        let number =
            |number| format!("49590338271490256608559692538361571095921575989136{number:06}");
        let records =
            texts.iter().zip(0..).map(|(text, at)| (BASE64.encode_to_string(text), number(at)));
        Self { case, records: records.collect(), bytes }
    }

    fn raw(&self) -> Vec<RawRecord> {
        let raw = |(data, number): &(String, String)| RawRecord {
            data: BASE64.decode_to_vec(data).expect("the records are base64").into(),
            partition_key: "4000000".into(),
            number: SequenceNumber::parse(number).expect("the numbers are numbers"),
            arrived: Timestamp::from_second(1_705_314_601).expect("a time in range"),
        };
        self.records.iter().map(raw).collect()
    }
}

/// The road: the work that is measured.
fn road(delivery: &Delivery, pipeline: &Pipeline, shard: &Shard) -> Vec<Prepared> {
    let mut preparer = Preparer::new(pipeline, shard);
    let records = expand(delivery.raw()).records;
    records.iter().map(|record| preparer.prepare(record).expect("small records")).collect()
}

fn plain_road(delivery: &Delivery, rules: &PlainRules) -> Vec<String> {
    let detail = |(data, number): &(String, String)| plain::detail(data, number, rules);
    delivery.records.iter().map(detail).collect()
}

fn plain_rules(pipeline: &Pipeline, table: &str) -> PlainRules {
    let rules = pipeline.rules.find(None, None, table).expect("the table has rules").columns();
    let named = |wanted: fn(&cdc_core::rules::ColumnRule<'_>) -> bool| -> HashSet<String> {
        let columns = rules.iter().filter(|(_, rule)| wanted(rule));
        columns.map(|(name, _)| name.to_owned()).collect()
    };
    PlainRules {
        keys: named(|rule| rule.key.is_some()).into_iter().collect(),
        include: (!rules.unnamed().include).then(|| named(|rule| rule.include)),
        redact: named(|rule| rule.redact.is_some()),
        id_key: Hmac::new_from_slice(&ID_KEY).expect("a key of any length will do"),
    }
}

fn count(case: &str, records: u64) {
    let case = Case::all().find(|it| it.name == case).expect("the name of a case");
    let delivery = Delivery::new(case);
    let (pipeline, shard) = (pipeline(), shard());
    for _ in 0..records / BATCH {
        black_box(road(&delivery, &pipeline, &shard));
    }
}

fn measure() {
    let (pipeline, shard) = (pipeline(), shard());
    println!("ns a record, minimum / median of {ROUNDS} interleaved rounds of {BATCH} records\n");
    println!("| case | bytes | road | `Value` | ratio | base64 | scan | record key |");
    println!("|---|---|---|---|---|---|---|---|");
    let envelopes = ENVELOPES.into_iter().filter(|case| ROADS.contains(&case.name));
    let subjects: Vec<Subject> =
        envelopes.chain(UNTOUCHED).map(|case| Subject::new(case, &pipeline)).collect();
    let mut times: Vec<[Vec<Duration>; 5]> = subjects.iter().map(|_| Default::default()).collect();
    for _ in 0..ROUNDS {
        for (subject, times) in subjects.iter().zip(&mut times) {
            subject.round(&pipeline, &shard, times);
        }
    }
    for (subject, times) in subjects.iter().zip(times) {
        let [road, plain, base64, scan, key] = times.map(Figure::of);
        let ratio = plain.median / road.median;
        let Delivery { case, bytes, .. } = &subject.delivery;
        println!(
            "| {} | {bytes} | {road} | {plain} | {ratio:.1} | {base64} | {scan} | {key} |",
            case.name
        );
    }
}

/// One case, ready to be measured.
struct Subject {
    delivery: Delivery,
    records: Vec<Record>,
    rules: PlainRules,
}

impl Subject {
    /// Checks that both ways lead to the same detail, so that the comparison is one.
    fn new(case: Case, pipeline: &Pipeline) -> Self {
        let delivery = Delivery::new(case);
        let rules = plain_rules(pipeline, case.table);
        let ours = road(&delivery, pipeline, &shard());
        let ours = ours.iter().map(|prepared| match &prepared.units[0].work {
            Work::Publish(events) => comparable(events[0].event.detail.get()),
            other => panic!("{}: {other:?}", case.name),
        });
        let plain = plain_road(&delivery, &rules).into_iter().map(|text| comparable(&text));
        assert!(ours.eq(plain), "{}: both ways lead to the same detail", case.name);
        let records = expand(delivery.raw()).records;
        Self { delivery, records, rules }
    }

    fn round(&self, pipeline: &Pipeline, shard: &Shard, times: &mut [Vec<Duration>; 5]) {
        let [all, plain, base64, scan, key] = times;
        all.push(time(|| road(&self.delivery, pipeline, shard)));
        plain.push(time(|| plain_road(&self.delivery, &self.rules)));
        base64.push(time(|| self.delivery.raw()));
        scan.push(time(|| {
            let mut scratch = Vec::new();
            for record in &self.records {
                let document = Document::parse(&record.data, scratch).expect("records are JSON");
                scratch = black_box(document).into_scratch();
            }
        }));
        key.push(time(|| self.records.iter().map(RecordKey::of).collect::<Vec<_>>()));
    }
}

/// A detail without what the two ways make differently: ids, and orders (`Value` sorts members).
fn comparable(detail: &str) -> Value {
    let mut value: Value = serde_json::from_str(detail).expect("a detail is JSON");
    for list in ["/changed", "/metadata/redacted"] {
        let list = value.pointer_mut(list).and_then(Value::as_array_mut);
        list.expect("a list").sort_by_key(Value::to_string);
    }
    for member in ["eventId", "order"] {
        assert!(value["metadata"][member].take().is_string());
    }
    value
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    drop(black_box(work()));
    start.elapsed()
}

/// Nanoseconds a record.
struct Figure {
    min: f64,
    median: f64,
}

impl Figure {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let record = |time: Duration| time.as_nanos() as f64 / BATCH as f64;
        Self { min: record(times[0]), median: record(times[times.len() / 2]) }
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0} / {:.0}", self.min, self.median)
    }
}
